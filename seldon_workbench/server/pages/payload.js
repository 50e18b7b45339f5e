// Payloads in Seldon's encodings, and the way from one to another.

import { compact, isNumber, isObject } from "./json.js";

export const KINDS = ["ndarray", "tensor", "jsonData", "strData", "binData"];

const TEXT = "some text";
const BYTES = "AAEC";

export function kindOf(payload) {
  const message = messages(payload)[0];
  if (!isObject(message)) return undefined;
  if (isObject(message.data)) return ["tensor", "ndarray"].find((kind) => Object.hasOwn(message.data, kind));
  return KINDS.find((kind) => Object.hasOwn(message, kind));
}

// The messages within what a method is sent.
export function messages(payload) {
  if (Array.isArray(payload)) return payload;
  if (!isObject(payload)) return [];
  if (Array.isArray(payload.seldonMessages)) return payload.seldonMessages;
  if (isObject(payload.request)) return [payload.request];
  return [payload];
}

// The same payload in another encoding, as far as there is one; `example` fills in.
export function recoded(payload, kind, example) {
  const [model] = messages(example);
  if (Array.isArray(payload)) return payload.map((message) => recodedMessage(message, kind, model));
  if (!isObject(payload)) return recoded(example, kind, example);
  if (Array.isArray(payload.seldonMessages)) {
    const list = payload.seldonMessages.map((message) => recodedMessage(message, kind, model));
    return { ...payload, seldonMessages: list };
  }
  if (isObject(payload.request)) return { ...payload, request: recodedMessage(payload.request, kind, model) };
  return recodedMessage(payload, kind, model);
}

function recodedMessage(message, kind, example) {
  const given = isObject(message) ? message : {};
  const { data, jsonData, strData, binData, ...around } = given;
  const array = arrayOf(given) ?? arrayOf(example ?? {}) ?? [[1, 2, 3, 4]];
  const names = (arrayOf(given) ? data?.names : example?.data?.names) ?? [];
  const named = names.length ? { names } : {};
  switch (kind) {
    case "ndarray":
      return { data: { ...named, ndarray: array }, ...around };
    case "tensor":
      return { data: { ...named, tensor: { shape: shapeOf(array), values: array.flat(Infinity) } }, ...around };
    case "jsonData":
      return { jsonData: jsonData ?? example?.jsonData ?? array, ...around };
    case "strData":
      return { strData: strData ?? example?.strData ?? TEXT, ...around };
    default:
      return { binData: binData ?? example?.binData ?? BYTES, ...around };
  }
}

// Nested lists of a message, whichever way it carries them; undefined if it carries none.
export function arrayOf(message) {
  const { ndarray, tensor } = isObject(message?.data) ? message.data : {};
  if (Array.isArray(ndarray)) return ndarray;
  if (isObject(tensor) && Array.isArray(tensor.values)) return reshaped(tensor.values, (tensor.shape ?? []).map(Number));
  if (Array.isArray(message?.jsonData)) return message.jsonData;
  return undefined;
}

function reshaped(values, shape) {
  if (shape.length < 2) return values;
  const [rows, ...rest] = shape;
  const size = rest.reduce((product, length) => product * length, 1);
  if (rows * size !== values.length || !size) return values;
  return Array.from({ length: rows }, (_, row) => reshaped(values.slice(row * size, (row + 1) * size), rest));
}

export function shapeOf(array) {
  const shape = [];
  for (let level = array; Array.isArray(level); level = level[0]) shape.push(level.length);
  return shape;
}

export const isFlat = (values) => values.every((value) => !Array.isArray(value));
export const shown = (value) => (typeof value === "string" ? value : compact(value));
export const isNumeric = (values) => values.every((value) => isNumber(value) || value === "NaN");

export function bytesOf(base64) {
  try {
    const text = atob(base64.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(text, (character) => character.charCodeAt(0));
  } catch {
    return undefined;
  }
}

export async function base64Of(file) {
  const bytes = new Uint8Array(await file.arrayBuffer());
  let text = "";
  for (let at = 0; at < bytes.length; at += 0x8000) text += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(text);
}
