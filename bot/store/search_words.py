"""Words as a search compares them, and in which texts each of them occurs, in memory."""

from __future__ import annotations

import re
import unicodedata
from array import array
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from heapq import nlargest
from typing import NamedTuple

APOSTROPHES = re.compile("['’]")
WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class Shelf(StrEnum):
    """Where a text is kept: what young people typed, or what staff replied."""

    SAID = "said"
    REPLIED = "replied"


class Spot(NamedTuple):
    """A text's place in time."""

    at: datetime
    id: str


def plain_word(word: str) -> str:
    """Lower case, without marks and apostrophes."""
    folded = unicodedata.normalize("NFKD", APOSTROPHES.sub("", word)).casefold()
    return folded if folded.isascii() else "".join(one for one in folded if unicodedata.category(one) != "Mn")


def asked_words(text: str) -> frozenset[str]:
    """The words that somebody searches for."""
    return frozenset(plain_word(word) for word in WORD.findall(text))


def words_of(text: str) -> frozenset[str]:
    """The words that find a text; of a word with an apostrophe, what stands before it as well."""
    words = WORD.findall(text)
    return frozenset(plain_word(word) for word in [*words, *(APOSTROPHES.split(word)[0] for word in words)])


@dataclass
class WordIndex:
    """Which texts have a word. A word is held as a number only: Python's hash, keyed afresh in every process."""

    _spots: list[Spot] = field(default_factory=list)
    _shelves: list[Shelf] = field(default_factory=list)
    _known: dict[str, int] = field(default_factory=dict)
    _where: dict[int, array[int]] = field(default_factory=dict)
    _gone: set[int] = field(default_factory=set)

    def __len__(self) -> int:
        return len(self._known)

    def add(self, shelf: Shelf, spot: Spot, text: str) -> None:
        """Remember the words of a text. One that is known already is left as it is."""
        if spot.id in self._known:
            return
        number = self._known[spot.id] = len(self._spots)
        self._spots.append(spot)
        self._shelves.append(shelf)
        for word in words_of(text):
            self._where.setdefault(hash(word), array("L")).append(number)

    def knows(self, text_id: str) -> bool:
        return text_id in self._known

    def forget(self, text_ids: Iterable[str]) -> None:
        """These texts are not stored any more."""
        for text_id in text_ids:
            if (number := self._known.pop(text_id, None)) is not None:
                self._gone.add(number)

    def purge(self) -> None:
        """Take texts that were forgotten out of every list, so that nothing of them is left in memory."""
        if not self._gone:
            return
        for word in list(self._where):
            left = array("L", (number for number in self._where[word] if number not in self._gone))
            if left:
                self._where[word] = left
            else:
                del self._where[word]
        for number in self._gone:
            self._spots[number] = Spot(self._spots[number].at, "")
        self._gone.clear()

    def known_ids(self) -> frozenset[str]:
        return frozenset(self._known)

    def with_all(self, words: Collection[str], older_than: Spot | None, most: int) -> list[tuple[Spot, Shelf]]:
        """The newest texts that have every one of these words, at most so many."""
        lists = sorted((self._where.get(hash(word), array("L")) for word in words), key=len)
        if not lists:
            return []
        numbers = set(lists[0]).intersection(*lists[1:]) - self._gone
        when = self._spots.__getitem__
        left = numbers if older_than is None else (number for number in numbers if when(number) < older_than)
        return [(when(number), self._shelves[number]) for number in nlargest(most, left, key=when)]
