"""Conversations in which nothing was raised, drawn for a second reader; what they say; how much was missed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from bot.store.alert_models import SecondLook, SecondLookDay, Verdict
from bot.store.alert_pages import alerted
from bot.store.database import Work
from bot.store.models import Conversation, Message
from bot.store.requests import NotThere, Viewer
from bot.store.sight import readable_by

OUT_OF = 2**32


@dataclass(frozen=True)
class Look:
    """One drawn conversation."""

    id: str
    conversation_id: str
    designation: str
    up_to: int
    drawn_at: datetime
    verdict: Verdict | None


@dataclass(frozen=True)
class Tally:
    """What second readers have said so far."""

    read: int
    missed: int
    waiting: int


async def draw(work: Work, day: date, span: tuple[datetime, datetime], percent: float, at: datetime) -> int | None:
    """Draw from the conversations whose newest message came on this day. None when the day was drawn from before.

    A conversation's id is random, so its first digits are the lot: nobody chooses, and two processes draw alike.
    """
    if await work.session.get(SecondLookDay, day) is not None:
        return None
    rows = await work.session.execute(
        select(Conversation.id, Conversation.said_position).where(
            Conversation.said_at >= span[0],
            Conversation.said_at < span[1],
            Conversation.synthetic.is_(False),
            ~alerted(),
            Conversation.id.not_in(select(SecondLook.conversation_id)),
        )
    )
    found = rows.all()
    drawn = [(one, up_to) for one, up_to in found if int(one[:8], 16) / OUT_OF * 100 < percent]
    work.session.add(SecondLookDay(day=day, drawn=len(drawn), of=len(found)))
    work.session.add_all(SecondLook(conversation_id=one, up_to=up_to, drawn_at=at) for one, up_to in drawn)
    await work.session.flush()
    return len(drawn)


async def waiting(work: Work, viewer: Viewer) -> list[Look]:
    """Those that nobody has read yet, the oldest first, and that this person may read."""
    rows = await work.session.execute(
        select(SecondLook, Conversation.designation)
        .join(Conversation, Conversation.id == SecondLook.conversation_id)
        .where(SecondLook.verdict.is_(None), readable_by(viewer))
        .order_by(SecondLook.drawn_at, SecondLook.id)
    )
    return [_look(row, designation) for row, designation in rows]


async def one(work: Work, viewer: Viewer, look_id: str) -> Look:
    """Raises NotThere."""
    found = (
        await work.session.execute(
            select(SecondLook, Conversation.designation)
            .join(Conversation, Conversation.id == SecondLook.conversation_id)
            .where(SecondLook.id == look_id, readable_by(viewer))
        )
    ).first()
    if found is None:
        raise NotThere
    return _look(*found)


def _look(row: SecondLook, designation: str) -> Look:
    verdict = None if row.verdict is None else Verdict(row.verdict)
    return Look(row.id, row.conversation_id, designation, row.up_to, row.drawn_at, verdict)


async def decide(work: Work, look_id: str, verdict: Verdict, reader_id: str, at: datetime) -> bool:
    """False when somebody has decided meanwhile: the first word stands."""
    row = await work.session.get(SecondLook, look_id, with_for_update=True, populate_existing=True)
    if row is None or row.verdict is not None:
        return False
    row.verdict, row.reader_id, row.decided_at = verdict, reader_id, at
    await work.session.flush()
    return True


async def said(work: Work, look: Look) -> Sequence[tuple[str, int, datetime, str]]:
    """The young person's messages up to where it was drawn: id, position, when, and the exact words."""
    rows = await work.session.scalars(
        select(Message)
        .where(Message.conversation_id == look.conversation_id, Message.position <= look.up_to)
        .order_by(Message.position)
    )
    return [(row.id, row.position, row.received_at, work.keys.decrypt(row.text_sealed)) for row in rows]


async def tally(work: Work) -> Tally:
    query = select(
        func.count().filter(SecondLook.verdict.is_not(None)),
        func.count().filter(SecondLook.verdict == Verdict.MISSED),
        func.count().filter(SecondLook.verdict.is_(None)),
    ).select_from(SecondLook)
    return Tally(*(await work.session.execute(query)).one())
