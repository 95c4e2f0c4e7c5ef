"""The inbox: conversations in which a young person has written, the newest first, as one reader sees them.

Queries only. They are made from columns that are kept when a message or a reply is stored (`said_at`, `said_position`,
`answered_position`, `read_up_to`), so that a page costs the same whether a conversation is short or long.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, exists, false, func, not_, or_, select, true

from bot.store.casework_models import TranscriptRead
from bot.store.database import Work
from bot.store.models import Alert, AlertState, Channel, Conversation, Message, Request, RequestState, Severity
from bot.store.request_changes import OPEN
from bot.store.requests import Viewer
from bot.store.sight import readable_by
from bot.store.staff_models import Staff

SIZE = 25
WORST_FIRST = (Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY)


class Show(StrEnum):
    """What a reader wants to see."""

    ALL = "all"
    UNREAD = "unread"  # this reader has not read the newest message
    FLAGGED = "flagged"  # a message of it has raised an alert
    WAITING_ON_US = "waiting_on_us"  # a request is open, or a person answers and the young person wrote last
    WAITING_ON_THEM = "waiting_on_them"  # nothing of the above, and an outcome is proposed or a person wrote last
    HELD_BY_ME = "held_by_me"


@dataclass(frozen=True)
class Wanted:
    """Which conversations: all of these together. The newest message is at `since` or later, and before `until`."""

    show: Show = Show.ALL
    channel: Channel | None = None
    goal: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class Place:
    """A line's place in the inbox."""

    at: datetime
    id: str


@dataclass(frozen=True)
class Flag:
    """The worst alert of a conversation, and whether somebody has acknowledged all of them."""

    severity: Severity
    acknowledged: bool


@dataclass(frozen=True)
class InboxLine:
    """One conversation. `new` counts the young person's messages that this reader has not read."""

    id: str
    designation: str
    channel: Channel
    last_at: datetime
    new: int
    read_by_anybody: bool
    waiting_on_us: bool
    waiting_on_them: bool
    held_by: str | None
    holder_name: str | None
    left: bool
    flag: Flag | None

    @property
    def place(self) -> Place:
        return Place(self.last_at, self.id)


@dataclass(frozen=True)
class InboxPage:
    lines: Sequence[InboxLine]
    has_newer: bool
    has_older: bool


def _read_up_to(viewer: Viewer) -> ColumnElement[int]:
    mine = select(func.max(TranscriptRead.up_to)).where(
        TranscriptRead.conversation_id == Conversation.id, TranscriptRead.staff_id == viewer.staff_id
    )
    return func.coalesce(mine.scalar_subquery(), 0)


def _request_in(*states: RequestState) -> ColumnElement[bool]:
    return exists().where(Request.conversation_id == Conversation.id, Request.state.in_(states))


def _waiting_on_us() -> ColumnElement[bool]:
    they_wrote_last = Conversation.said_position > Conversation.answered_position
    return or_(and_(Conversation.held_by.is_not(None), they_wrote_last), _request_in(*OPEN))


def _waiting_on_them() -> ColumnElement[bool]:
    we_wrote_last = and_(Conversation.held_by.is_not(None), Conversation.answered_position > Conversation.said_position)
    return and_(not_(_waiting_on_us()), or_(we_wrote_last, _request_in(RequestState.PROPOSED)))


def _shown(show: Show, viewer: Viewer) -> ColumnElement[bool]:
    match show:
        case Show.ALL:
            return true()
        case Show.UNREAD:
            return Conversation.said_position > _read_up_to(viewer)
        case Show.FLAGGED:
            return exists().where(Alert.conversation_id == Conversation.id)
        case Show.WAITING_ON_US:
            return _waiting_on_us()
        case Show.WAITING_ON_THEM:
            return _waiting_on_them()
        case Show.HELD_BY_ME:
            return Conversation.held_by == viewer.staff_id


def _chosen(viewer: Viewer, wanted: Wanted) -> list[ColumnElement[bool]]:
    """Everything but `show`: what the numbers beside the choices count within."""
    conditions = [readable_by(viewer), Conversation.said_at.is_not(None)]
    if wanted.channel is not None:
        conditions.append(Conversation.channel == wanted.channel)
    if wanted.goal is not None:
        conditions.append(Conversation.id.in_(select(Message.conversation_id).where(Message.goal == wanted.goal)))
    if wanted.since is not None:
        conditions.append(Conversation.said_at >= wanted.since)
    if wanted.until is not None:
        conditions.append(Conversation.said_at < wanted.until)
    return conditions


async def counts(work: Work, viewer: Viewer, wanted: Wanted) -> Mapping[Show, int]:
    """How many conversations each choice of `show` would list, with the other filters as they are."""
    columns = [func.count().filter(_shown(show, viewer)).label(show.value) for show in Show]
    row = (await work.session.execute(select(*columns).where(*_chosen(viewer, wanted)))).one()
    return dict(zip(Show, row, strict=True))


def _older_than(place: Place) -> ColumnElement[bool]:
    same = and_(Conversation.said_at == place.at, Conversation.id < place.id)
    # The first half lets the database begin at the right place of the index.
    return and_(Conversation.said_at <= place.at, or_(Conversation.said_at < place.at, same))


def _newer_than(place: Place) -> ColumnElement[bool]:
    same = and_(Conversation.said_at == place.at, Conversation.id > place.id)
    return and_(Conversation.said_at >= place.at, or_(Conversation.said_at > place.at, same))


def _lines(viewer: Viewer, wanted: Wanted) -> Select[Conversation, int, bool, bool, str | None]:
    unread = select(func.count()).where(
        Message.conversation_id == Conversation.id, Message.position > _read_up_to(viewer)
    )
    new: ScalarSelect[int] = unread.correlate(Conversation).scalar_subquery()
    return (
        select(Conversation, new, _waiting_on_us(), _waiting_on_them(), Staff.name)
        .outerjoin(Staff, Staff.id == Conversation.held_by)
        .where(*_chosen(viewer, wanted), _shown(wanted.show, viewer))
    )


async def page(
    work: Work,
    viewer: Viewer,
    wanted: Wanted,
    *,
    older_than: Place | None = None,
    newer_than: Place | None = None,
    size: int = SIZE,
) -> InboxPage:
    """The lines just past a place, in either direction; the newest ones without a place. Always the newest first."""
    query = _lines(viewer, wanted).limit(size + 1)
    if newer_than is not None:
        query = query.where(_newer_than(newer_than)).order_by(Conversation.said_at, Conversation.id)
    else:
        past = true() if older_than is None else _older_than(older_than)
        query = query.where(past).order_by(Conversation.said_at.desc(), Conversation.id.desc())
    rows = (await work.session.execute(query)).all()
    flags = await _flags(work, [row[0].id for row in rows[:size]])
    lines = [_line(*row, flags.get(row[0].id)) for row in rows[:size]]
    more = len(rows) > size
    if newer_than is not None:
        return InboxPage(lines[::-1], has_newer=more, has_older=True)
    return InboxPage(lines, has_newer=older_than is not None, has_older=more)


def _line(
    conversation: Conversation, new: int, on_us: bool, on_them: bool, holder_name: str | None, flag: Flag | None
) -> InboxLine:
    return InboxLine(
        id=conversation.id,
        designation=conversation.designation,
        channel=Channel(conversation.channel),
        last_at=conversation.said_at or conversation.last_at,
        new=new,
        read_by_anybody=conversation.read_up_to >= conversation.said_position,
        waiting_on_us=bool(on_us),
        waiting_on_them=bool(on_them),
        held_by=conversation.held_by,
        holder_name=holder_name,
        left=conversation.ended_at is not None,
        flag=flag,
    )


async def _flags(work: Work, conversation_ids: Sequence[str]) -> dict[str, Flag]:
    rows = await work.session.execute(
        select(Alert.conversation_id, Alert.severity, Alert.state).where(Alert.conversation_id.in_(conversation_ids))
    )
    found: dict[str, list[tuple[Severity, bool]]] = {}
    for conversation_id, severity, state in rows:
        raised = (Severity(severity), state != AlertState.RAISED)
        found.setdefault(conversation_id, []).append(raised)
    return {
        conversation_id: Flag(
            min((severity for severity, _ in alerts), key=WORST_FIRST.index),
            all(acknowledged for _, acknowledged in alerts),
        )
        for conversation_id, alerts in found.items()
    }


async def neighbours(work: Work, viewer: Viewer, wanted: Wanted, place: Place) -> tuple[str | None, str | None]:
    """The conversations just above and just below this place of the inbox, by id."""
    above = _step(viewer, wanted, _newer_than(place)).order_by(Conversation.said_at, Conversation.id)
    below = _step(viewer, wanted, _older_than(place)).order_by(Conversation.said_at.desc(), Conversation.id.desc())
    return await work.session.scalar(above), await work.session.scalar(below)


def _step(viewer: Viewer, wanted: Wanted, past: ColumnElement[bool]) -> Select[str]:
    return select(Conversation.id).where(*_chosen(viewer, wanted), _shown(wanted.show, viewer), past).limit(1)


async def named_like(work: Work, viewer: Viewer, words: str, most: int = 5) -> list[InboxLine]:
    """Conversations whose designation has these words in it."""
    plain = " ".join(words.lower().split())
    like = Conversation.designation.contains(plain, autoescape=True) if len(plain) >= 3 else false()
    query = _lines(viewer, Wanted()).where(like).order_by(Conversation.said_at.desc(), Conversation.id.desc())
    rows = (await work.session.execute(query.limit(most))).all()
    flags = await _flags(work, [row[0].id for row in rows])
    return [_line(*row, flags.get(row[0].id)) for row in rows]
