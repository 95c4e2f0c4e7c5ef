"""The detector's second view of a text: its words and pieces of words, weighed by three logistic regressions.

It errs on other texts than the encoder does, so that both together are better than either; it takes a millisecond.
What the terms are is in the file beside the encoder's update; how it was made is in `weights/DATASHEET.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from bot.encoder.weights import Array
from bot.store.models import Severity
from bot.terms import Terms, pieces, words

LEVELS = (Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY)
"""For each of these: is a text this severe or more so?"""
BETWEEN = "\n"  # no term has a line break in it


@dataclass(frozen=True)
class WordReader:
    """`weights` has shape (levels, words and then pieces), `bias` (levels,)."""

    words: Terms
    pieces: Terms
    weights: Array
    bias: Array

    def log_odds(self, text: str) -> dict[Severity, float]:
        """The logarithm of the odds that the text is this severe or more so."""
        score = self.bias.copy()
        for terms, begin in ((self.words, 0), (self.pieces, len(self.words))):
            indices, values = terms.read(text)
            score += self.weights[:, begin + indices] @ values
        return dict(zip(LEVELS, (float(one) for one in score), strict=True))


def packed(reader: WordReader) -> dict[str, Array]:
    """As it is shipped: terms as UTF-8, numbers in 16 bits. Terms must be in the order of their numbers."""

    def letters(terms: Terms) -> Array:
        return np.frombuffer(BETWEEN.join(terms.index).encode(), dtype=np.uint8)

    return {
        "words": letters(reader.words),
        "words.rarity": reader.words.weights.astype(np.float16),
        "pieces": letters(reader.pieces),
        "pieces.rarity": reader.pieces.weights.astype(np.float16),
        "weights": reader.weights.astype(np.float16),
        "bias": reader.bias.astype(np.float32),
    }


def unpacked(tensors: Mapping[str, Array]) -> WordReader:
    """Raises KeyError when something is not there."""

    def terms(name: str) -> list[str]:
        return tensors[name].tobytes().decode().split(BETWEEN)

    def numbers(name: str) -> Array:
        return tensors[name].astype(np.float32)

    return WordReader(
        Terms.of(words, terms("words"), numbers("words.rarity")),
        Terms.of(pieces, terms("pieces"), numbers("pieces.rarity")),
        numbers("weights"),
        numbers("bias"),
    )
