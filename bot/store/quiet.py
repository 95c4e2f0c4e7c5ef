"""Conversations on a device that somebody else can see: while one is quiet, nothing is shown there unasked."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ColumnElement, or_, select, update

from bot.store.conversations import take_positions
from bot.store.database import Work
from bot.store.models import Conversation, OutboxItem
from bot.store.outbox import TimelineItem

KEYS = frozenset({"quiet_ok", "quiet_still", "quiet_back"})
"""The bubbles that tell nothing. All others wait."""


async def begin(work: Work, conversation_id: str, at: datetime) -> None:
    """From now on; a conversation that is quiet already stays so since then."""
    await _set(work, conversation_id, at, Conversation.quiet_since.is_(None))


async def end(work: Work, conversation_id: str) -> None:
    """What was said meanwhile and not shown comes now: it is moved behind all that the device has had."""
    conversation = await work.session.get_one(Conversation, conversation_id, populate_existing=True)
    if conversation.quiet_since is None:
        return
    held = list(
        await work.session.scalars(
            select(OutboxItem)
            .where(
                OutboxItem.conversation_id == conversation_id,
                OutboxItem.created_at >= conversation.quiet_since,
                or_(OutboxItem.key.is_(None), OutboxItem.key.not_in(KEYS)),
            )
            .order_by(OutboxItem.position)
        )
    )
    if held:
        first = await take_positions(work, conversation_id, len(held))
        for n, item in enumerate(held):
            item.position = first + n
            item.delivered_at = None
        await work.session.flush()
    await _set(work, conversation_id, None, Conversation.quiet_since.is_not(None))


def shown(lines: list[TimelineItem], since: datetime | None) -> list[TimelineItem]:
    """The lines that may show on the device: while it is quiet, theirs since then and what tells nothing, no more."""
    if since is None:
        return lines
    return [line for line in lines if line.at >= since and (line.author == "me" or line.key in KEYS)]


async def _set(work: Work, conversation_id: str, at: datetime | None, only_if: ColumnElement[bool]) -> None:
    await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, only_if)
        .values(quiet_since=at)
        .execution_options(synchronize_session="fetch")
    )
