"""What the files in `content/entitlements` may say. A key that is not named here is an error, so a slip is seen."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from bot.content import Content

Text = Annotated[str, Field(min_length=1)]
Confidence = Literal["high", "medium", "low"]
Read = Literal["yes", "in_part", "second_hand", "no"]
"""How far a source was read: a stored copy, a part of it, in somebody else's words, or not itself."""


class Unit(StrEnum):
    GBP = "GBP"
    DAYS = "days"
    WORKING_DAYS = "working_days"
    WEEKS = "weeks"
    MONTHS = "months"
    YEARS = "years"
    PERCENT = "percent"


class HowMuch(StrEnum):
    """Where the amount of a card comes from."""

    FIGURE = "figure"  # figures.yml: the card names it
    COUNCIL = "council"  # each council decides
    UNCHECKED = "unchecked"  # there is an amount, which nobody has checked for this year
    NOTHING = "nothing"  # the card is not about money


class FigureSource(Content):
    name: Text
    section_or_url_name: Text
    read: Read = "no"  # until somebody says that it was read


class FigureValue(Content):
    """What a figure is from one day on. Where no source gives the beginning, `start_found` is false and the day is the
    earliest that anyone can vouch for."""

    effective_from: date
    start_found: bool = True
    value: Annotated[Decimal, Field(gt=0)]
    source: FigureSource


class Figure(Content):
    """An amount or a time limit that changes."""

    id: Text
    name: Text
    unit: Unit
    values: tuple[FigureValue, ...] = Field(min_length=1)
    checked_on: date
    review_by: date
    confidence: Confidence
    owner: Text

    def value_on(self, day: date) -> FigureValue | None:
        """The value of that day, or None when the figure is past its review date or had not begun."""
        begun = [value for value in self.values if value.effective_from <= day]
        return max(begun, key=lambda value: value.effective_from) if begun and day <= self.review_by else None

    def said_on(self, day: date) -> str | None:
        """The figure in words, or None when it may not be said on that day."""
        value = self.value_on(day)
        return None if value is None else _in_words(value.value, self.unit)


def _in_words(value: Decimal, unit: Unit) -> str:
    whole = value == value.to_integral_value()
    if unit is Unit.GBP:
        return f"£{value:,.0f}" if whole else f"£{value:,.2f}"
    number = f"{value:,.0f}" if whole else f"{value.normalize():f}"
    if unit is Unit.PERCENT:
        return f"{number}%"
    words = unit.replace("_", " ")
    return f"{number} {words.removesuffix('s') if value == 1 else words}"


class Contact(Content):
    """Who to ring. The number is blank until somebody has supplied it."""

    id: Text
    name: Text
    number: Text | None
    text_number: Text | None
    hours: Text | None
    open_24_hours: bool
    what_for: Text
    verified: bool
    checked_on: date | None
    review_by: date | None
    source: Text
    confidence: Confidence
    owner: Text

    @property
    def said(self) -> str | None:
        """The number to print, or None: a number that nobody has read at its source is not shown."""
        return (self.number or self.text_number) if self.verified else None


class CardSource(Content):
    name: Text
    section: Text | None = None
    read: Read

    @property
    def printed_sections(self) -> tuple[str, ...]:
        """The section as a young person should see it: "none" and "whole" say nothing to them."""
        return () if self.section in (None, "none", "whole") else (self.section,)


class Card(Content):
    """One answer, with who it is for, what to do, and what to say when told no."""

    id: Text
    title: Text
    written: bool
    answer: Text | None = None
    answer_without_figures: Text | None = None
    easy: Text | None = None
    easy_without_figures: Text | None = None
    who_for: Text | None = None
    how_much: HowMuch
    how: Text | None = None
    ask: tuple[str, ...] = ()
    if_told_no: Text | None = None
    contacts: tuple[str, ...] = ()
    sources: tuple[CardSource, ...] = ()
    effective_from: date | None = None
    checked_on: date
    review_by: date
    jurisdiction: Literal["England"]
    confidence: Confidence
    in_force: Literal["yes", "passed_not_confirmed", "announced"]
    owner: Text

    def is_current(self, day: date) -> bool:
        """Had the rule begun by that day, and is it still before the day when somebody must check it again?"""
        return (self.effective_from is None or self.effective_from <= day) and day <= self.review_by


class LocalFact(Content):
    """A question that only the council can answer. Blank until it does. `unknown` is what the chat says until then."""

    id: Text
    question: Text
    owner: Text
    cards: tuple[str, ...]
    unknown: Text | None
    answer: Text | None
    source: Text | None
    checked_on: date | None
    review_by: date | None

    def said_on(self, day: date) -> str | None:
        """The council's answer, or None when there is none or it is past its review date."""
        return self.answer if self.review_by is not None and day <= self.review_by else None


class Phrases(Content):
    """The sentences that the service adds to a card by itself."""

    no_number: Text
    not_written: Text
    past_review: Text
    sources: Text
    sources_unread: Text
    less_sure: Text
    who_for: Text
    how_much: Text
    how_much_at_least_since: Text
    how_much_withheld: Text
    how_much_council: Text
    how_much_unchecked: Text
    more_local: Text


class BankHoliday(Content):
    date: date
    name: Text


class BankHolidays(Content):
    source: Text
    checked_on: date
    review_by: date
    bank_holidays: tuple[BankHoliday, ...]

    @property
    def days(self) -> frozenset[date]:
        return frozenset(holiday.date for holiday in self.bank_holidays)
