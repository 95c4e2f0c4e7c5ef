// Settings for this page view only (nothing is kept on the device), and reading aloud.

import { byId, put, word } from "./words.js";

/** Wire the settings panel. Each of the switches, by id, is told when it is changed. */
export function startSettings(switches, onSize) {
  for (const radio of document.querySelectorAll("input[name=size]")) {
    radio.addEventListener("change", () => {
      document.documentElement.dataset.size = radio.value;
      onSize();
    });
  }
  const dark = byId("dark");
  const sheet = byId("dark-sheet"); // its media follows the device until there is a choice
  dark.checked = matchMedia(sheet.media).matches;
  dark.addEventListener("change", () => (sheet.media = dark.checked ? "all" : "not all"));
  for (const [id, act] of Object.entries(switches)) {
    byId(id).addEventListener("change", ({ target }) => act(target.checked));
  }
  startPanel();
}

/** The panel opens under its button, and closes with its button, Escape, a press elsewhere, or when focus moves on. */
function startPanel() {
  const button = byId("settings-button");
  const panel = byId("settings");
  const hold = panel.parentElement;
  const show = (on) => {
    panel.hidden = !on;
    button.setAttribute("aria-expanded", on);
  };
  const close = () => {
    show(false);
    button.focus();
  };
  button.addEventListener("click", () => show(panel.hidden));
  byId("settings-close").addEventListener("click", close);
  document.addEventListener("pointerdown", (event) => hold.contains(event.target) || show(false));
  hold.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !hold.contains(event.relatedTarget)) show(false);
  });
  hold.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    event.stopPropagation();
    close();
  });
}

/** Reads aloud with a voice that lives on the device: a voice from elsewhere would send the words away. */
export class Speaker {
  constructor() {
    this.engine = window.speechSynthesis;
    this.auto = false;
    if (!this.engine) return;
    this.findVoice();
    this.engine.addEventListener?.("voiceschanged", () => this.findVoice());
  }

  findVoice() {
    const voices = this.engine.getVoices().filter((voice) => voice.localService && /^en/i.test(voice.lang));
    this.voice = voices.find((voice) => /^en[-_]GB/i.test(voice.lang)) || voices[0];
    document.documentElement.classList.toggle("can-speak", Boolean(this.voice));
    byId("speak-row").hidden = !this.voice;
  }

  /** Speak after whatever is being spoken. */
  add(text, button = null) {
    if (!this.voice) return;
    const utterance = new SpeechSynthesisUtterance(text);
    utterance.voice = this.voice;
    utterance.lang = this.voice.lang;
    utterance.rate = 0.95;
    utterance.onend = utterance.onerror = () => this.show(button, false);
    this.show(button, true);
    this.engine.speak(utterance);
  }

  /** The button on a bubble: speak it, or stop. */
  toggle(text, button) {
    const stopping = this.button === button;
    this.stop();
    if (!stopping) this.add(text, button);
  }

  stop() {
    this.show(this.button, false);
    if (this.engine) this.engine.cancel();
  }

  show(button, on) {
    if (!button || (!on && this.button !== button)) return;
    this.button = on ? button : null;
    const label = button.querySelector("[data-word]");
    label.dataset.word = on ? "listen_stop" : "listen";
    put(label, word(label.dataset.word));
    button.querySelector("use").setAttribute("href", on ? "#s-stop" : "#s-listen");
  }
}
