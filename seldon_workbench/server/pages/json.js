// JSON whose numbers stay as they were written, and whose faults know their place.

// A number that JavaScript would write otherwise: 1.0, or one beyond 53 bits.
export class Exact {
  constructor(text) {
    this.text = text;
  }
  valueOf() {
    return Number(this.text);
  }
}

export class Fault extends Error {
  constructor(said, text, at) {
    const before = text.slice(0, at).split("\n");
    super(`line ${before.length}, column ${before.at(-1).length + 1}: ${said}`);
    this.at = at;
  }
}

const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const WORDS = { true: true, false: false, null: null };
const DEEPEST = 512; // the server reads no more either

export const isNumber = (value) => typeof value === "number" || value instanceof Exact;
export const isObject = (value) =>
  value !== null && typeof value === "object" && !Array.isArray(value) && !(value instanceof Exact);

export function parse(text) {
  const reader = new Reader(text);
  const value = reader.value(0);
  if (reader.peek() !== "") reader.fail("nothing may follow here");
  return value;
}

class Reader {
  constructor(text) {
    this.text = text;
    this.at = 0;
  }

  fail(said) {
    throw new Fault(said, this.text, this.at);
  }

  peek() {
    while (" \t\n\r".includes(this.text[this.at] ?? "-")) this.at += 1;
    return this.text[this.at] ?? "";
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found) this.at = pattern.lastIndex;
    return found?.[0];
  }

  value(depth) {
    if (depth > DEEPEST) this.fail("nested too deep");
    const next = this.peek();
    if (next === "{") return this.object(depth);
    if (next === "[") return this.list(depth);
    if (next === '"') return this.string();
    const number = this.take(NUMBER);
    if (number !== undefined) return String(Number(number)) === number ? Number(number) : new Exact(number);
    for (const [word, value] of Object.entries(WORDS)) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.fail(next === "" ? "the text ends too early" : "a value is missing here");
  }

  string() {
    const found = this.take(STRING);
    if (found === undefined) this.fail("this string does not end, or holds what has to be escaped");
    return JSON.parse(found);
  }

  list(depth) {
    const values = [];
    this.entries("]", () => values.push(this.value(depth + 1)));
    return values;
  }

  object(depth) {
    const members = {};
    this.entries("}", () => {
      if (this.peek() !== '"') this.fail("a key in double quotes is missing here");
      const key = this.string();
      if (this.peek() !== ":") this.fail("a colon is missing here");
      this.at += 1;
      const value = this.value(depth + 1);
      // An own property even for "__proto__".
      Object.defineProperty(members, key, { value, enumerable: true, configurable: true, writable: true });
    });
    return members;
  }

  entries(closing, read) {
    this.at += 1;
    if (this.peek() === closing) {
      this.at += 1;
      return;
    }
    for (;;) {
      read();
      const next = this.peek();
      if (next !== "," && next !== closing) this.fail(`a comma or ${closing} is missing here`);
      this.at += 1;
      if (next === closing) return;
      if (this.peek() === closing) this.fail(`${closing} may not follow a comma`);
    }
  }
}

const JSON_WORDS = { true: "true", false: "false", null: "null" };
const PYTHON_WORDS = { true: "True", false: "False", null: "None" };
const WIDTH = 56;

// JSON for people: what fits into a line stands in one.
export const pretty = (value) => written(value, JSON_WORDS, WIDTH, 0);
export const compact = (value) => written(value, JSON_WORDS, Infinity, 0);
export const python = (value) => written(value, PYTHON_WORDS, WIDTH, 0);

function written(value, words, width, indent) {
  const line = oneLine(value, words, width - indent);
  if (line !== undefined) return line;
  const pad = " ".repeat(indent + 2);
  const [opening, closing] = Array.isArray(value) ? "[]" : "{}";
  const parts = Array.isArray(value)
    ? value.map((entry) => written(entry, words, width, indent + 2))
    : Object.entries(value).map(
        ([key, entry]) => `${JSON.stringify(key)}: ${written(entry, words, width, indent + 2)}`,
      );
  return `${opening}\n${pad}${parts.join(`,\n${pad}`)}\n${" ".repeat(indent)}${closing}`;
}

// undefined for what is longer than `room`; the work ends there too.
function oneLine(value, words, room) {
  if (value instanceof Exact) return value.text;
  if (typeof value === "string" || typeof value === "number") return JSON.stringify(value);
  if (value === null || typeof value === "boolean") return words[value];
  const isList = Array.isArray(value);
  const parts = [];
  let left = room - 2;
  for (const [key, entry] of isList ? value.entries() : Object.entries(value)) {
    const name = isList ? "" : `${JSON.stringify(key)}: `;
    const text = oneLine(entry, words, left - name.length);
    if (text === undefined) return undefined;
    left -= name.length + text.length + 2;
    if (left < -2) return undefined;
    parts.push(name + text);
  }
  return isList ? `[${parts.join(", ")}]` : `{${parts.join(", ")}}`;
}
