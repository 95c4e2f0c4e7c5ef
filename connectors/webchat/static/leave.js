// Leaving quickly: the session is ended on the server, the page emptied, and a neutral site put in its place in the
// history. It cannot remove the page from the browser's list of visits: the page says so.

import { inTab } from "./words.js";

const embedded = window.parent !== window;
let gone = false;

/** start({link, url, neutral}) gives the function that leaves. */
export function startLeaving({ link, url, neutral }) {
  const others = "BroadcastChannel" in window ? new BroadcastChannel("leave") : null;

  function leave(tellOthers = true) {
    if (gone) return;
    gone = true;
    const token = link.token;
    link.leave();
    // A duplicated tab shows the same chat, so it goes too.
    if (tellOthers && others && token) others.postMessage(token);
    wipe();
    history.replaceState(null, "", neutral);
    go(url);
  }

  if (others) others.onmessage = (event) => event.data && event.data === link.token && leave(false);
  onThreeShifts(leave);
  window.addEventListener("message", (event) => {
    if (embedded && event.source === window.parent && event.data?.chat === "leave") leave();
  });
  // A page kept whole for the back button would show the chat again: keep it empty, and load afresh if it comes back.
  window.addEventListener("pagehide", (event) => event.persisted && empty());
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    empty();
    if (gone) go(url);
    else location.reload();
  });
  return () => leave();
}

function wipe() {
  empty();
  inTab((tab) => tab.clear());
  if (window.speechSynthesis) speechSynthesis.cancel();
}

function empty() {
  document.body.textContent = "";
}

/** In a frame the page round it has to go: the widget does that, and where there is no widget we try it ourselves. */
function go(url) {
  if (!embedded) return location.replace(url);
  window.parent.postMessage({ chat: "leave", url }, "*"); // carries nothing about the chat
  try {
    window.top.location.replace(url);
  } catch (refused) {
    // Not allowed to move the outer page: the frame stays empty.
  }
}

/** Shift three times within two seconds, with no other key between: typing capitals does not count. */
function onThreeShifts(act) {
  let times = [];
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.repeat) return;
      const now = Date.now();
      times = event.key === "Shift" ? [...times.filter((time) => now - time < 2000), now] : [];
      if (times.length === 3) act();
    },
    true,
  );
}
