"""The tables of the Telegram channel: which chat a conversation is answered in, and links that open it on the web."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, now


class TelegramChat(Base):
    """Where a conversation is answered. `chat_hash` finds it again; the chat's own number is only in `chat_sealed`.

    No name, user name, language or age is here: of the question of age only that it was passed.
    """

    __tablename__ = "telegram_chats"

    chat_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), unique=True)
    chat_sealed: Mapped[str] = mapped_column(Text)
    passed: Mapped[bool] = mapped_column(default=False)
    sent_up_to: Mapped[int] = mapped_column(default=0)  # what stands at or before this position is not sent again
    sent_parts: Mapped[int] = mapped_column(default=0)  # of a long answer after it, how many parts were taken
    nudged_for: Mapped[int] = mapped_column(default=0)  # the newest message that a nudge to the web was sent after
    withheld: Mapped[int] = mapped_column(default=0, server_default="0")  # bubbles of a check of ours, held back
    blocked_at: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime | None]
    made_at: Mapped[datetime] = mapped_column(default=now)


class WebLink(Base):
    """A link that opens a conversation on the web once. The token itself is stored nowhere."""

    __tablename__ = "web_links"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
