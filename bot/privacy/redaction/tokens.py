"""A text as words with their places, which is what names and places are read from."""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*|\d+[a-z]?\b|[.!?,;:\n]", re.IGNORECASE)
ENDS = frozenset(".!?\n")


@dataclass(frozen=True)
class Token:
    """`low` is the word in small letters with a straight apostrophe and without the 's of belonging."""

    start: int
    end: int
    text: str
    low: str
    begins: bool
    """It begins a sentence, where a capital says nothing."""

    @property
    def capital(self) -> bool:
        return self.text[0].isupper()

    @property
    def is_word(self) -> bool:
        return self.text[0].isalpha()


def tokens(text: str) -> list[Token]:
    found: list[Token] = []
    begins = True
    for match in _WORD.finditer(text):
        word = match.group()
        low = word.lower().replace("’", "'")
        if low.endswith("'s"):
            low = low[:-2]
        found.append(Token(match.start(), match.start() + _length(word), word, low, begins))
        begins = word in ENDS or (begins and not word[0].isalnum())
    return found


def _length(word: str) -> int:
    """Without the 's of belonging, which is no part of a name."""
    return len(word) - 2 if word.lower().replace("’", "'").endswith("'s") else len(word)


def is_shouted(text: str) -> bool:
    """Everything in capitals, or every word with one: then a capital tells nothing."""
    words = re.findall(r"[^\W\d_]{2,}", text)
    return (len(words) > 2 and all(word.isupper() for word in words)) or (
        len(words) > 3 and all(word[0].isupper() for word in words)
    )
