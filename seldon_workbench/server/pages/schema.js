// What is wrong with a payload, by the schemas of the document.

import { compact, isNumber, isObject } from "./json.js";

const NAMES = { object: "an object", array: "a list", string: "a text", boolean: "true or false" };
const IS = {
  object: isObject,
  array: Array.isArray,
  string: (value) => typeof value === "string",
  boolean: (value) => typeof value === "boolean",
  number: isNumber,
  integer: (value) => isNumber(value) && Number.isInteger(Number(value)),
};
const MOST = 20; // nobody reads more of them

export class Checker {
  constructor(schemas) {
    this.schemas = schemas;
  }

  // A list of { at, text }, the first of them first in the payload; empty if all is well.
  faults(value, schema, at = "") {
    return this.#check(value, schema, at).slice(0, MOST);
  }

  #check(value, schema, at) {
    if (schema.$ref) return this.#check(value, this.schemas[schema.$ref.split("/").at(-1)], at);
    const faults = [...this.#type(value, schema, at)];
    if (faults.length) return faults;
    for (const part of schema.allOf ?? []) faults.push(...this.#check(value, part, at));
    if (schema.anyOf) faults.push(...this.#any(value, schema.anyOf, at));
    if (Array.isArray(value)) faults.push(...this.#list(value, schema, at));
    if (isObject(value)) faults.push(...this.#object(value, schema, at));
    return faults;
  }

  *#type(value, { type, enum: allowed, minimum }, at) {
    if (allowed && !allowed.includes(value)) yield { at, text: `is none of ${allowed.join(", ")}` };
    else if (type && !IS[type](value)) yield { at, text: `is ${short(value)}, not ${NAMES[type] ?? `a ${type}`}` };
    else if (minimum !== undefined && Number(value) < minimum) yield { at, text: `is less than ${minimum}` };
  }

  // The alternative that fits best speaks for all.
  #any(value, schemas, at) {
    const found = schemas.map((schema) => this.#check(value, schema, at));
    if (found.some((faults) => !faults.length)) return [];
    return found.reduce((best, faults) => (deepest(faults) > deepest(best) ? faults : best));
  }

  *#list(values, { items, minItems = 0, maxItems = Infinity }, at) {
    if (values.length < minItems || values.length > maxItems) {
      const wanted = minItems === maxItems ? minItems : values.length < minItems ? `at least ${minItems}` : `at most ${maxItems}`;
      yield { at, text: `has ${count(values.length, "entry", "entries")}, not ${wanted}` };
    }
    if (!items || !Object.keys(items).length) return;
    for (const [place, entry] of values.entries()) yield* this.#check(entry, items, `${at}[${place}]`);
  }

  *#object(value, { properties = {}, required = [], additionalProperties }, at) {
    for (const key of required) {
      if (!Object.hasOwn(value, key)) yield { at, text: `has no ${key}` };
    }
    for (const [key, entry] of Object.entries(value)) {
      const where = at ? `${at}.${key}` : key;
      if (Object.hasOwn(properties, key)) yield* this.#check(entry, properties[key], where);
      else if (additionalProperties === false) yield { at: where, text: "is not known" };
      else if (additionalProperties) yield* this.#check(entry, additionalProperties, where);
    }
  }
}

const deepest = (faults) => Math.max(...faults.map(({ at }) => at.length));
export const count = (number, one, many) => `${number} ${number === 1 ? one : many}`;

function short(value) {
  const text = compact(value);
  return text.length > 40 ? `${text.slice(0, 37)}...` : text;
}

// What no schema says: whether nested lists are of equal length, a tensor's values fill its shape, and so on.
export function* ownFaults(message, at = "") {
  if (!isObject(message)) return;
  const where = (member) => (at ? `${at}.${member}` : member);
  if (!["data", "jsonData", "strData", "binData"].some((member) => Object.hasOwn(message, member))) {
    yield { at, text: "has no payload: data, jsonData, strData or binData" };
  }
  if (typeof message.binData === "string" && !/^[A-Za-z0-9+/_\s-]*={0,2}\s*$/.test(message.binData)) {
    yield { at: where("binData"), text: "is not base64" };
  }
  if (!isObject(message.data)) return;
  const { tensor, ndarray } = message.data;
  if (isObject(tensor) && Array.isArray(tensor.shape) && Array.isArray(tensor.values)) {
    const places = tensor.shape.reduce((product, length) => product * Number(length), 1);
    if (places !== tensor.values.length) {
      yield { at: where("data.tensor"), text: `has ${count(tensor.values.length, "value", "values")} for a shape of ${places}` };
    }
  }
  if (Array.isArray(ndarray)) yield* ragged(ndarray, where("data.ndarray"));
}

function* ragged(values, at) {
  const lists = values.filter(Array.isArray);
  if (!lists.length) return;
  if (lists.length < values.length) {
    yield { at, text: "mixes lists and single values" };
    return;
  }
  const odd = lists.findIndex((list) => list.length !== lists[0].length);
  if (odd > 0) {
    yield { at: `${at}[${odd}]`, text: `has ${count(lists[odd].length, "entry", "entries")}, the first has ${lists[0].length}` };
    return;
  }
  for (const [place, list] of lists.entries()) yield* ragged(list, `${at}[${place}]`);
}
