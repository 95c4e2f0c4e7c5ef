// Letting somebody else read this chat, and the copy that they read. Loaded when it is used; puts nothing on the device.

import { button, four, post, row, show, status, tell, text } from "./receipt.js";
import { make, say, word } from "./words.js";

/** What is lent now, with the way to stop it; else what lending is. */
export async function look() {
  const { lent, text: fault } = await post("lent", {});
  if (fault) return show("lend_title", make("p", {}, fault));
  return lent ? standing(lent) : explain();
}

function explain(...before) {
  const fault = status();
  const get = button("solid", "lend_get", () => lend(get, fault), "key");
  show("lend_title", ...before, text("lend_what"), text("lend_careful"), row(get), fault);
}

async function lend(get, fault) {
  get.disabled = true;
  const answer = await post("lend", {});
  get.disabled = false;
  if (!answer.words) return tell(fault, answer.text || word("receipt_failed"));
  show("lend_words", four(answer.words), text("lend_until", answer));
}

function standing(lent) {
  const fault = status();
  const stop = async () => {
    const { text: failed } = await post("lent/back", {});
    if (failed) tell(fault, failed);
    else explain(text("lend_stopped"));
  };
  const now = text(lent.opened ? "lend_now" : "lend_now_unopened", lent);
  show("lend_title", now, row(button("solid", "lend_stop", stop, "stop")), fault);
}

/** The copy: who said what. Words become text and nothing else. */
export function read({ until, lines }) {
  const list = make("ol", { class: "copy" }, ...lines.map(line));
  show("lent_title", text("lent_text", { until }), list);
}

function line({ from, role, text: words, at }) {
  const moment = new Date(at);
  const when = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" };
  const time = make("time", { datetime: at }, moment.toLocaleString("en-GB", when));
  const who = say(from === "me" ? "lent_from_me" : role ? `role_${role}` : `from_${from}`);
  return make("li", { class: from === "me" ? "own" : null }, make("p", { class: "who" }, who, " ", time), make("p", { dir: "auto" }, words));
}
