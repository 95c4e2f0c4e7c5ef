"""A disclosure that comes in three messages, and harmless messages one after another, as the detector reads them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.screening import Detector
from bot.screening.screening import BEFORE

SHORTEST = 9  # words: three for each of the three parts


@dataclass(frozen=True)
class Together:
    """How often an alert was raised: by what was split; by a harmless message only because of those before it."""

    found: int
    split: int
    raised: int
    harmless: int


def in_three(text: str) -> list[str]:
    """The words in three parts of about the same length; nothing where there are too few words."""
    words = text.split()
    if len(words) < SHORTEST:
        return []
    third = len(words) / 3
    return [" ".join(words[round(third * n) : round(third * (n + 1))]) for n in range(3)]


def read_together(detector: Detector, disclosures: Sequence[str], harmless: Sequence[str]) -> Together:
    """`harmless` as one person would write them: each with the two before it."""
    split = [parts for parts in map(in_three, disclosures) if parts]
    found = sum(any(detector.screen(part, parts[:at]).alerts for at, part in enumerate(parts)) for parts in split)
    silent = [text for text in harmless if not detector.screen(text).alerts]
    follows = range(BEFORE, len(silent))
    raised = sum(detector.screen(silent[at], silent[at - BEFORE : at]).alerts for at in follows)
    return Together(found, len(split), raised, len(follows))
