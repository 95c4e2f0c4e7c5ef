"""What is added to an alert after it was raised: what the same young person says later, and what they choose."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, new_id, now


class Added(StrEnum):
    """`value` says more only where it is named here; the words themselves are in the message."""

    AFTER = "after"  # a later message of the same conversation: it goes to the same person
    WHERE = "where"  # the answer to "where are you, or how can someone reach you?"
    TOLD_WHO = "told_who"  # value: who should be told first, as on the button
    TOLD_HOW = "told_how"  # value: how somebody should get in touch
    PHONE_SEEN = "phone_seen"  # somebody else sees the device: nothing may be sent to it
    ELSEWHERE = "elsewhere"  # the message tells of living outside the borough
    ADULT = "adult"  # an age of 18 or more was said
    LANGUAGE = "language"  # value: the code of the language


class AlertAddition(Base):
    """One thing added to an alert by one message. A message adds a thing of each kind once."""

    __tablename__ = "alert_additions"
    __table_args__ = (UniqueConstraint("alert_id", "message_id", "kind"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"))
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), index=True)
    kind: Mapped[Added] = mapped_column(String(16))
    value: Mapped[str | None] = mapped_column(String(32))
    created_at: Mapped[datetime] = mapped_column(default=now)
