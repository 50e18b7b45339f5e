// The same request as a command and as a program.

import { compact, parse, python } from "./json.js";

const quoted = (text) => `'${text.replaceAll("'", "'\\''")}'`;

// The payload as a value, or undefined if the text is no JSON.
function valueOf(text) {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

export function curl(url, text) {
  const value = valueOf(text);
  const payload = value === undefined ? text : compact(value);
  return `curl -s ${quoted(url)} \\\n  -H 'Content-Type: application/json' \\\n  -d ${quoted(payload)}`;
}

export function pythonCode(url, text) {
  const value = valueOf(text);
  const start = `import requests\n\n`;
  const end = `\nprint(reply.status_code, reply.json())`;
  if (value === undefined) {
    const headers = `headers={"Content-Type": "application/json"}`;
    return `${start}reply = requests.post(\n    ${JSON.stringify(url)},\n    data=${JSON.stringify(text)},\n    ${headers},\n)${end}`;
  }
  return `${start}payload = ${python(value)}\nreply = requests.post(${JSON.stringify(url)}, json=payload)${end}`;
}
