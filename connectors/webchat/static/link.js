// Carries frames between this page and the server: over a WebSocket, or over plain HTTP when no socket opens.
//
// A frame with an id (something said or pressed) stays in the outbox, in memory, until the server says it is saved, and
// is sent again after every reconnection. The server knows ids it has seen: nothing is lost and nothing is doubled.

const OPEN_WITHIN = 4000; // then HTTP is tried instead
const WELCOME_WITHIN = 6000;
const SAVED_WITHIN = 12000; // a socket that saves nothing for so long is taken for dead
const ANSWER_WITHIN = 20000;
const POLL_WITHIN = 40000;
const STEADY_AFTER = 10000;
const WAITS = [1000, 2000, 4000, 8000, 15000, 30000];

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

export class Link {
  /** base, token; after() gives the last position shown; onFrame; onState hears "connecting", "ready", "lost" and "closed". */
  constructor(parts) {
    Object.assign(this, parts);
    this.outbox = new Map();
    this.turn = 0; // each attempt to connect has a number; whatever an older one does is ignored
    this.tries = 0;
    this.doubted = new Set(); // ids for which a silent socket was already dropped once
    this.rest();
  }

  rest() {
    this.ready = false;
    this.socket = null;
    this.line = Promise.resolve(); // HTTP sends go one after another, so that order is kept
  }

  async connect() {
    const turn = ++this.turn;
    clearTimeout(this.retry);
    this.drop();
    this.closed = false;
    this.busy = true;
    this.onState("connecting");
    try {
      await this.openSocket(turn);
    } catch (reason) {
      if (turn !== this.turn || this.closed) return;
      this.drop();
      try {
        await this.openHttp(turn);
      } catch (other) {
        this.lose(turn);
      }
    }
  }

  /** Connect at once: the phone is back on a network, or the page back on screen after a while. */
  hurry() {
    if (this.closed || this.left || this.busy) return;
    this.tries = 0;
    this.connect();
  }

  openSocket(turn) {
    return new Promise((opened, failed) => {
      const address = new URL(`${this.base}/ws`, location.href);
      address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
      const socket = (this.socket = new WebSocket(address.href));
      let limit = setTimeout(failed, OPEN_WITHIN);
      socket.onopen = () => {
        clearTimeout(limit);
        limit = setTimeout(failed, WELCOME_WITHIN);
        socket.send(JSON.stringify(this.hello()));
      };
      socket.onmessage = (event) => {
        if (turn !== this.turn) return;
        this.take(JSON.parse(event.data));
        if (this.ready) {
          clearTimeout(limit);
          opened();
        }
      };
      socket.onerror = failed;
      socket.onclose = () => {
        clearTimeout(limit);
        failed(); // changes nothing once it has opened
        if (this.ready) this.lose(turn);
      };
    });
  }

  async openHttp(turn) {
    this.takeAll(await this.call("hello", this.hello()), turn);
    if (turn !== this.turn) return;
    if (!this.ready) throw new Error("no welcome");
    this.poll(turn);
  }

  async poll(turn) {
    try {
      while (turn === this.turn) {
        const began = Date.now();
        const before = this.after();
        this.takeAll(await this.call(`poll?after=${before}`, null, POLL_WITHIN), turn);
        if (before === this.after() && Date.now() - began < 1000) await pause(1000);
      }
    } catch (reason) {
      this.lose(turn);
    }
  }

  hello() {
    return { type: "hello", token: this.token, after: this.after() };
  }

  lose(turn) {
    if (turn !== this.turn || this.closed || this.left) return;
    if (this.ready && Date.now() - this.since > STEADY_AFTER) this.tries = 0;
    this.turn += 1;
    this.busy = false;
    this.drop();
    this.onState("lost");
    const wait = WAITS[Math.min(this.tries, WAITS.length - 1)];
    this.tries += 1;
    this.retry = setTimeout(() => this.connect(), wait * (0.5 + Math.random() / 2));
  }

  drop() {
    const old = this.socket;
    this.rest();
    if (!old) return;
    old.onopen = old.onmessage = old.onerror = old.onclose = null;
    old.close();
  }

  take(frame) {
    const settles = ["saved", "error", "item"].includes(frame.type) && frame.id;
    if (settles) this.outbox.delete(frame.id);
    if (frame.type === "closed") this.shut();
    if (frame.type === "welcome") this.token = frame.token;
    this.onFrame(frame);
    if (frame.type === "welcome" && !this.ready) this.begin();
  }

  takeAll(frames, turn) {
    for (const frame of frames) if (turn === this.turn) this.take(frame);
  }

  begin() {
    this.ready = true;
    this.busy = false;
    this.since = Date.now();
    this.onState("ready");
    for (const frame of this.outbox.values()) this.pass(frame);
  }

  shut() {
    this.closed = true;
    this.turn += 1;
    clearTimeout(this.retry);
    this.drop();
    this.onState("closed");
  }

  /** Send now if connected. A frame with an id is also kept until it is saved. Says whether it went. */
  send(frame) {
    if (frame.id) this.outbox.set(frame.id, frame);
    if (this.ready) this.pass(frame);
    return this.ready;
  }

  pass(frame) {
    const turn = this.turn;
    if (this.socket) {
      this.socket.send(JSON.stringify(frame));
      if (frame.id) setTimeout(() => this.doubt(frame.id, turn), SAVED_WITHIN);
      return;
    }
    this.line = this.line.then(async () => {
      if (turn !== this.turn) return;
      try {
        this.takeAll(await this.call("send", frame), turn);
      } catch (reason) {
        this.lose(turn);
      }
    });
  }

  /** A socket can die without a word when a phone changes network. Once for each message, try a fresh one. */
  doubt(id, turn) {
    if (turn !== this.turn || !this.outbox.has(id) || this.doubted.has(id)) return;
    this.doubted.add(id);
    this.lose(turn);
  }

  /** One HTTP call: the frames of the answer, also of a refusal. After a failure what it carried is sent again. */
  async call(path, frame, within = ANSWER_WITHIN) {
    const stop = new AbortController();
    const limit = setTimeout(() => stop.abort(), within);
    try {
      const response = await fetch(`${this.base}/api/${path}`, { ...this.request(frame), signal: stop.signal });
      const answer = await response.json().catch(() => ({}));
      const frames = answer.frames || (answer.type ? [answer] : []);
      if (response.ok || (frames.length && response.status < 500)) return frames;
      frames.forEach(this.onFrame);
      throw new Error(String(response.status));
    } finally {
      clearTimeout(limit);
    }
  }

  request(frame) {
    const headers = this.token ? { Authorization: `Bearer ${this.token}` } : {};
    const common = { cache: "no-store", credentials: "omit", headers };
    if (!frame) return common;
    headers["Content-Type"] = "application/json";
    return { ...common, method: "POST", body: JSON.stringify(frame) };
  }

  /** End the session on the server, by every way that outlives the page, and never connect again. */
  leave() {
    this.left = true;
    clearTimeout(this.retry);
    if (this.token) {
      const frame = { type: "leave", token: this.token }; // a beacon has no headers, so the token goes inside
      if (this.socket && this.ready) this.socket.send(JSON.stringify({ type: "leave" }));
      const address = `${this.base}/api/leave`;
      const sent = navigator.sendBeacon && navigator.sendBeacon(address, JSON.stringify(frame));
      if (!sent) fetch(address, { ...this.request(frame), keepalive: true }).catch(() => {});
    }
    this.turn += 1;
    this.drop();
  }
}
