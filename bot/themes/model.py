"""The model of themes: kernel ridge regression on words, character n-grams and sentence vectors at once.

Method: one linear system for all themes (Saunders, Gammerman and Vovk 1998). The kernel is the sum of the cosine of
TF-IDF words, that of TF-IDF character n-grams, and a radial one on the encoder's vectors. Learning takes a second, and
texts are hashed: no word of a message can be read out of the file.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from bot.store.report_models import Sentiment
from bot.themes.feeling import HINTS, hints

Array = NDArray[np.float32]

MOST_THEMES = 3
MOST_RANKED = 5
MOST_CLAUSES = 4
SENTIMENTS = (Sentiment.NEGATIVE, Sentiment.POSITIVE, Sentiment.MIXED, Sentiment.NEUTRAL)
_CLAUSES = re.compile(r"(?<=[.!?])\s+|\n+|\s+(?=but\b|though\b|although\b|only thing\b)", re.IGNORECASE)
_HASHES = 2**18


class ThemeModelError(Exception):
    """The model is missing or is not one of ours."""


class Encodes(Protocol):
    """What the model needs of the encoder."""

    def encode(self, texts: Sequence[str]) -> Array: ...


@dataclass(frozen=True)
class Tag:
    """A theme with how sure it is, 0 to 1, and how it feels."""

    theme: str
    score: float
    sentiment: Sentiment


@dataclass(frozen=True)
class Reading:
    """What the model makes of one text: the themes it would tag, best first, and the best five at any score."""

    themes: tuple[Tag, ...]
    ranked: tuple[tuple[str, float], ...]
    sentiment: Sentiment


@dataclass(frozen=True)
class Kernel:
    """How much each kind of likeness counts, and how local the one of sentence vectors is."""

    words: float = 1.0
    characters: float = 1.0
    sentences: float = 4.0
    narrow: float = 3.0


class Likeness:
    """The kernel between texts and those that were learned from."""

    def __init__(
        self, words: csr_matrix, characters: csr_matrix, idf: tuple[Array, Array], vectors: Array, hinted: Array
    ) -> None:
        self.words, self.characters, self.idf, self.vectors, self.hinted = words, characters, idf, vectors, hinted
        # Turned once: a product with a turned matrix turns all of it again, for each message.
        self._by_word, self._by_characters = words.T.tocsr(), characters.T.tocsr()
        self._centre, self._spread = hinted.mean(axis=0), hinted.std(axis=0) + 1e-6

    @classmethod
    def of(cls, texts: Sequence[str], vectors: Array) -> Likeness:
        counted = [hashed(texts) for hashed in (_words, _characters)]
        idf = tuple(_idf(one) for one in counted)
        return cls(_weighed(counted[0], idf[0]), _weighed(counted[1], idf[1]), (idf[0], idf[1]), vectors, hints(texts))

    def to(self, texts: Sequence[str], vectors: Array, kernel: Kernel) -> Array:
        """Shape (texts, learned)."""
        words = _weighed(_words(texts), self.idf[0]) @ self._by_word
        characters = _weighed(_characters(texts), self.idf[1]) @ self._by_characters
        near = np.exp(kernel.narrow * (vectors @ self.vectors.T - 1.0))
        made: Array = (
            kernel.words * words.toarray() + kernel.characters * characters.toarray() + kernel.sentences * near
        )
        return made.astype(np.float32)

    def among(self, kernel: Kernel) -> NDArray[np.float64]:
        """Shape (learned, learned)."""
        words, characters = self.words @ self._by_word, self.characters @ self._by_characters
        near = np.exp(kernel.narrow * (self.vectors @ self.vectors.T - 1.0))
        made = kernel.words * words.toarray() + kernel.characters * characters.toarray() + kernel.sentences * near
        result: NDArray[np.float64] = made.astype(np.float64)
        return result

    def hints_to(self, texts: Sequence[str]) -> Array:
        """Likeness by the hints of feeling alone, shape (texts, learned)."""
        result: Array = self._even(hints(texts)) @ self._even(self.hinted).T
        return result

    def _even(self, hinted: Array) -> Array:
        result: Array = ((hinted - self._centre) / self._spread / np.sqrt(HINTS)).astype(np.float32)
        return result


def _words(texts: Sequence[str]) -> csr_matrix:
    return _counted(texts, analyzer="word", ngram_range=(1, 2))


def _characters(texts: Sequence[str]) -> csr_matrix:
    return _counted(texts, analyzer="char_wb", ngram_range=(3, 5))


def _counted(texts: Sequence[str], analyzer: str, ngram_range: tuple[int, int]) -> csr_matrix:
    # Loaded when a theme is read: it takes as long as a third of the web process's start, which reads none.
    from sklearn.feature_extraction.text import HashingVectorizer

    return HashingVectorizer(
        n_features=_HASHES,
        analyzer=analyzer,
        ngram_range=ngram_range,
        alternate_sign=False,
        norm=None,
        strip_accents="unicode",
    ).transform(texts)


def _idf(counted: csr_matrix) -> Array:
    seen = np.bincount(counted.indices, minlength=counted.shape[1])
    result: Array = (np.log((1 + counted.shape[0]) / (1 + seen)) + 1).astype(np.float32)
    return result


def _weighed(counted: csr_matrix, idf: Array) -> csr_matrix:
    """Sublinear counts times idf, each row of length one."""
    made = counted.astype(np.float32).tocsr()
    made.data = (1 + np.log(made.data)) * idf[made.indices]
    lengths = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel())
    made.data /= np.repeat(np.maximum(lengths, 1e-9), np.diff(made.indptr))
    return made


@dataclass(frozen=True)
class Fitted:
    """What was learned. Columns of `weights` and `means` are the themes, then the sentiments."""

    themes: tuple[str, ...]
    kernel: Kernel
    weights: Array
    means: Array
    slope: float
    shift: float
    thresholds: Array
    """The probability from which each theme is tagged."""


class ThemeModel:
    """Reads feedback. `version` names what it was made from."""

    def __init__(self, likeness: Likeness, fitted: Fitted, encoder: Encodes, version: str, keys: Sequence[str]) -> None:
        self.version = version
        self.likeness, self.fitted = likeness, fitted
        self.keys = tuple(keys)  # fingerprints of the texts learned from, in the order of their vectors
        self._encoder = encoder

    def read(self, text: str) -> Reading:
        return self.read_many([text])[0]

    def read_many(self, texts: Sequence[str]) -> list[Reading]:
        """One reading for each text. Of a text with several themes each clause is read for how that theme feels."""
        if not texts:
            return []
        shares, feelings = self.scores(texts, self._encoder.encode(texts))
        return [self._reading(text, *row) for text, *row in zip(texts, shares, feelings, strict=True)]

    def scores(self, texts: Sequence[str], vectors: Array) -> tuple[Array, Array]:
        """Probabilities of themes, shape (texts, themes), and scores of sentiments, shape (texts, 4)."""
        fitted = self.fitted
        count, like = len(fitted.themes), self.likeness.to(texts, vectors, fitted.kernel)
        raw = like @ fitted.weights[:, :count] + fitted.means[:count]
        felt = (like + self.likeness.hints_to(texts)) @ fitted.weights[:, count:] + fitted.means[count:]
        return probabilities(raw, fitted.slope, fitted.shift), felt.astype(np.float32)

    def _reading(self, text: str, shares: Array, feelings: Array) -> Reading:
        order = [int(n) for n in np.argsort(-shares)]
        tagged = chosen(shares, self.fitted.thresholds)
        overall = SENTIMENTS[int(np.argmax(feelings))]
        felt = self._felt(text, tagged, overall)
        names = self.fitted.themes
        return Reading(
            tuple(Tag(names[n], float(shares[n]), felt[n]) for n in tagged),
            tuple((names[n], float(shares[n])) for n in order[:MOST_RANKED]),
            overall,
        )

    def _felt(self, text: str, tagged: Sequence[int], overall: Sentiment) -> dict[int, Sentiment]:
        """How each tagged theme feels: by the clause that speaks of it most, where there are several."""
        clauses = [part.strip() for part in _CLAUSES.split(text) if len(part.split()) > 2][:MOST_CLAUSES]
        if len(tagged) < 2 or len(clauses) < 2:
            return dict.fromkeys(tagged, overall)
        shares, feelings = self.scores(clauses, self._encoder.encode(clauses))
        return {n: SENTIMENTS[int(np.argmax(feelings[int(np.argmax(shares[:, n]))]))] for n in tagged}

    # --- Kept ---

    def save(self, path: Path) -> None:
        """Put it in the place of what was there, all of it or nothing."""
        like, fitted = self.likeness, self.fitted
        kernel = fitted.kernel
        arrays: dict[str, Any] = {
            **_flat("words", like.words),
            **_flat("characters", like.characters),
            "idf_words": like.idf[0].astype(np.float16),
            "idf_characters": like.idf[1].astype(np.float16),
            "vectors": like.vectors.astype(np.float32),
            "hinted": like.hinted,
            "weights": fitted.weights,
            "means": fitted.means,
            "thresholds": fitted.thresholds,
            "platt": np.array([fitted.slope, fitted.shift]),
            "kernel": np.array([kernel.words, kernel.characters, kernel.sentences, kernel.narrow]),
            "themes": np.array(fitted.themes),
            "version": np.array(self.version),
            "keys": np.array(self.keys),
        }
        unfinished = path.with_name(path.name + ".new.npz")
        np.savez_compressed(unfinished, **arrays)
        os.replace(unfinished, path)

    @classmethod
    def load(cls, path: Path, encoder: Encodes) -> ThemeModel:
        """Raises ThemeModelError."""
        try:
            with np.load(path, allow_pickle=False) as kept:
                found = {name: kept[name] for name in kept.files}
            likeness = Likeness(
                _unflat("words", found),
                _unflat("characters", found),
                (found["idf_words"].astype(np.float32), found["idf_characters"].astype(np.float32)),
                found["vectors"],
                found["hinted"],
            )
            fitted = Fitted(
                themes=tuple(str(one) for one in found["themes"]),
                kernel=Kernel(*(float(one) for one in found["kernel"])),
                weights=found["weights"],
                means=found["means"],
                slope=float(found["platt"][0]),
                shift=float(found["platt"][1]),
                thresholds=found["thresholds"],
            )
            return cls(likeness, fitted, encoder, str(found["version"]), [str(one) for one in found["keys"]])
        except (OSError, KeyError, ValueError) as error:
            raise ThemeModelError("The model of themes cannot be read. Run `ovos train`.") from error


def probabilities(raw: Array, slope: float, shift: float) -> Array:
    """Scores of the regression as probabilities (Platt 1999)."""
    result: Array = (1.0 / (1.0 + np.exp(-(slope * raw + shift)))).astype(np.float32)
    return result


def chosen(shares: Array, thresholds: Array) -> list[int]:
    """The columns to tag, best first: those over their thresholds, three at most, and the best one in any case."""
    over = shares - thresholds
    order = [int(n) for n in np.argsort(-over)]
    tagged = [n for n in order[:MOST_THEMES] if over[n] >= 0] or order[:1]
    return sorted(tagged, key=lambda n: -shares[n])


def text_key(text: str) -> str:
    """A fingerprint of a text, by which its vector is found again."""
    return hashlib.sha256(text.encode()).hexdigest()[:32]


def _flat(name: str, matrix: csr_matrix) -> dict[str, Any]:
    return {
        f"{name}_data": matrix.data.astype(np.float16),
        f"{name}_indices": matrix.indices,
        f"{name}_indptr": matrix.indptr,
    }


def _unflat(name: str, found: dict[str, Any]) -> csr_matrix:
    parts = (found[f"{name}_data"].astype(np.float32), found[f"{name}_indices"], found[f"{name}_indptr"])
    return csr_matrix(parts, shape=(len(parts[2]) - 1, _HASHES))
