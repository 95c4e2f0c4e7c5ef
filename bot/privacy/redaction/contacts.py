"""Ways to reach somebody that are not numbers: e-mail addresses, links, names in apps and games."""

from __future__ import annotations

import re
from collections.abc import Iterator

from bot.privacy.redaction.spans import Kind, Span

_EMAIL = re.compile(r"[\w.+%-]+\s?(?:@|\(at\)|\[at\])\s?[\w-]+(?:\.[\w-]+)+", re.IGNORECASE)
_EMAIL_IN_WORDS = re.compile(r"[\w.+%-]{3,}\s+at\s+[\w-]+(?:\s+dot\s+[a-z]{2,})+", re.IGNORECASE)
_LINK = re.compile(r"\b(?:https?://|www\.)[^\s<>\"']+[^\s<>\"'.,;:!?)]", re.IGNORECASE)
_AT = re.compile(r"(?<![\w.])@[\w.]{2,}")
_APPS = (
    r"snap(?:chat)?|sc|insta(?:gram)?|ig|tik ?tok|tele(?:gram)?|discord|psn|xbox|play ?station|gamer ?tag|"
    r"roblox|steam|twitch|twitter|facebook|fb|youtube|yt|vsco|kik|bereal|signal|user ?name|user|handle"
)
# After the app's name: "is", "im", a colon or nothing, and then one word that no sentence would have.
_AFTER_APP = re.compile(
    rf"\b(?:{_APPS})s?\b(?:\s+(?:name|user ?name|user|tag|handle|account|acc))?\s*"
    r"(?P<says>\s(?:is|its|it's|im|i'm|called)\b|[:=-])?\s*"
    r"(?P<handle>[\w.#][\w.#-]{2,})",
    re.IGNORECASE,
)
_UNLIKE_A_WORD = re.compile(r"[\d_#]|\w\.\w|[a-z][A-Z]|(?:^|[^\w])[xX]{2}")


def contacts(text: str) -> Iterator[Span]:
    for pattern, kind in (
        (_EMAIL, Kind.EMAIL),
        (_EMAIL_IN_WORDS, Kind.EMAIL),
        (_LINK, Kind.LINK),
        (_AT, Kind.HANDLE),
    ):
        for match in pattern.finditer(text):
            yield Span(match.start(), match.end(), kind)
    yield from _handles(text)


def _handles(text: str) -> Iterator[Span]:
    at = 0
    while match := _AFTER_APP.search(text, at):
        handle = match["handle"].rstrip(".-")
        # "my insta is private" names nobody; "my insta is kay.b09" does.
        if _UNLIKE_A_WORD.search(handle):
            yield Span(match.start("handle"), match.start("handle") + len(handle), Kind.HANDLE)
        at = match.start("handle")
