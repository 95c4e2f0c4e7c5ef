"""The tables of keeping and deleting: holds, what is in the case record, deletions asked for, rounds of retention."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, new_id, now

YOUNG_PERSON = "young_person"


class RetentionHold(Base):
    """While it is not lifted, nothing of the conversation is deleted, by nobody and by no clock."""

    __tablename__ = "retention_holds"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    reason_sealed: Mapped[str] = mapped_column(Text)
    set_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    set_at: Mapped[datetime] = mapped_column(default=now)
    lifted_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    lifted_at: Mapped[datetime | None]


class RecordHandover(Base):
    """An alert or a request that somebody has put into the child's case record: from then on the copy here may go."""

    __tablename__ = "record_handovers"
    __table_args__ = (UniqueConstraint("alert_id"), UniqueConstraint("request_id"))

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    alert_id: Mapped[str | None] = mapped_column(ForeignKey("alerts.id"))
    request_id: Mapped[str | None] = mapped_column(ForeignKey("requests.id"))
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Erasure(Base):
    """A wish to delete a conversation. It outlives the conversation, so it refers to it by its id and nothing else.

    `tokens` are hashes of the tokens that opened it, kept for a week so that its devices are told the truth.
    """

    __tablename__ = "erasures"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(String(32), index=True)
    asked_by: Mapped[str] = mapped_column(String(32))  # a staff id, `young_person` or `command`
    asked_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(index=True)
    undone_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]
    brain_forgot_at: Mapped[datetime | None]
    record_kept: Mapped[bool] = mapped_column(default=False)
    tokens: Mapped[list[Any]] = mapped_column(default=list)


class TaughtExample(Base):
    """An example that an officer wrote about a message which is gone. It is theirs and holds none of its words."""

    __tablename__ = "taught_examples"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    goal: Mapped[str] = mapped_column(String(48))
    card: Mapped[str | None] = mapped_column(String(48))
    example: Mapped[str] = mapped_column(Text)
    looked_at: Mapped[datetime]


class RetentionRound(Base):
    """One round of the clock that deleted something: how much, by what it was."""

    __tablename__ = "retention_rounds"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    counts: Mapped[dict[str, Any]]
