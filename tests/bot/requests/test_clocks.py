"""Clocks in working days: weekends, bank holidays, closed days and changes of the clocks never cost anybody a day."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content import ContentError, content_folder
from bot.requests.clocks import LOCAL_TIME, Calendar, Clocks, Urgency, local_day, read_clocks
from bot.store.models import RequestKind, RequestState

CLOCKS = read_clocks()
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2027, 11, 30, tzinfo=UTC)
moments = st.datetimes(FIRST.replace(tzinfo=None), LAST.replace(tzinfo=None), timezones=st.just(UTC))
days = st.dates(FIRST.date(), LAST.date())
kinds = st.sampled_from(RequestKind)
open_states = st.sampled_from([RequestState.SENT, RequestState.SEEN, RequestState.REOPENED])


@st.composite
def closing_days(draw: st.DrawFn) -> Clocks:
    """The clocks of a council with any closed days of its own, long shut weeks among them."""
    own = set(draw(st.lists(days, max_size=20)))
    shut = draw(days)
    own |= {shut + timedelta(days=ahead) for ahead in range(draw(st.integers(0, 30)))}
    calendar = Calendar(CLOCKS.calendar.closed | own, CLOCKS.calendar.years)
    return replace(CLOCKS, calendar=calendar)


@given(closing_days(), kinds, moments)
def test_nothing_is_ever_due_on_a_weekend_a_bank_holiday_or_a_closed_day(
    clocks: Clocks, kind: RequestKind, at: datetime
) -> None:
    due = clocks.due_on(kind, at)
    assert due.weekday() < 5
    assert due not in clocks.calendar.closed


@given(closing_days(), kinds, moments)
def test_there_are_always_as_many_whole_working_days_as_the_clock_says(
    clocks: Clocks, kind: RequestKind, at: datetime
) -> None:
    received, due = local_day(at), clocks.due_on(kind, at)
    assert clocks.calendar.between(received, due) == clocks.file.kinds[kind].days
    assert (due - received).days >= clocks.file.kinds[kind].days


@given(closing_days(), kinds, moments, moments)
def test_what_comes_later_is_never_due_earlier(
    clocks: Clocks, kind: RequestKind, one: datetime, other: datetime
) -> None:
    first, second = sorted([one, other])
    assert clocks.due_on(kind, first) <= clocks.due_on(kind, second)


@given(closing_days(), moments)
def test_the_longer_time_for_a_complaint_is_later_and_twenty_days(clocks: Clocks, at: datetime) -> None:
    longer = clocks.due_on(RequestKind.COMPLAINT, at, longer=True)
    assert longer > clocks.due_on(RequestKind.COMPLAINT, at)
    assert clocks.calendar.between(local_day(at), longer) == 20


@given(kinds, moments)
def test_the_zone_in_which_a_moment_is_given_changes_nothing(kind: RequestKind, at: datetime) -> None:
    assert CLOCKS.due_on(kind, at) == CLOCKS.due_on(kind, at.astimezone(LOCAL_TIME))


@given(days, kinds, st.integers(0, 24 * 60 - 1), st.integers(0, 24 * 60 - 1))
def test_the_minute_of_the_local_day_changes_nothing_also_when_the_clocks_change(
    day: date, kind: RequestKind, one: int, other: int
) -> None:
    midnight = datetime(day.year, day.month, day.day, tzinfo=LOCAL_TIME)
    at = [midnight.replace(hour=minute // 60, minute=minute % 60) for minute in (one, other)]
    assert CLOCKS.due_on(kind, at[0]) == CLOCKS.due_on(kind, at[1])


@given(closing_days(), days, st.integers(0, 40))
def test_counting_on_and_counting_between_agree(clocks: Clocks, day: date, count: int) -> None:
    later = clocks.calendar.after(day, count)
    assert clocks.calendar.between(day, later) == count
    assert clocks.calendar.between(later, day) == -count


@given(closing_days(), days, days, open_states)
def test_urgency_follows_the_count_of_working_days(clocks: Clocks, due: date, today: date, state: RequestState) -> None:
    over = clocks.calendar.between(due, today)
    urgency = clocks.urgency(due, state, today)
    if due < today:
        assert urgency is (Urgency.VERY_LATE if over >= 5 else Urgency.LATE)
    else:
        assert urgency is (Urgency.DUE_SOON if -over <= 2 else Urgency.WAITING)


@given(closing_days(), days, days, open_states)
def test_a_request_never_gets_less_urgent_by_waiting(
    clocks: Clocks, due: date, today: date, state: RequestState
) -> None:
    order = [Urgency.WAITING, Urgency.DUE_SOON, Urgency.LATE, Urgency.VERY_LATE]
    now, tomorrow = clocks.urgency(due, state, today), clocks.urgency(due, state, today + timedelta(days=1))
    assert order.index(now) <= order.index(tomorrow)


@given(days, days)
def test_a_request_that_waits_for_the_young_person_or_is_over_is_never_late(due: date, today: date) -> None:
    assert CLOCKS.urgency(due, RequestState.PROPOSED, today) is Urgency.ANSWERED
    for state in (RequestState.DONE, RequestState.CLOSED_NO_REPLY, RequestState.WITHDRAWN):
        assert CLOCKS.urgency(due, state, today) is Urgency.ENDED


@pytest.mark.parametrize(
    ("at", "due"),
    [
        (datetime(2026, 11, 23, 12, tzinfo=UTC), date(2026, 12, 7)),  # a Monday: two weeks on
        (datetime(2026, 11, 21, 12, tzinfo=UTC), date(2026, 12, 4)),  # a Saturday: Monday is the first day
        (datetime(2026, 12, 18, 12, tzinfo=UTC), date(2027, 1, 6)),  # over Christmas and New Year
        (datetime(2026, 3, 27, 12, tzinfo=UTC), date(2026, 4, 14)),  # over Easter and the change to summer time
        (datetime(2026, 7, 5, 22, 59, tzinfo=UTC), date(2026, 7, 17)),  # a minute before midnight in London
        (datetime(2026, 7, 5, 23, 0, tzinfo=UTC), date(2026, 7, 20)),  # Monday there already
    ],
)
def test_a_complaint_has_ten_working_days(at: datetime, due: date) -> None:
    assert CLOCKS.due_on(RequestKind.COMPLAINT, at) == due


def test_only_a_date_that_the_law_sets_or_somebody_confirmed_is_told() -> None:
    asked, due = date(2026, 11, 23), date(2026, 12, 7)
    assert CLOCKS.told(RequestKind.COMPLAINT, asked, due) == due
    for kind in set(RequestKind) - {RequestKind.COMPLAINT}:
        assert CLOCKS.told(kind, asked, due) is None


def test_no_date_is_told_that_runs_into_a_year_whose_bank_holidays_are_not_known() -> None:
    assert CLOCKS.told(RequestKind.COMPLAINT, date(2027, 12, 20), date(2028, 1, 5)) is None


def test_a_council_confirms_a_time_and_shuts_on_days_of_its_own(tmp_path: Path) -> None:
    home = tmp_path / "content"
    shutil.copytree(content_folder(), home)
    path = home / "requests" / "clocks.yml"
    text = path.read_text().replace(
        "contact: {days: 5, set_by: council, confirmed_by: null}",
        'contact: {days: 3, set_by: council, confirmed_by: "Head of service"}',
    )
    path.write_text(text.replace("closed_days: []", "closed_days: [2026-11-24]"))
    clocks = read_clocks(home)
    due = clocks.due_on(RequestKind.CONTACT, datetime(2026, 11, 23, 12, tzinfo=UTC))
    assert due == date(2026, 11, 27)
    assert clocks.told(RequestKind.CONTACT, date(2026, 11, 23), due) == due


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        ("days: 10\n", "days: 0\n", "kinds.complaint.days"),
        ("  language: {days: 5, set_by: council, confirmed_by: null}\n", "", "kinds.language"),
        ("remind_after: [3, 10]", "remind_after: [10, 3]", "the smaller one first"),
        ("close_after: 15", "close_after: 10", "later than the second reminder"),
        ("due_soon: 2 ", "due_sun: 2 ", "due_sun"),
        ('["09:00", "17:00"]', "[9:00, 17:00]", "quotation marks"),
    ],
)
def test_a_wrong_clock_file_stops_the_start_and_names_the_fault(
    tmp_path: Path, right: str, wrong: str, fault: str
) -> None:
    home = tmp_path / "content"
    shutil.copytree(content_folder(), home)
    path = home / "requests" / "clocks.yml"
    assert right in path.read_text()
    path.write_text(path.read_text().replace(right, wrong))
    with pytest.raises(ContentError, match=fault):
        read_clocks(home)


def test_a_moment_without_a_zone_is_an_error() -> None:
    with pytest.raises(ValueError, match="time zone"):
        local_day(FIRST.replace(tzinfo=None))


def test_reminders_wait_for_a_working_day_and_for_daytime() -> None:
    assert CLOCKS.may_remind(datetime(2026, 11, 23, 10, tzinfo=UTC))
    assert not CLOCKS.may_remind(datetime(2026, 11, 23, 7, tzinfo=UTC))
    assert not CLOCKS.may_remind(datetime(2026, 11, 23, 17, tzinfo=UTC))
    assert not CLOCKS.may_remind(datetime(2026, 11, 22, 10, tzinfo=UTC))
    assert not CLOCKS.may_remind(datetime(2026, 12, 25, 10, tzinfo=UTC))
