// Puts a chat button on another page: <script src="https://host/chat/widget.js" data-label="Talk to us" defer></script>
// The chat opens in a panel (the whole screen on a phone). Escape or the close button shuts it and focus goes back.
// Optional: data-close (words of the close button), data-leave (where "Leave quickly" goes).
(() => {
  const script = document.currentScript;
  const origin = new URL(script.src).origin;
  const page = new URL("./", script.src).href.replace(/\/$/, "");
  const label = script.dataset.label || "Talk to us";
  const away = script.dataset.leave || "https://www.bbc.co.uk/weather";

  // In a shadow root, with a constructed sheet: the host page's styles and its CSP are left alone.
  const style = `
    :host { all: initial; color-scheme: light dark; --ink: #22262e; --paper: #f5f1ea; --ring: #1c4fd1; }
    @media (prefers-color-scheme: dark) { :host { --ink: #f0ede7; --paper: #14171b; --ring: #9dbcff; } }
    * { box-sizing: border-box; }
    [hidden] { display: none !important; }
    button, .top { font: 600 16px/1.2 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: var(--ink); display: flex; align-items: center; gap: 8px; }
    button { cursor: pointer; min-height: 44px; padding: 4px 12px; border: 2px solid transparent; border-radius: 12px; background: none; }
    button:focus-visible { outline: 3px solid var(--ring); outline-offset: 2px; box-shadow: 0 0 0 2px var(--paper); }
    .open { position: fixed; right: 16px; bottom: 16px; z-index: 2147483000; padding: 12px 20px; border-radius: 28px; background: #1d5f63; color: #fff; }
    svg { width: 22px; fill: none; stroke: currentColor; stroke-width: 2; stroke-linecap: round; }
    dialog { position: fixed; inset: auto 16px 16px auto; z-index: 2147483001; width: 400px; height: min(680px, calc(100vh - 32px)); max-width: none; max-height: none; padding: 0; border: 1px solid #7d786f; border-radius: 18px; overflow: hidden; background: var(--paper); box-shadow: 0 12px 40px #0006; flex-direction: column; }
    dialog[open] { display: flex; }
    .top { justify-content: space-between; padding: 2px 4px 2px 14px; }
    iframe { flex: 1; width: 100%; border: 0; }
    @media (max-width: 600px), (max-height: 500px) { dialog { inset: 0; width: 100%; height: 100%; border: 0; border-radius: 0; } }`;

  const host = document.createElement("div");
  const root = host.attachShadow({ mode: "open" });
  try {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(style);
    root.adoptedStyleSheets = [sheet];
  } catch (older) {
    root.append(make("style", {}, style));
  }

  const bubble = drawing("M5 4h14q2 0 2 2v8q0 2-2 2h-8l-5 4.5V16H5q-2 0-2-2V6q0-2 2-2z");
  const open = make("button", { type: "button", class: "open", "aria-haspopup": "dialog" }, bubble, label);
  const close = make("button", { type: "button" }, drawing("M6 6l12 12M18 6L6 18"), script.dataset.close || "Close");
  const panel = make("dialog", { "aria-label": label }, make("div", { class: "top" }, make("span", {}, label), close));
  root.append(open, panel);
  document.body.append(host);

  const small = matchMedia("(max-width: 600px), (max-height: 500px)");
  let frame = null;
  let scrolling = "";

  open.addEventListener("click", show);
  close.addEventListener("click", hide);
  panel.addEventListener("cancel", (event) => (event.preventDefault(), hide()));
  panel.addEventListener("keydown", (event) => event.key === "Escape" && hide());

  function show() {
    if (frame) tell({ chat: "shown", on: true });
    else {
      frame = make("iframe", { src: page, title: label, referrerpolicy: "no-referrer" });
      panel.append(frame);
    }
    // On a phone the panel covers everything, so what is under it must be out of reach.
    if (small.matches && panel.showModal) panel.showModal();
    else if (panel.show) panel.show();
    else panel.setAttribute("open", "");
    scrolling = document.documentElement.style.overflow;
    if (small.matches) document.documentElement.style.overflow = "hidden";
    open.hidden = true;
    frame.focus();
  }

  function hide() {
    if (!panel.hasAttribute("open")) return;
    if (panel.close) panel.close();
    else panel.removeAttribute("open");
    document.documentElement.style.overflow = scrolling;
    open.hidden = false;
    tell({ chat: "shown", on: false });
    open.focus();
  }

  function tell(message) {
    if (frame && frame.contentWindow) frame.contentWindow.postMessage(message, origin);
  }

  function leave(address) {
    document.documentElement.style.visibility = "hidden";
    location.replace(address);
  }

  window.addEventListener("message", (event) => {
    if (event.origin !== origin || !frame || event.source !== frame.contentWindow || !event.data) return;
    const { chat, url } = event.data;
    if (chat === "close") hide();
    if (chat === "leave") leave(!script.dataset.leave && /^https:/.test(url) ? url : away);
  });

  // Shift three times works while the panel is open, wherever the focus is.
  let times = [];
  document.addEventListener("keydown", (event) => {
    if (event.repeat || !panel.hasAttribute("open")) return;
    times = event.key === "Shift" ? [...times.filter((time) => Date.now() - time < 2000), Date.now()] : [];
    if (times.length < 3) return;
    tell({ chat: "leave" }); // the chat ends its session, and answers with "leave"
    setTimeout(() => leave(away), 300);
  }, true);

  function make(tag, attributes, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
    node.append(...children);
    return node;
  }

  function drawing(path) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
    svg.setAttribute("viewBox", "0 0 24 24");
    svg.setAttribute("aria-hidden", "true");
    line.setAttribute("d", path);
    svg.append(line);
    return svg;
  }
})();
