"""Plain words: the rules for everything that a young person reads, from `content/plain_words.yml`.

Used when content is read and when staff change it in the console, so that neither way lets in what the other refuses.
"""

from __future__ import annotations

import re
from functools import cache, cached_property
from statistics import median

from pydantic import ConfigDict

from bot.content import Content, content_folder, read_content

# A number to ring is one easy word: nobody reads it as a sentence.
_PHONE = re.compile(r"\b0\d[\d ]{7,}\d\b|\b\d{3} \d{3}\b")
_SENTENCE_END = re.compile(r"(?<=[.?!:])[\"'”’)]*\s+|\n+")


class Jargon(Content):
    word: str
    say: str


class PlainWords(Content):
    """The rules, and what a text breaks of them."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    version: str
    longest_sentence: int
    middle_sentence: int
    jargon: tuple[Jargon, ...]
    promises: tuple[str, ...]

    @cached_property
    def _jargon(self) -> tuple[re.Pattern[str], re.Pattern[str]]:
        """The words that count in capitals only, and the others."""
        capitals = [one.word for one in self.jargon if one.word.isupper()]
        others = [one.word for one in self.jargon if not one.word.isupper()]
        return _any_of(capitals, 0), _any_of(others, re.IGNORECASE)

    @cached_property
    def _say(self) -> dict[str, str]:
        return {one.word.casefold(): one.say for one in self.jargon}

    @cached_property
    def _promise(self) -> re.Pattern[str]:
        return re.compile(rf"\b(?:{'|'.join(map(re.escape, self.promises))})", re.IGNORECASE)

    def faults(self, text: str) -> list[str]:
        """One line for each thing that is wrong with a text, empty when it may be said."""
        plain = text.replace("’", "'")
        words = dict.fromkeys(found.group() for rule in self._jargon for found in rule.finditer(plain))
        faults = [f"'{word}' is a word of the office: {self._say[word.casefold()]}" for word in words]
        faults += [f"'{promise.group()}' is a promise" for promise in self._promise.finditer(plain)]
        for sentence in sentences(plain):
            if (length := len(sentence.split())) > self.longest_sentence:
                faults.append(f"a sentence of {length} words, {self.longest_sentence} at most")
        return faults

    def is_long_on_the_whole(self, text: str) -> bool:
        """Is the middle one of its sentences too long?"""
        return median([len(sentence.split()) for sentence in sentences(text)] or [0]) > self.middle_sentence


def _any_of(words: list[str], flags: int) -> re.Pattern[str]:
    longest_first = sorted(words, key=len, reverse=True)
    return re.compile(rf"\b(?:{'|'.join(map(re.escape, longest_first))})\b", flags)


def sentences(text: str) -> list[str]:
    """A text's sentences; a colon ends one too, for what follows it is read as a new line."""
    return [part for part in _SENTENCE_END.split(_PHONE.sub("five", text)) if part.strip()]


@cache
def load_plain_words() -> PlainWords:
    """Read once per process. Raises ContentError that names every fault."""
    return read_content(content_folder() / "plain_words.yml", PlainWords)
