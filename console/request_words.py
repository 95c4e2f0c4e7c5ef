"""Requests in words, as staff read them: names of things, dates against the clock, what happened."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from bot.requests.clocks import Urgency, clocks
from bot.requests.happened import CLOCK, YOUNG_PERSON
from bot.requests.states import Event
from bot.store.casework_models import Answer, RequestEvent
from bot.store.models import RequestState
from bot.store.request_changes import OPEN
from console.wording import Words

WHO = (
    "social_worker",
    "personal_adviser",
    "iro",
    "advocate",
    "participation_officer",
    "manager",
    "virtual_school",
    "out_of_hours",
    "unsure",
)
# A colour beside the word, never instead of it.
COLOURS = {
    Urgency.WAITING: "blue",
    Urgency.DUE_SOON: "yellow",
    Urgency.LATE: "orange",
    Urgency.VERY_LATE: "red",
    Urgency.ANSWERED: "purple",
    Urgency.ENDED: "grey",
}


@dataclass(frozen=True)
class Due:
    """How a request stands against its clock, in words."""

    urgency: str
    colour: str
    text: str


def named(words: Words, what: str, value: str | None) -> str:
    """`who`, `how` or `kind` in words; what is not in the file is "somebody else", and never its own id."""
    return words.first(f"requests.{what}_{value}", f"requests.{what}_other")


def due(words: Words, due_on: date | None, state: RequestState, today: date) -> Due:
    urgency = clocks().urgency(due_on, state, today)
    text = "" if state not in OPEN else _due_text(words, due_on, today)
    return Due(words.say(f"requests.urgency_{urgency}"), COLOURS[urgency], text)


def _due_text(words: Words, due_on: date | None, today: date) -> str:
    if due_on is None:
        return words.say("requests.due_none")
    count = clocks().calendar.between(today, due_on)
    return words.say(f"requests.{_due_key(due_on, today, count)}", day=weekday(due_on), count=abs(count))


def _due_key(due_on: date, today: date, count: int) -> str:
    if due_on == today:
        return "due_today"
    if due_on > today:
        return {0: "due_before_work", 1: "due_in_one"}.get(count, "due_in")
    return {0: "was_due", -1: "was_due_one"}.get(count, "was_due_ago")


def weekday(day: date) -> str:
    """`Thursday 3 December`."""
    return f"{day:%A} {day.day} {day:%B}"


@dataclass(frozen=True)
class Step:
    """One line of a request's history."""

    n: int
    at: datetime
    text: str


def step(words: Words, event: RequestEvent, names: Mapping[str, str]) -> Step:
    """`names` are those of staff, by id."""
    gone = words.say("requests.by_gone")
    actor = {YOUNG_PERSON: words.say("requests.by_young_person"), CLOCK: words.say("requests.by_clock")}
    by = actor.get(event.by) or names.get(event.by, gone)
    to = "" if event.to_staff is None else names.get(event.to_staff, gone)
    return Step(event.n, event.at, words.say(f"requests.event_{_event_key(event)}", by=by, to=to))


def _event_key(event: RequestEvent) -> str:
    match event.what, event.to_staff:
        case Event.ASSIGNED, None:
            return "unassigned"
        case Event.ASSIGNED, to if to == event.by:
            return "taken"
        case Event.CLIMBED, None:
            return "climbed_to_nobody"
        case _:
            return event.what


def answer(words: Words, said: Answer | None) -> str:
    return words.say(f"requests.answer_{'waiting' if said is None else said.value}")
