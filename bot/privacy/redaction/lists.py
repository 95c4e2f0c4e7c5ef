"""The lists that names, schools and places are looked up in: the project's, and a council's own beside it."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from bot.content import Content, ContentError, content_folder, read_content

LONGEST_LINE = 80
_SHORTENED = ("n't", "'ve", "'ll", "'re", "'d", "'m")


class _File(Content):
    """`content/privacy/gazetteers.yml`."""

    version: int
    first_names: str
    also_words: str
    surnames: str
    schools: str
    places: str
    place_endings: tuple[str, ...]
    school_endings: tuple[str, ...]
    street_endings: tuple[str, ...]
    which_kind: str
    relations: str
    titles: tuple[str, ...]
    capital_and_no_name: str
    ordinary: str
    own_lists: tuple[str, str, str]


@dataclass(frozen=True)
class Lists:
    """Everything in small letters. A place or school of several words is a tuple of them."""

    first_names: frozenset[str]
    also_words: frozenset[str]
    surnames: frozenset[str]
    own_names: frozenset[str]
    schools: frozenset[tuple[str, ...]]
    places: frozenset[tuple[str, ...]]
    place_endings: frozenset[str]
    school_endings: frozenset[str]
    street_endings: frozenset[str]
    which_kind: frozenset[str]
    relations: frozenset[str]
    titles: frozenset[str]
    no_names: frozenset[str]
    ordinary: frozenset[str]
    words: frozenset[str]

    def is_name(self, word: str) -> bool:
        """A name and nothing else, whatever its letters' case."""
        return word in self.own_names or (word in self.first_names and word not in self.also_words)

    def may_be_name(self, word: str) -> bool:
        return word in self.own_names or word in self.first_names or word in self.also_words or word in self.surnames

    def is_word(self, word: str) -> bool:
        """An English word, or one of how young people write."""
        bare = word.removesuffix("'s").replace("'", "")
        if word.endswith(_SHORTENED):
            return True
        return word in self.ordinary or bare in self.ordinary or bare in self.words or self._is_form(bare)

    def _is_form(self, word: str) -> bool:
        endings = ("s", "es", "ed", "d", "ing", "ly", "er", "y", "in")
        stems = [
            word.removesuffix(ending) for ending in endings if word.endswith(ending) and len(word) > len(ending) + 2
        ]
        return any(stem in self.words or stem + "e" in self.words or stem[:-1] in self.words for stem in stems)


def _split(text: str) -> frozenset[str]:
    return frozenset(text.lower().split())


def _phrases(lines: Iterable[str]) -> frozenset[tuple[str, ...]]:
    return frozenset(tuple(line.lower().split()) for line in lines if line.strip())


@cache
def load_lists() -> Lists:
    """The project's lists and those in the folder that OVOS_GAZETTEERS names; read once. Raises ContentError."""
    own = os.environ.get("OVOS_GAZETTEERS")
    return read_lists(content_folder() / "privacy" / "gazetteers.yml", None if not own else Path(own))


def read_lists(path: Path, own: Path | None = None) -> Lists:
    """`own` is a folder with names.txt, places.txt and schools.txt, each with one entry a line; any may be missing."""
    file = read_content(path, _File)
    if own is not None and not own.is_dir():
        raise ContentError("OVOS_GAZETTEERS: there is no such folder.")
    names, places, schools = (_lines(own, name) for name in file.own_lists)
    return Lists(
        first_names=_split(file.first_names),
        also_words=_split(file.also_words),
        surnames=_split(file.surnames),
        own_names=frozenset(part for line in names for part in line.lower().split() if len(part) > 1),
        schools=_phrases([*file.schools.split(";"), *schools]),
        places=_phrases([*file.places.split(";"), *places]),
        place_endings=frozenset(file.place_endings),
        school_endings=frozenset(file.school_endings),
        street_endings=frozenset(file.street_endings),
        which_kind=_split(file.which_kind),
        relations=_split(file.relations),
        titles=frozenset(file.titles),
        no_names=_split(file.capital_and_no_name),
        ordinary=_split(file.ordinary),
        words=_english(),
    )


def _lines(folder: Path | None, name: str) -> list[str]:
    path = None if folder is None else folder / name
    if path is None or not path.exists():
        return []
    lines = [line.strip() for line in path.read_text(encoding="utf-8").splitlines()]
    if too_long := next((n for n, line in enumerate(lines, 1) if len(line) > LONGEST_LINE), None):
        raise ContentError(f"{name}: line {too_long} is longer than {LONGEST_LINE} characters.")
    return [line for line in lines if line and not line.startswith("#")]


def _english() -> frozenset[str]:
    """English words in small letters, from the lists that the package xkcdpass carries."""
    folder = files("xkcdpass") / "static"
    words = (folder / "legacy").read_bytes().decode("utf-8", "ignore").split()
    long = (folder / "eff-long").read_text(encoding="ascii").split()
    return frozenset(word for word in (*words, *long) if word.isalpha() and word.islower() and len(word) > 1)
