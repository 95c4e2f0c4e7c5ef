// Makes pages quicker to use. Every page works without it.
const csrf = document.querySelector("meta[name=csrf]")?.content ?? "";
const KEYS_OFF = "console-keys-off";
const DRAFT_WAIT_MS = 800;
const SEQUENCE_MS = 1500;

async function startComponents() {
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  const { initAll } = await import(document.querySelector("script[data-frontend]").dataset.frontend);
  initAll();
}

// Drafts: what is typed into a box with data-draft is kept a moment after the last key.
function keepDraft(box) {
  const status = document.getElementById(`${box.id}-draft`);
  let waiting = 0;
  const save = async () => {
    const body = new URLSearchParams({ place: box.dataset.draft, text: box.value });
    try {
      const answer = await fetch("/console/draft", { method: "POST", body, headers: { "X-CSRF-Token": csrf }, keepalive: true, redirect: "error" });
      if (answer.ok && status) status.textContent = (await answer.json()).said;
    } catch {
      if (status) status.textContent = "";
    }
  };
  box.addEventListener("input", () => {
    clearTimeout(waiting);
    if (status) status.textContent = "";
    waiting = setTimeout(save, DRAFT_WAIT_MS);
  });
  box.form?.addEventListener("submit", () => clearTimeout(waiting));
}

// Keys. They can be turned off, and never act while somebody types.
const keysOff = () => localStorage.getItem(KEYS_OFF) === "yes";
const typing = (target) => target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

function moveInList(step) {
  const lines = [...document.querySelectorAll("[data-line]")];
  if (!lines.length) return false;
  const here = lines.indexOf(document.activeElement);
  lines[Math.min(lines.length - 1, Math.max(0, here + step))].focus();
  return true;
}

function press(element) {
  if (!element) return false;
  if (element.matches("input:not([type=checkbox]):not([type=radio]), textarea, select")) element.focus();
  else element.click();
  return true;
}

let goUntil = 0;
function onKey(event) {
  if (keysOff() || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
  const key = event.key;
  if (Date.now() < goUntil) {
    goUntil = 0;
    if (key === "h") location.assign("/console");
    else press(document.querySelector(`[data-go="${CSS.escape(key)}"]`));
    return;
  }
  if (key === "g") goUntil = Date.now() + SEQUENCE_MS;
  else if (key === "?") location.assign("/console/keyboard");
  else if (key === "j" && moveInList(1)) return;
  else if (key === "k" && moveInList(-1)) return;
  else if (key.length === 1 && press(document.querySelector(`[data-key="${CSS.escape(key)}"]`))) event.preventDefault();
}

function keysSwitch() {
  const box = document.getElementById("keys-off");
  if (!box) return;
  box.checked = keysOff();
  box.addEventListener("change", () => localStorage.setItem(KEYS_OFF, box.checked ? "yes" : "no"));
}

function printButton(button) {
  button.hidden = false;
  button.addEventListener("click", () => print());
}

document.querySelectorAll("[data-draft]").forEach(keepDraft);
document.querySelectorAll("[data-print]").forEach(printButton);
document.addEventListener("keydown", onKey);
keysSwitch();
startComponents();
