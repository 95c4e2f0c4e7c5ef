"""What the engine answers, and the names that it uses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class Status(StrEnum):
    CHILD_LOOKED_AFTER = "child_looked_after"
    ELIGIBLE = "eligible"
    RELEVANT = "relevant"
    FORMER_RELEVANT = "former_relevant"
    QUALIFYING = "qualifying"
    NONE = "none"
    UNSURE = "unsure"


class Duty(StrEnum):
    """What a council must do, or may, in the order in which it is listed."""

    PERSONAL_ADVISER = "personal_adviser"
    PATHWAY_PLAN = "pathway_plan"
    NEEDS_ASSESSMENT = "needs_assessment"
    CARE_PLAN = "care_plan"
    SW_VISITS = "sw_visits"
    REVIEWS_IRO = "reviews_iro"
    KEEP_IN_TOUCH = "keep_in_touch"
    ACCOMMODATION_MAINTENANCE = "s23B_accommodation_maintenance"
    FULL = "s23C_full"
    EDUCATION = "s23CA"
    TO_COURSE_END = "s23CA_to_course_end"
    ON_REQUEST = "s23CZB_on_request"
    ADVICE = "s24A_advice"
    MAY_ADVISE = "s24A_may_advise"
    MAY_HELP = "s24B_may_help"
    EDUCATION_VACATION = "s24B_education_vacation_to_25"


@dataclass(frozen=True)
class Reason:
    """A sentence of `status_reasons.yml` with what fills its blanks."""

    id: str
    values: tuple[tuple[str, str | int], ...] = ()


@dataclass(frozen=True)
class Step:
    """One test that was made, and how it came out."""

    id: str
    holds: bool


@dataclass(frozen=True)
class Result:
    """A status on one day. `doubts` say why it is not firm; `steps` are the tests in the order they were made."""

    status: Status
    firm: bool
    duties: tuple[Duty, ...]
    reasons: tuple[Reason, ...]
    doubts: tuple[str, ...]
    steps: tuple[Step, ...]
    age: int | None
    days: int | None
    reaches_13_weeks_on: date | None = None
