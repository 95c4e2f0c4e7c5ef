"""One step in the life of a request, under its lock; and what has to be known of it before anything is decided."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.requests.clocks import local_day
from bot.requests.happened import CLOCK, YOUNG_PERSON, Happened
from bot.requests.routing import Asked, Case, Directory, Person
from bot.requests.states import Actor, Event, Life, step
from bot.store import Work, allocations, requests
from bot.store import request_changes as changes
from bot.store.casework_models import Outcome
from bot.store.models import Request, RequestKind, RequestState
from bot.store.requests import Viewer


class Changed(Exception):
    """Somebody has changed the request since it was looked at. Nothing is written."""


class NotAllowed(Exception):
    """They may see the request, and not do this with it. Or the person it is to be given to may not have it."""


@dataclass(frozen=True)
class Change:
    """A change by staff: who, which request, the version that they saw, and when."""

    viewer: Viewer
    request_id: str
    version: int
    at: datetime


@dataclass(frozen=True)
class Surroundings:
    """A request with everybody whom it concerns."""

    asked: Asked
    case: Case | None
    directory: Directory
    named: frozenset[str]


async def directory_on(work: Work, at: datetime) -> Directory:
    """Everybody who can sign in, with today's covers."""
    accounts = await allocations.accounts_on(work, local_day(at))
    return Directory.of(Person(one.id, one.email, one.role, one.cover_id) for one in accounts)


async def case_of(work: Work, conversation_id: str) -> Case | None:
    line = await allocations.of_conversation(work, conversation_id)
    return None if line is None else Case(line.worker, line.personal_adviser, line.iro, line.manager)


def asked_by(request: Request) -> Asked:
    return Asked(RequestKind(request.kind), request.who, tuple(request.about), tuple(request.hide_from))


async def surroundings(work: Work, request: Request, directory: Directory) -> Surroundings:
    was_named = any(event.what == Event.NAMED for event in await changes.events_of(work, request.id))
    hidden = await changes.hidden_of(work, request.id)
    named = frozenset(one for one in hidden if one in directory.people) if was_named else frozenset()
    return Surroundings(asked_by(request), await case_of(work, request.conversation_id), directory, named)


async def happen(
    work: Work,
    request: Request,
    event: Event,
    by: str,
    at: datetime,
    *,
    to_staff: str | None = None,
    outcome: Outcome | None = None,
) -> Happened:
    """Move the request on by the table of states. Raises NotPossible. The caller holds the lock."""
    before = RequestState(request.state)
    actor = {YOUNG_PERSON: Actor.YOUNG_PERSON, CLOCK: Actor.CLOCK}.get(by, Actor.STAFF)
    life = step(Life(before, 0 if outcome is None else outcome.reminders), event, actor)
    if life.state is not before:
        request.state, request.state_at = life.state, at
    if actor is not Actor.CLOCK or life.state is not before:
        # A reminder or a climb takes nothing from under anybody's hands.
        request.version += 1
    await changes.add_event(work, request, event, by, at, to_staff)
    number = None if outcome is None else outcome.n
    return Happened(request.id, request.conversation_id, event, by, before, life.state, number, to_staff)


async def for_change(work: Work, change: Change) -> Request:
    """Raises NotThere, NotAllowed or Changed."""
    await changes.lock_conversation_of(work, change.request_id)
    request = await requests.locked_for(work, change.viewer, change.request_id, local_day(change.at))
    if not requests.can_change(change.viewer, request):
        raise NotAllowed
    if request.version != change.version:
        raise Changed
    return request
