"""What staff write to a young person in the chat: said in the name of a role, never of a person."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from bot.store import conversations, handover, outbox
from bot.store.database import Work
from bot.store.models import Author, OutboxItem
from bot.store.outbox import Bubble, Outgoing
from bot.store.staff_models import Role

PART = "staff"
LONGEST_REPLY = 10_000  # characters


class HeldByAnother(Exception):
    """Somebody else is answering in this conversation."""


async def say_as_staff(
    work: Work, conversation_id: str, staff_id: str, role: Role, text: str, *, notice: Sequence[Bubble]
) -> int:
    """Put a reply in the chat; its position. It waits there while the young person is away.

    Whoever replies holds the conversation from then on: what the young person says next goes to them. The notice is
    what the young person is told when that is new. Raises HeldByAnother, ValueError for a text that is empty or over
    10,000 characters, LookupError when there is no such conversation.
    """
    if not text.strip() or len(text) > LONGEST_REPLY:
        raise ValueError("A reply has from 1 to 10,000 characters.")
    if not await handover.hold(work, conversation_id, staff_id, notice=notice):
        raise HeldByAnother
    bubble = Bubble(text=text)
    await outbox.say(work, Outgoing(conversation_id, None, PART, Author.STAFF, (bubble,), signed=Role(role).value))
    await conversations.note_answered(work, conversation_id)
    newest = select(func.max(OutboxItem.position)).where(OutboxItem.conversation_id == conversation_id)
    return (await work.session.execute(newest)).scalar_one()
