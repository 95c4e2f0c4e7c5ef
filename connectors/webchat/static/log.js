// The message log: bubbles in order of position, buttons, and the marks under the young person's own messages.

import { make, put, say, symbol } from "./words.js";

const SENDER_SYMBOLS = { service: "chat", safety: "shield", staff: "person" };
const MARK_SYMBOLS = {
  mark_sending: "clock",
  mark_waiting: "clock",
  mark_saved: "check",
  mark_read: "eye",
  mark_failed: "cross",
};
// What becomes a link in our own messages (never in theirs): https addresses, and numbers to ring or text.
const ADDRESS = /(https:\/\/[^\s<>"]*[^\s<>".,;:!?)'])/;
const NUMBER = /(^|[^\d£.,/-])(0(?:[ -]?\d){7,10}|116 ?\d{3}|999|85258|(?:NHS|ring|call|dial) 1[01]1)(?!\d|[.,]\d)/;
const LINKS = new RegExp(`${ADDRESS.source}|${NUMBER.source}`, "gi");

export class Log {
  /** box scrolls; list holds the bubbles; alarm is the assertive region; online() says whether we are connected. */
  constructor(parts) {
    Object.assign(this, parts);
    this.box.addEventListener("scroll", () => this.scrolled(), { passive: true });
    const sizes = new ResizeObserver(() => this.keepUp());
    sizes.observe(this.box);
    sizes.observe(this.list);
    this.clear();
  }

  clear() {
    this.list.textContent = "";
    this.alarm.textContent = "";
    this.byPosition = new Map();
    this.mine = new Map();
    this.early = new Set(); // positions saved before the ones below them have arrived
    this.cursor = 0; // everything up to here has been shown
    this.readers = [];
    this.follow = true;
    this.anchor = null;
    this.target = 0;
  }

  /** Show an item. `old` ones were on screen before a reload: they are not spoken again. Gives null for one we have. */
  item(frame, old) {
    const known = this.byPosition.has(frame.position);
    this.reach(frame.position);
    if (known) return null;
    const own = frame.from === "me" && this.mine.get(frame.id);
    const entry = own || this.draw({ ...frame, buttons: frame.buttons || [] }, old);
    entry.text = frame.text;
    this.fill(entry);
    this.settle(entry, frame.position, frame.at);
    if (entry.from === "safety" && !old) this.announce(entry);
    if (!own) this.bring(entry, old);
    return own ? null : entry;
  }

  saved(id, position) {
    const entry = this.mine.get(id);
    if (!entry) return;
    if (position && !this.byPosition.has(position)) this.settle(entry, position);
    if (position) this.reach(position, true);
    entry.state = "saved";
    this.arrange();
  }

  failed(id) {
    const entry = this.mine.get(id);
    if (!entry) return;
    entry.state = "failed";
    this.arrange();
  }

  read(readers) {
    this.readers = readers;
    this.arrange();
  }

  /** Items come in order, so one at p means that all below have come. A saved mark may run ahead of them. */
  reach(position, mark = false) {
    if (mark) this.early.add(position);
    else this.cursor = Math.max(this.cursor, position);
    while (this.early.delete(this.cursor + 1)) this.cursor += 1;
  }

  /** Show a message of theirs at once, marked as not saved yet. */
  say(frame, text) {
    const entry = this.draw({ from: "me", text, frame, state: "waiting", buttons: [] }, false);
    this.mine.set(frame.id, entry);
    this.fill(entry);
    this.stamp(entry, new Date());
    this.list.append(entry.node);
    this.arrange();
    this.follow = true;
    this.anchor = null;
    this.bring(entry);
    return entry;
  }

  /** Words that the server has not saved: what is given back when a chat ends. */
  unsaved() {
    const kept = [...this.mine.values()].filter((entry) => entry.state !== "saved" && entry.frame.type === "say");
    return kept.map((entry) => entry.text);
  }

  draw(entry, old) {
    entry.words = make("p", { class: "text", dir: entry.dir || "auto", ...(entry.lang && { lang: entry.lang }) });
    entry.time = make("time");
    const sender = say(entry.role ? `role_${entry.role}` : `from_${entry.from}`);
    entry.who = make("p", { class: "who" }, symbol(SENDER_SYMBOLS[entry.from]), sender, " ", entry.time);
    entry.bubble = make("div", { class: "bubble" }, entry.words);
    entry.node = make("li", { class: `message ${entry.from}`, tabindex: "-1" }, entry.who, entry.bubble);
    entry.node.entry = entry;
    if (entry.from === "me") {
      entry.mark = make("p", { class: "mark", "aria-live": "off" });
      entry.node.append(entry.mark);
    } else {
      entry.bubble.append(this.listenButton(entry));
    }
    // Old items stay silent; a safety item is spoken once by the assertive region, so not by the log as well.
    if (old || entry.from === "safety") entry.node.setAttribute("aria-live", "off");
    if (entry.buttons.length) this.drawButtons(entry);
    return entry;
  }

  drawButtons(entry) {
    entry.choices = make("div", { class: "choices" });
    entry.buttons.forEach(({ title, icon }, index) => {
      const words = make("span", { dir: "auto" }, title);
      const button = make("button", { type: "button", class: "choice" }, symbol(icon), words);
      button.addEventListener("click", () => this.onPress(entry, index));
      entry.choices.append(button);
    });
    entry.node.append(entry.choices);
  }

  listenButton(entry) {
    const button = make("button", { type: "button", class: "listen" }, symbol("listen"), say("listen"));
    button.addEventListener("click", () => this.onListen(entry, button));
    return button;
  }

  /** Put the text in, as text; numbers and addresses in our own messages become links to press. */
  fill(entry) {
    const text = this.shown(entry);
    entry.words.textContent = "";
    if (entry.from === "me") entry.words.append(text);
    else entry.words.append(...linked(text));
  }

  shown(entry) {
    return (this.simple && entry.easy) || entry.text;
  }

  useSimple(on) {
    this.simple = on;
    this.quietly(() => this.byPosition.forEach((entry) => entry.easy && this.fill(entry)));
  }

  /** Make a change without its being read out: the region speaks again once screen readers have passed it by. */
  quietly(change) {
    this.box.setAttribute("aria-live", "off");
    change();
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => this.box.setAttribute("aria-live", "polite"), 600);
  }

  announce(entry) {
    const line = make("p", { dir: entry.dir || "auto", ...(entry.lang && { lang: entry.lang }) }, this.shown(entry));
    this.alarm.append(line);
    setTimeout(() => line.remove(), 30000);
  }

  settle(entry, position, at) {
    entry.position = position;
    this.byPosition.set(position, entry);
    if (entry.from === "me") entry.state = "saved";
    if (at) this.stamp(entry, new Date(at));
    this.place(entry);
    this.arrange();
  }

  /** Put a bubble where its position belongs; unsaved ones come last. Moving one that is there is not spoken. */
  place(entry) {
    const { node } = entry;
    const below = (other) => other === node || !(other.entry && other.entry.position < entry.position);
    let above = this.list.lastElementChild;
    while (above && below(above)) above = above.previousElementSibling;
    const insert = () => this.list.insertBefore(node, above ? above.nextElementSibling : this.list.firstElementChild);
    if (!node.isConnected) insert();
    else if (node.previousElementSibling !== above) this.quietly(insert);
  }

  stamp(entry, moment) {
    if (isNaN(moment)) return;
    const today = moment.toDateString() === new Date().toDateString();
    const day = today ? {} : { weekday: "short", day: "numeric", month: "short" };
    put(entry.time, moment.toLocaleString("en-GB", { ...day, hour: "2-digit", minute: "2-digit" }));
    entry.time.dateTime = moment.toISOString();
  }

  /**
   * One pass from the end: show the sender once in a run of bubbles, put buttons away, and set the marks.
   * A question of the service is over once anything is said after it. One from staff or about safety stands until it is
   * answered. Unsaved messages have a mark each; of the saved ones the last, and the last that each reader has read.
   */
  arrange() {
    const said = [];
    const marked = new Set();
    const readers = [...this.readers];
    for (let node = this.list.lastElementChild; node; node = node.previousElementSibling) {
      const entry = node.entry;
      const before = node.previousElementSibling?.entry;
      if (!entry || !entry.from) continue;
      node.classList.toggle("same", Boolean(before) && before.from === entry.from && before.role === entry.role);
      if (entry.from === "me") {
        said.unshift(entry.text);
        this.drawMark(entry, marked, readers);
      } else if (entry.choices) {
        const answer = said.findIndex((text) => entry.buttons.some((button) => button.title === text));
        entry.choices.hidden = answer >= 0 || (entry.from === "service" && said.length > 0);
        if (answer >= 0) said[answer] = null; // an answer belongs to the nearest question above it
      }
    }
  }

  markOf(entry) {
    if (entry.state === "failed") return "mark_failed";
    if (entry.state === "waiting") return this.online() ? "mark_sending" : "mark_waiting";
    return "mark_saved";
  }

  drawMark(entry, marked, readers) {
    const state = this.markOf(entry);
    const by = state === "mark_saved" ? readers.filter(({ position }) => position >= entry.position) : [];
    by.forEach((reader) => readers.splice(readers.indexOf(reader), 1));
    const key = by.length ? "mark_read" : state === "mark_saved" && marked.has(state) ? "" : state;
    const words = by.map(({ text }) => text).join("\n");
    marked.add(state);
    if (entry.marked === key + words) return;
    entry.marked = key + words;
    entry.mark.dataset.key = key;
    entry.mark.textContent = "";
    if (!key) return;
    entry.mark.append(symbol(MARK_SYMBOLS[key]), words ? make("span", {}, words) : say(key));
    if (key !== "mark_failed") return;
    const retry = make("button", { type: "button", class: "retry" }, say("retry"));
    retry.addEventListener("click", () => {
      entry.state = "waiting";
      entry.node.focus({ preventScroll: true });
      this.onRetry(entry.frame);
      this.arrange();
    });
    entry.mark.append(retry);
  }

  /** Scroll until the first bubble since they last did something is at the top, no further; not when scrolled up. */
  bring(entry, old = false) {
    if (entry.from !== "me" && !this.anchor && !old) this.anchor = entry.node;
    this.keepUp();
  }

  keepUp() {
    if (this.follow) {
      const end = this.box.scrollHeight - this.box.clientHeight;
      const first = this.anchor === this.list.firstElementChild; // then what stands above it shows as well
      const top = first ? 0 : this.anchor && this.anchor.offsetTop - 12;
      this.target = this.anchor ? Math.min(end, Math.max(top, this.box.scrollTop)) : end;
      this.box.scrollTop = this.target;
    }
    this.showBelow();
  }

  toEnd() {
    this.follow = true;
    this.anchor = null;
    this.keepUp();
  }

  atEnd() {
    return this.box.scrollHeight - this.box.clientHeight - this.box.scrollTop < 24;
  }

  scrolled() {
    if (Math.abs(this.box.scrollTop - this.target) > 2) {
      this.follow = this.atEnd();
      this.anchor = null;
      this.target = this.box.scrollTop;
    }
    this.showBelow();
  }

  showBelow() {
    this.below.hidden = this.atEnd();
  }
}

/** Text as a list of text nodes and links. */
function linked(text) {
  const parts = [];
  let from = 0;
  for (const found of text.matchAll(LINKS)) {
    const [whole, address, before = "", number] = found;
    parts.push(text.slice(from, found.index) + (address ? "" : before));
    if (address) parts.push(make("a", { href: address, target: "_blank", rel: "noopener noreferrer" }, address));
    else parts.push(make("a", { href: (number === "85258" ? "sms:" : "tel:") + number.replace(/\D/g, "") }, number));
    from = found.index + whole.length;
  }
  parts.push(text.slice(from));
  return parts;
}
