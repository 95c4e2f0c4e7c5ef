"""Which duties follow from a status. The whole table is in the tests."""

from __future__ import annotations

from bot.entitlements.status.history import History
from bot.entitlements.status.result import Duty, Status
from bot.entitlements.status.routes import Route, section_24_routes

# Children Act 1989 s22A to s26, Sch 2 paras 12A to 12G; SI 2010/959 regs 4, 28, 32, 36.
_LOOKED_AFTER = (Duty.CARE_PLAN, Duty.SW_VISITS, Duty.REVIEWS_IRO)
# Sch 2 paras 19A to 19C, besides all that a child in care has.
_ELIGIBLE = (Duty.PERSONAL_ADVISER, Duty.PATHWAY_PLAN, Duty.NEEDS_ASSESSMENT, *_LOOKED_AFTER)
# s23B(1) to (8).
_RELEVANT = (
    *(Duty.PERSONAL_ADVISER, Duty.PATHWAY_PLAN, Duty.NEEDS_ASSESSMENT),
    *(Duty.KEEP_IN_TOUCH, Duty.ACCOMMODATION_MAINTENANCE),
)
# s23C(2) to (4), up to 21.
_UNDER_21 = (Duty.PERSONAL_ADVISER, Duty.PATHWAY_PLAN, Duty.KEEP_IN_TOUCH, Duty.FULL)
# s24A(2), (3): a council must advise on these routes, where the need is there, and may on others.
_MUST_ADVISE = frozenset({Route.LOOKED_AFTER, Route.GUARDIANSHIP, Route.VOLUNTARY})
# s24B(1) to (3) name s24(1A) and s24(2)(a) only.
_MAY_HELP = frozenset({Route.LOOKED_AFTER, Route.GUARDIANSHIP})


def duties_of(status: Status, history: History) -> tuple[Duty, ...]:
    """The duties, in the order of `Duty`, without one twice."""
    found = _duties(status, history)
    return tuple(duty for duty in Duty if duty in found)


def _duties(status: Status, history: History) -> tuple[Duty, ...]:
    match status:
        case Status.CHILD_LOOKED_AFTER:
            return _LOOKED_AFTER
        case Status.ELIGIBLE:
            return _ELIGIBLE
        case Status.RELEVANT:
            return _RELEVANT
        case Status.FORMER_RELEVANT:
            return (*_former_relevant(history), *_in_education(history))
        case Status.QUALIFYING:
            return (*_qualifying(history), *_in_education(history))
        case Status.NONE:
            return _in_education(history)
        case Status.UNSURE:
            return ()


def _former_relevant(history: History) -> tuple[Duty, ...]:
    """s23C to 21; from 21 to 25 on request (s23CZB) and for a course (s23CA); from 25 to the end of that course.

    s23CA begins where s23C(2) to (4) end, so it is not listed before 21: there s23C(4)(b) and (5A) cover a course.
    """
    rules = history.rules
    if history.age < rules.full_support_to_age:
        return _UNDER_21
    if history.age >= rules.help_to_age:
        return (Duty.TO_COURSE_END,)
    on_request = rules.on_request_to_age is not None and history.age < rules.on_request_to_age
    education = (Duty.EDUCATION,) if history.facts.in_education else ()
    return (*((Duty.ON_REQUEST,) if on_request else ()), *education)


def _qualifying(history: History) -> tuple[Duty, ...]:
    open_routes = set(section_24_routes(history))
    advice = Duty.ADVICE if open_routes & _MUST_ADVISE else Duty.MAY_ADVISE
    return (advice, Duty.MAY_HELP) if open_routes & _MAY_HELP else (advice,)


def _in_education(history: History) -> tuple[Duty, ...]:
    """Help with a course, and a place in its holidays, up to 25. s24B(3) to (5): under 21 or "if he were under 21"."""
    open_to_25 = set(section_24_routes(history)) & _MAY_HELP
    of_age = history.rules.leaving_care_age <= history.age < history.rules.help_to_age
    return (Duty.EDUCATION_VACATION,) if open_to_25 and of_age and history.facts.in_education else ()
