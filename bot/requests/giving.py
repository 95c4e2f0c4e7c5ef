"""Whose a request is: made and routed, given out by hand, handed on, climbing when it is late.

Every function works in the caller's transaction and returns what happened; the caller writes that to the log in the
same transaction.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from bot.requests.clocks import clocks, local_day
from bot.requests.happened import CLOCK, YOUNG_PERSON, Happened
from bot.requests.routing import (
    Asked,
    Directory,
    Person,
    Route,
    hand_on,
    is_for_advocate,
    is_hidden,
    manager_of,
    may_be_given,
    route,
)
from bot.requests.states import Event
from bot.requests.steps import Change, NotAllowed, asked_by, case_of, directory_on, for_change, happen, surroundings
from bot.store import Work, notifications, records, requests
from bot.store import request_changes as changes
from bot.store.models import Request, RequestKind, RequestState
from bot.store.notifications import Template
from bot.store.records import NewRequest
from bot.store.requests import NotThere, Viewer
from bot.store.staff_models import Role

GIVES_OUT = frozenset({Role.PARTICIPATION_OFFICER, Role.SAFEGUARDING_LEAD, Role.MANAGER})
TRIAGES = frozenset({Role.PARTICIPATION_OFFICER, Role.SAFEGUARDING_LEAD})


async def where_it_goes(work: Work, conversation_id: str, asked: Asked, at: datetime) -> Route:
    """Where a request would go, before it is made: so that the young person is told what is true."""
    return route(asked, await case_of(work, conversation_id), await directory_on(work, at))


async def open_request(work: Work, new: NewRequest, at: datetime) -> tuple[Request, list[Happened]]:
    """Keep a request, set its date and route it. The same message again returns the first one and changes nothing."""
    kept = await records.add_request(work, new)
    request = await changes.locked(work, kept.id)
    if request is None:
        raise NotThere
    if request.due_on is not None:
        return request, []
    return request, await set_up(work, request, at)


async def set_up(work: Work, request: Request, at: datetime) -> list[Happened]:
    """A new request's first events, its date and its route. The caller holds the lock."""
    await changes.add_event(work, request, Event.SENT, YOUNG_PERSON, request.created_at)
    request.due_on = clocks().due_on(RequestKind(request.kind), request.created_at)
    return await _route(work, request, await directory_on(work, at), at)


async def _route(work: Work, request: Request, directory: Directory, at: datetime) -> list[Happened]:
    """Hide the request from whom it must be hidden, and give it to whom it belongs."""
    around = await surroundings(work, request, directory)
    found = route(around.asked, around.case, directory, around.named)
    await changes.hide(work, request.id, found.invisible_to)
    if request.state not in changes.UNFINISHED:
        return []
    if await _stays(work, request, directory):
        return []
    return await _give(work, request, found.assigned_to, CLOCK, at)


async def _stays(work: Work, request: Request, directory: Directory) -> bool:
    """What somebody gave out by hand stays there, unless that person must not see it any more."""
    given = [event for event in await changes.events_of(work, request.id) if event.what == Event.ASSIGNED]
    if not given or given[-1].by == CLOCK:
        return False
    holder = None if request.assigned_to is None else directory.people.get(request.assigned_to)
    if request.assigned_to is not None and holder is None:
        return False
    return holder is None or not is_hidden(holder, await changes.hidden_of(work, request.id))


async def _give(work: Work, request: Request, to: str | None, by: str, at: datetime) -> list[Happened]:
    if request.assigned_to == to:
        return []
    request.assigned_to = to
    happened = await happen(work, request, Event.ASSIGNED, by, at, to_staff=to)
    if by == CLOCK:
        request.version += 1
    if to is not None and to != by:
        events = await changes.events_of(work, request.id)
        await notifications.queue(work, f"request:{request.id}:assigned:{len(events)}", to, Template.REQUEST_WAITING)
    return [happened]


async def route_again(work: Work, conversation_ids: Collection[str], at: datetime) -> list[Happened]:
    """After a link or a new allocation list: hide and give out these conversations' requests as is right now."""
    directory = await directory_on(work, at)
    happened: list[Happened] = []
    for conversation_id in sorted(set(conversation_ids)):
        for request_id in await changes.of_conversation(work, conversation_id):
            await changes.lock_conversation_of(work, request_id)
            request = await changes.locked(work, request_id)
            if request is not None:
                happened += await _route(work, request, directory, at)
    return happened


async def hand_on_from(work: Work, request: Request, directory: Directory, at: datetime) -> list[Happened]:
    """Give an unfinished request to whoever stands in for its holder, who is away or has left. Holds the lock."""
    if request.assigned_to is None:
        return []
    around = await surroundings(work, request, directory)
    hidden = await changes.hidden_of(work, request.id)
    person = hand_on(request.assigned_to, around.asked, around.case, directory, hidden)
    return await _give(work, request, None if person is None else person.id, CLOCK, at)


# --- By staff ---


async def see(work: Work, viewer: Viewer, request_id: str, at: datetime) -> list[Happened]:
    """A member of staff has opened the request: the first time, the young person is told that it was seen.

    Raises NotThere. Somebody who only reads it does not count.
    """
    await changes.lock_conversation_of(work, request_id)
    request = await requests.locked_for(work, viewer, request_id, local_day(at))
    if request.state != RequestState.SENT or not requests.can_change(viewer, request):
        return []
    return [await happen(work, request, Event.OPENED, viewer.staff_id, at)]


async def assign(work: Work, change: Change, to: str | None) -> list[Happened]:
    """Give the request to somebody, or with None back to triage.

    Raises NotThere, NotAllowed, Changed; NotPossible when it is finished.
    """
    request = await for_change(work, change)
    if change.viewer.role not in GIVES_OUT:
        raise NotAllowed
    if to is not None:
        person = (await directory_on(work, change.at)).people.get(to)
        hidden = await changes.hidden_of(work, request.id)
        if person is None or not may_be_given(person, asked_by(request), hidden):
            raise NotAllowed
    return await _give(work, request, to, change.viewer.staff_id, change.at)


async def who_may_have_it(work: Work, request: Request, at: datetime) -> list[Person]:
    """Everybody to whom the request could be given."""
    hidden = await changes.hidden_of(work, request.id)
    people = (await directory_on(work, at)).people.values()
    return [person for person in people if may_be_given(person, asked_by(request), hidden)]


async def name_people(work: Work, change: Change, staff_ids: Collection[str]) -> list[Happened]:
    """An officer has found out whom it is about: those never see it, and no whole role is hidden any more.

    Raises NotThere, NotAllowed (also for an unknown account, or when they name nobody), Changed, NotPossible.
    """
    request = await for_change(work, change)
    directory = await directory_on(work, change.at)
    people = [directory.people.get(staff_id) for staff_id in staff_ids]
    if change.viewer.role not in TRIAGES or not people or None in people or not asked_by(request).excluded:
        raise NotAllowed
    named = {one for person in people if person is not None for one in (person.id, person.email)}
    happened = await happen(work, request, Event.NAMED, change.viewer.staff_id, change.at)
    await changes.hide(work, request.id, named | await changes.hidden_of(work, request.id))
    return [happened, *await _route(work, request, directory, change.at)]


# --- Late ---


async def climb(work: Work, request: Request, directory: Directory, at: datetime) -> list[Happened]:
    """A late request is shown to the manager of the case; where none may see it, its triage is told. Holds the lock.

    A request for an advocate does not climb to the manager of the case: advocates are on the young person's side.
    """
    around = await surroundings(work, request, directory)
    hidden = await changes.hidden_of(work, request.id)
    is_private = is_for_advocate(around.asked)
    manager = None if is_private else manager_of(around.asked, around.case, directory, hidden)
    to = None if manager is None else manager.id
    request.climbed_at, request.climbed_to = at, to
    happened = await happen(work, request, Event.CLIMBED, CLOCK, at, to_staff=to)
    for staff_id in [to] if to is not None else _triage(directory, hidden):
        key = f"request:{request.id}:late:{request.version}"
        await notifications.queue(work, key, staff_id, Template.REQUEST_LATE)
    return [happened]


def _triage(directory: Directory, hidden: Collection[str]) -> list[str]:
    """Participation officers who may see it; where none may, safeguarding leads."""
    allowed = [person for person in directory.people.values() if not is_hidden(person, hidden)]
    officers = [person.id for person in allowed if person.role is Role.PARTICIPATION_OFFICER]
    return officers or [person.id for person in allowed if person.role is Role.SAFEGUARDING_LEAD]
