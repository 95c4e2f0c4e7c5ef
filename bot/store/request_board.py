"""The board of requests: views, how many are in each, pages of a list that stay right while it changes.

Who sees what is decided by `requests.visible_to` alone; every question here goes through it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Date, and_, exists, func, literal, or_, select, tuple_

from bot.store.casework_models import Allocation, ConversationLink, Outcome
from bot.store.database import Work
from bot.store.models import Conversation, Request, RequestKind, RequestState, UtcDateTime
from bot.store.request_changes import OPEN, UNFINISHED
from bot.store.requests import OutcomesReport, Viewer, can_change, visible_to
from bot.store.staff_models import Staff

FINISHED = (RequestState.DONE, RequestState.CLOSED_NO_REPLY, RequestState.WITHDRAWN)
NO_DATE = date(1, 1, 1)  # what has no date stands before all that has one


class View(StrEnum):
    """Which requests a board shows, of those that its reader may see."""

    OPEN = "open"  # all that is not finished
    MINE = "mine"
    PEOPLE = "people"  # in the cases that are one's own, and in somebody else's hands
    CLIMBED = "climbed"
    TRIAGE = "triage"
    LATE = "late"
    PROPOSED = "proposed"
    CLOSED = "closed"


@dataclass(frozen=True)
class Wanted:
    """A view, and of it one kind or those that were asked of one `who`."""

    view: View = View.OPEN
    kind: RequestKind | None = None
    who: str | None = None


@dataclass(frozen=True)
class Place:
    """The last line of a page: the next one begins after it. `key` is the due day, of finished ones the closing."""

    key: date | datetime
    created_at: datetime
    id: str


@dataclass(frozen=True)
class BoardLine:
    """A request as a line of the board."""

    id: str
    designation: str
    number: int
    kind: RequestKind
    who: str
    state: RequestState
    created_at: datetime
    state_at: datetime
    due_on: date | None
    assigned_to: str | None
    assigned_name: str | None
    can_change: bool

    def place(self, view: View) -> Place:
        key = self.state_at if view is View.CLOSED else (self.due_on or NO_DATE)
        return Place(key, self.created_at, self.id)


async def lines(
    work: Work, viewer: Viewer, wanted: Wanted, today: date, limit: int, after: Place | None = None
) -> list[BoardLine]:
    """The soonest due first, those without a date before all; finished ones by their end, the newest first."""
    query = (
        select(Request, Conversation.designation, Staff.name)
        .join(Conversation, Conversation.id == Request.conversation_id)
        .outerjoin(Staff, Staff.id == Request.assigned_to)
        .where(visible_to(viewer, today), *_conditions(viewer, wanted, today))
    )
    due = func.coalesce(Request.due_on, literal(NO_DATE, Date))
    if wanted.view is View.CLOSED:
        query = query.order_by(Request.state_at.desc(), Request.id.desc())
    else:
        query = query.order_by(due, Request.created_at, Request.id)
    if after is not None:
        query = query.where(_past(wanted.view, after, due))
    rows = await work.session.execute(query.limit(limit))
    return [_line(viewer, request, designation, name) for request, designation, name in rows]


def _past(view: View, after: Place, due: ColumnElement[date]) -> ColumnElement[bool]:
    if view is View.CLOSED:
        here = tuple_(literal(after.key, UtcDateTime), literal(after.id))
        return tuple_(Request.state_at, Request.id) < here
    place = tuple_(literal(after.key, Date), literal(after.created_at, UtcDateTime), literal(after.id))
    return tuple_(due, Request.created_at, Request.id) > place


def _line(viewer: Viewer, request: Request, designation: str, name: str | None) -> BoardLine:
    return BoardLine(
        id=request.id,
        designation=designation,
        number=request.number,
        kind=RequestKind(request.kind),
        who=request.who,
        state=RequestState(request.state),
        created_at=request.created_at,
        state_at=request.state_at,
        due_on=request.due_on,
        assigned_to=request.assigned_to,
        assigned_name=name,
        can_change=can_change(viewer, request),
    )


async def row(work: Work, request_id: str) -> Request | None:
    """The request as it is stored, unlocked. Only for one that its reader was found to see."""
    return await work.session.get(Request, request_id)


async def counts(work: Work, viewer: Viewer, wanted: Wanted, today: date) -> dict[View, int]:
    """How many requests are in each view, with the same kind and `who` as in the one that is wanted."""
    columns = [func.count().filter(_in_view(viewer, view, today)) for view in View]
    query = select(*columns).select_from(Request).where(visible_to(viewer, today), *_narrowed(wanted))
    row = (await work.session.execute(query)).one()
    return dict(zip(View, row, strict=True))


def _conditions(viewer: Viewer, wanted: Wanted, today: date) -> list[ColumnElement[bool]]:
    return [_in_view(viewer, wanted.view, today), *_narrowed(wanted)]


def _narrowed(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.kind is not None:
        conditions.append(Request.kind == wanted.kind)
    if wanted.who is not None:
        conditions.append(Request.who == wanted.who)
    return conditions


def _in_view(viewer: Viewer, view: View, today: date) -> ColumnElement[bool]:
    unfinished = Request.state.in_(UNFINISHED)
    match view:
        case View.OPEN:
            return unfinished
        case View.MINE:
            return and_(unfinished, Request.assigned_to == viewer.staff_id)
        case View.PEOPLE:
            with_others = or_(Request.assigned_to.is_(None), Request.assigned_to != viewer.staff_id)
            return and_(unfinished, with_others, _in_own_case(viewer))
        case View.CLIMBED:
            return and_(unfinished, Request.climbed_to == viewer.staff_id)
        case View.TRIAGE:
            return and_(Request.state.in_(OPEN), Request.assigned_to.is_(None))
        case View.LATE:
            return and_(Request.state.in_(OPEN), Request.due_on < today)
        case View.PROPOSED:
            return Request.state == RequestState.PROPOSED
        case View.CLOSED:
            return Request.state.in_(FINISHED)


def _in_own_case(viewer: Viewer) -> ColumnElement[bool]:
    email = select(Staff.email).where(Staff.id == viewer.staff_id).scalar_subquery()
    return exists().where(
        ConversationLink.conversation_id == Request.conversation_id,
        Allocation.reference_hash == ConversationLink.reference_hash,
        or_(*(getattr(Allocation, column) == email for column in ("worker", "personal_adviser", "iro", "manager"))),
    )


async def outcomes(work: Work, viewer: Viewer, since: datetime, until: datetime, today: date) -> OutcomesReport:
    """Of all outcomes proposed from `since` up to and without `until` on requests that the viewer may see: the answers.

    No reply and waiting are never left out.
    """
    rows = await work.session.execute(
        select(Outcome.answer, func.count())
        .join(Request, Request.id == Outcome.request_id)
        .where(Outcome.proposed_at >= since, Outcome.proposed_at < until, visible_to(viewer, today))
        .group_by(Outcome.answer)
    )
    return OutcomesReport.of(dict(rows.all()))


@dataclass(frozen=True)
class ListState:
    """The allocation list as it stands: cases with anybody on them, and the last import."""

    cases: int
    imported_at: datetime | None


async def allocation_list(work: Work) -> ListState:
    columns = (Allocation.worker, Allocation.personal_adviser, Allocation.iro, Allocation.manager, Allocation.team)
    held = or_(*(column.is_not(None) for column in columns))
    row = (await work.session.execute(select(func.count().filter(held), func.max(Allocation.imported_at)))).one()
    return ListState(row[0], row[1])
