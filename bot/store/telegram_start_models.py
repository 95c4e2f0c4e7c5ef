"""The table of links that carry a conversation from the web page to Telegram."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base


class TelegramStart(Base):
    """A code with which one Telegram chat goes on with a conversation, once. Only a keyed hash of it is kept."""

    __tablename__ = "telegram_starts"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    made_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
