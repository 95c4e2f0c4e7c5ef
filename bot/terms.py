"""Words and pieces of words as numbers: TF-IDF with sublinear counts and unit length.

Method: Salton and Buckley 1988. The formulas, and the cutting of words into pieces inside their own edges, are those of
scikit-learn's TfidfVectorizer (`analyzer="word"` and `"char_wb"`), so that a test can compare the two; written out here
so that a running service need not import scikit-learn.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Indices = NDArray[np.int64]

_WORD = re.compile(r"\b\w+\b")
PIECE_LENGTHS = (2, 3, 4)


def words(text: str) -> list[str]:
    """Single words and pairs of neighbours."""
    single = _WORD.findall(text.lower())
    return single + [f"{left} {right}" for left, right in zip(single, single[1:], strict=False)]


def pieces(text: str) -> list[str]:
    """Runs of two to four letters within a word, with a blank for its edges: these survive misspelling."""
    found: list[str] = []
    for word in text.lower().split():
        padded = f" {word} "
        for length in PIECE_LENGTHS:
            found.extend(padded[start : start + length] for start in range(max(1, len(padded) - length + 1)))
            if length >= len(padded):  # a short word is counted once, not once for each length
                break
    return found


@dataclass(frozen=True)
class Terms:
    """A fixed list of terms and how much each weighs."""

    cut: Callable[[str], list[str]]
    index: Mapping[str, int]
    weights: Floats

    @classmethod
    def learn(cls, cut: Callable[[str], list[str]], texts: Sequence[str], least_texts: int) -> Terms:
        """The terms that occur in at least `least_texts` of the texts."""
        counts = Counter(term for text in texts for term in set(cut(text)))
        kept = sorted(term for term, count in counts.items() if count >= least_texts)
        rarity = [np.log((1 + len(texts)) / (1 + counts[term])) + 1 for term in kept]
        return cls.of(cut, kept, np.array(rarity, dtype=np.float32))

    @classmethod
    def of(cls, cut: Callable[[str], list[str]], terms: Iterable[str], weights: Floats) -> Terms:
        return cls(cut, {term: number for number, term in enumerate(terms)}, weights)

    def __len__(self) -> int:
        return len(self.index)

    def read(self, text: str) -> tuple[Indices, Floats]:
        """Which terms a text has, and how much of each, as a vector of length one."""
        counts = Counter(self.index[term] for term in self.cut(text) if term in self.index)
        indices = np.fromiter(counts.keys(), dtype=np.int64, count=len(counts))
        times = np.fromiter(counts.values(), dtype=np.float32, count=len(counts))
        values: Floats = (1 + np.log(times)) * self.weights[indices]
        length = float(np.linalg.norm(values))
        return indices, values / np.float32(length) if length else values
