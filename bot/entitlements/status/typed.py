"""What somebody types at a question of the status check: an answer in a code, or why it is none. Words are not kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.entitlements.status.days import age_on
from bot.entitlements.status.questions import DONT_KNOW, FROM_21, FROM_25, UNDER_16, Answers, Question

YOUNGEST, OLDEST = 5, 99  # years of age that somebody here can have
NEAR = (80, 110)  # days: "three months" may be either side of 13 weeks
DAYS_OF = {"day": 1, "week": 7, "month": 30, "year": 365}
_NUMBERS = {
    **{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8},
    **{"nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "thirteen": 13, "fourteen": 14, "fifteen": 15},
    **{"sixteen": 16, "seventeen": 17, "eighteen": 18, "nineteen": 19, "twenty": 20},
}
_ONE_OF = frozenset({"a", "an", "one"})  # no ages: "a unicorn"
_DONT_KNOW = re.compile(
    r"^\W*(?:i )?(?:idk|dunno|dont know|do not know|not sure|unsure|no idea|no clue|cant remember|cannot remember"
    r"|dont remember|forgot|who knows|skip|pass)\b"
)
_YES = re.compile(r"^\W*(?:yes|yeah|yea|yep|yh|ye|y|i am|i was|i did|true)\b")
_NO = re.compile(r"^\W*(?:no|nope|nah|na|n|none|neither|never|not|i am not|i was not|im not|i wasnt|i didnt)\b")
_DAY = re.compile(r"\b(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4}|\d{2})\b")
_YEAR = re.compile(r"\b(19\d{2}|20\d{2}|2[1-9]\d{2})\b")
_LENGTH = re.compile(r"\b(\d{1,3}|[a-z]+) ?(?:and a half )?(day|week|month|year|yr|wk|mth)s?\b")
_SINCE_AGE = re.compile(
    r"\b(?:since|from|when) (?:i was |the age of |age )?(\d{1,2})\b(?! ?(?:day|week|month|year|yr|wk))"
)
_AGE = re.compile(r"^\W*(?:i am |im |i m |age |aged |nearly |almost |just turned )*(\d{1,3}|[a-z]+)\b")
_LONG_NUMBER = re.compile(r"(?:\d[ \-]?){7,}")
_MAIL = re.compile(r"\S@\S")
_NAME = re.compile(r"\b(?:my name is|my names|im called|i am called|call me|this is my name)\b")


class Fault(StrEnum):
    """Why what was typed is no answer; each has a kind, exact question of its own."""

    NUMBER = "number"  # an NHS number, a phone number, an e-mail address
    NAME = "name"
    AGE = "age"  # an age that nobody here can have
    DATE = "date"  # a day that no calendar has
    FUTURE = "future"
    BEFORE_BIRTH = "before_birth"
    TURNED_ROUND = "turned_round"  # an end before the start


@dataclass(frozen=True)
class Heard:
    """An answer or a fault; neither where nothing is recognised."""

    answer: str | None = None
    fault: Fault | None = None


def hear(text: str, question: Question, answers: Answers, today: date) -> Heard:
    """Read a typed answer to a question."""
    plain = re.sub(r"['’`]", "", text.casefold()).strip()
    if _DAY.search(plain) is None and (_LONG_NUMBER.search(plain) or _MAIL.search(plain)):
        return Heard(fault=Fault.NUMBER)
    if _NAME.search(plain):
        return Heard(fault=Fault.NAME)
    if _DONT_KNOW.match(plain):
        return Heard(DONT_KNOW)
    return _READERS.get(question, _yes_or_no)(plain, answers, today)


def band_of(age: int) -> str | None:
    """The answer that an age is, or None for one that nobody here can have."""
    if not YOUNGEST <= age <= OLDEST:
        return None
    if age < 16:
        return UNDER_16
    return str(age) if age < 21 else FROM_21 if age < 25 else FROM_25


def _age(plain: str, answers: Answers, today: date) -> Heard:
    if _DAY.search(plain):
        born = _day(plain)
        if born is None:
            return Heard(fault=Fault.DATE)
        if born > today:
            return Heard(fault=Fault.FUTURE)
        age: int | None = age_on(born, today)
    else:
        found = _AGE.match(plain)
        age = _number(found[1]) if found and found[1] not in _ONE_OF else None
    if age is None:
        return Heard()
    band = band_of(age)
    return Heard(band) if band else Heard(fault=Fault.AGE)


def _length(plain: str, answers: Answers, today: date) -> Heard:
    """How long in care since 14: a length, an age since when, or years."""
    if _DAY.search(plain) and _day(plain) is None:
        return Heard(fault=Fault.DATE)
    years = [int(year) for year in _YEAR.findall(plain)]
    if years:
        return _from_years(years, answers, today)
    if (found := _LENGTH.search(plain)) and (number := _number(found[1])) is not None:
        unit = {"yr": "year", "wk": "week", "mth": "month"}.get(found[2], found[2])
        return Heard(_of_days(number * DAYS_OF[unit]))
    if found := _SINCE_AGE.search(plain):
        return _since_age(int(found[1]), answers)
    if re.search(r"\b(?:all my life|ages|always|years|whole life|forever)\b", plain):
        return Heard("long")
    return Heard()


def _from_years(years: list[int], answers: Answers, today: date) -> Heard:
    if any(year > today.year for year in years):
        return Heard(fault=Fault.FUTURE)
    if len(years) > 1 and years[1] < years[0]:
        return Heard(fault=Fault.TURNED_ROUND)
    if years[0] < today.year - int(answers[Question.AGE]) - 1:
        return Heard(fault=Fault.BEFORE_BIRTH)
    end = years[1] if len(years) > 1 else today.year
    return Heard("long") if end - years[0] >= 2 else Heard()


def _since_age(since: int, answers: Answers) -> Heard:
    age = int(answers[Question.AGE])
    if since > age:
        return Heard(fault=Fault.FUTURE)
    return Heard("long") if age - since >= 2 else Heard()


def _of_days(days: int) -> str:
    if NEAR[0] <= days <= NEAR[1]:
        return "near"
    return "long" if days > NEAR[1] else "short"


def _yes_or_no(plain: str, answers: Answers, today: date) -> Heard:
    if _NO.match(plain):
        return Heard("no")
    return Heard("yes") if _YES.match(plain) else Heard()


def _only_no(answer: str) -> Callable[[str, Answers, date], Heard]:
    """Where a bare "yes" does not say which."""
    return lambda plain, answers, today: Heard(answer) if _NO.match(plain) else Heard()


_READERS: Mapping[Question, Callable[[str, Answers, date], Heard]] = {
    Question.AGE: _age,
    Question.LENGTH: _length,
    Question.HOME: _only_no("no"),
    Question.OTHER: _only_no("none"),
}


def _number(word: str) -> int | None:
    return int(word) if word.isdigit() else _NUMBERS.get(word)


def _day(plain: str) -> date | None:
    """The day in a text, or None where no calendar has it. Two figures of a year are of this century."""
    found = _DAY.search(plain)
    if found is None:
        return None
    day, month, year = (int(part) for part in found.groups())
    try:
        return date(year + 2000 if year < 100 else year, month, day)
    except ValueError:
        return None
