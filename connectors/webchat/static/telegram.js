// Going on in Telegram: what it sees and the question of age, and only then a link. Loaded when it is used.

import { button, post, row, show, status, tell, text } from "./receipt.js";
import { make, say, word } from "./words.js";

export function look() {
  const fault = status();
  const yes = button("solid", "telegram_yes", () => link(yes, fault), "check");
  const no = button("quiet", "telegram_no", () => show("telegram_title", text("telegram_under_16")), "cross");
  const before = [text("telegram_sees"), text("telegram_whose"), text("telegram_age")];
  show("telegram_title", ...before, row(yes, no), fault);
}

async function link(yes, fault) {
  yes.disabled = true;
  const answer = await post("telegram", { sixteen: true });
  yes.disabled = false;
  if (!answer.address) return tell(fault, answer.text || word("receipt_failed"));
  const elsewhere = { class: "solid", href: answer.address, target: "_blank", rel: "noopener noreferrer" };
  show("telegram_title", text("telegram_once", answer), row(make("a", elsewhere, say("telegram_open"))));
}
