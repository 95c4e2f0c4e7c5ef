"""Leaving-care status: every case in `status_cases`, what must hold for any facts, and how long it takes."""

from __future__ import annotations

import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.content import SAFE_LOADER
from bot.entitlements.status.days import Span, age_on, birthday, months_after
from bot.entitlements.status.engine import impossible, status_of
from bot.entitlements.status.facts import CarePeriod, Legal, StatusFacts
from bot.entitlements.status.history import History
from bot.entitlements.status.result import Duty, Result, Status
from bot.entitlements.status.routes import thirteen_weeks
from bot.entitlements.status.rules import RuleFile, rule_file
from bot.entitlements.status.why import steps, why, words
from ovos.cases import StatusCase, read_cases

FOLDER = Path(__file__).with_name("status_cases")
TODAY = date(2026, 11, 22)
LEAST_OWN_CASES = 150


def _cases() -> list[Any]:
    found = []
    for path in sorted(FOLDER.glob("*.yml")):
        text = path.read_text().replace("2026-02-30", "'2026-02-30'")
        expected = [case["expect"] for case in yaml.load(text, Loader=SAFE_LOADER)]  # noqa: S506 - it is a safe one
        for case, expect in zip(read_cases(path, StatusCase), expected, strict=True):
            found.append(pytest.param(case, expect, id=f"{path.stem}: {case.id}"))
    return found


CASES = _cases()


def _result(case: StatusCase) -> Result:
    return impossible() if case.facts is None else status_of(case.facts)


@pytest.mark.parametrize(("case", "expect"), CASES)
def test_the_case_comes_out_as_the_law_says(case: StatusCase, expect: dict[str, Any]) -> None:
    found = _result(case)
    assert (found.status, found.firm) == (expect["status"], expect["firm"]), why(found)
    assert set(found.duties) == set(expect["duties"])
    assert why(found)
    assert "{" not in why(found) + " ".join(steps(found))


def test_there_are_the_cases_of_the_research_and_150_more_each_with_its_rule() -> None:
    research = [case for case in CASES if case.id.startswith("research:")]
    assert len(research) >= 15
    assert len(CASES) - len(research) >= LEAST_OWN_CASES
    for path in FOLDER.glob("*.yml"):
        lines = path.read_text().splitlines()
        assert all(lines[n - 1].startswith("# ") for n, line in enumerate(lines) if line.startswith("- id:")), path.name


def test_every_reason_and_doubt_that_can_be_given_has_words() -> None:
    given_out = {reason.id for case in CASES for reason in _result(case.values[0]).reasons}
    assert set(words().reasons) | set(words().contradictions) == given_out
    doubts = {doubt for case in CASES for doubt in _result(case.values[0]).doubts}
    assert set(words().doubts) == doubts


# --- Dates ---


@pytest.mark.parametrize(
    ("born", "age", "day"),
    [
        (date(2008, 2, 29), 16, date(2024, 2, 29)),
        (date(2008, 2, 29), 18, date(2026, 3, 1)),
        (date(2008, 2, 28), 18, date(2026, 2, 28)),
        (date(2009, 5, 10), 14, date(2023, 5, 10)),
    ],
)
def test_an_age_is_reached_on_the_birthday(born: date, age: int, day: date) -> None:
    assert birthday(born, age) == day
    assert age_on(born, day) == age
    assert age_on(born, day - timedelta(days=1)) == age - 1


@pytest.mark.parametrize(
    ("day", "months", "after"),
    [
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 5, 22), 6, date(2026, 11, 22)),
        (date(2026, 1, 15), -12, date(2025, 1, 15)),
        (date(2026, 6, 30), 6, date(2026, 12, 30)),
    ],
)
def test_months_end_on_the_same_number_or_the_months_last_day(day: date, months: int, after: date) -> None:
    assert months_after(day, months) == after


# --- What holds for any facts ---

days_of_childhood = st.integers(min_value=0, max_value=18 * 365)
born = st.dates(min_value=date(1998, 1, 1), max_value=date(2014, 12, 31))
COUNTED = (Legal.S20, Legal.S31, Legal.REMAND)


@st.composite
def lives(draw: st.DrawFn, legal: tuple[Legal, ...] = (*COUNTED, Legal.SHORT_BREAK)) -> StatusFacts:
    """Facts that do not contradict each other."""
    birth = draw(born)
    last = min(TODAY, birthday(birth, 18) - timedelta(days=1))
    periods = []
    for _ in range(draw(st.integers(min_value=0, max_value=5))):
        start = draw(st.dates(min_value=birth, max_value=last))
        length = draw(st.sampled_from((0, 1, 10, 14, 17, 18, 30, 60, 90, 91, 300)))
        end = None if draw(st.booleans()) and length > 60 else start + timedelta(days=length)
        periods.append(CarePeriod(start=start, end=end, legal=draw(st.sampled_from(legal))))
    return StatusFacts(birth_date=birth, as_of=TODAY, care_periods=tuple(periods))


def _history(facts: StatusFacts) -> History:
    return History(facts, rule_file().on(facts.as_of))


def _with(facts: StatusFacts, periods: list[CarePeriod]) -> StatusFacts:
    return facts.model_copy(update={"care_periods": tuple(periods)})


@settings(max_examples=300, deadline=None)
@given(lives(), days_of_childhood, st.sampled_from((*COUNTED, Legal.SHORT_BREAK)))
def test_a_day_more_in_care_never_takes_anything_away(facts: StatusFacts, day: int, legal: Legal) -> None:
    before = _history(facts)
    start = before.fourteen + timedelta(days=day % (4 * 365))
    if start >= min(before.eighteen, TODAY):
        return
    added = CarePeriod(start=start, end=start + timedelta(days=1), legal=legal)
    after = _history(_with(facts, [*facts.care_periods, added]))
    assert after.days >= before.days
    assert thirteen_weeks(after) or not thirteen_weeks(before)


@settings(max_examples=200, deadline=None)
@given(lives(), st.randoms(use_true_random=False))
def test_order_and_splitting_of_periods_do_not_matter(facts: StatusFacts, chance: Any) -> None:
    pieces = []
    for period in facts.care_periods:
        # Not cut past today: a piece that only begins then is care in the future, which nobody can have had.
        length = (min(period.end or TODAY, TODAY) - period.start).days
        cut = period.start + timedelta(days=chance.randint(0, length)) if length > 0 else period.start
        pieces += [period.model_copy(update={"end": cut}), period.model_copy(update={"start": cut})]
    chance.shuffle(pieces)
    whole, split = status_of(facts), status_of(_with(facts, pieces))
    if not any(piece.start >= birthday(facts.birth_date, 18) for piece in pieces):
        assert (split.status, split.firm, split.days) == (whole.status, whole.firm, whole.days)


@settings(max_examples=200, deadline=None)
@given(lives())
def test_a_period_told_twice_changes_nothing(facts: StatusFacts) -> None:
    twice = _with(facts, [*facts.care_periods, *facts.care_periods])
    assert status_of(twice) == status_of(facts)


@settings(max_examples=200, deadline=None)
@given(born, st.sampled_from((16, 18, 21, 25)))
def test_a_birthday_begins_with_its_day(birth: date, age: int) -> None:
    day = birthday(birth, age)
    care = CarePeriod(start=birth, end=None, legal=Legal.S31)
    before, on = (
        status_of(StatusFacts(birth_date=birth, as_of=when, care_periods=(care,)))
        for when in (day - timedelta(days=1), day)
    )
    then = {
        16: (Status.CHILD_LOOKED_AFTER, Status.ELIGIBLE),
        18: (Status.ELIGIBLE, Status.FORMER_RELEVANT),
        21: (Status.FORMER_RELEVANT, Status.FORMER_RELEVANT),
        25: (Status.FORMER_RELEVANT, Status.NONE),
    }[age]
    if day < date(2011, 4, 2) or (age == 21 and day < date(2018, 4, 2)):
        return
    assert (before.status, on.status) == then
    assert before.duties != on.duties


@settings(max_examples=200, deadline=None)
@given(lives(), st.booleans())
def test_nobody_gets_a_firm_no_near_the_line_or_from_unsure_dates(facts: StatusFacts, unsure: bool) -> None:
    found = status_of(facts.model_copy(update={"dates_uncertain": unsure}))
    if found.status in (Status.NONE, Status.QUALIFYING, Status.CHILD_LOOKED_AFTER):
        near = found.days is not None and 85 <= found.days <= 97
        breaks = any(period.legal in (Legal.SHORT_BREAK, Legal.REMAND) for period in facts.care_periods)
        assert not (found.firm and (near or unsure or breaks))


# --- Figures and duties ---


def test_a_figure_of_the_law_has_a_source_a_beginning_and_a_day_to_check_it() -> None:
    for figure in rule_file().rules:
        assert figure.review_by > figure.checked_on, figure.id
        assert all(value.source.name and value.source.section_or_url_name for value in figure.values)
    assert rule_file().overdue(date(2026, 11, 22)) == ()
    assert len(rule_file().overdue(date(2030, 1, 1))) == len(rule_file().rules)


def test_a_changed_figure_holds_from_its_day_on() -> None:
    data = rule_file().model_dump()
    for figure in data["rules"]:
        if figure["id"] == "care_weeks":
            source = figure["values"][0]["source"]
            figure["values"] = [*figure["values"], {"effective_from": "2026-06-01", "value": 4, "source": source}]
    changed = RuleFile.model_validate(data)
    care = (CarePeriod(start=date(2026, 4, 1), end=None, legal=Legal.S20),)
    before, after = (
        status_of(StatusFacts(birth_date=date(2009, 5, 10), as_of=day, care_periods=care), changed)
        for day in (date(2026, 5, 31), date(2026, 6, 1))
    )
    assert (before.status, after.status) == (Status.CHILD_LOOKED_AFTER, Status.ELIGIBLE)


def test_every_duty_follows_from_some_status() -> None:
    assert {duty for case in CASES for duty in _result(case.values[0]).duties} == set(Duty)


IN_CARE = (Duty.CARE_PLAN, Duty.SW_VISITS, Duty.REVIEWS_IRO)
PLANNED = (Duty.PERSONAL_ADVISER, Duty.PATHWAY_PLAN, Duty.NEEDS_ASSESSMENT)
TO_21 = (Duty.PERSONAL_ADVISER, Duty.PATHWAY_PLAN, Duty.KEEP_IN_TOUCH, Duty.FULL)
COURSE = (Duty.EDUCATION_VACATION,)


@pytest.mark.parametrize(
    ("status", "age", "studies", "duties"),
    [
        (Status.CHILD_LOOKED_AFTER, 10, False, IN_CARE),
        (Status.CHILD_LOOKED_AFTER, 15, True, IN_CARE),
        (Status.ELIGIBLE, 16, False, (*PLANNED, *IN_CARE)),
        (Status.ELIGIBLE, 17, True, (*PLANNED, *IN_CARE)),
        (Status.RELEVANT, 17, False, (*PLANNED, Duty.KEEP_IN_TOUCH, Duty.ACCOMMODATION_MAINTENANCE)),
        (Status.FORMER_RELEVANT, 18, False, TO_21),
        (Status.FORMER_RELEVANT, 20, True, (*TO_21, *COURSE)),
        (Status.FORMER_RELEVANT, 21, False, (Duty.ON_REQUEST,)),
        (Status.FORMER_RELEVANT, 24, True, (Duty.EDUCATION, Duty.ON_REQUEST, *COURSE)),
        (Status.FORMER_RELEVANT, 25, True, (Duty.TO_COURSE_END,)),
        (Status.NONE, 25, False, ()),
    ],
)
def test_the_table_of_duties(status: Status, age: int, studies: bool, duties: tuple[Duty, ...]) -> None:
    """In care since birth, out at 17 for `relevant`. Duties by the routes of s24: `status_cases/section_24.yml`."""
    birth = birthday(TODAY, -age)
    left = birthday(birth, 17) if status is Status.RELEVANT else None
    facts = StatusFacts(
        birth_date=birth,
        as_of=TODAY,
        care_periods=(CarePeriod(start=birth, end=left, legal=Legal.S31),),
        in_education=studies,
        course_agreed_before_25=studies,
    )
    found = status_of(facts)
    assert (found.status, found.duties) == (status, duties)


def test_the_day_on_which_the_weeks_are_met_is_told() -> None:
    care = (CarePeriod(start=date(2026, 9, 10), end=None, legal=Legal.S20),)
    facts = StatusFacts(birth_date=date(2009, 5, 10), as_of=TODAY, care_periods=care)
    day = status_of(facts).reaches_13_weeks_on
    assert day == date(2026, 12, 10)
    assert status_of(facts.model_copy(update={"as_of": day})).status == Status.ELIGIBLE
    assert status_of(facts.model_copy(update={"as_of": day - timedelta(days=1)})).status == Status.CHILD_LOOKED_AFTER


def test_a_status_takes_less_than_5_ms() -> None:
    facts = [case.values[0].facts for case in CASES if case.values[0].facts is not None]
    status_of(facts[0])
    begin = time.perf_counter()
    for one in facts:
        why(status_of(one))
    assert (time.perf_counter() - begin) / len(facts) < 0.005


def test_a_span_that_is_turned_round_has_no_days() -> None:
    assert Span(date(2026, 2, 1), date(2026, 1, 1)).days == 0
