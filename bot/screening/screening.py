"""The detector that stands in intake: the approved phrases and the learned model; the more severe of the two counts.

It does not stand between a message and a person: people read everything, and this makes some of it faster.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.encoder import EncoderError
from bot.screening.language import Languages, Tongue, load_languages
from bot.screening.model import Reading, ScreeningModel, ScreeningModelError, load_model
from bot.screening.plain import has_words, in_latin_letters, plain, readable
from bot.screening.special import SpecialWords, load_special_words, only_points_at_something
from bot.screening.windows import windows
from bot.store.models import Severity

ORDER = [Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY, Severity.WELLBEING, Severity.NONE]
ALERTING = frozenset(ORDER[:3])
BEFORE = 2  # how many earlier messages count as context
VERSION_LENGTH = 48  # what the column holds
NEAR = 12  # words between those of one `near` group


class PhraseGroup(Content):
    """Phrases of one severity and category; or, in `near`, lists of which one word each must stand close together."""

    severity: Severity
    category: str
    any: tuple[str, ...] = ()
    near: tuple[tuple[str, ...], ...] = ()

    @model_validator(mode="after")
    def _says_something(self) -> PhraseGroup:
        if bool(self.any) == bool(self.near) or len(self.near) == 1:
            raise ValueError("give `any`, or two lists or more in `near`")
        return self


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
    unread: bool = False
    """The model could not read all of it (a fault, another language): a person has to, as soon as for an alert of the
    same day."""
    tongue: Tongue | None = None
    """Another language than English, where there is one in it."""
    phone_seen: bool = False
    """Somebody can see the screen: nothing may show there."""

    @property
    def alerts(self) -> bool:
        return self.severity in ALERTING


Thresholds = dict[Severity, float]
"""From which probability of "this severe or more" a text is read as that severe."""


class Weights(Content):
    """The SHA-256 of each file that the model is made of."""

    encoder: str
    words: str


class DetectorFile(Content):
    """`content/safeguarding/detector.yml`."""

    version: str
    weights_sha256: Weights
    thresholds: Thresholds
    window_thresholds: Thresholds
    context_thresholds: Thresholds


@dataclass(frozen=True)
class _Found:
    severity: Severity
    category: str
    score: float


NOTHING = _Found(Severity.NONE, "none", 0.0)


class Detector:
    """Screens one message. The most severe of what the phrases and the model find wins."""

    def __init__(
        self,
        phrases: PhraseFile,
        settings: DetectorFile,
        model: ScreeningModel | None,
        languages: Languages | None = None,
        special: SpecialWords | None = None,
    ) -> None:
        learned = "phrases only" if model is None else model.version
        self.version = f"{phrases.version}+{learned}+{settings.version}"[:VERSION_LENGTH]
        groups = sorted(phrases.phrases, key=lambda group: ORDER.index(group.severity))
        self._groups = [(group, _pattern(group)) for group in groups]
        self._settings = settings
        self._model = model
        self._languages = languages or load_languages()
        self._special = special or load_special_words()

    def screen(self, text: str, before: Sequence[str] = ()) -> Screening:
        """How severe a message is, given what the same person wrote just before it (oldest first).

        A message in two languages is read by the model and handed to a person; one in another alphabet, by a person.
        """
        tongue = self._languages.of(text)
        if self._model is None or not in_latin_letters(text):
            return replace(self.without_model(text), tongue=tongue)
        found = self._worst_of_phrases(text)
        if not only_points_at_something(text):  # an address or a file's name is no sentence, and is never followed
            found = _worse(found, self._read(text))
        earlier = [one for one in before[-BEFORE:] if one.strip()]
        if earlier and found.severity not in ALERTING:
            found = _worse(found, self._read_together([*earlier, text]))
        if tongue is not None and tongue.whole and found.severity is not Severity.IMMEDIATE:
            # Nothing in it is English: what the model makes of it is chance, and only the worst of it is heeded.
            found = self._worst_of_phrases(text)
        version = self.version if tongue is None else f"unread+{self.version}"[:VERSION_LENGTH]
        unread = tongue is not None
        read = Screening(found.severity, found.category, round(found.score, 4), version, unread, tongue)
        return self._with_special(read, text)

    def _with_special(self, screening: Screening, text: str) -> Screening:
        """What is read beside severity: that somebody sees the screen is immediate; a plea to tell is an opener."""
        if self._special.phone_is_seen(text):
            category = screening.category if screening.alerts else "distress"
            return replace(screening, severity=Severity.IMMEDIATE, category=category, score=1.0, phone_seen=True)
        if not screening.alerts and self._special.asks_to_tell(text):
            return replace(screening, severity=Severity.ONE_WORKING_DAY, category="opener", score=1.0)
        return screening

    @property
    def reads(self) -> bool:
        """Is the learned model there?"""
        return self._model is not None

    def without_model(self, text: str) -> Screening:
        """For a message that the model did not read, or not in time: nothing is waved through."""
        found = self._worst_of_phrases(text)
        version = f"unread+{self.version}"[:VERSION_LENGTH]
        return self._with_special(Screening(found.severity, found.category, found.score, version, True), text)

    def _worst_of_phrases(self, text: str) -> _Found:
        words = plain(text)
        for group, pattern in self._groups:
            if pattern.search(words):
                return _Found(group.severity, group.category, 1.0)
        return NOTHING

    def _read(self, text: str) -> _Found:
        """The message whole, and a long one in pieces too."""
        settings = self._settings
        if not has_words(text):
            return NOTHING
        found = _judge(self._readings([text])[0], settings.thresholds)
        pieces = windows(text) if found.severity is not Severity.IMMEDIATE else []
        for piece in self._readings(pieces):
            found = _worse(found, _judge(piece, settings.window_thresholds))
        return found

    def _read_together(self, texts: Sequence[str]) -> _Found:
        """Several messages as one: a disclosure may come in three pieces, none of which says it."""
        together = plain_joined(texts)
        phrase = self._worst_of_phrases(together)
        return _worse(phrase, _judge(self._readings([together])[0], self._settings.context_thresholds))

    def _readings(self, texts: Sequence[str]) -> list[Reading]:
        if self._model is None:
            raise ScreeningModelError("The model is not there.")
        return self._model.read([readable(text) for text in texts])

    def not_safe_pressed(self) -> Screening:
        """The button "I don't feel safe": taken at its word."""
        return Screening(Severity.SAME_DAY, "distress", 1.0, self.version)

    def nothing_found(self) -> Screening:
        """For a press: it says only what is written on the button."""
        return Screening(Severity.NONE, "none", 0.0, self.version)

    def said_not_safe_now(self) -> Screening:
        """The answer "No" to "are you safe right now?"."""
        return Screening(Severity.IMMEDIATE, "distress", 1.0, self.version)


def plain_joined(texts: Sequence[str]) -> str:
    return " . ".join(texts)


def _judge(reading: Reading, thresholds: Thresholds) -> _Found:
    """The most severe level whose threshold the reading passes. An alert has a category, never "none"."""
    score = reading.alert()
    raised = score >= thresholds[Severity.ONE_WORKING_DAY]
    for severity in ORDER[:-1]:
        # How severe is asked only of what is an alert at all: a low bar for "immediate" must not raise one by itself.
        if severity not in thresholds or (severity in ALERTING and not raised):
            continue
        if severity is Severity.ONE_WORKING_DAY or reading.at_least(severity) >= thresholds[severity]:
            return _Found(severity, _category(reading, severity), score)
    return _Found(Severity.NONE, "none", score)


def _category(reading: Reading, severity: Severity) -> str:
    possible = {name: share for name, share in reading.categories.items() if name != "none"}
    if severity is Severity.WELLBEING:
        return "distress"
    return max(possible, key=lambda name: possible[name])


def _worse(one: _Found, other: _Found) -> _Found:
    """The more severe; of two that are alike, the surer, and never a lower score than either."""
    first, second = sorted((one, other), key=lambda found: (ORDER.index(found.severity), -found.score))
    return _Found(first.severity, first.category, max(first.score, second.score))


def _pattern(group: PhraseGroup) -> re.Pattern[str]:
    if group.any:
        return re.compile(_one_of(group.any))
    # From the first word on, in whatever order, one of each list before NEAR more words have passed.
    first, *others = group.near
    ahead = "".join(rf"(?=(?:\s+\S+){{0,{NEAR}}}?\s+{_one_of(words)})" for words in others)
    return re.compile(f"{_one_of(first)}{ahead}")


def _one_of(phrases: Sequence[str]) -> str:
    return rf"\b(?:{'|'.join(re.escape(plain(phrase)) for phrase in phrases)})\b"


def load_detector(folder: Path | None = None) -> Detector:
    """The detector as approved. Raises ContentError, ScreeningModelError or EncoderError when a part is not there."""
    settings, phrases = _approved(folder)
    model = _model_of(settings)
    return Detector(phrases, settings, model, load_languages(folder), load_special_words(folder))


def load_detector_or_phrases(folder: Path | None = None) -> tuple[Detector, Exception | None]:
    """For the live service, which starts whatever is wrong with the model: then a person gets every typed message.

    The fault comes beside the detector, for the log and for those who run the service.
    """
    settings, phrases = _approved(folder)
    model: ScreeningModel | None
    fault: Exception | None
    try:
        model, fault = _model_of(settings), None
    except (ScreeningModelError, EncoderError) as error:
        model, fault = None, error
    return Detector(phrases, settings, model, load_languages(folder), load_special_words(folder)), fault


def _model_of(settings: DetectorFile) -> ScreeningModel:
    return load_model(settings.weights_sha256.encoder, settings.weights_sha256.words)


def _approved(folder: Path | None) -> tuple[DetectorFile, PhraseFile]:
    home = (folder or content_folder()) / "safeguarding"
    return read_content(home / "detector.yml", DetectorFile), read_content(home / "phrases.yml", PhraseFile)
