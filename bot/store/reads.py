"""Who has read a conversation, how far and when: shown to the young person by role."""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select

from bot.store import conversations
from bot.store.casework_models import TranscriptRead
from bot.store.database import Work
from bot.store.staff_models import Role, Staff


class Reader(NamedTuple):
    """How far the people of one role have read, and when one of them first came so far."""

    role: Role
    up_to: int
    at: datetime


async def note_read(work: Work, conversation_id: str, staff_id: str, up_to: int) -> bool:
    """Somebody saw the transcript up to this position. False when they had seen as much before: nothing is added.

    A position past the end counts as the end.
    """
    conversation = await conversations.by_id(work, conversation_id)
    up_to = min(up_to, conversation.next_position - 1)
    seen = await work.session.scalar(
        select(func.max(TranscriptRead.up_to)).where(
            TranscriptRead.conversation_id == conversation_id, TranscriptRead.staff_id == staff_id
        )
    )
    if up_to <= (seen or 0):
        return False
    work.session.add(TranscriptRead(conversation_id=conversation_id, staff_id=staff_id, up_to=up_to))
    await conversations.mark_read(work, conversation_id, up_to)
    await work.session.flush()
    return True


async def readers(work: Work, conversation_id: str) -> list[Reader]:
    """One entry for each role that has read anything, furthest first."""
    rows = await work.session.execute(
        select(Staff.role, TranscriptRead.up_to, TranscriptRead.at)
        .join(Staff, Staff.id == TranscriptRead.staff_id)
        .where(TranscriptRead.conversation_id == conversation_id)
        .order_by(TranscriptRead.up_to.desc(), TranscriptRead.at)
    )
    furthest: dict[Role, Reader] = {}
    for role, up_to, at in rows:
        furthest.setdefault(Role(role), Reader(Role(role), up_to, at))
    return list(furthest.values())
