// A reply, drawn: what came, how long it took, its array as a table, and what travels beside it.

import { isNumber, isObject, parse, pretty } from "./json.js";
import { arrayOf, bytesOf, isFlat, isNumeric, shapeOf, shown } from "./payload.js";
import { count } from "./schema.js";
import { badge, choice, code, copyButton, element, muted, pairs, table } from "./view.js";

const MOST_ROWS = 100;
const MOST_COLUMNS = 40;

// What fetch came to, as a value: { ok, code, phrase, seconds, text, body }.
export async function asked(url, options) {
  const started = performance.now();
  const response = await fetch(url, { cache: "no-store", ...options });
  const text = await response.text();
  const seconds = (performance.now() - started) / 1000;
  return { ok: response.ok, code: response.status, phrase: response.statusText, seconds, text, body: valueOf(text) };
}

function valueOf(text) {
  try {
    return parse(text);
  } catch {
    return undefined; // no JSON: shown as it is
  }
}

export function headline({ ok, code: status, phrase, seconds, text }) {
  const size = new Blob([text]).size;
  return element(
    "p",
    { class: "headline" },
    badge(`${status} ${phrase}`.trim(), ok ? "good" : "bad"),
    muted(`${duration(seconds)} · ${size < 10_000 ? `${size} bytes` : `${(size / 1000).toFixed(0)} kB`}`),
  );
}

export const duration = (seconds) => (seconds < 1 ? `${(seconds * 1000).toFixed(0)} ms` : `${seconds.toFixed(2)} s`);

export function drawn(reply) {
  const body = reply.body;
  const whole = body === undefined ? reply.text : pretty(body);
  const drawing = isObject(body) ? [...failure(body), ...payload(body)] : [];
  const views = { Reply: drawing, JSON: [code(whole)] };
  const names = drawing.length ? ["Reply", "JSON"] : ["JSON"];
  const place = element("div", { class: "stack" });
  const show = (name) => place.replaceChildren(...views[name]);
  const bar = element(
    "div",
    { class: "bar" },
    names.length > 1 ? choice("View of the reply", names, "Reply", show).group : undefined,
    copyButton(() => whole),
  );
  show(names[0]);
  const beside = isObject(body?.meta) ? around(body.meta) : [];
  return [headline(reply), bar, place, ...beside];
}

function failure({ status }) {
  if (!isObject(status) || (status.status !== 1 && status.status !== "FAILURE")) return [];
  const said = element("p", { class: "said" }, shown(status.info ?? ""));
  return [element("div", { class: "failure", role: "alert" }, element("strong", {}, shown(status.reason ?? "")), said)];
}

function payload(message) {
  if (typeof message.strData === "string") return [element("blockquote", {}, message.strData)];
  if (typeof message.binData === "string") return [bytes(message.binData)];
  if (Object.hasOwn(message, "jsonData")) return [code(pretty(message.jsonData))];
  const array = isObject(message.data) ? arrayOf(message) : undefined;
  return array ? [arrayTable(array, message.data.names)] : [];
}

function arrayTable(array, names) {
  const shape = shapeOf(array);
  const says = muted(sized(shape));
  if (!array.length) return element("p", {}, says);
  const rows = isFlat(array) ? [array] : array;
  if (!rows.every((row) => Array.isArray(row) && isFlat(row))) return element("div", {}, says, code(pretty(array)));
  const width = Math.min(rows[0].length, MOST_COLUMNS);
  const head = Array.from({ length: width }, (_, column) => shown(names?.[column] ?? column));
  const cells = rows.slice(0, MOST_ROWS).map((row, place) => [String(place), ...row.slice(0, width).map(cell)]);
  const isCut = rows.length > MOST_ROWS || rows[0].length > width;
  const isRounded = cells.flat().some((text) => typeof text !== "string");
  const notes = [isCut ? `the first ${cells.length} × ${width}` : "", isRounded ? "rounded; JSON has every digit" : ""];
  const caption = element("span", {}, says, muted(notes.filter(Boolean).map((note) => ` · ${note}`)));
  return table(["", ...head], cells, { caption, numeric: rows.every(isNumeric) });
}

// A number is rounded to what one compares at a glance; its title has all of it.
function cell(value) {
  const text = shown(value);
  if (!isNumber(value) || text.length <= 8 || Number.isInteger(Number(value))) return text;
  return element("span", { title: text }, String(Number(Number(value).toPrecision(5))));
}

const sized = (shape) => `${shape.join(" × ")} ${shape.length === 1 ? "values" : "array"}`;

function bytes(base64) {
  const found = bytesOf(base64);
  if (!found) return code(base64);
  const hex = Array.from(found.slice(0, 256), (byte) => byte.toString(16).padStart(2, "0"));
  const lines = Array.from({ length: Math.ceil(hex.length / 16) }, (_, row) => hex.slice(row * 16, row * 16 + 16).join(" "));
  return element("div", {}, muted(count(found.length, "byte", "bytes")), code(lines.join("\n")));
}

function around({ puid, tags, metrics, requestPath, routing }) {
  const found = [];
  const add = (title, content) => found.push(element("div", {}, element("h4", {}, title), content));
  if (puid) add("puid", element("p", { class: "mono" }, shown(puid)));
  if (isObject(tags)) add("Tags", named(tags));
  if (Array.isArray(metrics)) add("Metrics", metricTable(metrics.filter(isObject)));
  if (isObject(requestPath)) add("Request path", named(requestPath));
  if (isObject(routing)) add("Routing", named(routing));
  return found;
}

const named = (members) => pairs(Object.entries(members).map(([name, value]) => [name, shown(value)]));

function metricTable(metrics) {
  const rows = metrics.map(({ key, type, value, tags }) => [
    shown(key ?? ""),
    shown(type ?? "COUNTER"),
    shown(value ?? 0),
    isObject(tags) ? Object.entries(tags).map(([name, tag]) => `${name}=${shown(tag)}`).join(", ") : "",
  ]);
  return table(["key", "type", "value", "tags"], rows);
}
