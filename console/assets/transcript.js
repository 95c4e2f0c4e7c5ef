// A conversation that moves: new messages come by themselves, templates go into the box, a selection into its field.
// The page works without it.
const LOOK_MS = 4000;
const IDLE_MS = 10 * 60 * 1000; // after so long without a hand on the page it asks no more, so that a session can end

const lines = document.getElementById("lines");
const live = document.getElementById("live");
let lastTouched = Date.now();
let paused = false;

const atTheEnd = () => innerHeight + scrollY >= document.documentElement.scrollHeight - 80;

function append(html) {
  const made = document.createElement("template");
  made.innerHTML = html;
  const days = [...lines.querySelectorAll("[data-day]")];
  const first = made.content.querySelector("[data-day]");
  if (days.length && first?.dataset.day === days.at(-1).dataset.day) first.remove();
  for (const line of made.content.querySelectorAll("[data-position]")) {
    if (document.getElementById(line.id)) line.remove();
  }
  lines.append(made.content);
}

async function look() {
  if (document.visibilityState !== "visible" || paused) return;
  if (Date.now() - lastTouched > IDLE_MS) {
    paused = true;
    live.textContent = live.dataset.paused;
    return;
  }
  let answer;
  try {
    answer = await fetch(`${lines.dataset.live}?after=${lines.dataset.upTo}`, { redirect: "error", cache: "no-store" });
    if (!answer.ok) throw new Error();
  } catch {
    live.textContent = live.dataset.lost;
    return;
  }
  show(await answer.json());
}

function show(news) {
  const state = document.getElementById("state");
  const made = document.createElement("template");
  made.innerHTML = news.state;
  if (state.textContent.trim() !== made.content.textContent.trim()) state.replaceChildren(made.content);
  if (!news.said) {
    if (!lines.dataset.fresh) live.textContent = "";
    return;
  }
  const follow = atTheEnd() && document.activeElement === document.body;
  append(news.lines);
  lines.dataset.upTo = news.up_to;
  lines.dataset.fresh = "yes";
  live.textContent = news.said;
  if (follow) lines.lastElementChild.scrollIntoView({ block: "end" });
  if (news.more) look();
}

function touched() {
  lastTouched = Date.now();
  if (!paused) return;
  paused = false;
  live.textContent = "";
  look();
}

function putTemplate(link) {
  link.addEventListener("click", (event) => {
    const box = document.getElementById("text");
    event.preventDefault();
    box.setRangeText(link.dataset.template, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
    box.focus();
  });
}

function pickFrom(message) {
  const box = document.getElementById("hide");
  document.addEventListener("selectionchange", () => {
    const selection = getSelection();
    // A triple click ends its selection at the beginning of what comes after.
    const inside = [selection.anchorNode, selection.focusNode].some((node) => message.contains(node));
    const words = selection.toString().trim();
    if (inside && words && message.innerText.includes(words)) box.value = words;
  });
}

if (lines?.dataset.live) {
  for (const kind of ["pointermove", "pointerdown", "keydown", "wheel"]) addEventListener(kind, touched, { passive: true });
  document.addEventListener("visibilitychange", look);
  setInterval(look, LOOK_MS);
}
document.querySelectorAll("[data-template]").forEach(putTemplate);
const source = document.getElementById("pick-from");
if (source && document.getElementById("hide")) pickFrom(source);
