"""What happens to requests by itself: dates are set, work handed on, late ones climb, reminders go out, silence closes.

Run every minute or so. Each request is looked at again under its lock, in a transaction of its own, so that two
processes do nothing twice and one request's fault does not stop the others.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime

import structlog

from bot.requests.clocks import Clocks, clocks, local_day
from bot.requests.closing import close_without_reply, remind
from bot.requests.giving import climb, hand_on_from, set_up
from bot.requests.happened import Happened
from bot.requests.states import NotPossible
from bot.requests.steps import directory_on
from bot.store import Store, Work
from bot.store import request_changes as changes
from bot.store.casework_models import Outcome
from bot.store.models import Request, RequestState

log = structlog.get_logger()

Record = Callable[[Work, Happened], Awaitable[None]]
Step = Callable[[Work, Request, datetime], Awaitable[list[Happened]]]


@dataclass
class Ticked:
    """What one round did. `conversations` have something new to be shown."""

    done: int = 0
    failed: int = 0
    conversations: set[str] = field(default_factory=set)


async def tick(store: Store, at: datetime, record: Record) -> Ticked:
    """One round. `record` writes what happened to the log, in the transaction in which it happens."""
    ticked = Ticked()
    today = local_day(at)
    async with store.look() as work:
        rounds: list[tuple[Step, list[str]]] = [
            (_set_up, await changes.without_a_date(work)),
            (_hand_on, await _held_by_nobody_here(work, at)),
            (_climb, await changes.late_and_not_climbed(work, today)),
            (_remind_or_close, await changes.waiting_for_an_answer(work) if clocks().may_remind(at) else []),
        ]
    for step, request_ids in rounds:
        for request_id in request_ids:
            await _once(store, request_id, step, at, record, ticked)
    return ticked


async def _once(store: Store, request_id: str, step: Step, at: datetime, record: Record, ticked: Ticked) -> None:
    try:
        async with store.begin() as work:
            await changes.lock_conversation_of(work, request_id)
            request = await changes.locked(work, request_id)
            happened = [] if request is None else await step(work, request, at)
            for one in happened:
                await record(work, one)
    except Exception as error:  # the next request must not wait for this one; it is tried again in the next round
        log.error("request_clock_failed", exc_info=error)
        ticked.failed += 1
        return
    ticked.done += len(happened)
    ticked.conversations |= {one.conversation_id for one in happened}


async def _set_up(work: Work, request: Request, at: datetime) -> list[Happened]:
    return await set_up(work, request, at) if request.due_on is None and request.state in changes.OPEN else []


async def _held_by_nobody_here(work: Work, at: datetime) -> list[str]:
    """Unfinished requests of people who are away or have left."""
    people = (await directory_on(work, at)).people
    not_here = {one for one in await changes.assignees(work) if one not in people or people[one].cover_id}
    return await changes.unfinished_of(work, not_here) if not_here else []


async def _hand_on(work: Work, request: Request, at: datetime) -> list[Happened]:
    return await hand_on_from(work, request, await directory_on(work, at), at)


async def _climb(work: Work, request: Request, at: datetime) -> list[Happened]:
    directory = await directory_on(work, at)
    is_late = request.due_on is not None and request.due_on < local_day(at)
    has_climbed = request.climbed_at is not None and request.climbed_to in (None, *directory.people)
    if not is_late or has_climbed or request.state not in changes.OPEN:
        return []
    return await climb(work, request, directory, at)


async def _remind_or_close(work: Work, request: Request, at: datetime) -> list[Happened]:
    outcome = await changes.latest_outcome(work, request.id)
    if request.state != RequestState.PROPOSED or outcome is None:
        return []
    try:
        if _closes(clocks(), outcome, at):
            return await close_without_reply(work, request, outcome, at)
        return await remind(work, request, outcome, at) if _needs_reminder(clocks(), outcome, at) else []
    except NotPossible:
        return []


def _needs_reminder(times: Clocks, outcome: Outcome, at: datetime) -> bool:
    """One reminder a day at most: after a standstill the second does not come with the first."""
    after = times.file.remind_after
    if outcome.reminders >= len(after):
        return False
    if outcome.reminded_at is not None and local_day(outcome.reminded_at) == local_day(at):
        return False
    return times.calendar.between(local_day(outcome.proposed_at), local_day(at)) >= after[outcome.reminders]


def _closes(times: Clocks, outcome: Outcome, at: datetime) -> bool:
    """After the last reminder there is always as long to answer as the file says, also after a standstill."""
    if outcome.reminders < len(times.file.remind_after) or outcome.reminded_at is None:
        return False
    since_proposed = times.calendar.between(local_day(outcome.proposed_at), local_day(at))
    since_reminded = times.calendar.between(local_day(outcome.reminded_at), local_day(at))
    last_wait = times.file.close_after - times.file.remind_after[-1]
    return since_proposed >= times.file.close_after and since_reminded >= last_wait
