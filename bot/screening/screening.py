"""The detector that stands in intake.

This is the simplest honest one: the approved phrases, and the button "I don't feel safe". It finds what is said
outright. It does not stand between a message and a person: people read everything, and this makes some of it faster.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from bot.content import Content, content_folder, read_content
from bot.screening.plain import plain
from bot.store.models import Severity

ORDER = [Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY, Severity.WELLBEING, Severity.NONE]
ALERTING = frozenset(ORDER[:3])


class PhraseGroup(Content):
    """Phrases of one severity and category."""

    severity: Severity
    category: str
    any: tuple[str, ...]


class PhraseFile(Content):
    """`content/safeguarding/phrases.yml`."""

    version: str
    phrases: tuple[PhraseGroup, ...]


@dataclass(frozen=True)
class Screening:
    """What the detector says of one message. `score` runs from 0 (nothing found) to 1 (said outright)."""

    severity: Severity
    category: str
    score: float
    version: str

    @property
    def alerts(self) -> bool:
        return self.severity in ALERTING


class Detector:
    """Finds approved phrases in a message. The most severe match wins."""

    def __init__(self, file: PhraseFile) -> None:
        self.version = file.version
        groups = sorted(file.phrases, key=lambda group: ORDER.index(group.severity))
        self._groups = [(group, _pattern(group)) for group in groups]

    def screen(self, text: str) -> Screening:
        words = plain(text)
        for group, pattern in self._groups:
            if pattern.search(words):
                return Screening(group.severity, group.category, 1.0, self.version)
        return Screening(Severity.NONE, "none", 0.0, self.version)

    def not_safe_pressed(self) -> Screening:
        """The button "I don't feel safe": taken at its word."""
        return Screening(Severity.SAME_DAY, "distress", 1.0, self.version)

    def nothing_found(self) -> Screening:
        """For a press: it says only what is written on the button."""
        return Screening(Severity.NONE, "none", 0.0, self.version)

    def said_not_safe_now(self) -> Screening:
        """The answer "No" to "are you safe right now?"."""
        return Screening(Severity.IMMEDIATE, "distress", 1.0, self.version)


def _pattern(group: PhraseGroup) -> re.Pattern[str]:
    alternatives = "|".join(re.escape(plain(phrase)) for phrase in group.any)
    return re.compile(rf"\b(?:{alternatives})\b")


def load_detector(folder: Path | None = None) -> Detector:
    """The detector over the approved list. Raises ContentError when the list is missing or wrong."""
    home = folder or content_folder()
    return Detector(read_content(home / "safeguarding" / "phrases.yml", PhraseFile))
