"""Requests: those that a member of staff may see, one with all that belongs to it, and what came of outcomes.

`visible_to` is the one rule of who sees what. Every question that takes a Viewer goes through it, and what it hides is
as if it did not exist.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, true
from sqlalchemy.orm import aliased

from bot.store import attachments, messages
from bot.store.casework_models import Allocation, Answer, ConversationLink, Outcome, RequestEvent, RequestHidden
from bot.store.database import Work
from bot.store.models import ComplaintStage, Conversation, Request, RequestKind, RequestState
from bot.store.request_changes import OPEN, events_of, hidden_of, locked_where, outcomes_of
from bot.store.staff_models import Role, Staff


class NotThere(LookupError):
    """No such request, or none that this person may see: nobody can tell which."""


@dataclass(frozen=True)
class Viewer:
    """Who is asking."""

    staff_id: str
    role: Role


def visible_to(viewer: Viewer, today: date) -> ColumnElement[bool]:
    """The rule of who sees a request. An account that is disabled sees none.

    Nobody sees what is hidden from them, by id, e-mail or role. Of the rest: participation officers all; safeguarding
    leads what participation officers must not see; workers what is assigned to them, and never a request for an
    advocate; managers what is assigned or has climbed to them, and what has been given out in the cases they manage,
    less requests for an advocate; IROs what is assigned to them, and what is late in their cases.
    """
    email = select(Staff.email).where(Staff.id == viewer.staff_id, Staff.disabled_at.is_(None)).scalar_subquery()
    hidden = _hidden_from(viewer.staff_id, email, viewer.role.value)
    return and_(email.is_not(None), not_(hidden), _scope(viewer, email, today))


def _hidden_from(*whom: object) -> ColumnElement[bool]:
    matches = or_(*(RequestHidden.whom == one for one in whom))
    return exists().where(RequestHidden.request_id == Request.id, matches)


def _scope(viewer: Viewer, email: ColumnElement[str], today: date) -> ColumnElement[bool]:
    mine = Request.assigned_to == viewer.staff_id
    climbed = Request.climbed_to == viewer.staff_id
    for_advocate = or_(Request.kind == RequestKind.ADVOCATE, Request.who == "advocate")
    match viewer.role:
        case Role.PARTICIPATION_OFFICER:
            return true()
        case Role.SAFEGUARDING_LEAD:
            return or_(mine, climbed, _hidden_from(Role.PARTICIPATION_OFFICER.value))
        case Role.WORKER:
            return and_(mine, not_(for_advocate))
        case Role.MANAGER:
            given_out = and_(_in_case(Allocation.manager == email), Request.assigned_to.is_not(None))
            return or_(mine, climbed, and_(given_out, not_(for_advocate)))
        case Role.IRO:
            late = and_(Request.state.in_(OPEN), Request.due_on < today)
            return or_(mine, and_(_in_case(Allocation.iro == email), late))
        case _:
            return false()


def _in_case(holds: ColumnElement[bool]) -> ColumnElement[bool]:
    return exists().where(
        ConversationLink.conversation_id == Request.conversation_id,
        Allocation.reference_hash == ConversationLink.reference_hash,
        holds,
    )


def can_change(viewer: Viewer, request: Request) -> bool:
    """Of those who see it, an IRO only reads what is not assigned to them."""
    return viewer.role is not Role.IRO or request.assigned_to == viewer.staff_id


@dataclass(frozen=True)
class Filter:
    """Which requests to show. An empty filter shows all. Dates: `due_from` and `due_until` are both included."""

    states: Collection[RequestState] = ()
    kinds: Collection[RequestKind] = ()
    due_from: date | None = None
    due_until: date | None = None
    assigned_to: str | None = None
    triage: bool = False
    """Only what is assigned to nobody."""
    conversation_id: str | None = None


@dataclass(frozen=True)
class RequestLine:
    """A request as a line of the board."""

    id: str
    conversation_id: str
    designation: str
    number: int
    kind: RequestKind
    who: str
    state: RequestState
    created_at: datetime
    state_at: datetime
    due_on: date | None
    extended: bool
    stage: ComplaintStage
    stage_from: date | None
    assigned_to: str | None
    assigned_name: str | None
    climbed_to: str | None
    version: int
    can_change: bool


def _lines(viewer: Viewer, wanted: Filter, today: date) -> Select[Request, str, str | None]:
    assignee = aliased(Staff)
    query = (
        select(Request, Conversation.designation, assignee.name)
        .join(Conversation, Conversation.id == Request.conversation_id)
        .outerjoin(assignee, assignee.id == Request.assigned_to)
        .where(visible_to(viewer, today), *_conditions(wanted))
    )
    return query.order_by(Request.due_on.is_(None).desc(), Request.due_on, Request.created_at, Request.id)


def _conditions(wanted: Filter) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.states:
        conditions.append(Request.state.in_(list(wanted.states)))
    if wanted.kinds:
        conditions.append(Request.kind.in_(list(wanted.kinds)))
    if wanted.due_from is not None:
        conditions.append(Request.due_on >= wanted.due_from)
    if wanted.due_until is not None:
        conditions.append(Request.due_on <= wanted.due_until)
    if wanted.assigned_to is not None:
        conditions.append(Request.assigned_to == wanted.assigned_to)
    if wanted.triage:
        conditions.append(Request.assigned_to.is_(None))
    if wanted.conversation_id is not None:
        conditions.append(Request.conversation_id == wanted.conversation_id)
    return conditions


def _line(viewer: Viewer, request: Request, designation: str, assigned_name: str | None) -> RequestLine:
    return RequestLine(
        id=request.id,
        conversation_id=request.conversation_id,
        designation=designation,
        number=request.number,
        kind=RequestKind(request.kind),
        who=request.who,
        state=RequestState(request.state),
        created_at=request.created_at,
        state_at=request.state_at,
        due_on=request.due_on,
        extended=request.extended,
        stage=ComplaintStage(request.stage),
        stage_from=request.stage_from,
        assigned_to=request.assigned_to,
        assigned_name=assigned_name,
        climbed_to=request.climbed_to,
        version=request.version,
        can_change=can_change(viewer, request),
    )


async def board(
    work: Work, viewer: Viewer, wanted: Filter, today: date, limit: int = 50, skip: int = 0
) -> list[RequestLine]:
    """What the viewer may see, the soonest due first; those without a date before all."""
    rows = await work.session.execute(_lines(viewer, wanted, today).limit(limit).offset(skip))
    return [_line(viewer, request, designation, name) for request, designation, name in rows]


async def count(work: Work, viewer: Viewer, wanted: Filter, today: date) -> int:
    query = select(func.count()).select_from(Request).where(visible_to(viewer, today), *_conditions(wanted))
    return await work.session.scalar(query) or 0


@dataclass(frozen=True)
class SaidWords:
    """A message that belongs to a request, with its words."""

    message_id: str
    text: str


@dataclass(frozen=True)
class OpenedOutcome:
    """What staff said was done, and the answer to it."""

    n: int
    words: str
    proposed_by: str
    proposed_at: datetime
    reminders: int
    answer: Answer | None
    answered_at: datetime | None


@dataclass(frozen=True)
class RequestPage:
    """A request with everything that belongs to it."""

    line: RequestLine
    how_to_reach: str | None
    card: str | None
    about: list[str]
    hide_from: list[str]
    words: list[SaidWords]
    events: list[RequestEvent]
    outcomes: list[OpenedOutcome]
    is_linked: bool
    hidden: frozenset[str] = field(default=frozenset())
    attached: str | None = None
    """What the young person asked to be sent along: the summary of a status check."""


async def one(work: Work, viewer: Viewer, request_id: str, today: date) -> RequestPage:
    """Raises NotThere."""
    found = (await work.session.execute(_lines(viewer, Filter(), today).where(Request.id == request_id))).first()
    if found is None:
        raise NotThere
    request, designation, assigned_name = found
    linked = await work.session.get(ConversationLink, request.conversation_id)
    return RequestPage(
        line=_line(viewer, request, designation, assigned_name),
        how_to_reach=request.how_to_reach,
        card=request.card,
        about=list(request.about),
        hide_from=list(request.hide_from),
        words=await _words(work, request.words),
        events=await events_of(work, request_id),
        outcomes=[_opened(work, outcome) for outcome in await outcomes_of(work, request_id)],
        is_linked=linked is not None,
        hidden=await hidden_of(work, request_id),
        attached=await attachments.of_request(work, request_id),
    )


async def _words(work: Work, message_ids: Sequence[str]) -> list[SaidWords]:
    said = []
    for message_id in message_ids:
        said += [SaidWords(message_id, text) for text in await messages.texts(work, [message_id])]
    return said


def _opened(work: Work, outcome: Outcome) -> OpenedOutcome:
    return OpenedOutcome(
        n=outcome.n,
        words=work.keys.decrypt(outcome.words_sealed),
        proposed_by=outcome.proposed_by,
        proposed_at=outcome.proposed_at,
        reminders=outcome.reminders,
        answer=None if outcome.answer is None else Answer(outcome.answer),
        answered_at=outcome.answered_at,
    )


async def locked_for(work: Work, viewer: Viewer, request_id: str, today: date) -> Request:
    """The request for a change: nobody else changes it until this transaction ends. Raises NotThere."""
    query = select(Request).where(Request.id == request_id, visible_to(viewer, today))
    request = await locked_where(work, query)
    if request is None:
        raise NotThere
    return request


# --- What came of outcomes ---


@dataclass(frozen=True)
class OutcomesReport:
    """Of all outcomes that were proposed: what the young people said. No reply and waiting are never left out."""

    proposed: int
    yes: int
    half: int
    no: int
    no_reply: int
    waiting: int

    @classmethod
    def of(cls, counts: dict[str | None, int]) -> OutcomesReport:
        """From the number of outcomes by answer, None for those that wait for one."""
        return cls(
            proposed=sum(counts.values()),
            yes=counts.get(Answer.YES, 0),
            half=counts.get(Answer.HALF, 0),
            no=counts.get(Answer.NO, 0),
            no_reply=counts.get(Answer.NO_REPLY, 0),
            waiting=counts.get(None, 0),
        )


async def outcomes_report(work: Work, since: datetime, until: datetime) -> OutcomesReport:
    """Outcomes proposed from `since` up to and without `until`, by the answer that they have now."""
    rows = await work.session.execute(
        select(Outcome.answer, func.count())
        .where(Outcome.proposed_at >= since, Outcome.proposed_at < until)
        .group_by(Outcome.answer)
    )
    return OutcomesReport.of(dict(rows.all()))
