"""A long message in overlapping pieces, so that one serious line in the middle of it is read by itself."""

from __future__ import annotations

import re

WINDOW = 30  # words
STEP = 15  # words: every line of up to 15 words is whole in some piece
SENTENCE = re.compile(r"(?<=[.!?\n])\s+")
SHORTEST_SENTENCE = 4  # words; "he did." says nothing by itself


def windows(text: str) -> list[str]:
    """The pieces of a message longer than 30 words: its sentences, and windows that pay no heed to them.

    A message that is not long has none.
    """
    words = text.split()
    if len(words) <= WINDOW:
        return []
    pieces = [" ".join(words[begin : begin + WINDOW]) for begin in range(0, len(words) - STEP, STEP)]
    sentences = [sentence for sentence in SENTENCE.split(text) if SHORTEST_SENTENCE <= len(sentence.split()) <= WINDOW]
    return list(dict.fromkeys([*pieces, *sentences]))
