"""The end of a request, from both sides: staff say what was done, the young person says whether it is.

Every function works in the caller's transaction, under a lock on the request, and returns what happened; the caller
writes that to the log in the same transaction.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from bot.requests.clocks import clocks, local_day
from bot.requests.complaint_stages import counts_from, due_on, time_for
from bot.requests.giving import GIVES_OUT
from bot.requests.happened import CLOCK, YOUNG_PERSON, Happened
from bot.requests.states import Event, NotPossible, event_of
from bot.requests.steps import Change, NotAllowed, for_change, happen
from bot.requests.words import Said, day_in_words, fill, words
from bot.store import Work, conversations, notifications, outbox
from bot.store import request_changes as changes
from bot.store.casework_models import Answer, Outcome
from bot.store.models import Author, Request, RequestKind
from bot.store.notifications import Template
from bot.store.outbox import Bubble, Outgoing
from bot.store.requests import NotThere

LONGEST_OUTCOME = 2_000


class BadWords(ValueError):
    """The words of an outcome are `empty` or `too_long`."""


async def propose(work: Work, change: Change, said: str) -> list[Happened]:
    """Say in plain words what was done, and ask the young person whether it is. They decide.

    Raises NotThere, NotAllowed, Changed, BadWords; NotPossible while an answer is awaited or when it is finished.
    """
    request = await for_change(work, change)
    said = said.strip()
    if not said or len(said) > LONGEST_OUTCOME:
        raise BadWords("too_long" if said else "empty")
    happened = await happen(work, request, Event.PROPOSED, change.viewer.staff_id, change.at)
    outcome = await changes.add_outcome(work, request.id, said, change.viewer.staff_id, change.at)
    signed = Outgoing(
        request.conversation_id, None, "outcome", Author.STAFF, [Bubble(said)], signed=change.viewer.role.value
    )
    await outbox.say(work, signed)
    await ask_outcome(work, request, outcome, words().question)
    return [replace(happened, n=outcome.n)]


async def ask_outcome(work: Work, request: Request, outcome: Outcome, said: Said) -> None:
    """Ask about an outcome with its three buttons; with a complaint, an advocate is offered before."""
    if request.kind == RequestKind.COMPLAINT:
        await say(work, request, words().advocate_offer)
    await say(work, request, said, n=outcome.n)


async def say(work: Work, request: Request, said: Said, **values: str | int) -> None:
    conversation = await conversations.by_id(work, request.conversation_id)
    bubbles = fill(said, conversation, number=request.number, **values)
    await outbox.say(work, Outgoing(request.conversation_id, None, "request", Author.SERVICE, bubbles))


async def extend(work: Work, change: Change) -> list[Happened]:
    """Take the longer time that the law allows for a complaint, and tell the young person the new date.

    Raises NotThere, NotAllowed (also when there is no longer time, or it was taken), Changed, NotPossible.
    """
    request = await for_change(work, change)
    if change.viewer.role not in GIVES_OUT or request.extended or time_for(request).longer is None:
        raise NotAllowed
    happened = await happen(work, request, Event.EXTENDED, change.viewer.staff_id, change.at)
    request.extended = True
    request.due_on = due_on(request)
    if request.due_on >= local_day(change.at):
        request.climbed_at = request.climbed_to = None
    if day := told_date(request):
        await say(work, request, words().extended, day=day_in_words(day))
    return [happened]


def told_date(request: Request) -> date | None:
    """The date that the young person may be told for this request."""
    return clocks().told(RequestKind(request.kind), counts_from(request), request.due_on)


# --- By the young person ---


@dataclass(frozen=True)
class Answered:
    """What a young person said to the nth outcome of their request with this number, and in which message."""

    number: int
    n: int
    said: Answer
    message_id: str


async def answer(work: Work, conversation_id: str, answered: Answered, at: datetime) -> tuple[Request, list[Happened]]:
    """The young person says yes, half or no to an outcome.

    Raises NotThere when the request is not theirs, NotPossible when it is answered or there is a newer outcome.
    """
    request, outcome = await _with_outcome(work, conversation_id, answered.number)
    if outcome is None or outcome.n != answered.n:
        raise NotPossible("not the newest outcome")
    happened = await happen(work, request, event_of(answered.said), YOUNG_PERSON, at, outcome=outcome)
    outcome.answer, outcome.answered_at = answered.said, at
    outcome.answer_message_id = answered.message_id
    if answered.said is not Answer.YES:
        await _start_again(work, request, at)
    return request, [happened]


async def _with_outcome(work: Work, conversation_id: str, number: int) -> tuple[Request, Outcome | None]:
    request = await changes.locked_by_number(work, conversation_id, number)
    if request is None:
        raise NotThere
    return request, await changes.latest_outcome(work, request.id)


async def _start_again(work: Work, request: Request, at: datetime) -> None:
    """It is open again. The council's own clock starts afresh; the law's counts from the day of the complaint."""
    kind = RequestKind(request.kind)
    if clocks().file.kinds[kind].set_by != "law":
        request.due_on = clocks().due_on(kind, at)
        request.climbed_at = request.climbed_to = None
    if request.assigned_to is not None:
        key = f"request:{request.id}:open_again:{request.version}"
        await notifications.queue(work, key, request.assigned_to, Template.REQUEST_WAITING)
    await work.session.flush()


async def withdraw(work: Work, conversation_id: str, number: int, at: datetime) -> list[Happened]:
    """The young person takes it back. Raises NotThere, or NotPossible when it is finished."""
    request = await changes.locked_by_number(work, conversation_id, number)
    if request is None:
        raise NotThere
    return [await happen(work, request, Event.WITHDRAWN, YOUNG_PERSON, at)]


async def ask_again(work: Work, conversation_id: str, number: int, at: datetime) -> tuple[Request, list[Happened]]:
    """It is not done after all. Raises NotThere, or NotPossible while it is open."""
    request = await changes.locked_by_number(work, conversation_id, number)
    if request is None:
        raise NotThere
    happened = await happen(work, request, Event.ASKED_AGAIN, YOUNG_PERSON, at)
    await _start_again(work, request, at)
    return request, [happened]


async def add_words(work: Work, request_id: str, message_id: str) -> Request | None:
    """Keep what they typed about what is still missing with the request's words."""
    request = await changes.locked(work, request_id)
    if request is not None and message_id not in request.words:
        request.words = [*request.words, message_id]
        request.version += 1
        await work.session.flush()
    return request


# --- By the clock ---


async def remind(work: Work, request: Request, outcome: Outcome, at: datetime) -> list[Happened]:
    """Ask again about an outcome. Holds the lock. Raises NotPossible after the last reminder."""
    happened = await happen(work, request, Event.REMINDED, CLOCK, at, outcome=outcome)
    outcome.reminders, outcome.reminded_at = outcome.reminders + 1, at
    is_last = outcome.reminders == len(clocks().file.remind_after)
    await ask_outcome(work, request, outcome, words().last_reminder if is_last else words().reminder)
    return [happened]


async def close_without_reply(work: Work, request: Request, outcome: Outcome, at: datetime) -> list[Happened]:
    """No answer: closed as that, and never as done. Holds the lock. Raises NotPossible before the last reminder."""
    happened = await happen(work, request, Event.CLOSED_NO_REPLY, CLOCK, at, outcome=outcome)
    outcome.answer = Answer.NO_REPLY
    await say(work, request, words().closed_no_reply, n=outcome.n)
    return [happened]
