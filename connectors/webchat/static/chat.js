// The chat page: joins the log, the link to the server, the text box and the bar.

import { Link } from "./link.js";
import { startLeaving } from "./leave.js";
import { Log } from "./log.js";
import { Speaker, startSettings } from "./settings.js";
import { byId, inTab, make, put, say, useSimpleWords, word } from "./words.js";

const COUNT_FROM = 4000;
const LONGEST = 10000;
const { base, leave: leaveUrl, neutral } = document.body.dataset;
const embedded = window.parent !== window;

const form = byId("composer");
const text = byId("text");
const help = byId("help"); // the numbers: hidden now, shown in the log when the server cannot be reached
const speaker = new Speaker();
// The tab keeps which conversation this is ("token") and how far it has been shown ("last"), and nothing else.
let shownBefore = Number(inTab((tab) => tab.getItem("last")));
let helpCard = null;
let panelShown = true;
let welcomed = false;
let noted = ""; // what the line above the text box is: a hint, an error, or something else
let waitingLong = false;
const timers = {};

const log = new Log({
  box: byId("log"),
  list: byId("items"),
  alarm: byId("alert"),
  below: byId("below"),
  online: () => link.ready,
  onPress: press,
  onRetry: (frame) => link.send(frame),
  onListen: (entry, button) => speaker.toggle(log.shown(entry), button),
});
const token = inTab((tab) => tab.getItem("token"));
const link = new Link({ base, token, after: () => log.cursor, onFrame: take, onState: connection });
const leave = startLeaving({ link, url: leaveUrl, neutral });

// -- what the server says

const frames = {
  welcome({ token, conversation, config }) {
    inTab((tab) => tab.setItem("token", token));
    if (conversation === "new") shownBefore = 0;
    put(byId("reading"), config.reading || word("reading_unknown"));
    if (!welcomed && config.easy) simply((byId("simple").checked = true));
    welcomed = true;
    const off = config.typing === false; // nobody can answer: numbers stand where the text box was
    byId("no-typing").hidden = !off;
    form.hidden = off && !text.value.trim();
    form.classList.remove("ended");
    grow();
  },
  item(frame) {
    const entry = log.item(frame, frame.position <= shownBefore);
    if (frame.id) helpSettled(frame.id, frame.position);
    inTab((tab) => tab.setItem("last", log.cursor));
    markSeen();
    if (!entry) return;
    if (frame.from !== "me") typing(false);
    if (frame.from === "safety") clearTimeout(timers.safe);
    if (frame.from === "service") byId("again").disabled = false;
    if (speaker.auto && frame.from !== "me" && frame.position > shownBefore) speaker.add(log.shown(entry));
  },
  saved({ id, position }) {
    log.saved(id, position);
    helpSettled(id, position);
    if (noted === "error" && !link.outbox.size) note(""); // it has worked after all
  },
  typing: ({ on }) => typing(on),
  read: ({ readers }) => log.read(readers),
  error({ id, text: words }) {
    if (id) log.failed(id);
    note(words || word("error_default"));
    noted = "error";
  },
  closed({ text: words }) {
    put(byId("closed-text"), words);
    byId("closed").hidden = false;
    // What was typed stays in sight; an empty box goes, unless that would take the focus with it.
    form.classList.add("ended");
    form.hidden = !text.value.trim() && !form.contains(document.activeElement);
  },
};

function take(frame) {
  frames[frame.type]?.(frame);
}

function connection(state) {
  if (state !== "ready") typing(false);
  log.arrange();
  if (state === "ready" || state === "closed") settled(state);
  else if (!welcomed) {
    put(byId("state"), word(waitingLong ? "connecting_slow" : "connecting"));
    timers.slow = timers.slow || setTimeout(() => !welcomed && stillConnecting(), 8000);
  } else {
    // A short break mends itself: say nothing for a moment.
    timers.lost = timers.lost || setTimeout(() => put(byId("state"), word("lost")), 2000);
  }
}

function settled(state) {
  clearTimeout(timers.lost);
  timers.lost = null;
  const again = word("joined_again");
  const wasLost = byId("state").textContent === word("lost");
  put(byId("state"), state === "ready" && wasLost ? again : "");
  setTimeout(() => byId("state").textContent === again && put(byId("state"), ""), 5000);
}

function stillConnecting() {
  waitingLong = true;
  put(byId("state"), word("connecting_slow"));
  showHelp();
}

/** Tell the server how far we have shown, but only while the page is really on screen. */
function markSeen() {
  clearTimeout(timers.seen);
  timers.seen = setTimeout(() => {
    const onScreen = document.visibilityState === "visible" && panelShown;
    if (!onScreen || !link.ready || log.cursor <= (timers.told || 0)) return;
    timers.told = log.cursor;
    link.send({ type: "seen", position: log.cursor });
  }, 400);
}

function typing(on) {
  clearTimeout(timers.typing);
  byId("typing").hidden = !on;
  if (on) timers.typing = setTimeout(() => typing(false), 10000); // in case the end of it is not heard
}

/** A line above the text box. What the server says stays until the next message. */
function note(words) {
  noted = "";
  put(byId("note"), words);
}

/** The page's own hints go as soon as there is typing again. */
function hint(key) {
  note(word(key));
  noted = "hint";
}

// -- what the young person does

/** 128 random bits. crypto.randomUUID is missing from older phones. */
const newId = () => crypto.getRandomValues(new Uint32Array(4)).join("-");

/** Show it, as these words, and send it. */
function send(frame, words) {
  speaker.stop();
  note("");
  const entry = log.say({ ...frame, id: newId() }, words);
  link.send(entry.frame);
  log.arrange();
  return entry;
}

function submit() {
  const words = text.value;
  if (link.closed) return hint("closed_hint");
  if (!words.trim()) return hint("empty_hint");
  if (length(words) > LONGEST) return hint("too_long");
  send({ type: "say", text: words }, words);
  text.value = "";
  grow();
}

/** A quick reply. The buttons go, so focus moves to the message in their place. */
function press(entry, index) {
  const { act, title } = entry.buttons[index];
  if (act === "copy" || act === "clip") return load(act, entry);
  if (act) return receipts(act);
  if (link.closed) return hint("closed_hint");
  const hadFocus = entry.node.contains(document.activeElement);
  const mine = send({ type: "press", reply: entry.position, button: index }, title);
  if (hadFocus) mine.node.focus({ preventScroll: true });
}

/** "I don't feel safe" works always: when it cannot be sent, or is not answered, the numbers are shown. */
function unsafe() {
  if (link.closed) startAgain();
  const waiting = [...link.outbox.values()].find((frame) => frame.type === "safe");
  const { id } = waiting || send({ type: "safe" }, word("safe_button")).frame;
  if (!link.ready) return showHelp(id);
  clearTimeout(timers.safe);
  timers.safe = setTimeout(() => showHelp(link.outbox.has(id) ? id : null), 5000);
}

function who() {
  if (link.closed) return hint("closed_hint");
  send({ type: "who" }, word("who_button"));
}

function again() {
  if (link.closed) return hint("closed_hint");
  if (link.send({ type: "again" })) note("");
  else failed();
}

const failed = () => hint("again_hint");

function load(act, entry) {
  import(`./${act}.js`).then(({ open }) => open(link, entry)).then((key) => note(word(key))).catch(failed);
}

function receipts(what) {
  import("./receipt.js").then((panel) => panel.open(what, link, comeBack)).catch(failed);
}

function shared(on) {
  const undo = () => (byId("shared").checked = false) || failed();
  import("./shared.js").then((guard) => guard.turn(on, link, leave)).catch(undo);
}

function comeBack({ token, seen }) {
  startAgain(token, seen);
  note(word("returned"));
}

/** A new conversation, or the one of this token. Words that were not saved go back into the text box. */
function startAgain(token = null, seen = 0) {
  const kept = [...log.unsaved(), text.value].filter((words) => words.trim());
  inTab((tab) => tab.clear());
  shownBefore = seen;
  timers.told = 0;
  link.token = token;
  link.outbox.clear();
  log.clear();
  note("");
  byId("closed").hidden = true;
  byId("again").disabled = true;
  text.value = kept.join("\n\n");
  grow();
  byId("log").focus({ preventScroll: true });
  link.connect();
}

/** The numbers to ring, in the log. They stay. With an id, the message of that id has not been sent yet. */
function showHelp(id = null) {
  for (const old of document.querySelectorAll(".local")) old.remove();
  // Until the message is saved the card has no position, and stays last with the other unsaved ones.
  const node = make("li", { class: "message safety local", "aria-live": "off" }, help);
  helpCard = node.entry = { id, node, position: id ? undefined : log.cursor + 0.5 };
  helpSays(id ? "help_unsent" : "help_text");
  help.hidden = false;
  byId("items").append(node);
  byId("alert").append(make("p", {}, help.textContent.replace(/\s+/g, " ")));
  log.toEnd();
}

/** Once that message is saved, the numbers no longer say that it is not, and keep their place after it. */
function helpSettled(id, position) {
  if (!helpCard || helpCard.id !== id) return;
  helpSays("help_text");
  helpCard.position = position + 0.5;
  log.place(helpCard);
}

function helpSays(key) {
  help.querySelector(".help-text").replaceChildren(say(key));
}

// -- the text box

const length = (words) => (words.length < COUNT_FROM ? words.length : [...words].length);

/** Fit the box to its text, and count when it gets long. Nothing is ever cut off. */
function grow() {
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight + text.offsetHeight - text.clientHeight}px`;
  const count = length(text.value);
  const counter = byId("counter");
  counter.hidden = count < COUNT_FROM;
  counter.classList.toggle("over", count > LONGEST);
  const [shown, limit] = [count, LONGEST].map((number) => number.toLocaleString("en-GB"));
  put(counter, counter.hidden ? "" : word("counter", { count: shown, limit }));
  if (count > LONGEST) hint("too_long");
  else if (noted === "hint") note("");
}

/** An on-screen keyboard covers the page on some phones: fit the page to what can be seen. */
function fit() {
  const view = window.visualViewport;
  if (!view || view.scale > 1.05) return;
  document.documentElement.style.setProperty("--view", `${view.height}px`);
  if (view.offsetTop) window.scrollTo(0, 0);
}

function toEnd() {
  byId("log").focus({ preventScroll: true });
  log.toEnd();
}

function simply(on) {
  useSimpleWords(on);
  log.useSimple(on);
}

function start() {
  help.hidden = true;
  help.classList.add("card");
  byId("away").hidden = true;
  byId("app").hidden = false;
  startSettings({ simple: simply, speak: (on) => (speaker.auto = on) || speaker.stop(), shared }, grow);
  form.addEventListener("submit", (event) => (event.preventDefault(), submit()));
  text.addEventListener("input", grow);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || event.keyCode === 229) return;
    event.preventDefault();
    submit();
  });
  // Keeps a phone's keyboard up.
  byId("send").addEventListener("pointerdown", (event) => document.activeElement === text && event.preventDefault());
  byId("skip").addEventListener("click", (event) => {
    event.preventDefault();
    (form.hidden ? byId("log") : text).focus();
  });
  const acts = { safe: unsafe, who, leave, again, "start-again": () => startAgain(), below: toEnd };
  for (const [id, act] of Object.entries(acts)) byId(id).addEventListener("click", act);
  for (const button of document.querySelectorAll("[data-receipt]")) {
    button.addEventListener("click", () => receipts(button.dataset.receipt));
  }
  watchPage();
  fit();
  link.connect();
}

function watchPage() {
  let hiddenAt = 0;
  window.addEventListener("online", () => link.ready || link.hurry());
  window.addEventListener("resize", fit);
  window.visualViewport?.addEventListener("resize", fit);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return (hiddenAt = Date.now());
    markSeen();
    // A phone that slept for a while often holds a dead socket.
    if (!link.ready || Date.now() - hiddenAt > 60000) link.hurry();
  });
  if (!embedded) return;
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") window.parent.postMessage({ chat: "close" }, "*");
  });
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || event.data?.chat !== "shown") return;
    panelShown = Boolean(event.data.on);
    markSeen();
  });
}

// Coming here with the back button, with no conversation in this tab, shows only a plain button.
const [visit] = performance.getEntriesByType("navigation");
if (visit?.type === "back_forward" && !link.token) {
  help.hidden = true;
  byId("away").hidden = false;
  byId("open").addEventListener("click", start, { once: true });
} else {
  start();
}
