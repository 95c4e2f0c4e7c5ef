"""Words by which somebody could be found: names, places, numbers, addresses. It only ever holds back.

It is the redaction of `bot.privacy` and, because a printed page cannot be called back, every other word that is written
like a name or a place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache

from bot.content import Content, content_folder, read_content
from bot.privacy.redaction import find

Finder = Callable[[str], Sequence[str]]
"""From a text to the pieces of it that identify somebody; empty when there is none."""

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
    found = [text[span.start : span.end] for span in find(text)]
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
