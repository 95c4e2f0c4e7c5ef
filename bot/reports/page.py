"""The page as data: all that is shown, and nothing that is not. This, as JSON, is what is signed, hashed and frozen."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from bot.reports.cells import Cell
from bot.reports.chance import Change
from bot.reports.disclosure import Figures

MOST_DECISIONS = 3
MOST_QUOTES = 3
TOP = 5

Line = Annotated[str, Field(max_length=160)]
Passage = Annotated[str, Field(max_length=280)]


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Decision(Part):
    """What the board is asked to decide. `theme` is a theme's id."""

    theme: str
    action: Line
    owner: Annotated[str, Field(max_length=80)]
    due_on: date
    cost: Annotated[str, Field(max_length=80)] = ""


class Standing(StrEnum):
    """Where a promise is."""

    PROMISED = "promised"
    KEPT = "kept"
    LATE = "late"
    NOT_DONE = "not_done"
    CANNOT = "cannot"


class Promise(Part):
    """A promise of an earlier quarter. `said` is how young people answer "was that good enough?": None where fewer
    than ten did."""

    theme: str | None
    words: str
    owner: str
    due_on: date | None
    standing: Standing
    because: str | None = None
    said: dict[Literal["yes", "half", "no"], Cell] | None = None


class Entitlement(Part):
    """What a card tells young people, on the day of the page."""

    card: str
    title: str
    text: str


class Feeling(StrEnum):
    POSITIVE = "feeling_positive"
    MIXED = "feeling_mixed"
    NEGATIVE = "feeling_negative"
    NONE = "feeling_none"


class ThemeShown(Part):
    """A theme of the page. `feelings` are figures by feeling, where more than fifty people stand behind the theme."""

    id: str
    label: str
    domain: str
    people: Cell
    chats: int | None
    feeling: Feeling
    feelings: dict[str, Cell] | None = None
    change: Change
    checked: int | None
    """Per cent of its messages that a person has checked, rounded down to 5; None below ten people."""
    principles: tuple[str, ...]
    ofsted: tuple[str, ...]
    finding: str | None
    entitlements: tuple[Entitlement, ...] = ()


class DomainShown(Part):
    """A domain whose themes are all hidden."""

    id: str
    label: str
    people: Cell


class GroupShown(Part):
    """A group that young people say they are of. `eligible` is what the council entered."""

    id: str
    label: str
    people: Cell
    eligible: int | None


class Answered(Part):
    """Requests of the quarter, by people. `median_days` is in whole working days; None where too few had an answer."""

    asked: Cell
    within: Cell
    later: Cell
    waiting: Cell
    late: Cell
    no_reply: Cell
    median_days: int | None


class Quote(Part):
    theme: str
    words: Annotated[str, Field(max_length=200)]


class History(Part):
    """The figures of an earlier quarter, as they were published, by theme; and what the themes were called."""

    quarter: str
    everybody: Cell | None
    themes: dict[str, Cell]
    labels: dict[str, str]


class Written(Part):
    """What an officer writes."""

    decisions: Annotated[tuple[Decision, ...], Field(max_length=MOST_DECISIONS)] = ()
    going_well: Passage = ""
    new: Passage = ""
    quotes: Annotated[tuple[Quote, ...], Field(max_length=MOST_QUOTES)] = ()


class Voice(Part):
    """What OVOS says of the names of the themes and of the page. None: nothing yet."""

    names_agree: bool | None = None
    names_dissent: str | None = None
    page_agree: bool | None = None
    page_dissent: str | None = None


class Page(Part):
    """One quarter. Without figures (`figures.words_only`) everything counted is empty."""

    version: Literal[1] = 1
    quarter: str
    quarter_words: str
    board: str
    council: str
    service: str
    figures: Figures
    everybody: Cell | None
    chats: int | None
    eligible: int | None
    ages: tuple[GroupShown, ...] = ()
    homes: tuple[GroupShown, ...] = ()
    themes: tuple[ThemeShown, ...] = ()
    top: tuple[str, ...] = ()
    domains: tuple[DomainShown, ...] = ()
    good_news: Cell | None = None
    reviewed: int
    """Per cent of all messages that a person has checked, rounded down."""
    reviewed_needed: int
    agreement: float | None = None
    answered: Answered | None = None
    promises: tuple[Promise, ...] = ()
    history: tuple[History, ...] = ()
    written: Written = Written()
    checks: dict[str, bool] = {}
    ovos: Voice = Voice()
    published_on: date | None = None

    @property
    def reviewed_enough(self) -> bool:
        return self.reviewed >= self.reviewed_needed

    @property
    def top_themes(self) -> list[ThemeShown]:
        by_id = {one.id: one for one in self.themes}
        return [by_id[one] for one in self.top]

    def as_json(self) -> str:
        """The same page is always the same text."""
        return self.model_dump_json()


def read_page(text: str) -> Page:
    """Raises pydantic.ValidationError when it is not a page."""
    return Page.model_validate_json(text)
