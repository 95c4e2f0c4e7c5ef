"""The list of messages that the service did not understand, and the examples that officers wrote because of them.

Only `example` trains, and an officer writes it; what the young person wrote is opened for reading and never copied.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, tuple_

from bot.store.database import Work
from bot.store.models import Conversation, Message, MessageKind, Misunderstood, OutboxItem
from bot.store.privacy_models import TaughtExample
from bot.store.requests import Viewer
from bot.store.shown_words import shown
from bot.store.sight import readable_by

LINES_EITHER_SIDE = 2
AROUND = 20  # positions to look at: some are empty


class DecidedAlready(Exception):
    """Somebody else was quicker. Nothing is written."""


@dataclass(frozen=True)
class Waiting:
    """A message that nobody has looked at."""

    id: str
    designation: str
    words: str
    created_at: datetime


@dataclass(frozen=True)
class Measure:
    """How long the list is: `waiting` of `all`, and since when the oldest waits."""

    waiting: int
    all: int
    oldest_at: datetime | None


@dataclass(frozen=True)
class Nearby:
    """A line of the conversation round the message. `is_it` is the message itself."""

    author: str
    text: str
    is_it: bool


@dataclass(frozen=True)
class Opened:
    """A message with what stood round it, what was offered, and what was decided."""

    id: str
    conversation_id: str
    designation: str
    nearby: Sequence[Nearby]
    offered: Sequence[str]
    created_at: datetime
    looked_at: datetime | None
    looked_by: str | None
    goal: str | None
    card: str | None
    example: str | None


@dataclass(frozen=True)
class Decision:
    """What it should have met, with a fresh example; all three are None when there is nothing to learn."""

    goal: str | None = None
    card: str | None = None
    example: str | None = None


@dataclass(frozen=True)
class Taught:
    """An example that an officer wrote. `card` is there when the goal is `entitlement`."""

    goal: str
    card: str | None
    example: str


async def waiting(work: Work, viewer: Viewer, limit: int, after: tuple[datetime, str] | None = None) -> list[Waiting]:
    """Oldest first. `after` is the moment and the id of the last line of the page before."""
    query = (
        select(Misunderstood, Conversation.designation)
        .join(Conversation, Conversation.id == Misunderstood.conversation_id)
        .where(Misunderstood.looked_at.is_(None), readable_by(viewer))
        .order_by(Misunderstood.created_at, Misunderstood.id)
        .limit(limit)
    )
    if after is not None:
        query = query.where(tuple_(Misunderstood.created_at, Misunderstood.id) > after)
    rows = [(each, name) for each, name in await work.session.execute(query)]
    words = await shown(work, [each.message_id for each, _ in rows])
    return [Waiting(each.id, name, words.get(each.message_id, ""), each.created_at) for each, name in rows]


async def measure(work: Work, viewer: Viewer) -> Measure:
    not_looked_at = Misunderstood.looked_at.is_(None)
    first = func.min(Misunderstood.created_at).filter(not_looked_at)
    counted = select(func.count().filter(not_looked_at), func.count(), first).select_from(Misunderstood)
    here = counted.join(Conversation, Conversation.id == Misunderstood.conversation_id).where(readable_by(viewer))
    left, every, oldest = (await work.session.execute(here)).one()
    return Measure(left, every, oldest)


async def one(work: Work, viewer: Viewer, misunderstood_id: str) -> Opened | None:
    query = select(Misunderstood, Conversation.designation).join(
        Conversation, Conversation.id == Misunderstood.conversation_id
    )
    found = (await work.session.execute(query.where(Misunderstood.id == misunderstood_id, readable_by(viewer)))).first()
    if found is None:
        return None
    row, designation = found
    return Opened(
        id=row.id,
        conversation_id=row.conversation_id,
        designation=designation,
        nearby=await _nearby(work, row.conversation_id, row.message_id),
        offered=[str(payload) for payload in row.offered],
        created_at=row.created_at,
        looked_at=row.looked_at,
        looked_by=row.looked_by,
        goal=row.goal,
        card=row.card,
        example=row.example,
    )


async def _nearby(work: Work, conversation_id: str, message_id: str) -> list[Nearby]:
    """The message with two lines before it and two after, of both sides."""
    message = await work.session.get_one(Message, message_id)
    first, last = message.position - AROUND, message.position + AROUND
    sent = await work.session.scalars(
        select(Message).where(Message.conversation_id == conversation_id, Message.position.between(first, last))
    )
    said = await work.session.scalars(
        select(OutboxItem).where(
            OutboxItem.conversation_id == conversation_id, OutboxItem.position.between(first, last)
        )
    )
    mine = list(sent)
    words = await shown(work, [each.id for each in mine])
    lines = [(each.position, Nearby("young_person", words[each.id], each.id == message_id)) for each in mine]
    lines += [(each.position, Nearby(each.author, work.keys.decrypt(each.text_sealed), False)) for each in said]
    ordered = [line for _, line in sorted(lines, key=lambda entry: entry[0])]
    place = next(n for n, line in enumerate(ordered) if line.is_it)
    return ordered[max(0, place - LINES_EITHER_SIDE) : place + LINES_EITHER_SIDE + 1]


async def id_of(work: Work, viewer: Viewer, message_id: str) -> str | None:
    """The entry of this message, of those that the viewer may see."""
    query = select(Misunderstood.id).join(Conversation, Conversation.id == Misunderstood.conversation_id)
    found: str | None = await work.session.scalar(
        query.where(Misunderstood.message_id == message_id, readable_by(viewer))
    )
    return found


async def typed_words(work: Work, conversation_id: str) -> list[str]:
    """Everything that the young person typed in this conversation, uncovered: to compare an example with."""
    rows = await work.session.scalars(
        select(Message.text_sealed).where(Message.conversation_id == conversation_id, Message.kind == MessageKind.TYPED)
    )
    return [work.keys.decrypt(sealed) for sealed in rows]


async def decide(work: Work, misunderstood_id: str, staff_id: str, decision: Decision, at: datetime) -> None:
    """Take it off the list. Raises DecidedAlready, LookupError when it is not there."""
    row = await _locked(work, misunderstood_id)
    if row.looked_at is not None:
        raise DecidedAlready
    row.looked_at, row.looked_by = at, staff_id
    row.goal, row.card, row.example = decision.goal, decision.card, decision.example
    await work.session.flush()


async def undo(work: Work, misunderstood_id: str, staff_id: str) -> None:
    """Put it back as it was: the example is gone. Raises DecidedAlready when another decided it, LookupError."""
    row = await _locked(work, misunderstood_id)
    if row.looked_by != staff_id:
        raise DecidedAlready
    row.looked_at = row.looked_by = row.goal = row.card = row.example = None
    await work.session.flush()


async def _locked(work: Work, misunderstood_id: str) -> Misunderstood:
    row = await work.session.get(Misunderstood, misunderstood_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise LookupError("It is not on the list.")
    return row


async def taught(work: Work) -> list[Taught]:
    """All examples that officers wrote, the newest first; also those whose message is gone."""
    waiting = select(Misunderstood.goal, Misunderstood.card, Misunderstood.example, Misunderstood.looked_at).where(
        Misunderstood.goal.is_not(None), Misunderstood.example.is_not(None)
    )
    kept = select(TaughtExample.goal, TaughtExample.card, TaughtExample.example, TaughtExample.looked_at)
    rows = [*(await work.session.execute(waiting)), *(await work.session.execute(kept))]
    newest_first = sorted(rows, key=lambda row: (row.looked_at, row.example), reverse=True)
    return [Taught(row.goal, row.card, row.example) for row in newest_first if row.goal and row.example]
