// What the component says of itself, and how it is.

import { isObject, pretty } from "./json.js";
import { shown } from "./payload.js";
import { asked, headline } from "./reply.js";
import { badge, button, code, element, muted, pairs, section, table } from "./view.js";

export class Health {
  constructor(server) {
    this.server = server;
    this.place = element("div", { class: "stack" });
    this.view = [
      element(
        "header",
        {},
        element("h2", {}, "Health"),
        element("p", { class: "muted" }, "What Kubernetes asks, and what Prometheus reads."),
      ),
      element("div", { class: "bar" }, button("Ask again", () => this.shown(), { class: "primary" })),
      this.place,
    ];
  }

  async shown() {
    const cards = [
      this.#card("/health/ping", ({ text }) => code(text)),
      this.#card("/health/status", ({ body, text }) => code(body === undefined ? text : pretty(body))),
      this.#card(this.server.metricsPath, ({ text }) => measured(text)),
    ];
    this.place.replaceChildren(...(await Promise.all(cards)));
  }

  async #card(path, draw) {
    try {
      const reply = await asked(this.server.url(path));
      return section(path, headline(reply), draw(reply));
    } catch (error) {
      return section(path, element("div", { class: "failure", role: "alert" }, `No answer: ${error.message}.`));
    }
  }
}

export class Metadata {
  constructor(server) {
    this.server = server;
    this.place = element("div", { class: "stack" });
    const note = element("p", { class: "muted" }, "The defaults, what init_metadata says, and MODEL_METADATA.");
    this.view = [element("header", {}, element("h2", {}, "Metadata"), note), this.place];
  }

  async shown() {
    try {
      const reply = await asked(this.server.url("/metadata"));
      this.place.replaceChildren(...(reply.ok && isObject(reply.body) ? this.#cards(reply) : this.#refused(reply)));
    } catch (error) {
      this.place.replaceChildren(element("div", { class: "failure", role: "alert" }, `No answer: ${error.message}.`));
    }
  }

  #cards(reply) {
    const { name, versions, platform, inputs, outputs, custom } = reply.body;
    const said = [
      ["name", name],
      ["versions", versions.filter(Boolean).map((version) => badge(version))],
      ["platform", platform],
      ...Object.entries(custom),
    ];
    return [
      section("Model", pairs(said.map(([key, value]) => [key, value?.length ? value : muted("not said")]))),
      section("Inputs", items(inputs)),
      section("Outputs", items(outputs)),
      section("As JSON", headline(reply), code(pretty(reply.body))),
    ];
  }

  #refused(reply) {
    const info = reply.body?.status?.info ?? reply.text;
    const hint = "What init_metadata or MODEL_METADATA says is not metadata; the server's log says why.";
    return [section("/metadata", headline(reply), element("div", { class: "failure", role: "alert" }, element("strong", {}, shown(info)), element("p", {}, hint)))];
  }
}

const SAMPLE = /^([^\s{#]+)(?:\{(.*)\})? (\S+)$/;

// Samples as a table, without the buckets of timers and the labels that Seldon knew nothing for.
function measured(text) {
  const rows = text.split("\n").map((line) => SAMPLE.exec(line)).filter((found) => found && !found[1].endsWith("_bucket"));
  if (!rows.length) return muted("Nothing was recorded yet.");
  const known = (labels) => (labels.match(/[^,={]+="(?:[^"\\]|\\.)*"/g) ?? []).filter((label) => !label.endsWith('"NOT_IMPLEMENTED"'));
  return table(["metric", "value", "labels"], rows.map(([, name, labels = "", value]) => [name, value, known(labels).join(", ")]));
}

function items(list) {
  if (!list.length) return muted("Nothing is said.");
  const rows = list.map((item) => [
    item.name ?? item.messagetype ?? "",
    item.datatype ?? "",
    item.shape ? `[${item.shape.map(shown).join(", ")}]` : "",
    item.schema ? element("code", {}, pretty(item.schema)) : "",
  ]);
  const head = ["name or messagetype", "datatype", "shape", "schema"];
  const used = head.map((_, column) => column === 0 || rows.some((row) => row[column] !== ""));
  return table(head.filter((_, column) => used[column]), rows.map((row) => row.filter((_, column) => used[column])));
}
