"""Messages: storing what came in once and only once, and closing its turn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, or_, select, update

from bot.store.conversations import note_said, take_positions
from bot.store.database import Work
from bot.store.models import (
    WORDS,
    Channel,
    Conversation,
    Message,
    MessageKind,
    MessageState,
    OutboxItem,
    Severity,
    TurnOutcome,
    now,
)


@dataclass(frozen=True)
class NewMessage:
    """A message as a channel adapter hands it over. `channel_message_id` is the same when it is sent again."""

    conversation_id: str
    channel: Channel
    channel_message_id: str
    text: str
    kind: MessageKind = MessageKind.TYPED
    intent: dict[str, Any] | None = None


@dataclass(frozen=True)
class StoredMessage:
    id: str
    position: int
    is_new: bool


@dataclass(frozen=True)
class WaitingMessage:
    """A message opened for reading, most often because its turn is not closed."""

    id: str
    conversation_id: str
    position: int
    kind: MessageKind
    text: str
    intent: dict[str, Any] | None
    received_at: datetime
    severity: Severity | None

    @property
    def is_another_way(self) -> bool:
        return self.kind is MessageKind.SAY_ANOTHER_WAY


@dataclass(frozen=True)
class Screened:
    """What the detector said, as columns."""

    severity: Severity
    category: str
    score: float
    version: str


async def store(work: Work, new: NewMessage) -> StoredMessage:
    """Store a message, or say where it already is. Two that arrive at once are put in line by the position counter."""
    # Taking the position first locks the conversation's row, so the look-up below cannot race with a twin.
    position = await take_positions(work, new.conversation_id, 1)
    known = await work.session.scalar(
        select(Message).where(Message.channel == new.channel, Message.channel_message_id == new.channel_message_id)
    )
    if known is not None:
        await _give_back(work, new.conversation_id)
        return StoredMessage(known.id, known.position, is_new=False)
    message = Message(
        conversation_id=new.conversation_id,
        position=position,
        channel=new.channel,
        channel_message_id=new.channel_message_id,
        kind=new.kind,
        text_sealed=work.keys.encrypt(new.text),
        intent=new.intent,
    )
    work.session.add(message)
    await work.session.flush()
    await note_said(work, new.conversation_id, position, message.received_at)
    return StoredMessage(message.id, position, is_new=True)


async def _give_back(work: Work, conversation_id: str) -> None:
    await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(next_position=Conversation.next_position - 1)
        .execution_options(synchronize_session=False)
    )


async def next_waiting(work: Work, conversation_id: str) -> WaitingMessage | None:
    """The earliest message of the conversation whose turn is open."""
    message = await work.session.scalar(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.state == MessageState.RECEIVED)
        .order_by(Message.position)
        .limit(1)
    )
    return None if message is None else _opened(work, message)


async def waiting_unscreened(work: Work, conversation_id: str) -> list[WaitingMessage]:
    """Every message that no detector has seen yet, in order: screening never queues behind a slow turn."""
    rows = await work.session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.severity.is_(None))
        .order_by(Message.position)
    )
    return [_opened(work, message) for message in rows]


async def typed_before(work: Work, message: WaitingMessage, count: int) -> list[str]:
    """What the same person typed just before a message, oldest first. What raised an alert itself is left out."""
    rows = await work.session.scalars(
        select(Message.text_sealed)
        .where(
            Message.conversation_id == message.conversation_id,
            Message.position < message.position,
            Message.kind.in_(WORDS),
            or_(Message.severity.is_(None), Message.severity.in_([Severity.WELLBEING, Severity.NONE])),
        )
        .order_by(Message.position.desc())
        .limit(count)
    )
    return [work.keys.decrypt(sealed) for sealed in reversed(list(rows))]


def _opened(work: Work, message: Message) -> WaitingMessage:
    return WaitingMessage(
        id=message.id,
        conversation_id=message.conversation_id,
        position=message.position,
        kind=MessageKind(message.kind),
        text=work.keys.decrypt(message.text_sealed),
        intent=message.intent,
        received_at=message.received_at,
        severity=None if message.severity is None else Severity(message.severity),
    )


async def set_screening(work: Work, message_id: str, screened: Screened) -> bool:
    """Note what the detector said. False when another process has noted it already."""
    changed = await work.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.severity.is_(None))
        .values(
            severity=screened.severity,
            category=screened.category,
            screening_score=screened.score,
            screening_version=screened.version,
        )
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


async def close_turn(
    work: Work, message_id: str, outcome: TurnOutcome, goal: str | None = None, confidence: float | None = None
) -> bool:
    """Close a message's turn. False when it was closed before: then nothing more may be said for it."""
    changed = await work.session.execute(
        update(Message)
        .where(Message.id == message_id, Message.state == MessageState.RECEIVED)
        .values(state=MessageState.CLOSED, outcome=outcome, closed_at=now(), goal=goal, goal_confidence=confidence)
        .returning(Message.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


async def texts(work: Work, message_ids: Sequence[str]) -> list[str]:
    """The words of these messages, in the order of the ids. Ids that are not there are left out."""
    rows = await work.session.execute(select(Message.id, Message.text_sealed).where(Message.id.in_(list(message_ids))))
    sealed = {row.id: row.text_sealed for row in rows}
    return [work.keys.decrypt(sealed[message_id]) for message_id in message_ids if message_id in sealed]


async def answered_at(work: Work, conversation_id: str, position: int) -> WaitingMessage | None:
    """The message that the bubble at this position answered."""
    message = await work.session.scalar(
        select(Message)
        .join(OutboxItem, OutboxItem.answers == Message.id)
        .where(OutboxItem.conversation_id == conversation_id, OutboxItem.position == position)
    )
    return None if message is None else _opened(work, message)


async def count_since(work: Work, conversation_id: str, since: datetime) -> int:
    """How many messages came in this conversation since then: for the rate limit."""
    counted = await work.session.scalar(
        select(func.count()).where(Message.conversation_id == conversation_id, Message.received_at >= since)
    )
    return counted or 0


async def waiting_count(work: Work) -> int:
    """Messages whose turn is open, over all conversations: for readiness and metrics."""
    return await work.session.scalar(select(func.count()).where(Message.state == MessageState.RECEIVED)) or 0
