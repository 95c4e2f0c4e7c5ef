"""A first look for words by which somebody could be found: names, places, numbers, addresses. It only ever holds back.

Until `bot.privacy` finds identifiers itself, this stands in; whoever publishes hands in the finder that they use.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from bot.content import Content, content_folder, read_content

Finder = Callable[[str], Sequence[str]]
"""From a text to the pieces of it that identify somebody; empty when there is none."""

_SHAPES = (
    # A postcode as BS 7666 describes it, with or without the space, in any case.
    re.compile(r"\b[a-z]{1,2}\d[a-z\d]?\s*\d[a-z]{2}\b", re.IGNORECASE),
    re.compile(r"\S+@\S+|https?://\S+|\bwww\.\S+|@\w{2,}"),
    re.compile(r"\b\d[\d\s-]{4,}\d\b"),
    re.compile(r"\b\d{1,2}(?:st|nd|rd|th)?[ /.-](?:\d{1,2}|[a-z]{3,9})[ /.-]\d{2,4}\b", re.IGNORECASE),
)
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE = re.compile(r"(?:^|[.!?\n]\s*)[\"'(]*$")


class _Lists(Content):
    version: int
    harmless: frozenset[str]
    beginnings: frozenset[str]
    before_a_name: frozenset[str]
    not_names: frozenset[str]
    places: frozenset[str]
    any_place: frozenset[str]


@cache
def _lists() -> _Lists:
    return read_content(content_folder() / "reports" / "identifiers.yml", _Lists)


def find_identifiers(text: str) -> list[str]:
    """Pieces of the text that may tell who somebody is."""
    found = [match.group() for shape in _SHAPES for match in shape.finditer(text)]
    words = list(_WORD.finditer(text))
    for n, word in enumerate(words):
        before = words[n - 1].group().lower() if n else ""
        if _is_capital(text, word) or _follows(word.group().lower(), before):
            found.append(word.group())
    return found


def _is_capital(text: str, word: re.Match[str]) -> bool:
    lists, piece = _lists(), word.group().replace("’", "'")
    if not piece[0].isupper() or piece in lists.harmless or (text.isupper() and len(text) > len(piece)):
        return False
    begins = _SENTENCE.search(text[: word.start()]) is not None
    return not (begins and piece.lower() in lists.beginnings)


def _follows(word: str, before: str) -> bool:
    lists = _lists()
    word, before = word.replace("’", "'"), before.replace("’", "'")
    is_name = before in lists.before_a_name and word not in lists.not_names | lists.before_a_name
    return is_name or (word in lists.places and bool(before) and before not in lists.any_place)
