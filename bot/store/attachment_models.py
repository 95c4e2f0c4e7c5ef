"""The table of what young people asked to be sent along with a request."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, new_id, now


class RequestAttachment(Base):
    """The plain summary of a status check, sent along because the young person pressed the button that says so.

    It belongs to its request and goes with it.
    """

    __tablename__ = "request_attachments"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), unique=True)
    text_sealed: Mapped[str] = mapped_column(Text)
    attached_at: Mapped[datetime] = mapped_column(default=now)
