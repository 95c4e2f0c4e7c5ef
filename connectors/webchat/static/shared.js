// For a device that other people use: keeps nothing in the tab, covers the messages when the page is not looked at, and
// leaves after some minutes without a key or a touch, with a warning first. Loaded when it is switched on.

import { byId, inTab, make, rules, say } from "./words.js";

const SILENCE = 5 * 60000;
const WARNING = 60000; // before that
const root = document.documentElement;
const cover = make("main", { class: "cover" }, make("button", { type: "button", class: "solid" }, say("cover_show")));
const warning = make("p", { class: "line", role: "alert" });
const timers = {};
let on = false;
let chat = null;
let leaveNow = null;

/** Switch it on or off. The address of the page stays what it was: nothing of this is kept either. */
export function turn(wanted, link, leave) {
  on = wanted;
  [chat, leaveNow] = [link, leave];
  inTab((tab) => tab.clear());
  rules.keeps = !on;
  if (on) begin();
  else inTab((tab) => link.token && tab.setItem("token", link.token));
  stir();
}

function begin() {
  if (byId("shared-style")) return;
  document.head.append(make("link", { id: "shared-style", rel: "stylesheet", href: `${chat.base}/static/shared.css` }));
  byId("app").append(cover, warning); // outside of what is covered: the warning has to be seen
  cover.firstChild.addEventListener("click", () => covered(false));
  for (const kind of ["keydown", "pointerdown"]) document.addEventListener(kind, stir, true);
  window.addEventListener("blur", () => on && covered(true));
  document.addEventListener("visibilitychange", () => on && document.hidden && covered(true));
  // A reload or a closed tab leaves nothing that opens the chat: the session ends on the server too.
  window.addEventListener("pagehide", () => on && chat.leave());
}

function covered(yes) {
  root.classList.toggle("covered", yes);
  (yes ? cover.firstChild : byId("log")).focus({ preventScroll: true });
}

/** A key or a touch: the silence begins again, and a warning goes. */
function stir() {
  Object.values(timers).forEach(clearTimeout);
  warning.replaceChildren();
  if (!on) return root.classList.remove("covered");
  timers.warn = setTimeout(() => warning.append(say("shared_warning")), SILENCE - WARNING);
  timers.leave = setTimeout(leaveNow, SILENCE);
}
