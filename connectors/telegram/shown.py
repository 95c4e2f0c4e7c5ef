"""How bubbles look on Telegram: one message for what is said in one go, its buttons below, split where it is long."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from telegram.constants import MessageLimit

from bot.store.telegram import ToSend

LONGEST = int(MessageLimit.MAX_TEXT_LENGTH)  # 4,096, counted as UTF-16
# What only the web page can do: a link to it.
WEB = frozenset({"intake:web", "intake:receipt", "intake:return", "intake:copy"})
# What only a page can do and Telegram does by itself: holding a message offers to copy it.
PAGE_ONLY = frozenset({"intake:clip"})
BREAKS = ("\n\n", "\n", ". ", "! ", "? ", ", ", " ")  # where a long text is best cut, best first


@dataclass(frozen=True)
class Key:
    """A button. `data` is what Telegram hands back when it is pressed; None for a link to the web page."""

    title: str
    data: str | None


def length(text: str) -> int:
    """As Telegram counts: letters outside the basic plane, like most emoji, count twice."""
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def parts_of(items: Sequence[ToSend], heading: str | None) -> list[str]:
    """The text of what is said in one go, in messages of at most 4,096 characters, cut at the ends of sentences."""
    text = "\n\n".join(item.text for item in items)
    return list(split(text if heading is None else f"{heading}:\n{text}"))


def split(text: str) -> Iterator[str]:
    """Pieces that Telegram takes, none of them empty, which together are the text but for blanks where it was cut."""
    while length(text) > LONGEST:
        cut = _cut(text)
        yield text[:cut].rstrip()
        text = text[cut:].lstrip()
    if text:
        yield text


def _cut(text: str) -> int:
    """Where to cut: at the best kind of break in the second half of what fits, else where it stops fitting."""
    fits = min(LONGEST, len(text))
    while length(text[:fits]) > LONGEST:
        fits -= max(1, (length(text[:fits]) - LONGEST) // 2)
    for mark in BREAKS:
        at = text.rfind(mark, fits // 2, fits)
        if at >= 0:
            return at + len(mark)
    return fits


def tag_of(conversation_id: str) -> str:
    """Which conversation a button belongs to: after a deletion, the old ones still stand on the phone."""
    return hashlib.sha256(conversation_id.encode()).hexdigest()[:8]


def keys_of(items: Sequence[ToSend], web_button: str, private: frozenset[str], tag: str) -> list[Key]:
    """The buttons below: ids that intake resolves, and a link to the web page where private things come next."""
    keys = [
        Key(button.title, None if button.payload in WEB else f"{item.position}:{number}:{tag}")
        for item in items
        for number, button in enumerate(item.buttons)
        if button.payload not in PAGE_ONLY
    ]
    if any(item.key in private for item in items) and all(key.data is not None for key in keys):
        keys.append(Key(web_button, None))
    return keys
