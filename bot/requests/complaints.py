"""A complaint that goes on: the young person asks for its next stage, an officer starts it, both see the new date.

Every function works in the caller's transaction, under a lock on the request, and returns what happened; the caller
writes that to the log in the same transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime

from bot.requests.clocks import clocks, local_day
from bot.requests.closing import say, told_date
from bot.requests.complaint_stages import asks_by, due_on, stages
from bot.requests.giving import TRIAGES
from bot.requests.happened import YOUNG_PERSON, Happened
from bot.requests.states import Event, NotPossible
from bot.requests.steps import Change, NotAllowed, for_change, happen
from bot.requests.words import Said, day_in_words, fill, words
from bot.store import Work, conversations, notifications
from bot.store import request_changes as changes
from bot.store.casework_models import Outcome, RequestEvent
from bot.store.models import ComplaintStage, Request, RequestKind
from bot.store.notifications import Template
from bot.store.outbox import Bubble
from bot.store.requests import NotThere

# The young person asks for these; the others follow when the panel has met, and when it has reported.
ASKED_FOR = frozenset({ComplaintStage.INVESTIGATION, ComplaintStage.PANEL})


class BadDay(ValueError):
    """The day that the time counts from lies ahead, or before the complaint was made."""


async def offer_next(work: Work, request: Request, at: datetime) -> tuple[Bubble, ...]:
    """What is said after "half" or "no" to the outcome of a complaint: what they can ask for next, and by when."""
    if request.kind != RequestKind.COMPLAINT:
        return ()
    stage = ComplaintStage(request.stage)
    offer = _offer(stage)
    if not offer or await asked_next(work, request) is not None:
        return ()
    said = await _filled(work, request, offer)
    outcome = await changes.latest_outcome(work, request.id)
    day = None if outcome is None else _told_asks_by(stage, outcome, at)
    return said if day is None else (*said, *await _filled(work, request, words().ask_by, day=day_in_words(day)))


def _offer(stage: ComplaintStage) -> Said:
    match stage:
        case ComplaintStage.LOCAL:
            return words().offer_investigation
        case ComplaintStage.INVESTIGATION:
            return words().offer_panel
        case ComplaintStage.PANEL | ComplaintStage.PANEL_REPORT:
            return ()
        case ComplaintStage.PANEL_ANSWER:
            return words().offer_ombudsman


def _told_asks_by(stage: ComplaintStage, outcome: Outcome, at: datetime) -> date | None:
    """Only a day that is surely right and has not gone by: a person decides about what comes later."""
    answered_on = local_day(outcome.proposed_at)
    day = asks_by(stage, answered_on)
    if day is None or day < local_day(at) or not clocks().calendar.knows(answered_on, day):
        return None
    return day


async def ask_next(
    work: Work, conversation_id: str, number: int, at: datetime
) -> tuple[tuple[Bubble, ...], list[Happened]]:
    """The young person wants the next stage. What is said then; asked twice, nothing happens again.

    Raises NotThere when the request is not theirs.
    """
    request = await changes.locked_by_number(work, conversation_id, number)
    if request is None:
        raise NotThere
    following = stages().of(ComplaintStage(request.stage)).next
    if request.kind != RequestKind.COMPLAINT or following not in ASKED_FOR:
        return await _filled(work, request, words().next_step_not_now), []
    happened: list[Happened] = []
    if await asked_next(work, request) is None:
        try:
            happened = [await happen(work, request, Event.ASKED_NEXT, YOUNG_PERSON, at)]
        except NotPossible:
            return await _filled(work, request, words().next_step_not_now), []
        if request.assigned_to is not None:
            key = f"request:{request.id}:next_stage:{request.version}"
            await notifications.queue(work, key, request.assigned_to, Template.REQUEST_WAITING)
    said = await _filled(work, request, words().next_step_asked)
    return (*said, *await _filled(work, request, words().advocate_offer)), happened


async def asked_next(work: Work, request: Request) -> RequestEvent | None:
    """When the young person asked for the stage after the present one; None when they have not."""
    return newest_wish(await changes.events_of(work, request.id))


def newest_wish(events: Sequence[RequestEvent]) -> RequestEvent | None:
    """The wish for a next stage that no move has met yet, of all that happened to a request."""
    wish: RequestEvent | None = None
    for event in events:
        if event.what == Event.ASKED_NEXT:
            wish = wish or event
        elif event.what == Event.MOVED_ON:
            wish = None
    return wish


async def move_on(work: Work, change: Change, counts_from: date) -> list[Happened]:
    """Start the next stage of a complaint, and tell the young person; an advocate is offered with it.

    `counts_from` is the day on which they asked for it, on which the panel met, or of the panel's report.
    Raises NotThere, NotAllowed (also when there is no next stage), Changed, NotPossible, BadDay.
    """
    request = await for_change(work, change)
    following = stages().of(ComplaintStage(request.stage)).next
    if change.viewer.role not in TRIAGES or request.kind != RequestKind.COMPLAINT or following is None:
        raise NotAllowed
    earliest = request.stage_from or local_day(request.created_at)
    if not earliest <= counts_from <= local_day(change.at):
        raise BadDay
    happened = await happen(work, request, Event.MOVED_ON, change.viewer.staff_id, change.at)
    request.stage, request.stage_from, request.extended = following, counts_from, False
    request.due_on = due_on(request)
    request.climbed_at = request.climbed_to = None
    await say(work, request, _began(following))
    if day := told_date(request):
        await say(work, request, words().stage_by, day=day_in_words(day))
    await say(work, request, words().advocate_offer)
    return [replace(happened, stage=following)]


def _began(stage: ComplaintStage) -> Said:
    match stage:
        case ComplaintStage.INVESTIGATION:
            return words().began_investigation
        case ComplaintStage.PANEL:
            return words().began_panel
        case ComplaintStage.PANEL_REPORT:
            return words().began_panel_report
        case ComplaintStage.PANEL_ANSWER:
            return words().began_panel_answer
        case ComplaintStage.LOCAL:
            raise ValueError("No stage leads to the first.")


async def _filled(work: Work, request: Request, said: Said, **values: str) -> tuple[Bubble, ...]:
    conversation = await conversations.by_id(work, request.conversation_id)
    return fill(said, conversation, number=request.number, **values)
