"""Clocks in working days: when a request should be answered, and how late it is.

A working day is Monday to Friday, no bank holiday in England and no closed day of the council. Days are local days
(Europe/London), so a change of the clocks moves nothing. The day on which a request comes in is not counted: with ten
days, the tenth working day after it is the last one.

Complaints: regulation 14 of the Children Act 1989 Representations Procedure (England) Regulations 2006 (SI 2006/1738)
gives 10 working days for local resolution, and up to 10 more where the complaint is complex or an advocate is needed.
For other kinds the number is the council's own decision, in `content/requests/clocks.yml`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from bot.content import Content, content_folder, read_content
from bot.store.models import RequestKind, RequestState

LOCAL_TIME = ZoneInfo("Europe/London")
ONE_DAY = timedelta(days=1)
FRIDAY = 4
# Whose turn it is: in these states the council has something to do.
OPEN = frozenset({RequestState.SENT, RequestState.SEEN, RequestState.REOPENED})

Days = Annotated[int, Field(ge=1, le=260)]


class Urgency(StrEnum):
    """How a request stands against its clock. `answered` waits for the young person; `ended` has no clock."""

    WAITING = "waiting"
    DUE_SOON = "due_soon"
    LATE = "late"
    VERY_LATE = "very_late"
    ANSWERED = "answered"
    ENDED = "ended"


# Whether somebody has read what a source says in the source itself, or in what others say of it.
Read = Literal["yes", "second_hand", "no"]


class Clock(Content):
    """The time for one kind of request."""

    days: Days
    longer: Days | None = None
    set_by: Literal["law", "council"]
    source: str | None = None
    read: Read | None = None
    confirmed_by: str | None = None

    @model_validator(mode="after")
    def _law_has_a_source(self) -> Clock:
        if self.set_by == "law" and not (self.source and self.read):
            raise ValueError("a time that the law sets names its source, and whether that was read")
        if self.longer is not None and self.longer <= self.days:
            raise ValueError("`longer` is more than `days`")
        return self

    @property
    def is_told(self) -> bool:
        """May the young person be told the date?"""
        return self.set_by == "law" or self.confirmed_by is not None


def _quoted(moment: object) -> object:
    if not isinstance(moment, str):  # YAML reads 17:00 without quotation marks as the number 1020
        raise ValueError('write the time in quotation marks, like "17:00"')
    return moment


Moment = Annotated[time, BeforeValidator(_quoted)]


class ClockFile(Content):
    """`content/requests/clocks.yml`."""

    version: int
    kinds: dict[RequestKind, Clock]
    due_soon: Annotated[int, Field(ge=0)]
    very_late: Days
    remind_after: tuple[Days, ...]
    close_after: Days
    reminders_between: tuple[Moment, Moment]
    closed_days: tuple[date, ...]

    @model_validator(mode="after")
    def _is_whole(self) -> ClockFile:
        if missing := [kind for kind in RequestKind if kind not in self.kinds]:
            raise ValueError("not there: " + ", ".join(f"kinds.{kind}" for kind in missing))
        if len(self.remind_after) != 2 or list(self.remind_after) != sorted(set(self.remind_after)):
            raise ValueError("remind_after: two numbers, the smaller one first")
        if self.close_after <= self.remind_after[-1]:
            raise ValueError("close_after: later than the second reminder")
        return self


class _Holiday(Content):
    date: date
    name: str


class _Holidays(Content):
    """`content/entitlements/bank_holidays.yml`."""

    source: str
    checked_on: date
    review_by: date
    bank_holidays: tuple[_Holiday, ...]


@dataclass(frozen=True)
class Calendar:
    """The days on which nobody works, besides weekends. `years` are those whose bank holidays are known."""

    closed: frozenset[date]
    years: frozenset[int]

    def is_working(self, day: date) -> bool:
        return day.weekday() <= FRIDAY and day not in self.closed

    def after(self, day: date, count: int) -> date:
        """The `count`th working day after a day; with 0 the day itself. Raises ValueError for a count below 0."""
        if count < 0:
            raise ValueError("Working days are counted forwards.")
        for _ in range(count):
            day += ONE_DAY
            while not self.is_working(day):
                day += ONE_DAY
        return day

    def between(self, first: date, last: date) -> int:
        """How many working days there are after `first`, up to and with `last`. Negative when `last` is before it."""
        if last < first:
            return -self.between(last, first)
        return sum(1 for day in _days(first, last) if self.is_working(day))

    def knows(self, first: date, last: date) -> bool:
        """Are the bank holidays of all these days known?"""
        return set(range(first.year, last.year + 1)) <= self.years


def _days(first: date, last: date) -> Iterator[date]:
    day = first
    while day < last:
        day += ONE_DAY
        yield day


@dataclass(frozen=True)
class Bounds:
    """Dates that sort open requests by urgency, for questions to the store: late before `today`, and so on."""

    today: date
    due_soon_until: date
    very_late_until: date


@dataclass(frozen=True)
class Clocks:
    """The times and the calendar, joined."""

    file: ClockFile
    calendar: Calendar

    def due_on(self, kind: RequestKind, created_at: datetime, longer: bool = False) -> date:
        """The local day by whose end a request of this kind should be answered."""
        clock = self.file.kinds[kind]
        days = clock.longer if longer and clock.longer is not None else clock.days
        return self.calendar.after(local_day(created_at), days)

    def told(self, kind: RequestKind, asked_on: date, due_on: date | None) -> date | None:
        """The date as the young person may be told it: only one that is set by law or confirmed, and surely right."""
        if due_on is None or not self.file.kinds[kind].is_told or not self.calendar.knows(asked_on, due_on):
            return None
        return due_on

    def urgency(self, due_on: date | None, state: RequestState, today: date) -> Urgency:
        if state not in OPEN:
            return Urgency.ANSWERED if state == RequestState.PROPOSED else Urgency.ENDED
        if due_on is None:
            return Urgency.WAITING
        bounds = self.bounds(today)
        if due_on <= bounds.very_late_until:
            return Urgency.VERY_LATE
        if due_on < bounds.today:
            return Urgency.LATE
        return Urgency.DUE_SOON if due_on <= bounds.due_soon_until else Urgency.WAITING

    def bounds(self, today: date) -> Bounds:
        """Working days over are those after the due day, up to and with today."""
        day, over = today, 0
        while over < self.file.very_late:
            over += self.calendar.is_working(day)
            day -= ONE_DAY
        until = self.calendar.after(today, self.file.due_soon)
        while not self.calendar.is_working(until + ONE_DAY):
            until += ONE_DAY
        return Bounds(today, until, day)

    def may_remind(self, at: datetime) -> bool:
        """Nobody is reminded at night or on a closed day."""
        here = at.astimezone(LOCAL_TIME)
        begin, end = self.file.reminders_between
        return self.calendar.is_working(here.date()) and begin <= here.time() < end


def local_day(moment: datetime) -> date:
    """The day on the wall calendar. Raises ValueError for a moment without a time zone."""
    if moment.tzinfo is None:
        raise ValueError("A clock needs a moment with a time zone.")
    return moment.astimezone(LOCAL_TIME).date()


def read_clocks(folder: Path | None = None) -> Clocks:
    """From the content files. Raises ContentError that names every fault."""
    home = folder or content_folder()
    file = read_content(home / "requests" / "clocks.yml", ClockFile)
    holidays = read_content(home / "entitlements" / "bank_holidays.yml", _Holidays).bank_holidays
    days = frozenset(holiday.date for holiday in holidays)
    return Clocks(file, Calendar(days | frozenset(file.closed_days), frozenset(day.year for day in days)))


@cache
def clocks() -> Clocks:
    """Read once per process."""
    return read_clocks()
