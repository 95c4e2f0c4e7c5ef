"""The fixed safety replies, as reviewed in `content/safeguarding/replies.yml`, and which of them fits a message."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, model_validator

from bot.content import Content, content_folder, read_content
from bot.screening.categories import CATEGORIES
from bot.store.models import Severity
from bot.store.staff_models import Role

MOST_BUBBLES = 4
SLOTS = ("heard", "seen", "help", "question")  # the order in which they are said
ALERTED = (Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY)
ANSWERS = ("safe_yes", "safe_no", "safe_not_sure", "opener_yes")


class When(StrEnum):
    """What else a message may tell that changes the reply."""

    ADULT = "adult"
    PICTURES = "pictures"
    ELSEWHERE = "elsewhere"


class SafetyButton(Content):
    title: str
    payload: str
    icon: str


class SafetyBubble(Content):
    """One bubble. {reader}, {council_number} and {contact:...} are filled in when it is said."""

    key: str
    text: str
    easy: str
    buttons: tuple[SafetyButton, ...] = ()


class RouteBubble(SafetyBubble):
    """A bubble that is said only where the numbers that it `needs` may be shown."""

    needs: tuple[str, ...] = ()


class OnCallReads(Content):
    """{role} and {by}, for each severity."""

    immediate: str
    same_day: str
    one_working_day: str

    def sentence(self, severity: Severity) -> str:
        match severity:
            case Severity.IMMEDIATE:
                return self.immediate
            case Severity.SAME_DAY:
                return self.same_day
            case Severity.ONE_WORKING_DAY | Severity.WELLBEING | Severity.NONE:
                return self.one_working_day


class WhoReads(Content):
    """The sentence on who reads and when, for each thing that can be true."""

    not_set: str
    open: str
    closed: str


class SafetyReaders(WhoReads):
    """The same for an alert, with somebody on call."""

    on_call: OnCallReads
    leads: str
    read_within_minutes: dict[Literal["immediate", "same_day"], int]
    roles: dict[Role, str]


class CouncilNumbers(Content):
    """Which of the council's two numbers is answered when. `hours` has the form of `reading_hours` in hours.yml."""

    daytime: str
    otherwise: str
    hours: dict[str, Any]


class Reply(Content):
    """Four bubbles, in the order of SLOTS."""

    heard: SafetyBubble
    seen: SafetyBubble
    help: SafetyBubble
    question: SafetyBubble


@dataclass(frozen=True)
class Situation:
    """What is known of a message when its reply is picked.

    `written`: its words and those just before it, plain; None stands for any words, when every text is checked.
    """

    severity: Severity
    category: str
    facts: frozenset[When] = frozenset()
    written: str | None = None


class Route(Content):
    """What is said instead when a message is about this."""

    id: str
    categories: tuple[str, ...] = ()
    severities: tuple[Severity, ...] = ALERTED
    when: When | None = None
    words: tuple[str, ...] = ()
    """How the words begin of which one must have been written: what the young person has not named is not named."""
    heard: tuple[RouteBubble, ...] = ()
    seen: tuple[RouteBubble, ...] = ()
    help: tuple[RouteBubble, ...] = ()
    question: tuple[RouteBubble, ...] = ()

    @model_validator(mode="after")
    def _fits_something(self) -> Route:
        unknown = set(self.categories) - set(CATEGORIES)
        if unknown or not (self.categories or self.when):
            raise ValueError(f"{self.id}: name known categories, or when: {', '.join(sorted(unknown))}")
        return self

    def fits(self, situation: Situation) -> bool:
        written = situation.written
        return (
            situation.severity in self.severities
            and (not self.categories or situation.category in self.categories)
            and (self.when is None or self.when in situation.facts)
            and (not self.words or written is None or any(f" {word}" in f" {written}" for word in self.words))
        )


class Addition(Content):
    text: str
    easy: str


Bubbles = tuple[SafetyBubble, ...]


class QuietTexts(Content):
    neutral: Bubbles = Field(min_length=1)
    still: Bubbles = Field(min_length=1)
    back: Bubbles = Field(min_length=1)


class WhereTexts(Content):
    skip_words: tuple[str, ...]
    question: Bubbles = Field(min_length=1)
    kept: Bubbles = Field(min_length=1)
    skipped: Bubbles = Field(min_length=1)


class ChoiceTexts(Content):
    who: Bubbles = Field(min_length=1)
    who_conduct: Bubbles = Field(min_length=1)
    how: Bubbles = Field(min_length=1)
    how_quietly: Bubbles = Field(min_length=1)
    kept: Bubbles = Field(min_length=1)


class SafetyReplies(Content):
    """`content/safeguarding/replies.yml`."""

    version: str
    council_numbers: CouncilNumbers
    who_reads: SafetyReaders
    replies: dict[Severity, Reply]
    routes: tuple[Route, ...]
    elsewhere: Addition
    again: Bubbles
    unread: Bubbles
    unchecked_card: Bubbles
    quiet: QuietTexts
    joking: Bubbles
    where: WhereTexts
    choice: ChoiceTexts
    not_opened: Bubbles
    answers: dict[str, Bubbles]

    @model_validator(mode="after")
    def _complete(self) -> SafetyReplies:
        if missing := [severity for severity in ALERTED if severity not in self.replies]:
            raise ValueError(f"a reply is missing: {', '.join(missing)}")
        if no_answer := [answer for answer in ANSWERS if not self.answers.get(answer)]:
            raise ValueError(f"an answer is missing: {', '.join(no_answer)}")
        if no_words := [role for role in Role if role not in self.who_reads.roles]:
            raise ValueError(f"the words for a role are missing: {', '.join(no_words)}")
        return self

    def reply(self, situation: Situation, shown: Callable[[str], bool]) -> Bubbles:
        """The bubbles for a message that raised an alert. `shown` says whether a contact's number may be shown."""
        plain = self.replies[situation.severity]
        said = [self._bubble(slot, getattr(plain, slot), situation, shown) for slot in SLOTS]
        if When.ELSEWHERE in situation.facts:
            said[SLOTS.index("help")] = _with(said[SLOTS.index("help")], self.elsewhere)
        return tuple(said)

    def _bubble(
        self, slot: str, plain: SafetyBubble, situation: Situation, shown: Callable[[str], bool]
    ) -> SafetyBubble:
        for route in self.routes:
            if route.fits(situation):
                instead: tuple[RouteBubble, ...] = getattr(route, slot)
                for one in instead:
                    if all(shown(contact) for contact in one.needs):
                        return one
        return plain

    def all_replies(self, shown: Callable[[str], bool]) -> Iterator[tuple[str, Bubbles]]:
        """Every reply that can be said, by a name: for the check of every text."""
        for severity in ALERTED:
            yield severity.value, self.reply(Situation(severity, "none"), shown)
            for route in self.routes:
                if severity in route.severities:
                    facts = frozenset({route.when}) if route.when else frozenset()
                    for category in route.categories or ("none",):
                        situation = Situation(severity, category, facts)
                        yield f"{severity.value} {route.id} {category}", self.reply(situation, shown)
            away = Situation(severity, "none", frozenset({When.ELSEWHERE}))
            yield f"{severity.value} elsewhere", self.reply(away, shown)

    def other_texts(self) -> Iterator[tuple[str, Bubbles]]:
        """Everything else that is said, by its name in the file."""
        yield from (("again", self.again), ("unread", self.unread), ("unchecked_card", self.unchecked_card))
        yield from (("joking", self.joking), ("not_opened", self.not_opened))
        for group in ("quiet", "where", "choice"):
            texts = ((f"{group}.{name}", said) for name, said in getattr(self, group))
            yield from ((name, said) for name, said in texts if isinstance(said[0], SafetyBubble))
        yield from ((f"answers.{name}", said) for name, said in self.answers.items())


def _with(bubble: SafetyBubble, more: Addition) -> SafetyBubble:
    return bubble.model_copy(update={"text": f"{bubble.text} {more.text}", "easy": f"{bubble.easy} {more.easy}"})


def load_safety_replies(folder: Path | None = None) -> SafetyReplies:
    """The replies, checked. Raises ContentError when the file is missing or wrong."""
    home = folder or content_folder()
    return read_content(home / "safeguarding" / "replies.yml", SafetyReplies)
