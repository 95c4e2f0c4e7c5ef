// The words of the page (content/webchat.yml) and small helpers for putting them on screen.
// Words and messages only ever become text nodes: nothing here parses HTML.

const source = JSON.parse(document.getElementById("words").textContent);
let simple = false;

/** The words for a key, in shorter form when "Say it simply" is on; {names} are filled from values. */
export function word(key, values = {}) {
  const entry = source[key] || {};
  const text = (simple && entry.easy) || entry.text || "";
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? values[name] : whole));
}

/** Switch every word that is already on the page to its simple or its usual form. */
export function useSimpleWords(on) {
  simple = on;
  const each = (name, act) => {
    for (const node of document.querySelectorAll(`[${name}]`)) act(node, word(node.getAttribute(name)));
  };
  each("data-word", (node, words) => (node.textContent = words));
  each("data-word-label", (node, words) => node.setAttribute("aria-label", words));
  each("data-word-placeholder", (node, words) => (node.placeholder = words));
}

export const byId = (id) => document.getElementById(id);

/** make("p", {class: "text", dir: "auto"}, "words", otherNode): an element with attributes and children. */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== false) node.setAttribute(name, value);
  }
  node.append(...children.filter((child) => child !== null));
  return node;
}

/** A symbol from the page's own set, or null when there is none of that name. */
export function symbol(id) {
  if (!id || !byId(`s-${id}`)) return null;
  const space = "http://www.w3.org/2000/svg";
  const svg = document.createElementNS(space, "svg");
  const use = document.createElementNS(space, "use");
  use.setAttribute("href", `#s-${id}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

/** Words with data-word, so that they change with "Say it simply". */
export const say = (key) => make("span", { "data-word": key }, word(key));

/** Set text only when it differs, so that a live region does not speak the same line again. */
export function put(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

export const rules = { keeps: true }; // on a shared device the tab keeps nothing

/** Use the tab's storage. A browser that blocks it throws: the chat then works, but does not outlive a reload. */
export function inTab(act) {
  try {
    return rules.keeps ? act(sessionStorage) : null;
  } catch (refused) {
    return null;
  }
}
