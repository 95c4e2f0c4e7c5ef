"""The service says that a person is reading only when the council has said so."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from bot.entitlements.files import Faults
from bot.entitlements.hours import ReadingHours
from bot.entitlements.library import Library
from tests.bot.entitlements.spoiling import Copy

LONDON = ZoneInfo("Europe/London")
WEEK: dict[str, Any] = {
    "timezone": "Europe/London",
    "days": {
        "monday": ["09:00", "17:00"],
        "tuesday": [["09:00", "12:00"], ["13:00", "17:00"]],
        "friday": [["09:00", "16:30"]],
    },
    "bank_holidays": "closed",
}


def hours(library: Library, **changes: Any) -> ReadingHours:
    faults = Faults()
    parsed = ReadingHours.parse({"reading_hours": {**WEEK, **changes}}, library.bank_holidays, faults)
    assert faults.lines == []
    assert parsed is not None
    return parsed


def london(year: int, month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=LONDON)


def test_hours_that_nobody_has_supplied_are_none(library: Library) -> None:
    assert ReadingHours.parse({"reading_hours": None}, library.bank_holidays, Faults()) is None


def test_the_library_holds_the_hours_once_they_are_supplied(copy: Copy) -> None:
    (copy.folder / "hours.yml").write_text(yaml.safe_dump({"reading_hours": WEEK}), encoding="utf-8")
    supplied = copy.load().reading_hours
    assert supplied is not None
    assert supplied.is_open(london(2026, 11, 23, 10))


def test_a_person_reads_from_the_first_minute_until_the_last(library: Library) -> None:
    monday = hours(library)
    assert not monday.is_open(london(2026, 11, 23, 8, 59))
    assert monday.is_open(london(2026, 11, 23, 9))
    assert monday.is_open(london(2026, 11, 23, 16, 59))
    assert not monday.is_open(london(2026, 11, 23, 17))


def test_a_day_may_have_a_lunch_hour(library: Library) -> None:
    tuesday = hours(library)
    assert not tuesday.is_open(london(2026, 11, 24, 12, 30))
    assert tuesday.next_open(london(2026, 11, 24, 12, 30)) == london(2026, 11, 24, 13)


def test_a_day_that_is_left_out_is_shut(library: Library) -> None:
    assert not hours(library).is_open(london(2026, 11, 25, 10))


def test_summer_time_is_counted_as_people_see_it_on_the_clock(library: Library) -> None:
    week = hours(library)
    assert week.is_open(datetime(2026, 7, 6, 8, 30, tzinfo=UTC))
    assert not week.is_open(datetime(2026, 11, 23, 8, 30, tzinfo=UTC))


def test_nobody_reads_on_a_bank_holiday(library: Library) -> None:
    assert not hours(library).is_open(london(2026, 12, 25, 10))
    assert hours(library, bank_holidays="open").is_open(london(2026, 12, 25, 10))


def test_the_next_open_moment_is_after_the_weekend_and_the_bank_holidays(library: Library) -> None:
    friday_before_easter = london(2027, 3, 26, 10)
    assert hours(library).next_open(friday_before_easter) == london(2027, 3, 30, 9)


def test_the_next_open_moment_of_an_open_moment_is_now(library: Library) -> None:
    now = london(2026, 11, 23, 10, 15)
    assert hours(library).next_open(now) == now


def test_the_projects_own_hours_are_still_blank(library: Library) -> None:
    assert library.reading_hours is None


def test_a_moment_without_a_time_zone_is_an_error(library: Library) -> None:
    with pytest.raises(ValueError, match="time zone"):
        hours(library).is_open(datetime(2026, 11, 23, 10))  # noqa: DTZ001


@pytest.mark.parametrize(
    "changes",
    [
        {"timezone": "Solihull"},
        {"days": {}},
        {"days": {"monday": []}},
        {"days": {"moonday": ["09:00", "17:00"]}},
        {"days": {"monday": ["17:00", "09:00"]}},
        {"days": {"monday": [["09:00", "13:00"], ["12:00", "17:00"]]}},
        {"days": {"monday": ["nine", "five"]}},
        {"bank_holidays": "perhaps"},
        {"lunch": "closed"},
    ],
)
def test_hours_that_make_no_sense_are_refused(library: Library, changes: dict[str, Any]) -> None:
    faults = Faults()
    assert ReadingHours.parse({"reading_hours": {**WEEK, **changes}}, library.bank_holidays, faults) is None
    assert all(line.startswith("hours.yml: ") for line in faults.lines)
    assert faults.lines


@pytest.mark.parametrize("year", [2026, 2027])
def test_each_year_has_its_eight_bank_holidays_on_working_days(library: Library, year: int) -> None:
    days = [day for day in library.bank_holidays.days if day.year == year]
    assert len(days) == 8
    assert all(day.weekday() < 5 for day in days)
    assert date(year, 1, 1) in days
