"""Links that carry a conversation from another channel to the web: one tap, once, for an hour."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, update

from bot.store.conversations import token_hash
from bot.store.database import Work
from bot.store.telegram_models import WebLink

LASTS = timedelta(hours=1)


async def make(work: Work, conversation_id: str, at: datetime) -> str:
    """A fresh token. Links of the conversation that open nothing any more are deleted on the way."""
    await work.session.execute(
        delete(WebLink).where(
            WebLink.conversation_id == conversation_id, or_(WebLink.expires_at <= at, WebLink.used_at.is_not(None))
        )
    )
    token = secrets.token_urlsafe(32)
    work.session.add(WebLink(token_hash=token_hash(token), conversation_id=conversation_id, expires_at=at + LASTS))
    await work.session.flush()
    return token


async def use(work: Work, token: str, at: datetime) -> str | None:
    """The conversation that this token opens, once; None when it was used, is too old, or never was."""
    used = await work.session.execute(
        update(WebLink)
        .where(WebLink.token_hash == token_hash(token), WebLink.used_at.is_(None), WebLink.expires_at > at)
        .values(used_at=at)
        .returning(WebLink.conversation_id)
        .execution_options(synchronize_session=False)
    )
    return used.scalar()
