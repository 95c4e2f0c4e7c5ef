"""Rough answers as lives: for "I don't know" and "about three months", every life that fits is judged by the engine."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from bot.entitlements.status.days import MONTHS, birthday, months_after
from bot.entitlements.status.engine import status_of
from bot.entitlements.status.facts import CarePeriod, Legal, StatusFacts
from bot.entitlements.status.questions import ADULT, ANSWERS, DONT_KNOW, FROM_25, Answers, Question, next_question
from bot.entitlements.status.result import Duty, Result, Status

# A year is told, not a birthday: seven months after it, everything that can be answered has room.
MONTHS_AFTER_BIRTHDAY = 7
DAYS_IN_CARE = {"long": 200, "short": 40}
STAY = timedelta(days=14)
JUST = timedelta(days=10)
# The better for the young person, the earlier: named first where several are possible.
BEST_FIRST = (
    *(Status.ELIGIBLE, Status.RELEVANT, Status.FORMER_RELEVANT, Status.CHILD_LOOKED_AFTER),
    *(Status.QUALIFYING, Status.NONE, Status.UNSURE),
)


@dataclass(frozen=True)
class Outcome:
    """What the answers come to. One status that fits all lives, or `unsure` with all that are possible."""

    status: Status
    possible: tuple[Status, ...]
    reason: str | None
    """The id of the rule, of `status_reasons.yml`, where there is one status."""
    duties: tuple[Duty, ...]
    """All that follow in any of the lives."""
    open_points: tuple[str, ...]
    """Why it is not firm: doubts of the engine, and `not_all_known`."""


def outcome_of(answers: Answers, today: date) -> Outcome:
    """Judge every life that fits the answers."""
    if answers.get(Question.AGE) in (None, DONT_KNOW):
        return Outcome(Status.UNSURE, (), None, (), ("not_all_known",))
    results = [status_of(life) for life in dict.fromkeys(_life(one, today) for one in _lives(answers))]
    found = {result.status for result in results}
    possible = tuple(status for status in BEST_FIRST if status in found)
    duties = tuple(duty for duty in Duty if any(duty in result.duties for result in results))
    open_points = tuple(dict.fromkeys(_open_points(answers, results)))
    if len(possible) > 1:
        return Outcome(Status.UNSURE, possible, None, duties, open_points)
    return Outcome(possible[0], possible, results[0].reasons[0].id, duties, open_points)


def _open_points(answers: Answers, results: list[Result]) -> Iterator[str]:
    for result in results:
        yield from result.doubts
    if DONT_KNOW in answers.values():
        yield "not_all_known"


def _lives(answers: Answers) -> Iterator[Answers]:
    """One for each way to fill what is not known, and what would be asked then."""
    for question, answer in answers.items():
        if (ways := _ways(question, answer)) != (answer,):
            for way in ways:
                yield from _lives({**answers, question: way})
            return
    missing = next_question(answers)
    if missing is None:
        yield answers
    else:
        yield from _lives({**answers, missing: DONT_KNOW})


def _ways(question: Question, answer: str) -> tuple[str, ...]:
    if question is Question.LENGTH and answer in ("near", DONT_KNOW):
        return ("long", "short")
    # Where care was leaves the dates as they are: the engine has a doubt of its own for it.
    if answer != DONT_KNOW or question is Question.ENGLAND:
        return (answer,)
    if question is Question.STUDY:
        return ("yes",)  # it changes no status, and the duties of "yes" hold those of "no"
    return ANSWERS[question]


def _life(answers: Answers, today: date) -> StatusFacts:
    """A life in dates that says what the answers say."""
    age = int(answers[Question.AGE])
    born = months_after(today, -(age * MONTHS + MONTHS_AFTER_BIRTHDAY))
    periods, home = _care(answers, born, today, age)
    other = answers.get(Question.OTHER)
    return StatusFacts(
        birth_date=born,
        as_of=today,
        care_periods=periods,
        home_with_parent_since=home,
        detained_or_hospital_on_16th=answers.get(Question.HELD) == "yes",
        special_guardianship_in_force=other == "guardian",
        privately_fostered_after_16=other == "friend",
        in_education="yes" in (answers.get(Question.STUDY), answers.get(Question.COURSE)),
        course_agreed_before_25=answers.get(Question.COURSE) == "yes" and answers[Question.AGE] == FROM_25,
        in_care_outside_england=answers.get(Question.ENGLAND) == "no",
    )


def _care(answers: Answers, born: date, today: date, age: int) -> tuple[tuple[CarePeriod, ...], date | None]:
    """The time in care, and since when with a parent after it."""
    sixteen, eighteen = birthday(born, 16), birthday(born, ADULT)
    length = timedelta(days=DAYS_IN_CARE[answers.get(Question.LENGTH, "short")])
    if answers.get(Question.NOW) == "yes":
        return (_period(today - length, None),), None
    if answers.get(Question.NOW) == "breaks":
        return (CarePeriod(start=today - JUST, end=today - JUST + STAY, legal=Legal.SHORT_BREAK),), None
    if answers.get(Question.AT_18) == "yes":
        return (_period(eighteen - length, eighteen),), None
    if answers.get(Question.AFTER_16) == "yes":
        left = sixteen + JUST
    elif answers.get(Question.HELD) == "yes":
        left = sixteen - JUST
    else:
        return _other_care(answers.get(Question.OTHER), born), None
    until = min(today, eighteen)
    homes = {"long": max(left, sixteen + JUST), "short": until - timedelta(days=30)}
    return (_period(left - length, left),), homes.get(answers.get(Question.HOME, "no"))


def _period(start: date, end: date | None) -> CarePeriod:
    return CarePeriod(start=start, end=end, legal=Legal.S20)


def _other_care(other: str | None, born: date) -> tuple[CarePeriod, ...]:
    if other == "guardian":
        return (CarePeriod(start=birthday(born, 8), end=birthday(born, 9), legal=Legal.SGO_ENDED),)
    if other == "charity":
        start = birthday(born, 16) + JUST
        return (CarePeriod(start=start, end=start + STAY, legal=Legal.VOLUNTARY_ORG),)
    return ()
