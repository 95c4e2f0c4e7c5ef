"""Codes that carry a conversation from the web page to one Telegram chat: once, for ten minutes.

A code is 256 random bits behind a fixed beginning, so that nothing a person types is ever taken for one. Only a keyed
hash of it is kept. A new code ends the ones before it, and leaving the page ends them all.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from bot.store.database import Work
from bot.store.models import Conversation
from bot.store.secrets import SecretName, keyed_hash, secret
from bot.store.telegram_start_models import TelegramStart

LASTS = timedelta(minutes=10)
HOUR = timedelta(hours=1)
MOST_AN_HOUR = 6  # codes made for one conversation
BEGINS = "web-"  # with the code behind it, 47 of the 64 characters that Telegram carries


@dataclass(frozen=True)
class Start:
    """What a code was made for, and whether it still opens it."""

    conversation_id: str
    is_open: bool


async def make(work: Work, conversation_id: str, at: datetime) -> str | None:
    """A fresh code; those made before open nothing any more. None when there were too many in the last hour."""
    mine = TelegramStart.conversation_id == conversation_id
    await work.session.execute(delete(TelegramStart).where(mine, TelegramStart.made_at <= at - HOUR))
    made = await work.session.scalar(select(func.count()).select_from(TelegramStart).where(mine)) or 0
    if made >= MOST_AN_HOUR:
        return None
    await work.session.execute(
        update(TelegramStart)
        .where(mine, TelegramStart.expires_at > at)
        .values(expires_at=at)
        .execution_options(synchronize_session=False)
    )
    code = BEGINS + secrets.token_urlsafe(32)
    hashed = await _hash(work, code)
    work.session.add(
        TelegramStart(code_hash=hashed, conversation_id=conversation_id, made_at=at, expires_at=at + LASTS)
    )
    await work.session.flush()
    return code


async def find(work: Work, code: str, at: datetime) -> Start | None:
    """What this code is for, also once it is used or over; None for one that was never made here."""
    found = await work.session.execute(
        select(TelegramStart, Conversation.ended_at)
        .join(Conversation, Conversation.id == TelegramStart.conversation_id)
        .where(TelegramStart.code_hash == await _hash(work, code))
    )
    row = found.one_or_none()
    if row is None:
        return None
    start, ended_at = row
    return Start(start.conversation_id, start.used_at is None and start.expires_at > at and ended_at is None)


async def use(work: Work, code: str, at: datetime) -> bool:
    """Use it up. False when somebody was faster, or it is over."""
    used = await work.session.execute(
        update(TelegramStart)
        .where(
            TelegramStart.code_hash == await _hash(work, code),
            TelegramStart.used_at.is_(None),
            TelegramStart.expires_at > at,
        )
        .values(used_at=at)
        .returning(TelegramStart.conversation_id)
        .execution_options(synchronize_session=False)
    )
    return used.first() is not None


async def _hash(work: Work, code: str) -> str:
    return keyed_hash(await secret(work, SecretName.TELEGRAM), f"start:{code}")
