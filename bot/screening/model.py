"""The learned part of the detector: the sentence encoder with a low-rank update and two heads, and beside it the words.

Method: LoRA (Hu et al. 2021): W + scale * B A on the query, value and feed-forward weights of every layer, merged when
the model is loaded, so that reading costs what the plain encoder costs. What is shipped is the update and the heads;
how they were made, and on what, is in `weights/DATASHEET.md`.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file
from tokenizers import Tokenizer

from bot.encoder.encoder import Encoder
from bot.encoder.weights import Array, find_files, map_weights
from bot.screening.categories import CATEGORIES
from bot.screening.words import WordReader, unpacked
from bot.store.models import Severity

WEIGHTS = Path(__file__).with_name("weights")
SEVERITIES = tuple(Severity)
VECTOR_SCALE = np.float32(8.0)  # the heads learned on unit vectors of this length
WORDS_COUNT = 0.5  # what the words say, against what the encoder says: chosen with the thresholds
SUREST = 1e-4  # no probability of the heads is taken for more, or less


class ScreeningModelError(Exception):
    """The detector's weights are missing or are not the ones that were measured."""


@dataclass(frozen=True)
class Reading:
    """What the model says of one text: a probability for each severity and each category, by the encoder; and by the
    words the logarithm of the odds that it is as severe as that.

    They err on different texts: on authors that neither learned from, all of them together are better than each.
    """

    severities: Mapping[Severity, float]
    categories: Mapping[str, float]
    by_words: Mapping[Severity, float]

    def at_least(self, severity: Severity) -> float:
        """How surely, from 0 to 1, the text is this severe or more so."""
        return self._with_words(self._by_severity(severity), severity)

    def alert(self) -> float:
        """How surely, from 0 to 1, the text is one that a person must read soon: both heads averaged, and the words."""
        by_category = 1.0 - self.categories["none"] - self.categories["distress"]
        by_heads = (self._by_severity(Severity.ONE_WORKING_DAY) + by_category) / 2
        return self._with_words(by_heads, Severity.ONE_WORKING_DAY)

    def _by_severity(self, severity: Severity) -> float:
        return sum(self.severities[one] for one in SEVERITIES[: SEVERITIES.index(severity) + 1])

    def _with_words(self, probability: float, severity: Severity) -> float:
        if severity not in self.by_words:
            return probability
        sure = min(max(probability, SUREST), 1.0 - SUREST)
        log_odds = math.log(sure / (1.0 - sure)) + WORDS_COUNT * self.by_words[severity]
        return 1.0 / (1.0 + math.exp(-log_odds))


class ScreeningModel:
    """The encoder under one update, with its two heads, and the view of the words beside them.

    A message takes the encoder's own time, some eight milliseconds for a short one on one core, and one more.
    """

    def __init__(self, encoder: Encoder, update: Mapping[str, Array], words: WordReader, version: str) -> None:
        self.version = version
        self._encoder = encoder
        self._severity = (update["severity.weight"].astype(np.float32), update["severity.bias"].astype(np.float32))
        self._category = (update["category.weight"].astype(np.float32), update["category.bias"].astype(np.float32))
        self._words = words

    def read(self, texts: Sequence[str]) -> list[Reading]:
        """One reading for each text, in order. The encoder reads the first 256 word pieces of a long one."""
        if not texts:
            return []
        vectors: Array = self._encoder.encode(texts) * VECTOR_SCALE
        severities, categories = _shares(vectors, *self._severity), _shares(vectors, *self._category)
        return [
            Reading(
                dict(zip(SEVERITIES, (float(p) for p in severity), strict=True)),
                dict(zip(CATEGORIES, (float(p) for p in category), strict=True)),
                self._words.log_odds(text),
            )
            for text, severity, category in zip(texts, severities, categories, strict=True)
        ]


def _shares(vectors: Array, weight: Array, bias: Array) -> Array:
    """Softmax of a head's scores, shape (texts, labels)."""
    scores = vectors @ weight.T + bias
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Array = raised / raised.sum(axis=1, keepdims=True)
    return result


def adapted(tensors: Mapping[str, Array], update: Mapping[str, Array]) -> dict[str, Array]:
    """The encoder's tensors with the update merged in; its embeddings, the larger half, stay mapped and shared.

    An update is two matrices: `NAME.down` of shape (rank, inputs) and `NAME.up`, scale included, of (outputs, rank).
    What every layer multiplies by is laid out by columns: multiplying by its transpose is then a fifth faster.
    """
    merged = dict(tensors)
    for name, tensor in tensors.items():
        if name.startswith("encoder.layer.") and tensor.ndim == 2:
            merged[name] = np.asfortranarray(tensor + _low_rank(update, name))
    return merged


def _low_rank(update: Mapping[str, Array], name: str) -> Array | np.float32:
    if f"{name}.down" not in update:
        return np.float32(0.0)
    result: Array = update[f"{name}.up"].astype(np.float32) @ update[f"{name}.down"].astype(np.float32)
    return result


@lru_cache(maxsize=1)
def load_model(sha256: str, words_sha256: str, folder: Path = WEIGHTS) -> ScreeningModel:
    """The one model of this process, of the two files with these hashes.

    Raises ScreeningModelError, and EncoderError when the encoder is not there.
    """
    files = find_files()
    update = _checked(folder / "screening.safetensors", sha256)
    words = unpacked(_checked(folder / "screening_words.safetensors", words_sha256))
    encoder = Encoder(adapted(map_weights(files.weights), update), Tokenizer.from_file(str(files.tokenizer)))
    return ScreeningModel(encoder, update, words, f"lora-{sha256[:6]}-words-{words_sha256[:6]}")


def _checked(weights: Path, sha256: str) -> Mapping[str, Array]:
    try:
        found = hashlib.sha256(weights.read_bytes()).hexdigest()
        update: Mapping[str, Array] = load_file(weights)
    except (OSError, SafetensorError) as error:
        raise ScreeningModelError("The detector's weights cannot be read. Restore bot/screening/weights.") from error
    if found != sha256:
        raise ScreeningModelError("The detector's weights are not the ones named in content/safeguarding/detector.yml.")
    return update
