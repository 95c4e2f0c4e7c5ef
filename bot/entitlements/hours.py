"""When a person reads messages. Nothing here guesses: hours that nobody has supplied are None."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BeforeValidator, field_validator, model_validator

from bot.content import Content
from bot.entitlements.files import Faults, read_one
from bot.entitlements.models import BankHolidays

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
A_YEAR = 366  # days to look ahead; the hours of a week come round long before


def _quoted(moment: object) -> object:
    if not isinstance(moment, str):  # YAML reads 17:00 without quotation marks as the number 1020
        raise ValueError('write the time in quotation marks, like "17:00"')
    return moment


Span = tuple[Annotated[time, BeforeValidator(_quoted)], Annotated[time, BeforeValidator(_quoted)]]


class _Hours(Content):
    """`reading_hours` in hours.yml: a day is one span of hours, or a list of them."""

    timezone: str
    days: dict[Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"], tuple[Span, ...]]
    bank_holidays: Literal["closed", "open"]

    @field_validator("timezone")
    @classmethod
    def _known(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise ValueError(f"there is no time zone '{name}'") from error
        return name

    @field_validator("days", mode="before")
    @classmethod
    def _one_span_is_a_list_of_one(cls, days: object) -> object:
        if not isinstance(days, dict):
            return days
        return {
            day: [spans] if isinstance(spans, list) and spans and not isinstance(spans[0], list) else spans
            for day, spans in days.items()
        }

    @model_validator(mode="after")
    def _in_order(self) -> _Hours:
        if not any(self.days.values()):
            raise ValueError("no day has hours: leave reading_hours blank instead")
        for day, spans in self.days.items():
            moments = [moment for span in spans for moment in span]
            if any(later <= earlier for earlier, later in zip(moments, moments[1:], strict=False)):
                raise ValueError(f"the hours of {day} are not one after another")
        return self


class _HoursFile(Content):
    reading_hours: _Hours | None


@dataclass(frozen=True)
class ReadingHours:
    """The hours of a week, in one time zone, less bank holidays."""

    zone: ZoneInfo
    week: Mapping[int, tuple[Span, ...]]  # 0 is Monday
    shut: frozenset[date]

    @classmethod
    def parse(cls, data: object, bank_holidays: BankHolidays | None, faults: Faults) -> ReadingHours | None:
        """From what hours.yml holds. None when nobody has supplied hours, or with a fault noted."""
        file = read_one(data, _HoursFile, "hours.yml", faults)
        if file is None or file.reading_hours is None or bank_holidays is None:
            return None
        hours = file.reading_hours
        return cls(
            zone=ZoneInfo(hours.timezone),
            week={DAYS.index(day): spans for day, spans in hours.days.items()},
            shut=bank_holidays.days if hours.bank_holidays == "closed" else frozenset(),
        )

    def is_open(self, at: datetime) -> bool:
        """Is it a time when a person reads? Raises ValueError for a moment without a time zone."""
        here = self._here(at)
        return any(opens <= here < closes for opens, closes in self._spans(here.date()))

    def next_open(self, at: datetime) -> datetime:
        """The moment itself when it is open, else when it next opens."""
        here = self._here(at)
        if self.is_open(here):
            return here
        days = (here.date() + timedelta(days=ahead) for ahead in range(A_YEAR))
        return next(opens for day in days for opens, _ in self._spans(day) if opens > here)

    def _here(self, at: datetime) -> datetime:
        if at.tzinfo is None:
            raise ValueError("Reading hours need a moment with a time zone.")
        return at.astimezone(self.zone)

    def _spans(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        if day in self.shut:
            return
        for opens, closes in self.week.get(day.weekday(), ()):
            yield datetime.combine(day, opens, self.zone), datetime.combine(day, closes, self.zone)
