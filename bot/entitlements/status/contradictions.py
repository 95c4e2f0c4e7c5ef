"""Facts that cannot all be true. Then nothing is said about the status, but that a person should look."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from bot.entitlements.status.days import Span, age_on, birthday, days_within
from bot.entitlements.status.facts import CarePeriod, Legal, StatusFacts
from bot.entitlements.status.rules import Rules

OLDEST = 100  # years; more is a slip of the pen
# Nobody lives with a parent and is in this care at once. A care order, and short breaks from home, go with it.
_AWAY_FROM_HOME = frozenset({Legal.S20, Legal.REMAND, Legal.SGO_ENDED, Legal.VOLUNTARY_ORG})


def contradictions(facts: StatusFacts, rules: Rules) -> list[str]:
    """The ids of what does not fit, in the order of `status_reasons.yml`."""
    if facts.as_of < facts.birth_date:
        return ["before_birth"]
    if age_on(facts.birth_date, facts.as_of) >= OLDEST:
        return ["too_old"]
    found = dict.fromkeys((*_of_periods(facts, rules), *_of_home(facts, rules), *_of_the_rest(facts, rules)))
    return list(found)


def _of_periods(facts: StatusFacts, rules: Rules) -> Iterator[str]:
    adult = birthday(facts.birth_date, rules.adult_age)
    for period in facts.care_periods:
        if period.start < facts.birth_date:
            yield "care_before_birth"
        if period.end is not None and period.end < period.start:
            yield "end_before_start"
        if period.start > facts.as_of:
            yield "care_in_the_future"
        elif period.start >= adult:
            yield "care_after_18"
        if period.legal is Legal.SGO_ENDED and (period.end is None or period.end > facts.as_of):
            yield "guardianship_without_end"


def _of_home(facts: StatusFacts, rules: Rules) -> Iterator[str]:
    since = facts.home_with_parent_since
    if since is None:
        return
    if since < facts.birth_date or since > facts.as_of:
        yield "home_not_possible"
        return
    adult = birthday(facts.birth_date, rules.adult_age)
    away = [period for period in facts.care_periods if period.legal in _AWAY_FROM_HOME]
    at_home = Span(since, max(since, min(facts.as_of, adult)))
    overlaps = any(days_within([_span(period, facts.as_of)], at_home) for period in away)
    if overlaps or (since < adult and any(_goes_on(period, facts.as_of) for period in away)):
        yield "home_and_in_care"
    if facts.detained_or_hospital_on_16th and since <= birthday(facts.birth_date, rules.leaving_care_age):
        yield "home_and_detained"


def _of_the_rest(facts: StatusFacts, rules: Rules) -> Iterator[str]:
    is_16 = facts.as_of >= birthday(facts.birth_date, rules.leaving_care_age)
    if facts.detained_or_hospital_on_16th and not is_16:
        yield "not_16_yet"
    if facts.privately_fostered_after_16 and not is_16:
        yield "not_16_yet"
    under_order = (one for one in facts.care_periods if one.legal is Legal.S31)
    if facts.special_guardianship_in_force and any(_is_in(one, facts, rules) for one in under_order):
        yield "guardianship_and_order"


def _goes_on(period: CarePeriod, as_of: date) -> bool:
    return period.start <= as_of and (period.end is None or period.end > as_of)


def _is_in(period: CarePeriod, facts: StatusFacts, rules: Rules) -> bool:
    return facts.as_of < birthday(facts.birth_date, rules.adult_age) and _goes_on(period, facts.as_of)


def _span(period: CarePeriod, as_of: date) -> Span:
    end = as_of if period.end is None else min(period.end, as_of)
    return Span(period.start, max(period.start, end))
