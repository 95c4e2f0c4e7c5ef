"""The figures of the rules as they were in force on one day, read from `content/entitlements/status_rules.yml`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.entitlements.models import Figure

WEEK = 7
FILE = Path("entitlements") / "status_rules.yml"
NEEDED = (
    *("care_weeks", "count_from_age", "leaving_care_age", "adult_age", "full_support_to_age", "help_to_age"),
    *("short_break_stay", "short_break_year", "series_stay", "family_return", "near_first", "near_last"),
)
ON_REQUEST = "on_request_to_age"


class NoRules(Exception):
    """A figure had not begun on that day."""


@dataclass(frozen=True)
class Rules:
    """Days, ages in years and months, as the law has them on one day."""

    care_days: int
    count_from_age: int
    leaving_care_age: int
    adult_age: int
    full_support_to_age: int
    help_to_age: int
    short_break_stay_days: int
    short_break_year_days: int
    series_stay_days: int
    family_return_months: int
    near_first: int
    near_last: int
    on_request_to_age: int | None  # None before s23CZB began


class RuleFile(Content):
    """Every figure of the rules, with its source and dates."""

    rules: tuple[Figure, ...]

    @model_validator(mode="after")
    def is_whole(self) -> RuleFile:
        ids = [figure.id for figure in self.rules]
        wrong = sorted(set(ids) ^ {*NEEDED, ON_REQUEST}) or sorted({name for name in ids if ids.count(name) > 1})
        if wrong:
            raise ValueError(f"not there, not known or there twice: {', '.join(wrong)}")
        return self

    def on(self, day: date) -> Rules:
        """Raises NoRules for a day before they began."""
        found = {figure.id: _value_on(figure, day) for figure in self.rules}
        needed = {name: value for name in NEEDED if (value := found[name]) is not None}
        if len(needed) < len(NEEDED):
            raise NoRules
        return Rules(
            care_days=needed["care_weeks"] * WEEK,
            count_from_age=needed["count_from_age"],
            leaving_care_age=needed["leaving_care_age"],
            adult_age=needed["adult_age"],
            full_support_to_age=needed["full_support_to_age"],
            help_to_age=needed["help_to_age"],
            short_break_stay_days=needed["short_break_stay"],
            short_break_year_days=needed["short_break_year"],
            series_stay_days=needed["series_stay"] * WEEK,
            family_return_months=needed["family_return"],
            near_first=needed["near_first"],
            near_last=needed["near_last"],
            on_request_to_age=found[ON_REQUEST],
        )

    def overdue(self, on: date) -> tuple[str, ...]:
        """The figures that somebody must read again at their source."""
        return tuple(f"rule {figure.id}: {figure.review_by}" for figure in self.rules if figure.review_by < on)


def _value_on(figure: Figure, day: date) -> int | None:
    begun = [value for value in figure.values if value.effective_from <= day]
    return int(max(begun, key=lambda value: value.effective_from).value) if begun else None


@cache
def rule_file(folder: Path | None = None) -> RuleFile:
    """Read once in a process. Raises ContentError with a line for each fault."""
    return read_content((folder or content_folder()) / FILE, RuleFile)
