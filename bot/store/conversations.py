"""Conversations: opening one, finding one by its token, positions, and the lease that keeps one in order."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, or_, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.casework_models import DeviceToken
from bot.store.database import Work
from bot.store.models import Channel, Conversation, Message, MessageState, now

LEASE = timedelta(seconds=30)
DESIGNATION_TRIES = 20


@dataclass(frozen=True)
class OpenedConversation:
    conversation: Conversation
    token: str


def token_hash(token: str) -> str:
    """Tokens are 256 random bits, so a plain hash is enough to make a stolen table useless."""
    return hashlib.sha256(token.encode()).hexdigest()


async def open_conversation(work: Work, channel: Channel, designations: list[str]) -> OpenedConversation:
    """A new conversation under a free two-word name. A number is added when chance finds no free one."""
    token = secrets.token_urlsafe(32)
    for attempt in range(DESIGNATION_TRIES):
        name = secrets.choice(designations)
        if attempt >= DESIGNATION_TRIES // 2:
            name = f"{name} {secrets.randbelow(100_000)}"
        conversation = Conversation(channel=channel, designation=name, token_hash=token_hash(token))
        try:
            async with work.session.begin_nested():
                work.session.add(conversation)
        except IntegrityError:
            continue
        return OpenedConversation(conversation, token)
    raise RuntimeError("No free designation was found; add words to content/designations.yml.")


async def by_token(work: Work, token: str) -> Conversation | None:
    """The open conversation that this token belongs to."""
    hashed = token_hash(token)
    came_back = select(DeviceToken.conversation_id).where(DeviceToken.token_hash == hashed)
    return await work.session.scalar(
        select(Conversation).where(
            or_(Conversation.token_hash == hashed, Conversation.id.in_(came_back)), Conversation.ended_at.is_(None)
        )
    )


async def let_in(work: Work, conversation_id: str) -> str:
    """A token for one more device; a conversation that was left is open again. Tokens of other devices stay."""
    token = secrets.token_urlsafe(32)
    work.session.add(DeviceToken(token_hash=token_hash(token), conversation_id=conversation_id))
    await _set(work, conversation_id, ended_at=None)
    await work.session.flush()
    return token


async def by_id(work: Work, conversation_id: str) -> Conversation:
    return await work.session.get_one(Conversation, conversation_id)


async def take_positions(work: Work, conversation_id: str, count: int) -> int:
    """Reserve `count` places in the conversation's order; the first of them is returned."""
    after = await work.session.scalar(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(next_position=Conversation.next_position + count, last_at=now())
        .returning(Conversation.next_position)
        .execution_options(synchronize_session=False)
    )
    if after is None:
        raise LookupError("The conversation is not there any more.")
    return after - count


async def end(work: Work, conversation_id: str) -> None:
    """The young person left: no token opens it from now on. What they said stays for the people who read it."""
    await _set(work, conversation_id, ended_at=now(), token_hash=None)
    await work.session.execute(delete(DeviceToken).where(DeviceToken.conversation_id == conversation_id))


async def is_empty(work: Work, conversation_id: str) -> bool:
    """True when the young person has said nothing in it."""
    found = await work.session.scalar(select(Message.id).where(Message.conversation_id == conversation_id).limit(1))
    return found is None


async def prefer_easy_words(work: Work, conversation_id: str, easy: bool) -> None:
    await _set(work, conversation_id, easy_words=easy)


async def choose_language(work: Work, conversation_id: str, language: str) -> None:
    await _set(work, conversation_id, language=language)


async def keep_draft(work: Work, conversation_id: str, draft: dict[str, Any] | None) -> None:
    """What has been filled in of a form so far: message ids and choices, never words."""
    await _set(work, conversation_id, draft=draft)


async def note_said(work: Work, conversation_id: str, position: int, at: datetime) -> None:
    """The young person's newest message is at this position."""
    await _set(work, conversation_id, said_position=position, said_at=at)


async def note_answered(work: Work, conversation_id: str) -> None:
    """A person has answered all that has been said up to now, or hands the conversation back."""
    await _set(work, conversation_id, answered_position=Conversation.next_position - 1)


async def mark_read(work: Work, conversation_id: str, position: int) -> None:
    """A person has read everything up to this position."""
    await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.read_up_to < position)
        .values(read_up_to=position)
        .execution_options(synchronize_session=False)
    )


async def _set(work: Work, conversation_id: str, **values: Any) -> None:
    await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def take_lease(work: Work, conversation_id: str, owner: str, at: datetime) -> bool:
    """Become the one process that works on this conversation, unless another is. Extends one's own lease."""
    taken = await work.session.execute(
        update(Conversation)
        .where(
            Conversation.id == conversation_id,
            or_(Conversation.lease_owner.is_(None), Conversation.lease_owner == owner, Conversation.lease_until < at),
        )
        .values(lease_owner=owner, lease_until=at + LEASE)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    )
    return taken.first() is not None


async def release_lease(work: Work, conversation_id: str, owner: str) -> None:
    await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.lease_owner == owner)
        .values(lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


async def release_leases_of(work: Work, owner_prefix: str) -> None:
    """Free what an earlier life of the same process held when it was killed."""
    await work.session.execute(
        update(Conversation)
        .where(Conversation.lease_owner.startswith(owner_prefix, autoescape=True))
        .values(lease_owner=None, lease_until=None)
        .execution_options(synchronize_session=False)
    )


async def with_waiting_messages(work: Work, at: datetime) -> list[str]:
    """Conversations that have a message to answer and nobody who is working on it."""
    rows = await work.session.scalars(
        select(Message.conversation_id)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(
            Message.state == MessageState.RECEIVED,
            or_(Conversation.lease_owner.is_(None), Conversation.lease_until < at),
        )
        .distinct()
    )
    return list(rows)
