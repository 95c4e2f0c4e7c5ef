"""What everybody who answers for safety must see at once: in as few questions to the database as can be."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import exists, func, select

from bot.store import free_text, probes
from bot.store.database import Work
from bot.store.models import Conversation, Message

UNREAD = "unread+"  # the version of a screening that had to do without the learned detector begins with this


@dataclass(frozen=True)
class Seen:
    """`unread`: has the detector failed to read a message since then?"""

    free_text_off: bool
    probe_broken: bool
    unread: bool


async def look(work: Work, since: datetime) -> Seen:
    unread = exists().where(
        Message.received_at >= since,
        Message.screening_version.startswith(UNREAD),
        Conversation.id == Message.conversation_id,
        Conversation.synthetic.is_(False),
    )
    return Seen(
        await free_text.is_off(work), await probes.is_broken(work), bool(await work.session.scalar(select(unread)))
    )


async def unread_count(work: Work, since: datetime) -> int:
    """Messages that the detector could not read since then."""
    query = select(func.count()).where(Message.received_at >= since, Message.screening_version.startswith(UNREAD))
    return await work.session.scalar(query) or 0
