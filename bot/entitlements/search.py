"""From a question, in a young person's own words, to the cards that answer it best.

One linear model reads three views of the text at once: its sentence vector (what it means), its words and pairs of
words (what it says), and pieces of its words (what it says in spite of spelling). Support-vector classification, one
card against the rest: Fan et al. 2008 (LIBLINEAR), through scikit-learn, which only training needs.
"""

from __future__ import annotations

import io
import json
import os
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.encoder import DIMENSIONS, Encoder
from bot.entitlements.ids import CARD_IDS
from bot.entitlements.library import Library
from bot.terms import Floats, Indices, Terms, pieces, words

FORMAT = 1
BEST = 3

# Chosen by learning from one author's questions and asking another's, each way round. The first three may be a third
# larger or smaller and the right card still comes first as often, to within a point.
TERM_WEIGHT = np.float32(0.7)  # how much words and pieces count beside the sentence vector
LEAST_TEXTS_WITH_PIECE = 2
SOFTNESS = 0.5  # scikit-learn's C
SHARPNESS = 8.0  # turns margins into scores that read like probabilities
SURE_SCORE = 0.8  # at this score and above the best card is right 19 times in 20; a test holds it to that

# Where a second question may begin. A plain "and" is one only before a word that begins a question.
_JOINT = re.compile(
    r"(?<=[.?!])\s+|\n+|,?\s+(?:and\s+)?also\b,?\s*|\s+and another thing\b,?\s*"
    r"|,?\s+(?:and|n|&|\+)\s+(?=(?:how|whats?|when|who|where|why|can|could|do|does|is|are|am|will|should)\b)",
    re.IGNORECASE,
)
LEAST_WORDS_ASKED = 3


class CardSearchError(Exception):
    """The trained card search is missing, damaged, or made for other cards."""


@dataclass(frozen=True)
class Found:
    """The best three cards with their scores, best first, and the card that it is sure of."""

    best: tuple[tuple[str, float], ...]
    sure: str | None


@dataclass(frozen=True)
class _Reader:
    """A text as the numbers that the model weighs: 384 for the sentence vector, then words, then pieces."""

    words: Terms
    pieces: Terms

    @property
    def width(self) -> int:
        return DIMENSIONS + len(self.words) + len(self.pieces)

    def terms(self, text: str) -> tuple[Indices, Floats]:
        word_indices, word_values = self.words.read(text)
        piece_indices, piece_values = self.pieces.read(text)
        indices = np.concatenate([word_indices + DIMENSIONS, piece_indices + DIMENSIONS + len(self.words)])
        return indices, np.concatenate([word_values, piece_values]) * TERM_WEIGHT


class CardSearch:
    """Finds cards. Make one with `train_search` or `CardSearch.load`."""

    def __init__(self, encoder: Encoder, reader: _Reader, weights: Floats, bias: Floats) -> None:
        self._encoder = encoder
        self._reader = reader
        self._weights = weights
        self._bias = bias

    def find(self, text: str, vector: Floats | None = None) -> Found:
        """The best cards for one text. Give its sentence vector where it has been encoded already."""
        return self._found(text, self._encoder.encode_one(text) if vector is None else vector)

    def find_many(self, texts: Sequence[str]) -> list[Found]:
        return [self._found(text, vector) for text, vector in zip(texts, self._encoder.encode(texts), strict=True)]

    def find_two(self, text: str) -> tuple[Found, ...]:
        """Two findings when a message asks two things and both are sure of different cards; else one, for all of it."""
        parts = [part for part in _JOINT.split(text) if len(part.split()) >= LEAST_WORDS_ASKED]
        if len(parts) > 1:
            sure = {found.sure: found for found in self.find_many(parts) if found.sure is not None}
            if len(sure) == 2:
                return tuple(sure.values())
        return (self.find(text),)

    def _found(self, text: str, vector: Floats) -> Found:
        indices, values = self._reader.terms(text)
        margins = vector @ self._weights[:DIMENSIONS] + values @ self._weights[indices] + self._bias
        scores = np.exp(SHARPNESS * (margins - margins.max()))
        scores /= scores.sum()
        order = np.argsort(-scores, kind="stable")[:BEST]
        best = tuple((CARD_IDS[number], round(float(scores[number]), 4)) for number in order)
        return Found(best, best[0][0] if best[0][1] >= SURE_SCORE else None)

    def save(self, path: Path) -> None:
        """Write the model as one file; a reader sees the old one or the new one, never half."""
        about = {
            "format": FORMAT,
            "cards": CARD_IDS,
            "words": list(self._reader.words.index),
            "pieces": list(self._reader.pieces.index),
        }
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            about=np.frombuffer(json.dumps(about).encode(), dtype=np.uint8),
            weights=self._weights,
            bias=self._bias,
            word_weights=self._reader.words.weights,
            piece_weights=self._reader.pieces.weights,
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(path.name + ".new")
        unfinished.write_bytes(buffer.getvalue())
        os.replace(unfinished, path)

    @classmethod
    def load(cls, path: Path, encoder: Encoder) -> CardSearch:
        """Read what `save` wrote. Raises CardSearchError when it cannot be used."""
        try:
            with np.load(path, allow_pickle=False) as file:
                about = json.loads(file["about"].tobytes())
                if about["format"] != FORMAT or tuple(about["cards"]) != CARD_IDS:
                    raise CardSearchError(f"{path.name} was made for other cards. Run `ovos train`.")
                reader = _Reader(
                    Terms.of(words, about["words"], file["word_weights"]),
                    Terms.of(pieces, about["pieces"], file["piece_weights"]),
                )
                return cls(encoder, reader, file["weights"], file["bias"])
        except FileNotFoundError as error:
            raise CardSearchError(f"{path.name} is not there yet. Run `ovos train`.") from error
        except (OSError, EOFError, ValueError, KeyError, TypeError, zipfile.BadZipFile) as error:
            raise CardSearchError(f"{path.name} cannot be read. Run `ovos train`.") from error


def train_search(library: Library, encoder: Encoder) -> CardSearch:
    """Learn from every question, title and answer of the library. About 15 seconds, most of it the encoder's."""
    texts, cards = library.training_rows()
    return train_on(texts, cards, encoder.encode(texts), encoder)


def train_on(texts: Sequence[str], cards: Sequence[str], vectors: Floats, encoder: Encoder) -> CardSearch:
    """Learn from texts whose cards and sentence vectors are known."""
    from scipy.sparse import csr_matrix, hstack
    from sklearn.svm import LinearSVC

    reader = _Reader(Terms.learn(words, texts, 1), Terms.learn(pieces, texts, LEAST_TEXTS_WITH_PIECE))
    rows = [reader.terms(text) for text in texts]
    ends = np.cumsum([0] + [len(indices) for indices, _ in rows])
    values = np.concatenate([values for _, values in rows])
    indices = np.concatenate([indices for indices, _ in rows]) - DIMENSIONS
    terms = csr_matrix((values, indices, ends), shape=(len(texts), reader.width - DIMENSIONS))
    numbers = [CARD_IDS.index(card) for card in cards]
    model = LinearSVC(C=SOFTNESS, random_state=0).fit(hstack([csr_matrix(vectors), terms]).tocsr(), numbers)
    weights = np.zeros((reader.width, len(CARD_IDS)), dtype=np.float32)
    bias = np.full(len(CARD_IDS), -np.inf, dtype=np.float32)  # a card without a single text is never found
    weights[:, model.classes_] = model.coef_.T
    bias[model.classes_] = model.intercept_
    return CardSearch(encoder, reader, weights, bias)
