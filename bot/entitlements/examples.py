"""Examples that officers write for training: their shape, and that they are not a young person's own words."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from difflib import SequenceMatcher
from enum import StrEnum

from bot.entitlements.checks import LONGEST_QUESTION, NOT_IN_A_QUESTION

LONGEST_EXAMPLE = LONGEST_QUESTION
# A copy with mended spelling, another order or a few words more is still a copy. Tried on pairs of both kinds (tests).
SAME_LETTERS = 0.8  # of all letters, in order (Ratcliff and Obershelp 1988, through difflib)
SAME_WORDS = 0.6  # words that both have, of all words that either has
OWN_WORDS = 0.75  # words of the example that are theirs, when it has at least FEW
FEW = 4
RUN = 5  # words in a row
_EMAIL = re.compile(r"\S@\S")
_LONG_NUMBER = re.compile(r"(?:\d[\s-]?){6,}")
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_NOT_WORDS = re.compile(r"[\W_]+")


class ExampleFault(StrEnum):
    """Why an example cannot be used."""

    SHAPE = "shape"
    IDENTIFIES = "identifies"
    THEIRS = "theirs"


def fault_of(example: str, theirs: Iterable[str]) -> ExampleFault | None:
    """What is wrong with an example, given everything that the young person typed in the conversation."""
    plain = plain_words(example)
    if not plain or len(example) > LONGEST_EXAMPLE or example.lstrip().startswith(("/", "-", "#")):
        return ExampleFault.SHAPE
    if any(letter in NOT_IN_A_QUESTION or unicodedata.category(letter) in ("Cc", "Cf") for letter in example):
        return ExampleFault.SHAPE
    if _EMAIL.search(example) or _LONG_NUMBER.search(example):
        return ExampleFault.IDENTIFIES
    return ExampleFault.THEIRS if any(is_too_close(plain, plain_words(text)) for text in theirs) else None


def plain_words(text: str) -> list[str]:
    """Small letters without marks, apostrophes and punctuation, so that a copy typed otherwise is found."""
    folded = unicodedata.normalize("NFKD", text).casefold()
    letters = "".join(letter for letter in folded if unicodedata.category(letter) not in ("Mn", "Cf"))
    return _NOT_WORDS.sub(" ", _APOSTROPHES.sub("", letters)).split()


def is_too_close(example: list[str], theirs: list[str]) -> bool:
    """Is the example what they wrote, or nearly?"""
    if not example or not theirs:
        return False
    if example == theirs or "".join(example) == "".join(theirs):
        return True
    if SequenceMatcher(None, " ".join(example), " ".join(theirs), autojunk=False).ratio() >= SAME_LETTERS:
        return True
    if _shares_a_run(example, theirs):
        return True
    mine, other = set(example), set(theirs)
    common = len(mine & other)
    if common / len(mine | other) >= SAME_WORDS:
        return True
    return len(mine) >= FEW and common / len(mine) >= OWN_WORDS


def _shares_a_run(example: list[str], theirs: list[str]) -> bool:
    runs = {tuple(theirs[at : at + RUN]) for at in range(len(theirs) - RUN + 1)}
    return any(tuple(example[at : at + RUN]) in runs for at in range(len(example) - RUN + 1))
