"""What is known of a young person, as a case gives it. A fact that is not named here is an error, never ignored."""

from __future__ import annotations

import re
from datetime import date
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BeforeValidator, field_validator
from pydantic_core import PydanticCustomError

from bot.content import Content

IMPOSSIBLE_DATE = "impossible_date"
_LIKE_A_DATE = re.compile(r"\d{4}-\d{1,2}-\d{1,2}")


def _on_the_calendar(value: Any) -> Any:
    """A day like 30 February is an error of its own kind: such facts are unsure, not unreadable."""
    if isinstance(value, str) and _LIKE_A_DATE.fullmatch(value):
        try:
            return date(*map(int, value.split("-")))
        except ValueError:
            raise PydanticCustomError(IMPOSSIBLE_DATE, "there is no such day") from None
    return value


Day = Annotated[date, BeforeValidator(_on_the_calendar)]


class Legal(StrEnum):
    """Why somebody was cared for."""

    S20 = "s20"
    S31 = "s31"
    REMAND = "remand"
    SHORT_BREAK = "short_break"
    SGO_ENDED = "sgo_ended"  # care that ended in a special guardianship order
    VOLUNTARY_ORG = "voluntary_org"  # not looked after by the council: a route to s24 only


class CarePeriod(Content):
    """From the first day up to the day of leaving, which is not counted. No end: it goes on."""

    start: Day
    end: Day | None = None
    legal: Legal
    note: str | None = None


class StatusFacts(Content):
    """The facts on one day. A yes-or-no fact that is null is not known."""

    birth_date: Day
    as_of: Day
    care_periods: tuple[CarePeriod, ...] = ()
    home_with_parent_since: Day | None = None
    detained_or_hospital_on_16th: bool | None = False
    special_guardianship_in_force: bool | None = False
    privately_fostered_after_16: bool | None = False
    in_education: bool | None = False
    course_agreed_before_25: bool | None = False
    in_care_outside_england: bool | None = False
    dates_uncertain: bool | None = False

    @field_validator("care_periods", mode="before")
    @classmethod
    def _never_in_care(cls, value: Any) -> Any:
        return () if value is None else value

    @property
    def something_not_known(self) -> bool:
        """Is a fact null that could change the status?"""
        deciding = (
            self.detained_or_hospital_on_16th,
            self.special_guardianship_in_force,
            self.privately_fostered_after_16,
            self.course_agreed_before_25,
            self.in_care_outside_england,
            self.dates_uncertain,
        )
        return any(fact is None for fact in deciding)
