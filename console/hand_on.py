"""Handing on what somebody leaves behind: requests, chats in which they answer, and absences that they cover."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.handover import as_said, load_handover_notices
from bot.requests.giving import hand_on_from
from bot.requests.happened import Happened
from bot.requests.routing import Person, may_be_given
from bot.requests.states import Event
from bot.requests.steps import asked_by, directory_on, happen
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, handover, notifications, open_work, request_changes
from bot.store.models import Request
from bot.store.notifications import Template
from bot.store.open_work import OpenWork
from bot.store.staff_models import Role, Staff
from console.permissions import Permission, may


@dataclass(frozen=True)
class Leaving:
    """Whose work it is, who takes over (None: each thing goes where its rules send it), who says so, and when."""

    leaver: Staff
    to: Staff | None
    actor: str
    at: datetime
    today: date


async def hand_on(work: Work, leaving: Leaving) -> OpenWork:
    """Once the account is disabled: all that was open in its name. Nothing goes to somebody who must not see it."""
    left = await open_work.open_work_of(work, leaving.leaver.id, leaving.today)
    for one in left.requests:
        request = await request_changes.locked(work, one.id)
        if request is not None:
            await _hand_on_request(work, leaving, request)
    await _hand_on_conversations(work, leaving, left.conversations)
    to = None if leaving.to is None else leaving.to.id
    await open_work.give_covers_to(work, leaving.leaver.id, to, leaving.today)
    return left


async def _hand_on_request(work: Work, leaving: Leaving, request: Request) -> None:
    if request.climbed_to == leaving.leaver.id:
        # The clocks find it again, and ask who manages the case now.
        request.climbed_to, request.climbed_at = None, None
    if request.assigned_to != leaving.leaver.id:
        return
    if leaving.to is not None and await _may_have(work, leaving.to, request):
        await _give(work, leaving, request, leaving.to.id)
    else:
        directory = await directory_on(work, leaving.at)
        await _note(work, await hand_on_from(work, request, directory, leaving.at))


async def _may_have(work: Work, to: Staff, request: Request) -> bool:
    person = Person(to.id, to.email, Role(to.role))
    return may_be_given(person, asked_by(request), await request_changes.hidden_of(work, request.id))


async def _give(work: Work, leaving: Leaving, request: Request, to: str) -> None:
    request.assigned_to = to
    happened = await happen(work, request, Event.ASSIGNED, leaving.actor, leaving.at, to_staff=to)
    await _note(work, [happened])
    await notifications.queue(work, f"request:{request.id}:handed_on:{request.version}", to, Template.REQUEST_WAITING)


async def _note(work: Work, steps: Sequence[Happened]) -> None:
    for line in (step.line() for step in steps):
        details = dict(line.details)
        await audit.note(work, line.actor, Action(line.action), line.subject_type, line.subject_id, details)


async def _hand_on_conversations(work: Work, leaving: Leaving, conversation_ids: Sequence[str]) -> None:
    """To the one who takes over, when they may answer young people; else the bot answers again, and says so."""
    if leaving.to is not None and may(Role(leaving.to.role), Permission.REPLY):
        await open_work.give_conversations_to(work, leaving.leaver.id, leaving.to.id, leaving.at)
        action = Action.HANDED_OVER
    else:
        notice = as_said(load_handover_notices().handed_back)
        for conversation_id in conversation_ids:
            await handover.hand_back(work, conversation_id, notice=notice)
        action = Action.HANDED_BACK
    for conversation_id in conversation_ids:
        await audit.note(work, leaving.actor, action, "conversation", conversation_id)
