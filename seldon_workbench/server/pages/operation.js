// One method of the component: a payload to edit, the reply to it, the same as a command and a program.

import { Fault, isObject, parse, pretty } from "./json.js";
import { base64Of, KINDS, kindOf, messages, recoded } from "./payload.js";
import { asked, drawn, duration } from "./reply.js";
import { ownFaults } from "./schema.js";
import { curl, pythonCode } from "./snippets.js";
import { badge, button, choice, code, copyButton, element, muted } from "./view.js";

const FALLBACK = { data: { ndarray: [[1, 2, 3, 4]] } };
const JSON_TYPE = "application/json";

export class Operation {
  // `method` is { name, summary, description, isImplemented, paths, body }; `server` knows url() and checker.
  constructor(method, server) {
    this.method = method;
    this.server = server;
    this.isFeedback = method.name === "send_feedback";
    this.example = method.body.example ?? FALLBACK;
    this.view = this.#draw();
    this.#set(pretty(this.example));
    if (this.isFeedback && server.last) this.#useLast();
  }

  #draw() {
    this.path = element("select", { "aria-label": "Path", onchange: () => this.#noteSnippet() });
    this.path.append(...this.method.paths.map((path) => element("option", {}, path)));
    this.editor = element("textarea", {
      "aria-label": "Payload",
      "aria-describedby": "problem",
      spellcheck: "false",
      autocomplete: "off",
      rows: "12",
      oninput: () => this.#noted(),
      onkeydown: (event) => this.#key(event),
    });
    this.problem = element("p", { id: "problem", class: "problem", role: "status" });
    this.send = button("Send", () => this.#sendOrCancel(), { class: "primary", title: "Ctrl+Enter" });
    this.reply = element("div", { class: "reply stack", "aria-live": "polite", "aria-label": "Reply" }, this.#hint());
    this.kinds = choice("Encoding", KINDS, "", (kind) => this.#recode(kind));
    const line = element("div", { class: "bar" }, badge("POST", "verb"), this.path);
    return [
      this.#heading(),
      element(
        "div",
        { class: "columns" },
        element("section", { class: "card" }, element("h3", {}, "Request"), line, this.#tools(), this.editor, this.problem, this.#bottom()),
        element("section", { class: "card" }, element("h3", {}, "Reply"), this.reply),
      ),
      this.#snippets(),
    ];
  }

  #heading() {
    const { summary, description, isImplemented } = this.method;
    const note = element("p", { class: isImplemented ? "muted" : "note" }, description);
    return element("header", {}, element("h2", {}, summary), note);
  }

  #hint() {
    return muted("Edit the payload and send it: Ctrl+Enter does so from the keyboard.");
  }

  #tools() {
    return this.isFeedback ? undefined : element("div", { class: "bar" }, this.kinds.group);
  }

  #bottom() {
    this.file = element("input", { type: "file", hidden: true, onchange: () => this.#read() });
    return element(
      "div",
      { class: "bar" },
      this.send,
      button("Format", () => this.#format()),
      button("Example", () => this.#set(pretty(this.example))),
      this.isFeedback
        ? button("Use last prediction", () => this.#useLast())
        : button("File…", () => this.file.click(), { title: "Send the bytes of a file as binData" }),
      this.file,
    );
  }

  #snippets() {
    this.snippet = code("");
    this.language = "curl";
    const { group } = choice("Language", ["curl", "Python"], "curl", (name) => {
      this.language = name;
      this.#noteSnippet();
    });
    const bar = element("div", { class: "bar" }, group, copyButton(() => this.snippet.textContent));
    return element("section", { class: "card" }, element("h3", {}, "The same elsewhere"), bar, this.snippet);
  }

  // ---- the payload ----

  #set(text) {
    this.editor.value = text;
    this.#noted();
  }

  #value() {
    return parse(this.editor.value);
  }

  // Said while one types: what is wrong, or that nothing is.
  #noted() {
    this.#noteSnippet();
    const { text, kind, level } = this.#checked();
    this.kinds.press(kind);
    this.problem.textContent = text;
    this.problem.className = `problem ${level}`;
    this.editor.toggleAttribute("aria-invalid", level !== "good");
  }

  #checked() {
    let value;
    try {
      value = this.#value();
    } catch (fault) {
      if (!(fault instanceof Fault)) throw fault;
      return { text: `No JSON. ${fault.message[0].toUpperCase()}${fault.message.slice(1)}.`, level: "bad" };
    }
    const kind = kindOf(value);
    const own = this.isFeedback ? [] : messages(value).flatMap((message) => [...ownFaults(message)]);
    const [first] = [...own, ...this.server.checker.faults(value, this.method.body.schema)];
    if (!first) return { text: "Valid, as far as the document says.", kind, level: "good" };
    return { text: `${first.at || "The payload"} ${first.text}.`, kind, level: "doubtful" };
  }

  #noteSnippet() {
    const write = this.language === "Python" ? pythonCode : curl;
    if (this.snippet) this.snippet.textContent = write(this.server.url(this.path.value), this.editor.value);
  }

  #valueOrExample() {
    try {
      return this.#value();
    } catch {
      return this.example;
    }
  }

  #recode(kind) {
    this.#set(pretty(recoded(this.#valueOrExample(), kind, this.example)));
  }

  #format() {
    try {
      this.#set(pretty(this.#value()));
    } catch (fault) {
      this.editor.focus();
      this.editor.setSelectionRange(fault.at ?? 0, (fault.at ?? 0) + 1);
    }
  }

  async #read() {
    const [file] = this.file.files;
    if (file) this.#set(pretty({ binData: await base64Of(file) }));
    this.file.value = "";
  }

  #useLast() {
    const { last } = this.server;
    if (!last) {
      this.problem.textContent = "Nothing was predicted yet on this page.";
      return;
    }
    this.#set(pretty({ request: last.request, response: last.response, reward: 1 }));
  }

  // ---- sending ----

  #key(event) {
    if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (!this.running) this.#sendOrCancel();
  }

  async #sendOrCancel() {
    if (this.running) {
      this.running.abort();
      return;
    }
    this.running = new AbortController();
    const ticking = this.#tick();
    try {
      const reply = await asked(this.server.url(this.path.value), {
        method: "POST",
        headers: { "Content-Type": JSON_TYPE },
        body: this.editor.value,
        signal: this.running.signal,
      });
      this.reply.replaceChildren(...drawn(reply));
      this.#remember(reply);
    } catch (error) {
      this.reply.replaceChildren(this.#unanswered(error));
    } finally {
      clearInterval(ticking);
      this.running = undefined;
      this.send.textContent = "Send";
    }
  }

  #tick() {
    const started = performance.now();
    this.send.textContent = "Cancel";
    return setInterval(() => {
      this.reply.replaceChildren(muted(`No answer yet, after ${duration((performance.now() - started) / 1000)}.`));
    }, 300);
  }

  #unanswered(error) {
    const text = error.name === "AbortError" ? "Cancelled: nobody waits for the reply any more." : `No answer: ${error.message}. Does the server still run?`;
    return element("div", { class: "failure", role: "alert" }, text);
  }

  // What feedback can be given on.
  #remember(reply) {
    if (this.method.name !== "predict" || !reply.ok || !isObject(reply.body)) return;
    this.server.last = { request: this.#valueOrExample(), response: reply.body };
  }
}

