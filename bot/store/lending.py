"""Lent receipts: made, opened, taken back. None of them is ever a way to write, or a token of a device."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, and_, func, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import Work
from bot.store.lending_models import LentReceipt


@dataclass(frozen=True)
class Lent:
    """A lent receipt that still opens. `opened` is how many times it has been."""

    id: str
    conversation_id: str
    until: datetime
    opened: int


def _open_at(at: datetime) -> ColumnElement[bool]:
    return and_(LentReceipt.revoked_at.is_(None), LentReceipt.expires_at > at)


async def add(work: Work, conversation_id: str, words_hash: str, at: datetime, until: datetime) -> str | None:
    """Lend the conversation; what was lent before is taken back. Its id, or None when these very words are used."""
    made = LentReceipt(conversation_id=conversation_id, words_hash=words_hash, made_at=at, expires_at=until)
    try:
        async with work.session.begin_nested():
            work.session.add(made)
    except IntegrityError:
        return None
    await _revoke(work, at, and_(LentReceipt.conversation_id == conversation_id, LentReceipt.id != made.id))
    return made.id


async def take_back(work: Work, conversation_id: str, at: datetime) -> list[str]:
    """Nothing that was lent of this conversation opens any more; the ids of what did until now."""
    return await _revoke(work, at, LentReceipt.conversation_id == conversation_id)


async def use(work: Work, words_hash: str, at: datetime) -> Lent | None:
    """The lent receipt of these words, counted as opened; None when there is none, or it is over."""
    used = await work.session.execute(
        update(LentReceipt)
        .where(LentReceipt.words_hash == words_hash, _open_at(at))
        .values(times_opened=LentReceipt.times_opened + 1, opened_at=at)
        .returning(LentReceipt.id, LentReceipt.conversation_id, LentReceipt.expires_at, LentReceipt.times_opened)
        .execution_options(synchronize_session=False)
    )
    row = used.first()
    return None if row is None else Lent(*row)


async def standing(work: Work, conversation_id: str, at: datetime) -> Lent | None:
    """What is lent of this conversation now."""
    found = await work.session.execute(
        select(LentReceipt.id, LentReceipt.conversation_id, LentReceipt.expires_at, LentReceipt.times_opened)
        .where(LentReceipt.conversation_id == conversation_id, _open_at(at))
        .order_by(LentReceipt.made_at.desc())
        .limit(1)
    )
    row = found.first()
    return None if row is None else Lent(*row)


async def made_since(work: Work, conversation_id: str, since: datetime) -> int:
    """How many receipts of this conversation were lent since then."""
    counted = await work.session.scalar(
        select(func.count()).where(LentReceipt.conversation_id == conversation_id, LentReceipt.made_at >= since)
    )
    return counted or 0


async def _revoke(work: Work, at: datetime, which: ColumnElement[bool]) -> list[str]:
    over = await work.session.execute(
        update(LentReceipt)
        .where(which, _open_at(at))
        .values(revoked_at=at)
        .returning(LentReceipt.id)
        .execution_options(synchronize_session=False)
    )
    return list(over.scalars())
