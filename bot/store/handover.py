"""A person answers instead of the service: who holds a conversation, and what is said when that begins and ends.

What is said is asked for by name, so that nobody can take a conversation over without the young person being told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update

from bot.store import conversations, outbox
from bot.store.database import Work
from bot.store.models import Author, Conversation, Message, OutboxItem, TurnOutcome, now
from bot.store.outbox import Bubble, Outgoing

PART = "handover"
NOBODY_YET = "held"  # the part that says that nobody has answered yet


@dataclass(frozen=True)
class Unanswered:
    """A held conversation in which the young person has waited since `since`. `message_id` is the newest of theirs."""

    conversation_id: str
    message_id: str
    since: datetime


async def hold(work: Work, conversation_id: str, staff_id: str, *, notice: Sequence[Bubble]) -> bool:
    """From now on this member of staff answers and the bot is quiet; the notice is said when that is new.

    False, and nothing changed, when somebody else holds it. Raises LookupError when there is no such conversation.
    """
    taken = await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.held_by.is_(None))
        .values(held_by=staff_id, held_at=now())
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    if taken.first() is not None:
        await outbox.say(work, Outgoing(conversation_id, None, PART, Author.SERVICE, tuple(notice)))
        return True
    return await holder(work, conversation_id) == staff_id


async def hand_back(work: Work, conversation_id: str, *, notice: Sequence[Bubble]) -> bool:
    """The bot answers again, and says so by the notice. False when nobody held it: nothing is said."""
    freed = await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.held_by.is_not(None))
        .values(held_by=None, held_at=None)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    if freed.first() is None:
        return False
    await outbox.say(work, Outgoing(conversation_id, None, PART, Author.SERVICE, tuple(notice)))
    await conversations.note_answered(work, conversation_id)
    return True


async def take_from(work: Work, conversation_id: str, holder_id: str, staff_id: str) -> bool:
    """Another member of staff answers from now on; the bot stays quiet and nothing is said.

    False, and nothing changed, when this holder does not hold it any more.
    """
    taken = await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.held_by == holder_id)
        .values(held_by=staff_id, held_at=now())
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


async def holder(work: Work, conversation_id: str) -> str | None:
    """The member of staff who answers, or None while the bot does. Raises LookupError for no such conversation."""
    found = await work.session.execute(select(Conversation.held_by).where(Conversation.id == conversation_id))
    row = found.first()
    if row is None:
        raise LookupError("The conversation is not there.")
    held_by: str | None = row.held_by
    return held_by


async def held_by_staff(work: Work, staff_id: str) -> list[str]:
    """The conversations that this member of staff holds, longest first: to hand on when an account is closed."""
    rows = await work.session.scalars(
        select(Conversation.id).where(Conversation.held_by == staff_id).order_by(Conversation.held_at)
    )
    return list(rows)


async def unanswered(work: Work, before: datetime) -> list[Unanswered]:
    """Held conversations that have waited for a person since before this moment and have not been told so yet."""
    held = await work.session.scalars(
        select(Conversation).where(Conversation.held_by.is_not(None), Conversation.held_at < before)
    )
    found = [await _waiting(work, conversation) for conversation in held]
    return [waiting for waiting in found if waiting is not None and waiting.since < before]


async def _waiting(work: Work, conversation: Conversation) -> Unanswered | None:
    """Since when: the first message after the last answer of a person, or the taking over when there was none yet."""
    mine = Message.conversation_id == conversation.id
    item = OutboxItem.conversation_id == conversation.id
    answered = await work.session.scalar(
        select(func.max(OutboxItem.position)).where(
            item, OutboxItem.author == Author.STAFF, OutboxItem.created_at >= conversation.held_at
        )
    )
    told = await work.session.scalar(
        select(func.max(OutboxItem.position)).where(
            item, OutboxItem.part == NOBODY_YET, OutboxItem.created_at >= conversation.held_at
        )
    )
    newest = await work.session.scalar(select(Message.id).where(mine).order_by(Message.position.desc()).limit(1))
    if newest is None or conversation.held_at is None or (told or 0) > (answered or 0):
        return None
    if answered is None:
        return Unanswered(conversation.id, newest, conversation.held_at)
    first = await work.session.scalar(
        select(func.min(Message.received_at)).where(
            mine, Message.position > answered, Message.outcome.in_((TurnOutcome.HELD, TurnOutcome.SAFETY))
        )
    )
    return None if first is None else Unanswered(conversation.id, newest, first)
