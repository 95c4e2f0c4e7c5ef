"""The tests of the law, one function each. They ask a History and decide nothing else."""

from __future__ import annotations

from datetime import date
from enum import StrEnum

from bot.entitlements.status.days import months_after
from bot.entitlements.status.history import History


class Route(StrEnum):
    """The ways to help under s24, by what makes them."""

    LOOKED_AFTER = "looked_after"
    GUARDIANSHIP = "guardianship"
    VOLUNTARY = "voluntary"
    PRIVATE_FOSTERING = "private_fostering"


def thirteen_weeks(history: History) -> bool:
    """In care for 13 weeks in all since 14, with at least one day at 16 or 17.

    Children Act 1989 Sch 2 para 19B(2)(b); SI 2010/959 reg 40(1), and reg 40(2) for short breaks.
    """
    return history.days >= history.rules.care_days and history.counted_after_16


def is_looked_after(history: History) -> bool:
    """A child who is in care today. Children Act 1989 s22(1), (2)."""
    return history.looked_after_now


def is_eligible(history: History) -> bool:
    """16 or 17, in care today, and the 13 weeks are met. Children Act 1989 Sch 2 para 19B(2); SI 2010/959 reg 40.

    Somebody who is only on a short break today is not (reg 40(2)).
    """
    return _is_16_or_17(history) and history.counted_now and thirteen_weeks(history)


def lived_with_family(history: History) -> bool:
    """Six months without a break with a parent after care, up to today or the 18th birthday.

    SI 2010/2571 reg 3(5): then no relevant child. When it breaks down there is no date, and reg 3(6) puts it back.
    """
    since = history.facts.home_with_parent_since
    if since is None or since >= history.until:
        return False
    return months_after(_home_from(history, since), history.rules.family_return_months) <= history.until


def _home_from(history: History, since: date) -> date:
    """Time at home under a care order is still care, so the six months begin when care ended."""
    left = history.last_counted_day_left
    return since if left is None else max(since, left)


def left_care(history: History) -> bool:
    """Left care at 16 or 17 with the 13 weeks met: the first route to relevant. Children Act 1989 s23A(2)."""
    return not history.looked_after_now and thirteen_weeks(history)


def held_on_16th_birthday(history: History) -> bool:
    """Detained or in hospital on turning 16, after 13 weeks in care since 14: the second route to relevant.

    Children Act 1989 s23A(3); SI 2010/2571 reg 3(2) to (4). A care order would have gone on, so there is none.
    """
    return (
        bool(history.facts.detained_or_hospital_on_16th)
        and not history.looked_after_now
        and history.as_of >= history.sixteen
        and history.days_before_16_for_detention >= history.rules.care_days
    )


def is_relevant(history: History) -> bool:
    """16 or 17, out of care by either route, and not back with family for six months. Children Act 1989 s23A."""
    by_a_route = left_care(history) or held_on_16th_birthday(history)
    return _is_16_or_17(history) and by_a_route and not lived_with_family(history)


def was_eligible_or_relevant_at_18(history: History) -> bool:
    """In care at 18 and eligible just before, or relevant just before 18. Children Act 1989 s23C(1)."""
    if not history.is_adult:
        return False
    if history.looked_after_until_18 and thirteen_weeks(history):
        return True
    return (left_care(history) or held_on_16th_birthday(history)) and not lived_with_family(history)


def is_finishing_a_course(history: History) -> bool:
    """On a course that was agreed before 25. Children Act 1989 s23CA."""
    return bool(history.facts.in_education) and bool(history.facts.course_agreed_before_25)


def is_former_relevant(history: History) -> bool:
    """Children Act 1989 s23C(1), up to 25, and after that to the end of an agreed course (s23CA)."""
    if not was_eligible_or_relevant_at_18(history):
        return False
    return history.age < history.rules.help_to_age or is_finishing_a_course(history)


def section_24_routes(history: History) -> tuple[Route, ...]:
    """Every route to s24 help that was ever open; the age limit is asked separately. Children Act 1989 s24(1A) to (2).

    Not to be told from these facts: a private children's home (s24(2)(c)), three months with health or education
    (s24(2)(d)), and whether a short break that fits reg 48 was under s20(4), which is being looked after, or under s17.
    """
    if history.age < history.rules.leaving_care_age or history.looked_after_now:
        return ()
    facts = history.facts
    found = {
        Route.LOOKED_AFTER: history.counted_after_16,
        Route.GUARDIANSHIP: bool(facts.special_guardianship_in_force) and history.was_looked_after,
        Route.VOLUNTARY: history.voluntary_home_left,
        Route.PRIVATE_FOSTERING: bool(facts.privately_fostered_after_16),
    }
    return tuple(route for route, is_open in found.items() if is_open)


def is_qualifying(history: History) -> bool:
    """Under 21 with a route to s24 help. Children Act 1989 s24(1A), (1B), (2)."""
    return history.age < history.rules.full_support_to_age and bool(section_24_routes(history))


def _is_16_or_17(history: History) -> bool:
    return history.rules.leaving_care_age <= history.age < history.rules.adult_age
