"""From facts to a status: the tests of `routes`, asked in the order of the law, with every step kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta

from bot.entitlements.status import routes
from bot.entitlements.status.contradictions import contradictions
from bot.entitlements.status.duties import duties_of
from bot.entitlements.status.facts import StatusFacts
from bot.entitlements.status.firmness import doubts_about
from bot.entitlements.status.history import History
from bot.entitlements.status.result import Reason, Result, Status, Step
from bot.entitlements.status.rules import NoRules, RuleFile, rule_file

Test = Callable[[History], bool]

# The first that holds decides. Eligible comes before looked after, which it also is.
_ORDER: tuple[tuple[Status, Test], ...] = (
    (Status.ELIGIBLE, routes.is_eligible),
    (Status.CHILD_LOOKED_AFTER, routes.is_looked_after),
    (Status.RELEVANT, routes.is_relevant),
    (Status.FORMER_RELEVANT, routes.is_former_relevant),
    (Status.QUALIFYING, routes.is_qualifying),
)
# What `--explain` shows besides: the tests that the others are made of.
_PARTS: tuple[tuple[str, Test], ...] = (
    ("short_breaks_left_out", lambda history: history.short_breaks_fit),
    ("thirteen_weeks", routes.thirteen_weeks),
    ("held_on_16th_birthday", routes.held_on_16th_birthday),
    ("lived_with_family", routes.lived_with_family),
    ("was_eligible_or_relevant_at_18", routes.was_eligible_or_relevant_at_18),
)


def status_of(facts: StatusFacts, rules: RuleFile | None = None) -> Result:
    """The status on `facts.as_of`. Facts that contradict each other, or a day before the rules, give `unsure`."""
    try:
        in_force = (rules or rule_file()).on(facts.as_of)
    except NoRules:
        return _unsure(["before_the_rules"])
    if wrong := contradictions(facts, in_force):
        return _unsure(wrong)
    history = History(facts, in_force)
    steps = [Step(name, test(history)) for name, test in _PARTS]
    status = Status.NONE
    for candidate, test in _ORDER:
        holds = test(history)
        steps.append(Step(candidate, holds))
        if holds:
            status = candidate
            break
    doubts = doubts_about(status, history)
    return Result(
        status=status,
        firm=not doubts,
        duties=duties_of(status, history),
        reasons=tuple(_reasons(status, history)),
        doubts=doubts,
        steps=tuple(steps),
        age=history.age,
        days=history.days,
        reaches_13_weeks_on=_reaches_13_weeks_on(status, history),
    )


def impossible() -> Result:
    """For facts with a day that no calendar has."""
    return _unsure(["impossible_date"])


def _unsure(why: list[str]) -> Result:
    reasons = tuple(Reason(name) for name in why)
    return Result(Status.UNSURE, False, (), reasons, (), (), None, None)


def _reasons(status: Status, history: History) -> Iterator[Reason]:
    """The rule that decided, with its numbers, and what else has to be known about it."""
    numbers = (("age", history.age), ("days", history.days), ("needed", history.rules.care_days))
    match status:
        case Status.CHILD_LOOKED_AFTER:
            under_16 = history.age < history.rules.leaving_care_age
            yield Reason("looked_after_under_16" if under_16 else "looked_after_not_eligible", numbers)
            if day := _reaches_13_weeks_on(status, history):
                yield Reason("reaches", (("day", day.isoformat()),))
        case Status.ELIGIBLE:
            yield Reason("eligible", numbers)
        case Status.RELEVANT:
            yield Reason("relevant_left_care" if routes.left_care(history) else "relevant_held", numbers)
        case Status.FORMER_RELEVANT:
            yield Reason("in_care_at_18" if history.looked_after_until_18 else "relevant_at_18", numbers)
            yield Reason(_former_relevant_now(history), numbers)
        case Status.QUALIFYING:
            if routes.left_care(history):
                yield Reason("home_six_months", numbers)
            for route in routes.section_24_routes(history):
                yield Reason(f"qualifying_{route}", numbers)
        case Status.NONE:
            yield from _none(history, numbers)
        case Status.UNSURE:
            yield Reason("unsure")
    if history.short_breaks_fit:
        yield Reason("short_breaks_left_out")


def _former_relevant_now(history: History) -> str:
    if history.age < history.rules.full_support_to_age:
        return "help_to_21"
    return "help_to_25" if history.age < history.rules.help_to_age else "help_to_course_end"


def _none(history: History, numbers: tuple[tuple[str, str | int], ...]) -> Iterator[Reason]:
    """Why there is no status, with what there may be all the same."""
    if routes.was_eligible_or_relevant_at_18(history):
        yield Reason("none_after_25", numbers)
    elif routes.section_24_routes(history):
        yield Reason("none_after_21", numbers)
        if history.age < history.rules.help_to_age:
            yield Reason("education_to_25", numbers)
    elif history.age < history.rules.leaving_care_age:
        yield Reason("none_under_16", numbers)
    else:
        yield Reason("none", numbers)


def _reaches_13_weeks_on(status: Status, history: History) -> date | None:
    """The day on which the 13 weeks are met when care goes on, if that is before 18."""
    if status is not Status.CHILD_LOOKED_AFTER or not history.counted_now:
        return None
    from_day = max(history.as_of, history.fourteen)
    met = from_day + timedelta(days=max(0, history.rules.care_days - history.days))
    day = max(met, history.sixteen)
    return day if day < history.eighteen else None
