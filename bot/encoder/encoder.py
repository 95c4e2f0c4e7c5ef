"""all-MiniLM-L6-v2 in plain NumPy: six transformer layers, mean pooling, unit length.

Method: Devlin et al. 2019 (BERT), Wang et al. 2020 (MiniLM), Reimers and Gurevych 2019 (mean pooling).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Dict, List, Sequence

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from bot.encoder.weights import Array, find_files, map_weights

DIMENSIONS = 384
LAYERS = 6
HEADS = 12
HEAD_SIZE = DIMENSIONS // HEADS
MAX_TOKENS = 256
LAYER_NORM_EPSILON = np.float32(1e-12)
BATCH = 8  # small enough for a core's own memory


def gelu(x: Array) -> Array:
    """x times the share of the normal distribution below x, by the error function to 1.5e-7 without SciPy.

    Method: Abramowitz and Stegun 1964, 7.1.26. In as few arrays as can be: each is as large as the widened layer.
    """
    distance = np.abs(x)
    distance *= np.float32(0.70710678)
    t = np.float32(0.3275911) * distance
    t += np.float32(1.0)
    np.reciprocal(t, out=t)
    beyond = t * np.float32(1.061405429)
    for coefficient in (-1.453152027, 1.421413741, -0.284496736, 0.254829592):
        beyond += np.float32(coefficient)
        beyond *= t
    distance *= distance
    np.negative(distance, out=distance)
    beyond *= np.exp(distance, out=distance)
    result: Array = np.copysign(np.float32(1.0) - beyond, x)
    result += np.float32(1.0)
    result *= x
    result *= np.float32(0.5)
    return result


def layer_norm(x: Array, gain: Array, bias: Array) -> Array:
    centred = x - x.mean(axis=-1, keepdims=True)
    variance = np.mean(centred * centred, axis=-1, keepdims=True)
    result: Array = centred / np.sqrt(variance + LAYER_NORM_EPSILON) * gain + bias
    return result


class Encoder:
    """Turns texts into unit vectors of 384 numbers; the dot product of two is their cosine similarity."""

    def __init__(self, tensors: Dict[str, Array], tokenizer: Tokenizer) -> None:
        self._tensors = tensors
        self._tokenizer = tokenizer
        self._tokenizer.enable_truncation(MAX_TOKENS)
        self._tokenizer.no_padding()

    def encode(self, texts: Sequence[str]) -> Array:
        """Vectors of shape (len(texts), 384), in the order given. Text past 256 word pieces is not read."""
        encodings = self._tokenizer.encode_batch(list(texts))
        order = sorted(range(len(texts)), key=lambda index: len(encodings[index].ids))
        vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
        for begin in range(0, len(order), BATCH):
            rows = order[begin : begin + BATCH]
            vectors[rows] = self._encode_batch([encodings[row].ids for row in rows])
        return vectors

    def encode_one(self, text: str) -> Array:
        """The vector of one text, shape (384,)."""
        vector: Array = self.encode([text])[0]
        return vector

    def _encode_batch(self, token_ids: List[List[int]]) -> Array:
        longest = max(len(ids) for ids in token_ids)
        ids = np.zeros((len(token_ids), longest), dtype=np.int64)
        mask = np.zeros((len(token_ids), longest), dtype=np.float32)
        for row, row_ids in enumerate(token_ids):
            ids[row, : len(row_ids)] = row_ids
            mask[row, : len(row_ids)] = 1.0
        return self._forward(self._embed(ids), mask)

    def _forward(self, hidden: Array, mask: Array) -> Array:
        """Unit vectors, from embedded word pieces (texts, pieces, 384) and which of them are there (texts, pieces)."""
        blocked = (np.float32(1.0) - mask)[:, None, None, :] * np.float32(-1e9)
        for layer in range(LAYERS):
            hidden = self._layer(hidden, blocked, f"encoder.layer.{layer}.")
        pooled = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        result: Array = pooled / np.linalg.norm(pooled, axis=1, keepdims=True)
        return result

    def _embed(self, ids: NDArray[np.int64]) -> Array:
        tensors = self._tensors
        embedded = (
            tensors["embeddings.word_embeddings.weight"][ids]
            + tensors["embeddings.position_embeddings.weight"][: ids.shape[1]]
            + tensors["embeddings.token_type_embeddings.weight"][0]
        )
        return self._norm(embedded, "embeddings.LayerNorm")

    def _layer(self, hidden: Array, blocked: Array, name: str) -> Array:
        attended = self._norm(
            hidden + self._attend(hidden, blocked, name + "attention."), name + "attention.output.LayerNorm"
        )
        widened = gelu(self._linear(attended, name + "intermediate.dense"))
        return self._norm(attended + self._linear(widened, name + "output.dense"), name + "output.LayerNorm")

    def _attend(self, hidden: Array, blocked: Array, name: str) -> Array:
        query, key, value = (
            self._heads(self._linear(hidden, f"{name}self.{part}")) for part in ("query", "key", "value")
        )
        scores = query @ key.transpose(0, 1, 3, 2) / np.float32(np.sqrt(HEAD_SIZE)) + blocked
        weights = np.exp(scores - scores.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        mixed = (weights @ value).transpose(0, 2, 1, 3).reshape(hidden.shape)
        return self._linear(mixed, name + "output.dense")

    def _heads(self, x: Array) -> Array:
        rows, length, _ = x.shape
        return x.reshape(rows, length, HEADS, HEAD_SIZE).transpose(0, 2, 1, 3)

    def _linear(self, x: Array, name: str) -> Array:
        flat = x.reshape(-1, x.shape[-1]) @ self._tensors[name + ".weight"].T + self._tensors[name + ".bias"]
        return flat.reshape(*x.shape[:-1], -1)

    def _norm(self, x: Array, name: str) -> Array:
        return layer_norm(x, self._tensors[name + ".weight"], self._tensors[name + ".bias"])


@lru_cache(maxsize=1)
def load_encoder() -> Encoder:
    """The one encoder of this process. Raises EncoderError when its files are missing or changed."""
    files = find_files()
    return Encoder(map_weights(files.weights), Tokenizer.from_file(str(files.tokenizer)))
