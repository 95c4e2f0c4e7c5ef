"""Changing a request: under a lock, with its next event; its outcomes, whom it is hidden from, what clocks look for."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, delete, func, or_, select

from bot.store.casework_models import Outcome, RequestEvent, RequestHidden
from bot.store.database import Work
from bot.store.models import Conversation, Request, RequestState
from bot.store.staff_models import Role, Staff

# The council has something to do; with PROPOSED, somebody still has it on their hands.
OPEN = (RequestState.SENT, RequestState.SEEN, RequestState.REOPENED)
UNFINISHED = (*OPEN, RequestState.PROPOSED)


async def lock_conversation_of(work: Work, request_id: str) -> None:
    """Whoever changes a request and may say something about it locks its conversation first: intake does so too, and
    two who lock in different orders would wait for one another."""
    here = select(Conversation.id).join(Request, Request.conversation_id == Conversation.id)
    await work.session.execute(here.where(Request.id == request_id).with_for_update(of=Conversation))


async def locked(work: Work, request_id: str) -> Request | None:
    """The request for a change by the service itself: its clocks, and what a young person does."""
    return await locked_where(work, select(Request).where(Request.id == request_id))


async def locked_by_number(work: Work, conversation_id: str, number: int) -> Request | None:
    """The request that a young person knows by this number."""
    here = select(Request).where(Request.conversation_id == conversation_id, Request.number == number)
    return await locked_where(work, here)


async def locked_where(work: Work, query: Select[Request]) -> Request | None:
    """The one request that a query finds, locked until this transaction ends."""
    # A row that was read before in this transaction is read again: another may have changed it while we waited.
    waiting = query.with_for_update(of=Request).execution_options(populate_existing=True)
    found: Request | None = await work.session.scalar(waiting)
    return found


async def add_event(
    work: Work, request: Request, what: str, by: str, at: datetime, to_staff: str | None = None
) -> RequestEvent:
    """The next step in the request's life. The caller holds the lock and has set the state that it leads to."""
    last = await work.session.scalar(select(func.max(RequestEvent.n)).where(RequestEvent.request_id == request.id))
    event = RequestEvent(
        request_id=request.id,
        n=(last or 0) + 1,
        at=at,
        by=by,
        what=what,
        state_after=request.state,
        to_staff=to_staff,
    )
    work.session.add(event)
    await work.session.flush()
    return event


async def events_of(work: Work, request_id: str) -> list[RequestEvent]:
    rows = await work.session.scalars(
        select(RequestEvent).where(RequestEvent.request_id == request_id).order_by(RequestEvent.n)
    )
    return list(rows)


async def outcomes_of(work: Work, request_id: str) -> list[Outcome]:
    rows = await work.session.scalars(select(Outcome).where(Outcome.request_id == request_id).order_by(Outcome.n))
    return list(rows)


async def latest_outcome(work: Work, request_id: str) -> Outcome | None:
    return await work.session.scalar(
        select(Outcome)
        .where(Outcome.request_id == request_id)
        .order_by(Outcome.n.desc())
        .limit(1)
        .execution_options(populate_existing=True)
    )


async def add_outcome(work: Work, request_id: str, words: str, staff_id: str, at: datetime) -> Outcome:
    latest = await latest_outcome(work, request_id)
    outcome = Outcome(
        request_id=request_id,
        n=1 if latest is None else latest.n + 1,
        words_sealed=work.keys.encrypt(words),
        proposed_by=staff_id,
        proposed_at=at,
    )
    work.session.add(outcome)
    await work.session.flush()
    return outcome


async def hidden_of(work: Work, request_id: str) -> frozenset[str]:
    rows = await work.session.scalars(select(RequestHidden.whom).where(RequestHidden.request_id == request_id))
    return frozenset(rows)


async def hide(work: Work, request_id: str, whom: Collection[str]) -> None:
    """Hide a request from these. People stay hidden for good; a whole role only while it is among `whom`."""
    await work.session.execute(
        delete(RequestHidden).where(
            RequestHidden.request_id == request_id,
            RequestHidden.whom.in_([role.value for role in Role]),
            RequestHidden.whom.not_in(list(whom)),
        )
    )
    known = await hidden_of(work, request_id)
    work.session.add_all(RequestHidden(request_id=request_id, whom=one) for one in sorted(set(whom) - known))
    await work.session.flush()


# --- What the clocks look for ---


async def without_a_date(work: Work) -> list[str]:
    """Open requests that nobody has set a date for."""
    return await _ids(work, Request.due_on.is_(None), Request.state.in_(OPEN))


async def late_and_not_climbed(work: Work, today: date) -> list[str]:
    """What climbed to somebody who has left since has to climb again."""
    gone = Request.climbed_to.in_(select(Staff.id).where(Staff.disabled_at.is_not(None)))
    return await _ids(work, Request.due_on < today, or_(Request.climbed_at.is_(None), gone), Request.state.in_(OPEN))


async def waiting_for_an_answer(work: Work) -> list[str]:
    return await _ids(work, Request.state == RequestState.PROPOSED)


async def unfinished_of(work: Work, staff_ids: Collection[str]) -> list[str]:
    """What these people still have on their hands."""
    return await _ids(work, Request.assigned_to.in_(list(staff_ids)), Request.state.in_(UNFINISHED))


async def assignees(work: Work) -> set[str]:
    """Everybody who has an unfinished request."""
    rows = await work.session.scalars(
        select(Request.assigned_to).where(Request.assigned_to.is_not(None), Request.state.in_(UNFINISHED)).distinct()
    )
    return {staff_id for staff_id in rows if staff_id is not None}


async def of_conversation(work: Work, conversation_id: str) -> list[str]:
    """All of a conversation's requests, finished ones too."""
    return await _ids(work, Request.conversation_id == conversation_id)


async def _ids(work: Work, *conditions: ColumnElement[bool]) -> list[str]:
    rows = await work.session.scalars(select(Request.id).where(*conditions).order_by(Request.created_at, Request.id))
    return list(rows)
