// The panel for the four words that open a chat again: getting them, and coming back with them. Loaded when it is used.
// The words are held here, in memory, only while the panel is open, and are put nowhere on the device.
// The panel takes the place of the messages, not of the bar: "I don't feel safe" and "Leave quickly" stay in reach.

import { byId, make, say, symbol, word } from "./words.js";

const rest = document.querySelectorAll(".middle, .foot");
let panel = null;
let opener = null;
let link = null;
let words = [];

/** Show the panel: "make" gets four words for this chat, "return" asks for them, "lend" is in lend.js. onReturn is
    given {token, seen}. */
export function open(what, chat, onReturn) {
  if (panel) close();
  link = chat;
  if (!byId("settings").hidden) byId("settings-close").click();
  opener = document.activeElement;
  panel = make("main", { class: "panel", "aria-labelledby": "panel-title" });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.stopPropagation();
    close();
  });
  for (const part of rest) part.hidden = true;
  document.querySelector(".bar").after(panel);
  const steps = { make: explain, return: () => ask(onReturn), lend: () => lending((it) => it.look()), telegram };
  dress(steps[what]);
}

function close() {
  panel.remove();
  panel = null;
  words = [];
  for (const part of rest) part.hidden = false;
  const back = opener && opener.isConnected && opener.offsetParent ? opener : byId("log");
  back.focus({ preventScroll: true });
}

// A safety answer or "Who can see this?" appears among the messages, so they have to be in sight.
for (const id of ["safe", "who"]) byId(id).addEventListener("click", () => panel && close());

/** The style sheet comes first, so that nothing is shown without it; without a network the panel works all the same. */
function dress(then) {
  if (byId("panel-style")) return then();
  const sheet = make("link", { id: "panel-style", rel: "stylesheet", href: `${link.base}/static/receipt.css` });
  sheet.onload = sheet.onerror = then;
  document.head.append(sheet);
}

/** One step of the panel: its title, which takes the focus, what it holds, and the way out. */
export function show(title, ...nodes) {
  if (!panel) return;
  const heading = make("h2", { id: "panel-title", tabindex: "-1" }, say(title));
  panel.replaceChildren(heading, ...nodes, button("quiet", "panel_close", close, "cross"));
  heading.focus({ preventScroll: true });
  panel.scrollTop = 0;
}

export const text = (key, values) => make("p", {}, values ? word(key, values) : say(key));

export function button(kind, key, act, icon = null) {
  const node = make("button", { type: "button", class: kind }, symbol(icon), say(key));
  node.addEventListener("click", act);
  return node;
}

export const row = (...buttons) => make("p", { class: "row" }, ...buttons);

// -- getting four words

function explain() {
  const fault = status();
  const get = button("solid", "receipt_get", () => fetchWords(get, fault), "key");
  show("receipt_title", text("receipt_what"), text("receipt_replaces"), row(get), fault);
}

async function fetchWords(get, fault) {
  get.disabled = true;
  const answer = await post("receipt", {});
  get.disabled = false;
  if (!answer.words) return tell(fault, answer.text || word("receipt_failed"));
  words = answer.words;
  return showWords();
}

export const four = (words) => make("ol", { class: "four" }, ...words.map((one) => make("li", {}, one)));

function showWords() {
  show("receipt_yours", four(words), text("receipt_save"), row(button("solid", "receipt_next", didYou, "check")));
}

function didYou() {
  const choices = [
    button("solid", "receipt_yes", saved, "check"),
    button("quiet", "receipt_again", showWords, "eye"),
    button("quiet", "receipt_try", tryThem, "chat"),
  ];
  show("receipt_did_you", text("receipt_did_you_text"), row(...choices));
}

function tryThem() {
  const fault = status();
  const plain = (typed) => (typed.toLowerCase().match(/[a-z]+/g) || []).join(" ");
  const check = (typed) => (plain(typed) === words.join(" ") ? saved() : tell(fault, word("receipt_wrong")));
  const again = row(button("quiet", "receipt_again", showWords, "eye"));
  show("receipt_type", form("return_label", "receipt_check", check), fault, again);
}

async function saved() {
  const answer = await post("receipt/saved", {});
  if (answer.text) return show("receipt_did_you", make("p", {}, answer.text));
  words = [];
  return show("receipt_done", text("receipt_done_text"));
}

// -- coming back with them

function ask(onReturn) {
  const fault = status();
  const go = async (typed, input) => {
    const answer = await post("return", { words: typed });
    if (!panel) return;
    if (answer.copy) return lending((it) => it.read(answer.copy));
    if (answer.suggested) input.value = answer.suggested;
    if (!answer.token) return tell(fault, answer.text || word("receipt_failed"));
    close();
    onReturn(answer);
  };
  show("return_title", text("return_text"), form("return_label", "return_open", go), fault);
}

const lending = (then) => import("./lend.js").then(then).catch(close);
const telegram = () => import("./telegram.js").then((it) => it.look()).catch(close);

// -- pieces

/** A line of its own for faults. The same fault twice is spoken twice. */
export const status = () => make("p", { class: "fault", role: "alert" });

export function tell(line, words) {
  line.textContent = "";
  setTimeout(() => (line.textContent = words), 50);
}

/** One line to type four words in. Nothing offers to keep, correct or complete them. */
function form(label, key, act) {
  const plain = { autocomplete: "off", autocapitalize: "none", autocorrect: "off", spellcheck: "false" };
  const input = make("input", { type: "text", id: "four-words", maxlength: "200", ...plain });
  const send = make("button", { type: "submit", class: "solid" }, say(key));
  const node = make("form", { novalidate: "" }, make("label", { for: "four-words" }, say(label)), input, send);
  let busy = false;
  node.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    await act(input.value, input);
    busy = false;
  });
  return node;
}

export async function post(path, body) {
  try {
    const response = await fetch(`${link.base}/api/${path}`, link.request(body));
    return await response.json();
  } catch (unreachable) {
    return { text: word("receipt_failed") };
  }
}
