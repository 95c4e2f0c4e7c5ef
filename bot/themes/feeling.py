"""Hints of how a message feels: words that often go with a feeling, questions, a turn of the sentence."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.content import Content, content_folder, read_content

HINTS = 17
_WORD = re.compile(r"[a-z']+")
_SENTENCE = re.compile(r"[.!?\n]+")


class FeelingWords(Content):
    """`content/themes/feeling_words.yml`."""

    version: int
    good: frozenset[str]
    bad: frozenset[str]
    turns: frozenset[str]
    asks: frozenset[str]


def read_feeling_words(folder: Path | None = None) -> FeelingWords:
    """Raises ContentError."""
    return read_content((folder or content_folder()) / "themes" / "feeling_words.yml", FeelingWords)


@cache
def feeling_words() -> FeelingWords:
    """Read once per process."""
    return read_feeling_words()


def hints(texts: Sequence[str]) -> NDArray[np.float32]:
    """Shape (texts, HINTS)."""
    known = feeling_words()
    return np.array([_hints(text, known) for text in texts], dtype=np.float32).reshape(len(texts), HINTS)


def _hints(text: str, known: FeelingWords) -> list[float]:
    words = [word.replace("'", "") for word in _WORD.findall(text.casefold().replace("’", "'"))]
    length = max(1, len(words))
    good, bad = sum(word in known.good for word in words), sum(word in known.bad for word in words)
    asks, sentences = "?" in text, [part for part in _SENTENCE.split(text) if part.strip()]
    flags = (
        good > 0,
        bad > 0,
        good > 0 and bad > 0,
        good > 0 and bad == 0,
        bad > 0 and good == 0,
        good == bad == 0,
        asks,
        text.strip().endswith("?"),
        asks and len(sentences) == 1,
        bool(words) and words[0] in known.asks,
        any(word in known.turns for word in words),
        "!" in text,
        "please" in words,
    )
    return [min(good, 4) / 2, min(bad, 6) / 3, good / length * 8, bad / length * 6, *(float(flag) for flag in flags)]
