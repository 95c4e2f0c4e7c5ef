"""Text as the phrase list compares it: the same words however they were typed."""

from __future__ import annotations

import re
import unicodedata

# Letters of other alphabets that look like Latin ones, as typed to get past a filter.
LOOK_ALIKES = str.maketrans(
    "аеорсухікмтнвԁһјѕԛɡαοеіυτАВЕІЈКМНОРСЅТУХΑΒΕΖΗΙΚΜΝΟΡΤΥΧ", "aeopcyxikmthbdhjsqgaoeiutABEIJKMHOPCSTYXABEZHIKMNOPTYX"
)
APOSTROPHES = re.compile(r"['’‘`´ʼ]")
NOT_WORDS = re.compile(r"[^\w]+", re.UNICODE)


def plain(text: str) -> str:
    """Lower case, one blank between words, no punctuation, marks, apostrophes or invisible letters.

    Compatibility forms are folded (Unicode NFKC, UAX #15), so that full-width or styled letters read as plain ones.
    """
    latin = _latin(text).casefold()
    return NOT_WORDS.sub(" ", APOSTROPHES.sub("", latin)).replace("_", " ").strip()


def readable(text: str) -> str:
    """The text as the model reads it: invisible letters, marks and letters of other alphabets that pose as Latin gone.

    Punctuation, emoji and capitals stay: they mean something.
    """
    return " ".join(_latin(text).split())


def has_words(text: str) -> bool:
    """Is there a letter or a digit in it? Emoji and dots alone say nothing that the model was taught."""
    return any(letter.isalnum() for letter in text)


def in_latin_letters(text: str) -> bool:
    """Are at least half of its letters Latin, or is there none at all? Other alphabets the model cannot read."""
    letters = [letter for letter in text if letter.isalpha()]
    latin = sum(unicodedata.name(letter, "").startswith(("LATIN", "FULLWIDTH LATIN")) for letter in letters)
    return 2 * latin >= len(letters)


def _latin(text: str) -> str:
    # Half of a pair of code units is no letter, and the model's tokenizer stops at it.
    whole = text.encode("utf-8", "replace").decode("utf-8")
    folded = unicodedata.normalize("NFKC", whole)
    visible = "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
    without_marks = "".join(
        letter for letter in unicodedata.normalize("NFD", visible) if unicodedata.category(letter) != "Mn"
    )
    return without_marks.translate(LOOK_ALIKES)
