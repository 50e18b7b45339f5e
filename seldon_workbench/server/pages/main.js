// The page: reads the document beside it, lists what can be asked, shows one thing at a time.

import { Health, Metadata } from "./about.js";
import { parse } from "./json.js";
import { Operation } from "./operation.js";
import { Checker } from "./schema.js";
import { badge, element } from "./view.js";

const JSON_TYPE = "application/json";
const DOCUMENT = new URL("seldon.json", document.baseURI);

class Server {
  constructor(described) {
    this.base = new URL(described.servers[0].url, DOCUMENT).href.replace(/\/$/, "");
    this.checker = new Checker(described.components.schemas);
    const measured = Object.keys(described.paths).filter((path) => "text/plain" in content(described.paths[path].get));
    this.metricsPath = measured[0] ?? "/metrics";
    this.last = undefined; // what was predicted last: feedback is given on that
  }

  url(path) {
    return this.base + path;
  }
}

const content = (operation) => operation?.responses["200"].content ?? {};

// The methods that are sent something, those the component implements first.
function methodsOf(described) {
  const methods = new Map();
  for (const [path, { post }] of Object.entries(described.paths)) {
    if (!post) continue;
    const name = post["x-seldon-method"];
    if (!methods.has(name)) methods.set(name, methodOf(name, post));
    methods.get(name).paths.push(path);
  }
  return [...methods.values()].sort((one, other) => other.isImplemented - one.isImplemented);
}

function methodOf(name, { summary, description, requestBody, "x-seldon-implemented": isImplemented }) {
  const body = requestBody.content[JSON_TYPE] ?? { schema: {} };
  return { name, summary, description, isImplemented, body, paths: [] };
}

function title({ info }) {
  document.title = `${info.title} · try it`;
  document.getElementById("title").replaceChildren(info.title, " ", badge(info.version));
  document.getElementById("about").textContent = info.description.split("\n\n")[0]; // the rest is metadata
}

function navigation(entries) {
  const link = ({ id, label, isDim }) =>
    element("a", { href: `#${id}`, class: isDim ? "dim" : "" }, label, isDim ? element("small", {}, "not implemented") : undefined);
  document.getElementById("nav").replaceChildren(...entries.map(link));
}

function show(entries) {
  const wanted = location.hash.slice(1);
  const entry = entries.find(({ id }) => id === wanted) ?? entries[0];
  entry.made ??= entry.make();
  document.getElementById("main").replaceChildren(...entry.made.view);
  for (const link of document.querySelectorAll("#nav a")) {
    if (link.hash === `#${entry.id}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  entry.made.shown?.();
}

async function start() {
  const response = await fetch(DOCUMENT);
  if (!response.ok) throw new Error(`${DOCUMENT.pathname} answered ${response.status}: ${await response.text()}`);
  const described = parse(await response.text()); // its examples keep 1.0 apart from 1
  const server = new Server(described);
  const entries = [
    ...methodsOf(described).map((method) => ({
      id: method.name,
      label: method.summary,
      isDim: !method.isImplemented,
      make: () => new Operation(method, server),
    })),
    { id: "health", label: "Health", make: () => new Health(server) },
    { id: "metadata", label: "Metadata", make: () => new Metadata(server) },
  ];
  title(described);
  navigation(entries);
  addEventListener("hashchange", () => {
    show(entries);
    document.getElementById("main").focus();
  });
  show(entries);
}

start().catch((error) => {
  document.getElementById("main").replaceChildren(element("div", { class: "failure", role: "alert" }, `The page cannot start. ${error.message}`));
});
