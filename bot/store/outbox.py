"""The outbox: everything that is said to a young person, in order, until it has arrived."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import func, select, update

from bot.store.conversations import take_positions
from bot.store.database import Work
from bot.store.models import Author, Message, MessageKind, OutboxItem, now


@dataclass(frozen=True)
class Button:
    """A quick reply. The payload stays here; the browser only learns the title, the symbol and the number."""

    title: str
    payload: str
    icon: str | None = None


@dataclass(frozen=True)
class Bubble:
    """One thing to say, with the same in easier words where it has been written."""

    text: str
    easy: str | None = None
    buttons: tuple[Button, ...] = ()
    key: str | None = None


@dataclass(frozen=True)
class TimelineItem:
    """A line of the conversation as its young person sees it."""

    position: int
    author: str
    text: str
    easy: str | None
    buttons: tuple[Button, ...]
    client_id: str | None
    at: datetime
    key: str | None = None
    kind: MessageKind | None = None
    signed: str | None = None


@dataclass(frozen=True)
class Outgoing:
    """What to say, to which message it answers, and for staff the role in whose name."""

    conversation_id: str
    answers: str | None
    part: str
    author: Author
    bubbles: Sequence[Bubble] = field(default=())
    signed: str | None = None


async def say(work: Work, outgoing: Outgoing) -> None:
    """Put bubbles in the outbox, unless this part of this message's answer is there already.

    The key (message, part, n) makes a second copy impossible even when two processes say it at once.
    """
    if not outgoing.bubbles or await _was_said(work, outgoing):
        return
    first = await take_positions(work, outgoing.conversation_id, len(outgoing.bubbles))
    for n, bubble in enumerate(outgoing.bubbles):
        work.session.add(
            OutboxItem(
                conversation_id=outgoing.conversation_id,
                position=first + n,
                answers=outgoing.answers,
                part=outgoing.part,
                n=n,
                author=outgoing.author,
                signed=outgoing.signed,
                key=bubble.key,
                text_sealed=work.keys.encrypt(bubble.text),
                easy_sealed=None if bubble.easy is None else work.keys.encrypt(bubble.easy),
                buttons=[{"title": b.title, "payload": b.payload, "icon": b.icon} for b in bubble.buttons],
            )
        )
    await work.session.flush()


async def _was_said(work: Work, outgoing: Outgoing) -> bool:
    if outgoing.answers is None:
        return False
    found = await work.session.scalar(
        select(OutboxItem.id).where(OutboxItem.answers == outgoing.answers, OutboxItem.part == outgoing.part).limit(1)
    )
    return found is not None


async def key_was_said(work: Work, conversation_id: str, key: str) -> bool:
    """Has this fixed text been said in the conversation?"""
    found = await work.session.scalar(
        select(OutboxItem.id).where(OutboxItem.conversation_id == conversation_id, OutboxItem.key == key).limit(1)
    )
    return found is not None


async def keys_said_to(work: Work, message_id: str) -> set[str]:
    """The fixed texts that have been said to a message."""
    rows = await work.session.scalars(select(OutboxItem.key).where(OutboxItem.answers == message_id))
    return {key for key in rows if key is not None}


async def timeline(work: Work, conversation_id: str, after: int) -> list[TimelineItem]:
    """Everything in the conversation past a position, both sides, in order."""
    said = await work.session.scalars(
        select(OutboxItem).where(OutboxItem.conversation_id == conversation_id, OutboxItem.position > after)
    )
    sent = await work.session.scalars(
        select(Message).where(Message.conversation_id == conversation_id, Message.position > after)
    )
    items = [_from_outbox(work, item) for item in said] + [_from_message(work, message) for message in sent]
    return sorted(items, key=lambda item: item.position)


def _from_outbox(work: Work, item: OutboxItem) -> TimelineItem:
    return TimelineItem(
        position=item.position,
        author=item.author,
        text=work.keys.decrypt(item.text_sealed),
        easy=None if item.easy_sealed is None else work.keys.decrypt(item.easy_sealed),
        buttons=_buttons(item.buttons),
        client_id=None,
        at=item.created_at,
        key=item.key,
        signed=item.signed,
    )


def _from_message(work: Work, message: Message) -> TimelineItem:
    return TimelineItem(
        position=message.position,
        author="me",
        text=work.keys.decrypt(message.text_sealed),
        easy=None,
        buttons=(),
        client_id=message.channel_message_id.rpartition(":")[2],
        at=message.received_at,
        kind=MessageKind(message.kind),
    )


def _buttons(stored: list[Any]) -> tuple[Button, ...]:
    return tuple(Button(entry["title"], entry["payload"], entry.get("icon")) for entry in stored)


async def button_at(work: Work, conversation_id: str, position: int, number: int) -> Button | None:
    """The button that was pressed, when this conversation really has it."""
    item = await work.session.scalar(
        select(OutboxItem).where(OutboxItem.conversation_id == conversation_id, OutboxItem.position == position)
    )
    buttons = () if item is None else _buttons(item.buttons)
    return buttons[number] if 0 <= number < len(buttons) else None


async def said_last(work: Work, conversation_id: str) -> list[TimelineItem]:
    """The bubbles that were said together most recently, for saying them another way."""
    newest = await work.session.scalar(
        select(OutboxItem)
        .where(OutboxItem.conversation_id == conversation_id, OutboxItem.part != "again")
        .order_by(OutboxItem.position.desc())
        .limit(1)
    )
    if newest is None:
        return []
    together = await work.session.scalars(
        select(OutboxItem)
        .where(
            OutboxItem.conversation_id == conversation_id,
            OutboxItem.part == newest.part,
            OutboxItem.position.between(newest.position - newest.n, newest.position),
        )
        .order_by(OutboxItem.position)
    )
    return [_from_outbox(work, item) for item in together]


async def mark_delivered(work: Work, conversation_id: str, up_to: int) -> None:
    """The young person's device has shown everything up to this position."""
    await work.session.execute(
        update(OutboxItem)
        .where(
            OutboxItem.conversation_id == conversation_id,
            OutboxItem.position <= up_to,
            OutboxItem.delivered_at.is_(None),
        )
        .values(delivered_at=now())
        .execution_options(synchronize_session=False)
    )


async def seen_up_to(work: Work, conversation_id: str) -> int:
    """The last position before the first bubble that no device has shown yet."""
    mine = OutboxItem.conversation_id == conversation_id
    unseen = await work.session.scalar(
        select(func.min(OutboxItem.position)).where(mine, OutboxItem.delivered_at.is_(None))
    )
    if unseen is not None:
        return unseen - 1
    return await work.session.scalar(select(func.max(OutboxItem.position)).where(mine)) or 0
