"""The life of a request, as a table: what may happen in which state, who may make it happen, and what comes of it.

Staff propose an outcome; only the young person's yes makes a request done. Silence is never a yes: after the last
reminder a request is closed as "no reply", and can still be answered then.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

from bot.store.casework_models import Answer
from bot.store.models import RequestState

REMINDERS = 2


class Event(StrEnum):
    """What happens to a request, as it stands in its list of events."""

    SENT = "sent"  # the first one: it was made
    OPENED = "opened"
    ASSIGNED = "assigned"
    PROPOSED = "proposed"
    SAID_YES = "said_yes"
    SAID_HALF = "said_half"
    SAID_NO = "said_no"
    REMINDED = "reminded"
    CLOSED_NO_REPLY = "closed_no_reply"
    WITHDRAWN = "withdrawn"
    ASKED_AGAIN = "asked_again"
    NAMED = "named"  # an officer found out whom it is about
    EXTENDED = "extended"
    CLIMBED = "climbed"
    ASKED_NEXT = "asked_next"  # for the next stage of a complaint
    MOVED_ON = "moved_on"  # a complaint is at its next stage


class Actor(StrEnum):
    STAFF = "staff"
    YOUNG_PERSON = "young_person"
    CLOCK = "clock"


class NotPossible(Exception):
    """This cannot happen in this state, or not by this actor."""


@dataclass(frozen=True)
class Life:
    """Where a request is, and how often its open outcome was reminded of."""

    state: RequestState
    reminders: int = 0


_S, _E, _A = RequestState, Event, Actor

BY: Mapping[Event, frozenset[Actor]] = MappingProxyType(
    {
        _E.SENT: frozenset({_A.YOUNG_PERSON}),
        _E.OPENED: frozenset({_A.STAFF}),
        _E.ASSIGNED: frozenset({_A.STAFF, _A.CLOCK}),
        _E.PROPOSED: frozenset({_A.STAFF}),
        _E.SAID_YES: frozenset({_A.YOUNG_PERSON}),
        _E.SAID_HALF: frozenset({_A.YOUNG_PERSON}),
        _E.SAID_NO: frozenset({_A.YOUNG_PERSON}),
        _E.REMINDED: frozenset({_A.CLOCK}),
        _E.CLOSED_NO_REPLY: frozenset({_A.CLOCK}),
        _E.WITHDRAWN: frozenset({_A.YOUNG_PERSON}),
        _E.ASKED_AGAIN: frozenset({_A.YOUNG_PERSON}),
        _E.NAMED: frozenset({_A.STAFF}),
        _E.EXTENDED: frozenset({_A.STAFF}),
        _E.CLIMBED: frozenset({_A.CLOCK}),
        _E.ASKED_NEXT: frozenset({_A.YOUNG_PERSON}),
        _E.MOVED_ON: frozenset({_A.STAFF}),
    }
)

_WORKED_ON: Mapping[Event, RequestState] = {
    _E.PROPOSED: _S.PROPOSED,
    _E.WITHDRAWN: _S.WITHDRAWN,
}


_KEPT = (_E.ASSIGNED, _E.NAMED, _E.EXTENDED, _E.CLIMBED, _E.ASKED_NEXT, _E.MOVED_ON)


def _staying(state: RequestState, *events: Event) -> dict[Event, RequestState]:
    return dict.fromkeys(events, state)


AFTER: Mapping[RequestState, Mapping[Event, RequestState]] = MappingProxyType(
    {
        _S.SENT: {**_WORKED_ON, _E.OPENED: _S.SEEN, **_staying(_S.SENT, *_KEPT)},
        _S.SEEN: {**_WORKED_ON, **_staying(_S.SEEN, *_KEPT)},
        _S.REOPENED: {**_WORKED_ON, **_staying(_S.REOPENED, *_KEPT)},
        _S.PROPOSED: {
            _E.SAID_YES: _S.DONE,
            _E.SAID_HALF: _S.REOPENED,
            _E.SAID_NO: _S.REOPENED,
            _E.CLOSED_NO_REPLY: _S.CLOSED_NO_REPLY,
            _E.WITHDRAWN: _S.WITHDRAWN,
            **_staying(_S.PROPOSED, _E.ASSIGNED, _E.NAMED, _E.REMINDED),
        },
        _S.CLOSED_NO_REPLY: {
            _E.SAID_YES: _S.DONE,
            _E.SAID_HALF: _S.REOPENED,
            _E.SAID_NO: _S.REOPENED,
            _E.ASKED_AGAIN: _S.REOPENED,
        },
        _S.DONE: {_E.ASKED_AGAIN: _S.REOPENED},
        _S.WITHDRAWN: {_E.ASKED_AGAIN: _S.REOPENED},
    }
)


def step(life: Life, event: Event, actor: Actor) -> Life:
    """The request after this. Raises NotPossible."""
    if actor not in BY[event] or event not in AFTER[life.state]:
        raise NotPossible(f"{event} in {life.state}")
    if event is Event.REMINDED:
        if life.reminders >= REMINDERS:
            raise NotPossible("reminded often enough")
        return replace(life, reminders=life.reminders + 1)
    if event is Event.CLOSED_NO_REPLY and life.reminders < REMINDERS:
        raise NotPossible("not reminded often enough")
    after = AFTER[life.state][event]
    return Life(after, life.reminders if after is life.state else 0)


def may(state: RequestState, event: Event) -> bool:
    """Could this happen to a request in this state?"""
    return event in AFTER[state]


def event_of(answer: Answer) -> Event:
    """What an answer of the young person is, as an event."""
    match answer:
        case Answer.YES:
            return Event.SAID_YES
        case Answer.HALF:
            return Event.SAID_HALF
        case Answer.NO:
            return Event.SAID_NO
        case Answer.NO_REPLY:
            return Event.CLOSED_NO_REPLY
