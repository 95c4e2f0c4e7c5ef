"""Unmasking: somebody asks with a reason who a young person is, another decides, and only then the case is opened.

Whoever may not read a conversation, because the young person ruled them out, takes no part in it nor learns of it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, select

from bot.store.casework_models import Allocation, ConversationLink, Unmasking, UnmaskingState
from bot.store.database import Work
from bot.store.models import Conversation, Message, OutboxItem, Request
from bot.store.requests import Viewer
from bot.store.shown_words import shown
from bot.store.sight import readable_by

LONGEST_REASON = 2_000  # characters
OPENS_FOR = timedelta(days=7)  # after the decision
NAME_ASKED = "name_words"  # in the keys of the sentences that ask for a first name


class Decided(Exception):
    """It was decided already."""


class OneOfTwo(Exception):
    """Whoever asks does not decide."""


@dataclass(frozen=True)
class OpenedAsk:
    """One wish to know who somebody is, with its reason."""

    id: str
    conversation_id: str
    designation: str
    reason: str
    asked_by: str
    asked_at: datetime
    state: UnmaskingState
    decided_by: str | None
    decided_at: datetime | None
    opened_at: datetime | None
    told_at: datetime | None

    def is_open_at(self, at: datetime) -> bool:
        """Was it approved, and not too long ago?"""
        approved = self.state is UnmaskingState.APPROVED and self.decided_at is not None
        return approved and self.decided_at is not None and at - self.decided_at <= OPENS_FOR


@dataclass(frozen=True)
class Identity:
    """What is known of who it is: the reference of the case, and the names that they gave for a request."""

    reference: str | None
    names: Sequence[str]


async def ask(work: Work, conversation_id: str, reason: str, staff_id: str, at: datetime) -> str:
    """The id of the wish: the one that is waiting already, when this person has asked before."""
    waiting = await work.session.scalar(
        select(Unmasking.id).where(
            Unmasking.conversation_id == conversation_id,
            Unmasking.asked_by == staff_id,
            Unmasking.state == UnmaskingState.ASKED,
        )
    )
    if waiting is not None:
        return waiting
    made = Unmasking(
        conversation_id=conversation_id, reason_sealed=work.keys.encrypt(reason), asked_by=staff_id, asked_at=at
    )
    work.session.add(made)
    await work.session.flush()
    return made.id


async def to_decide(work: Work, viewer: Viewer) -> list[OpenedAsk]:
    """What waits for a decision, oldest first, less what the viewer asked."""
    waits = (Unmasking.state == UnmaskingState.ASKED, Unmasking.asked_by != viewer.staff_id)
    return await _opened(work, viewer, *waits)


async def asked_by(work: Work, viewer: Viewer, limit: int = 50) -> list[OpenedAsk]:
    """The viewer's own, newest first."""
    mine = await _opened(work, viewer, Unmasking.asked_by == viewer.staff_id)
    return mine[::-1][:limit]


async def one(work: Work, viewer: Viewer, unmasking_id: str) -> OpenedAsk | None:
    found = await _opened(work, viewer, Unmasking.id == unmasking_id)
    return found[0] if found else None


async def _opened(work: Work, viewer: Viewer, *conditions: ColumnElement[bool]) -> list[OpenedAsk]:
    rows = await work.session.execute(
        select(Unmasking, Conversation.designation)
        .join(Conversation, Conversation.id == Unmasking.conversation_id)
        .where(readable_by(viewer), *conditions)
        .order_by(Unmasking.asked_at, Unmasking.id)
        .execution_options(populate_existing=True)
    )
    return [
        OpenedAsk(
            id=row.id,
            conversation_id=row.conversation_id,
            designation=designation,
            reason=work.keys.decrypt(row.reason_sealed),
            asked_by=row.asked_by,
            asked_at=row.asked_at,
            state=UnmaskingState(row.state),
            decided_by=row.decided_by,
            decided_at=row.decided_at,
            opened_at=row.opened_at,
            told_at=row.told_at,
        )
        for row, designation in rows
    ]


async def decide(work: Work, unmasking_id: str, staff_id: str, approve: bool, at: datetime) -> None:
    """Raises OneOfTwo, Decided, LookupError."""
    row = await _locked(work, unmasking_id)
    if row.asked_by == staff_id:
        raise OneOfTwo
    if row.state != UnmaskingState.ASKED:
        raise Decided
    row.state = UnmaskingState.APPROVED if approve else UnmaskingState.REFUSED
    row.decided_by, row.decided_at = staff_id, at
    await work.session.flush()


async def note_opened(work: Work, unmasking_id: str, at: datetime) -> None:
    """The first time that it was opened stays."""
    row = await _locked(work, unmasking_id)
    row.opened_at = row.opened_at or at
    await work.session.flush()


async def note_told(work: Work, unmasking_id: str, at: datetime) -> bool:
    """False when the young person was told before."""
    row = await _locked(work, unmasking_id)
    if row.told_at is not None:
        return False
    row.told_at = at
    await work.session.flush()
    return True


async def _locked(work: Work, unmasking_id: str) -> Unmasking:
    row = await work.session.get(Unmasking, unmasking_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise LookupError("There is no such wish.")
    return row


async def identity(work: Work, conversation_id: str) -> Identity:
    """Who it is. Only for what was approved; the caller writes that it was opened to the log."""
    sealed = await work.session.scalar(
        select(Allocation.reference_sealed)
        .join(ConversationLink, ConversationLink.reference_hash == Allocation.reference_hash)
        .where(ConversationLink.conversation_id == conversation_id)
    )
    reference = None if sealed is None else work.keys.decrypt(sealed)
    return Identity(reference, await _names(work, conversation_id))


async def _names(work: Work, conversation_id: str) -> list[str]:
    """Words of requests that answer the sentence which asks for a first name."""
    lists = await work.session.scalars(select(Request.words).where(Request.conversation_id == conversation_id))
    ids = list(dict.fromkeys(str(message_id) for words in lists for message_id in words))
    rows = await work.session.execute(select(Message.id, Message.position).where(Message.id.in_(ids)))
    names = [message_id for message_id, position in rows if await _was_asked(work, conversation_id, position)]
    words = await shown(work, names)
    return [words[message_id] for message_id in ids if message_id in words]


async def _was_asked(work: Work, conversation_id: str, position: int) -> bool:
    key = await work.session.scalar(
        select(OutboxItem.key)
        .where(OutboxItem.conversation_id == conversation_id, OutboxItem.position < position)
        .order_by(OutboxItem.position.desc())
        .limit(1)
    )
    return key is not None and NAME_ASKED in key
