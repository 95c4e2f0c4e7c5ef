"""Text as the phrase list compares it: the same words however they were typed."""

from __future__ import annotations

import re
import unicodedata

# Letters of other alphabets that look like Latin ones, as typed to get past a filter.
LOOK_ALIKES = str.maketrans("аеорсухікмтнвԁһјѕԛɡαοеіυτ", "aeopcyxikmthbdhjsqgaoeiut")
APOSTROPHES = re.compile(r"['’‘`´ʼ]")
NOT_WORDS = re.compile(r"[^\w]+", re.UNICODE)


def plain(text: str) -> str:
    """Lower case, one blank between words, no punctuation, marks, apostrophes or invisible letters.

    Compatibility forms are folded (Unicode NFKC, UAX #15), so that full-width or styled letters read as plain ones.
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    visible = "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
    without_marks = "".join(
        letter for letter in unicodedata.normalize("NFD", visible) if unicodedata.category(letter) != "Mn"
    )
    latin = without_marks.translate(LOOK_ALIKES)
    return NOT_WORDS.sub(" ", APOSTROPHES.sub("", latin)).replace("_", " ").strip()
