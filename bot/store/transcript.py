"""One conversation as a reader of transcripts sees it: both sides in order, without a name, and who has read it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select, true

from bot.store import redactions
from bot.store.casework_models import Receipt, Redaction, TranscriptRead
from bot.store.database import Work
from bot.store.models import WORDS, Alert, AlertState, Author, Message, MessageKind, OutboxItem, Severity
from bot.store.redactions import Part, parts_of
from bot.store.staff_models import Role, Staff

LINES = 60
BEFORE_NEW = 8  # lines already read that stand above the first new one


class Speaker(StrEnum):
    """Who speaks in a line."""

    YOUNG_PERSON = "young_person"
    SERVICE = "service"
    SAFETY = "safety"
    STAFF = "staff"


@dataclass(frozen=True)
class AlertMark:
    severity: Severity
    category: str
    acknowledged: bool


@dataclass(frozen=True)
class Line:
    """One message of either side. `message_id`, `goal` and `alert` are the young person's; `signed` is for staff."""

    position: int
    at: datetime
    speaker: Speaker
    parts: tuple[Part, ...]
    message_id: str | None = None
    pressed: bool = False
    goal: str | None = None
    alert: AlertMark | None = None
    signed: Role | None = None
    choices: tuple[str, ...] = ()
    delivered_at: datetime | None = None


@dataclass(frozen=True)
class Window:
    """Some lines in a row, and whether there are more on either side."""

    lines: Sequence[Line]
    has_older: bool
    has_newer: bool

    @property
    def first(self) -> int:
        return self.lines[0].position if self.lines else 0

    @property
    def last(self) -> int:
        return self.lines[-1].position if self.lines else 0


@dataclass(frozen=True)
class ReadBy:
    """How far one member of staff has read, and when they came so far."""

    staff_id: str
    name: str
    role: Role
    up_to: int
    at: datetime


async def read_up_to(work: Work, conversation_id: str, staff_id: str) -> int:
    """The last position that this reader has seen; 0 when none."""
    return (
        await work.session.scalar(
            select(func.max(TranscriptRead.up_to)).where(
                TranscriptRead.conversation_id == conversation_id, TranscriptRead.staff_id == staff_id
            )
        )
        or 0
    )


async def opened_at(work: Work, conversation_id: str, read: int, size: int = LINES) -> Window:
    """Where a reader goes on: what is new to them, with a few lines above it. With nothing new, the end.

    New lines are never skipped, because what was shown last counts as read up to there.
    """
    first_new = await _first_after(work, conversation_id, read)
    if first_new is None:
        return await before(work, conversation_id, None, size)
    above = await before(work, conversation_id, first_new, BEFORE_NEW)
    new = await after(work, conversation_id, first_new - 1, size)
    return Window([*above.lines, *new.lines], above.has_older, new.has_newer)


async def before(work: Work, conversation_id: str, position: int | None, size: int = LINES) -> Window:
    """The lines just before a position; without one, the last ones."""
    lines = await _lines(work, conversation_id, None, position, size + 1, newest_first=True)
    newer = position is not None and await _first_after(work, conversation_id, position - 1) is not None
    return Window(lines[-size:], len(lines) > size, newer)


async def after(work: Work, conversation_id: str, position: int, size: int = LINES) -> Window:
    """The lines just after a position."""
    lines = await _lines(work, conversation_id, position, None, size + 1, newest_first=False)
    return Window(lines[:size], position > 0, len(lines) > size)


async def around(work: Work, conversation_id: str, position: int, size: int = LINES) -> Window:
    """The lines on both sides of a position, with it in the middle."""
    older = await before(work, conversation_id, position, size // 2)
    newer = await after(work, conversation_id, position - 1, size // 2)
    return Window([*older.lines, *newer.lines], older.has_older, newer.has_newer)


async def follows_on(work: Work, conversation_id: str, staff_id: str, window: Window) -> bool:
    """Is there nothing between what this reader has read and the window's first line?"""
    next_unread = await _first_after(work, conversation_id, await read_up_to(work, conversation_id, staff_id))
    return next_unread is None or next_unread >= window.first


async def _first_after(work: Work, conversation_id: str, position: int) -> int | None:
    """The position of the next line of either side."""
    found = [
        await work.session.scalar(
            select(func.min(table.position)).where(table.conversation_id == conversation_id, table.position > position)
        )
        for table in (Message, OutboxItem)
    ]
    return min((one for one in found if one is not None), default=None)


async def _lines(
    work: Work, conversation_id: str, past: int | None, until: int | None, most: int, *, newest_first: bool
) -> list[Line]:
    """At most `most` lines with past < position < until, in order: the last of them or the first of them."""

    def here(table: type[Message] | type[OutboxItem]) -> list[ColumnElement[bool]]:
        return [
            table.conversation_id == conversation_id,
            true() if past is None else table.position > past,
            true() if until is None else table.position < until,
        ]

    said_order = Message.position.desc() if newest_first else Message.position
    sent_order = OutboxItem.position.desc() if newest_first else OutboxItem.position
    said = (await work.session.scalars(select(Message).where(*here(Message)).order_by(said_order).limit(most))).all()
    sent = (
        await work.session.scalars(select(OutboxItem).where(*here(OutboxItem)).order_by(sent_order).limit(most))
    ).all()
    rows: list[Message | OutboxItem] = [*said, *sent]
    both = sorted(rows, key=lambda row: row.position)
    kept = both[-most:] if newest_first else both[:most]
    ids = [row.id for row in kept if isinstance(row, Message)]
    hidden, alerts = await redactions.of_messages(work, ids), await _alerts(work, ids)
    return [
        _said(work, row, hidden.get(row.id, ()), alerts) if isinstance(row, Message) else _sent(work, row)
        for row in kept
    ]


async def _alerts(work: Work, message_ids: Sequence[str]) -> dict[str, AlertMark]:
    rows = await work.session.scalars(select(Alert).where(Alert.message_id.in_(message_ids)))
    return {
        one.message_id: AlertMark(Severity(one.severity), one.category, one.state != AlertState.RAISED) for one in rows
    }


def _said(work: Work, message: Message, hidden: Sequence[Redaction], alerts: Mapping[str, AlertMark]) -> Line:
    return Line(
        position=message.position,
        at=message.received_at,
        speaker=Speaker.YOUNG_PERSON,
        parts=parts_of(work.keys.decrypt(message.text_sealed), hidden),
        message_id=message.id,
        pressed=message.kind not in (*WORDS, MessageKind.MEDIA),
        goal=message.goal,
        alert=alerts.get(message.id),
    )


def _sent(work: Work, item: OutboxItem) -> Line:
    speakers = {Author.SERVICE: Speaker.SERVICE, Author.SAFETY: Speaker.SAFETY, Author.STAFF: Speaker.STAFF}
    return Line(
        position=item.position,
        at=item.created_at,
        speaker=speakers[Author(item.author)],
        parts=(Part(work.keys.decrypt(item.text_sealed)),),
        signed=None if item.signed is None else Role(item.signed),
        choices=tuple(entry["title"] for entry in item.buttons),
        delivered_at=item.delivered_at,
    )


async def read_by(work: Work, conversation_id: str) -> list[ReadBy]:
    """Everybody who has read anything, who came furthest first."""
    rows = await work.session.execute(
        select(Staff.id, Staff.name, Staff.role, TranscriptRead.up_to, TranscriptRead.at)
        .join(Staff, Staff.id == TranscriptRead.staff_id)
        .where(TranscriptRead.conversation_id == conversation_id)
        .order_by(TranscriptRead.up_to.desc(), TranscriptRead.at)
    )
    furthest: dict[str, ReadBy] = {}
    for staff_id, name, role, up_to, at in rows:
        furthest.setdefault(staff_id, ReadBy(staff_id, name, Role(role), up_to, at))
    return list(furthest.values())


async def can_come_back(work: Work, conversation_id: str) -> bool:
    """Does the young person hold a receipt that opens the conversation again?"""
    standing = select(Receipt.id).where(Receipt.conversation_id == conversation_id, Receipt.revoked_at.is_(None))
    return await work.session.scalar(standing.limit(1)) is not None
