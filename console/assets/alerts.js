// The list of alerts stays true while it is open: asked for anew every few seconds, changed only when it has changed.
const EVERY_MS = 5000;
const lines = document.getElementById("alert-lines");
const news = document.getElementById("alert-news");
const names = () => [...lines.querySelectorAll("[data-line]")].map((link) => link.getAttribute("href"));

async function look() {
  if (document.hidden || lines.contains(document.activeElement)) return;
  try {
    const answer = await fetch(lines.dataset.from, { redirect: "error" });
    if (!answer.ok) return;
    const html = await answer.text();
    if (html.trim() === lines.innerHTML.trim()) return;
    const before = names();
    // Our own page, escaped by its template.
    lines.innerHTML = html;
    const added = names().filter((name) => !before.includes(name)).length;
    if (added) news.textContent = added === 1 ? "1 new alert" : `${added} new alerts`;
  } catch {
    // The next look tells.
  }
}

setInterval(look, EVERY_MS);
