"""The table of lent receipts: four words with which somebody else may read a conversation for a while."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, new_id, now


class LentReceipt(Base):
    """Four words that a young person lends, say to an advocate. They read, and open nothing that can write.

    Only a slow keyed hash of the words is kept, and nothing about who used them. Goes with its conversation.
    """

    __tablename__ = "lent_receipts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id", ondelete="CASCADE"), index=True)
    words_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    times_opened: Mapped[int] = mapped_column(default=0)
    opened_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
