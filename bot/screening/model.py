"""The learned part of the detector: the project's sentence encoder with a low-rank update and two heads.

Method: LoRA (Hu et al. 2021): W + scale * B A on the query, value and feed-forward weights of every layer, merged when
the model is loaded, so that reading costs what the plain encoder costs. What is shipped is the update and the heads;
how they were made, and on what, is in `weights/DATASHEET.md`.
"""

from __future__ import annotations

import hashlib
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
from bot.store.models import Severity

WEIGHTS = Path(__file__).with_name("weights")
SEVERITIES = tuple(Severity)
VECTOR_SCALE = np.float32(8.0)  # the heads learned on unit vectors of this length


class ScreeningModelError(Exception):
    """The detector's weights are missing or are not the ones that were measured."""


@dataclass(frozen=True)
class Reading:
    """What the model says of one text: a probability for each severity and for each category."""

    severities: Mapping[Severity, float]
    categories: Mapping[str, float]

    def at_least(self, severity: Severity) -> float:
        """The probability that the text is this severe or more so."""
        return sum(self.severities[one] for one in SEVERITIES[: SEVERITIES.index(severity) + 1])

    def alert(self) -> float:
        """How surely the text is one that a person must read soon: what both heads say of that, averaged.

        They err on different texts: on authors that neither learned from, the average is better than either.
        """
        by_category = 1.0 - self.categories["none"] - self.categories["distress"]
        return (self.at_least(Severity.ONE_WORKING_DAY) + by_category) / 2


class Member:
    """The encoder under one update, with its heads."""

    def __init__(self, encoder: Encoder, update: Mapping[str, Array]) -> None:
        self._encoder = encoder
        self._severity = (update["severity.weight"].astype(np.float32), update["severity.bias"].astype(np.float32))
        self._category = (update["category.weight"].astype(np.float32), update["category.bias"].astype(np.float32))

    def shares(self, texts: Sequence[str]) -> tuple[Array, Array]:
        """Probabilities of shapes (texts, severities) and (texts, categories)."""
        vectors: Array = self._encoder.encode(texts) * VECTOR_SCALE
        return _shares(vectors, *self._severity), _shares(vectors, *self._category)


class ScreeningModel:
    """Reads texts with two members that learned the same from different starts; what they say is averaged.

    Each takes the encoder's own time: some eight milliseconds for a short message on one core.
    """

    def __init__(self, members: Sequence[Member], version: str) -> None:
        self.version = version
        self._members = tuple(members)

    def read(self, texts: Sequence[str], *, quickly: bool = False) -> list[Reading]:
        """One reading for each text, in order, by all members or, quickly, by the first.

        Of a long text only the first 256 word pieces are read.
        """
        if not texts:
            return []
        said = [member.shares(texts) for member in self._members[: 1 if quickly else None]]
        severities: Array = np.mean([severity for severity, _ in said], axis=0)
        categories: Array = np.mean([category for _, category in said], axis=0)
        return [
            Reading(
                dict(zip(SEVERITIES, (float(p) for p in severity), strict=True)),
                dict(zip(CATEGORIES, (float(p) for p in category), strict=True)),
            )
            for severity, category in zip(severities, categories, strict=True)
        ]


def _shares(vectors: Array, weight: Array, bias: Array) -> Array:
    """Softmax of a head's scores, shape (texts, labels)."""
    scores = vectors @ weight.T + bias
    raised = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Array = raised / raised.sum(axis=1, keepdims=True)
    return result


def adapted(tensors: Mapping[str, Array], update: Mapping[str, Array]) -> dict[str, Array]:
    """The encoder's tensors with the update merged in; those that it does not touch stay mapped and shared.

    An update is two matrices: `NAME.down` of shape (rank, inputs) and `NAME.up`, scale included, of (outputs, rank).
    What is merged is laid out by columns: multiplying by its transpose is then a fifth faster.
    """
    merged = dict(tensors)
    for name in update:
        if name.endswith(".down"):
            weight = name.removesuffix(".down")
            low_rank = update[f"{weight}.up"].astype(np.float32) @ update[name].astype(np.float32)
            merged[weight] = np.asfortranarray(tensors[weight] + low_rank)
    return merged


@lru_cache(maxsize=1)
def load_model(sha256: tuple[str, ...], folder: Path = WEIGHTS) -> ScreeningModel:
    """The one model of this process: a member for each file, whose hashes are given in order.

    Raises ScreeningModelError, and EncoderError when the encoder is not there.
    """
    files = find_files()
    tensors = map_weights(files.weights)
    members = []
    for number, wanted in enumerate(sha256, start=1):
        update = _checked(folder / f"screening_{number}.safetensors", wanted)
        members.append(Member(Encoder(adapted(tensors, update), Tokenizer.from_file(str(files.tokenizer))), update))
    return ScreeningModel(members, "lora-" + "-".join(one[:6] for one in sha256))


def _checked(weights: Path, sha256: str) -> Mapping[str, Array]:
    try:
        found = hashlib.sha256(weights.read_bytes()).hexdigest()
        update: Mapping[str, Array] = load_file(weights)
    except (OSError, SafetensorError) as error:
        raise ScreeningModelError("The detector's weights cannot be read. Restore bot/screening/weights.") from error
    if found != sha256:
        raise ScreeningModelError("The detector's weights are not the ones named in content/safeguarding/detector.yml.")
    return update
