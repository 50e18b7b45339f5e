// Elements. Text is only ever put in as text: nothing a server says becomes HTML.

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (typeof value === "boolean") made.toggleAttribute(name, value);
    else if (value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.flat(Infinity).filter((child) => child !== undefined && child !== null));
  return made;
}

export const button = (text, onclick, attributes = {}) =>
  element("button", { type: "button", ...attributes, onclick }, text);

export const badge = (text, kind = "") => element("span", { class: `badge ${kind}` }, text);
export const muted = (...children) => element("span", { class: "muted" }, ...children);
export const code = (text) => element("pre", { tabindex: "0" }, text);

export function section(title, ...children) {
  const heading = element("h3", { class: title.startsWith("/") ? "path" : "" }, title);
  return element("section", { class: "card" }, heading, ...children);
}

export function pairs(entries) {
  return element(
    "dl",
    {},
    entries.map(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
  );
}

export function table(head, rows, { caption, numeric = false } = {}) {
  return element(
    "div",
    { class: "scroll", tabindex: "0" },
    element(
      "table",
      { class: numeric ? "numeric" : "" },
      caption ? element("caption", {}, caption) : undefined,
      element("thead", {}, element("tr", {}, head.map((name) => element("th", { scope: "col" }, name)))),
      element("tbody", {}, rows.map((row) => element("tr", {}, row.map((cell) => element("td", {}, cell))))),
    ),
  );
}

// Buttons of which one is pressed. `choose` is told which.
export function choice(label, names, chosen, choose) {
  const group = element("div", { class: "choice", role: "group", "aria-label": label });
  const press = (name) => {
    for (const each of group.children) each.setAttribute("aria-pressed", String(each.textContent === name));
  };
  group.append(
    ...names.map((name) =>
      button(name, () => {
        press(name);
        choose(name);
      }),
    ),
  );
  press(chosen);
  return { group, press };
}

export function copyButton(text) {
  const made = button("Copy", async () => {
    const done = await copied(text());
    made.textContent = done ? "Copied" : "Select and copy";
    setTimeout(() => (made.textContent = "Copy"), 1500);
  });
  made.setAttribute("aria-live", "polite");
  return made;
}

async function copied(text) {
  try {
    await navigator.clipboard.writeText(text); // only where the page counts as safe: https, or this machine
    return true;
  } catch {
    const area = element("textarea", { class: "away" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done;
  }
}
