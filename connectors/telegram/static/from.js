// Opens the conversation that a link from another channel belongs to, in this tab, as the chat page keeps it.
// The token is taken out of the address before anything else, so that history and screenshots do not hold it.

const token = location.hash.slice(1);
history.replaceState(null, "", location.pathname);
const line = document.getElementById("line");

async function open() {
  const body = JSON.stringify({ token });
  const headers = { "Content-Type": "application/json" };
  const response = await fetch("/chat/api/from", { method: "POST", body, headers, credentials: "omit", cache: "no-store" });
  const answer = await response.json();
  if (!answer.token) return say(answer.text);
  sessionStorage.clear();
  sessionStorage.setItem("token", answer.token);
  sessionStorage.setItem("last", answer.seen);
  location.replace("/chat");
}

const say = (words) => (line.textContent = words);

if (token) open().catch(() => say(line.dataset.failed));
else say(line.dataset.old);
