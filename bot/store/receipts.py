"""Receipts as hashes: made, saved, used, revoked; and how many were tried that open nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.casework_models import Receipt, ReceiptGuess
from bot.store.database import Work
from bot.store.models import Channel, Conversation, OutboxItem, Request, now

OFFER = "receipt_offer"  # the key of the bubble that offers a receipt


@dataclass(frozen=True)
class Standing:
    """A receipt that opens its conversation."""

    id: str
    conversation_id: str


async def add(work: Work, conversation_id: str, words_hash: str) -> str | None:
    """Keep a new receipt and revoke the ones before it; its id. None when another receipt has these very words."""
    made = Receipt(conversation_id=conversation_id, words_hash=words_hash)
    try:
        async with work.session.begin_nested():
            work.session.add(made)
    except IntegrityError:
        return None
    await work.session.execute(
        update(Receipt)
        .where(Receipt.conversation_id == conversation_id, Receipt.id != made.id, Receipt.revoked_at.is_(None))
        .values(revoked_at=now())
        .execution_options(synchronize_session=False)
    )
    return made.id


async def mark_saved(work: Work, conversation_id: str) -> bool:
    """The young person says that they saved the words. False when there is no receipt to have saved."""
    changed = await work.session.execute(
        update(Receipt)
        .where(Receipt.conversation_id == conversation_id, Receipt.revoked_at.is_(None))
        .values(saved_at=func.coalesce(Receipt.saved_at, now()))
        .returning(Receipt.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


async def use(work: Work, words_hash: str) -> Standing | None:
    """The receipt of these words, noted as used; None when there is none or it was revoked."""
    used = await work.session.execute(
        update(Receipt)
        .where(Receipt.words_hash == words_hash, Receipt.revoked_at.is_(None))
        .values(used_at=now())
        .returning(Receipt.id, Receipt.conversation_id)
        .execution_options(synchronize_session=False)
    )
    row = used.first()
    return None if row is None else Standing(row.id, row.conversation_id)


async def made_since(work: Work, conversation_id: str, since: datetime) -> int:
    """How many receipts were made for this conversation since then."""
    counted = await work.session.scalar(
        select(func.count()).where(Receipt.conversation_id == conversation_id, Receipt.made_at >= since)
    )
    return counted or 0


async def note_guess(work: Work, forget_before: datetime) -> None:
    """Count a receipt that opened nothing, and forget the ones that are too old to count."""
    await work.session.execute(delete(ReceiptGuess).where(ReceiptGuess.at < forget_before))
    work.session.add(ReceiptGuess())
    await work.session.flush()


async def guesses_since(work: Work, since: datetime) -> int:
    """How many receipts were tried in all processes since then that opened nothing."""
    return await work.session.scalar(select(func.count()).where(ReceiptGuess.at >= since)) or 0


async def offer_is_due(work: Work, conversation: Conversation) -> bool:
    """True on the web, where no receipt is held and none was offered: once a conversation is enough."""
    if conversation.channel != Channel.WEB:
        return False
    standing = select(Receipt.id).where(Receipt.conversation_id == conversation.id, Receipt.revoked_at.is_(None))
    offered = select(OutboxItem.id).where(OutboxItem.conversation_id == conversation.id, OutboxItem.key == OFFER)
    return not any([await work.session.scalar(query.limit(1)) for query in (standing, offered)])


async def request_was_sent(work: Work, message_id: str) -> bool:
    """True when this message is the one that sent a request."""
    return await work.session.scalar(select(Request.id).where(Request.message_id == message_id)) is not None
