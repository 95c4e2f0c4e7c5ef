"""The tables of work on a conversation: who read it, notes, redactions, receipts, links to a case, outcomes."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, RequestState, new_id, now


class RedactionKind(StrEnum):
    """A temporary one can be undone; a permanent one replaces the stored words."""

    TEMPORARY = "temporary"
    PERMANENT = "permanent"


class Answer(StrEnum):
    """What the young person says to a proposed outcome. No answer is never counted as success."""

    YES = "yes"
    HALF = "half"
    NO = "no"
    NO_REPLY = "no_reply"


class UnmaskingState(StrEnum):
    ASKED = "asked"
    APPROVED = "approved"
    REFUSED = "refused"


class TranscriptRead(Base):
    """A reader opened a transcript and saw it up to this position. One row each time that they saw more."""

    __tablename__ = "transcript_reads"
    __table_args__ = (Index("ix_transcript_reads_conversation_id_staff_id", "conversation_id", "staff_id", "up_to"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    up_to: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)


class Redaction(Base):
    """Characters [start, end) of a message that readers do not see. Never applied to the safeguarding copy."""

    __tablename__ = "redactions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), index=True)
    start: Mapped[int]
    end: Mapped[int]
    kind: Mapped[RedactionKind] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(String(48))
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(default=now)
    undone_at: Mapped[datetime | None]


class Note(Base):
    """A note of staff about a conversation or a request. `version` grows with each change."""

    __tablename__ = "notes"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("requests.id"), index=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    text_sealed: Mapped[str] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime] = mapped_column(default=now)
    changed_at: Mapped[datetime] = mapped_column(default=now)
    changed_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    deleted_at: Mapped[datetime | None]


class Receipt(Base):
    """Four words that bring a young person back. Only a slow keyed hash of them is kept."""

    __tablename__ = "receipts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    words_hash: Mapped[str] = mapped_column(String(64), unique=True)
    made_at: Mapped[datetime] = mapped_column(default=now)
    saved_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class DeviceToken(Base):
    """The token of a device that came back by receipt. The one that the chat was opened on has its own, in the chat."""

    __tablename__ = "device_tokens"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    made_at: Mapped[datetime] = mapped_column(default=now)


class ReceiptGuess(Base):
    """A receipt that opened nothing: only that there was one, for the limit over all processes. Kept for an hour."""

    __tablename__ = "receipt_guesses"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Allocation(Base):
    """One line of the council's allocation list: who works with the child behind a reference. E-mails in lower case."""

    __tablename__ = "allocations"

    reference_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    reference_sealed: Mapped[str] = mapped_column(Text)
    worker: Mapped[str | None] = mapped_column(String(254))
    personal_adviser: Mapped[str | None] = mapped_column(String(254))
    iro: Mapped[str | None] = mapped_column(String(254))
    manager: Mapped[str | None] = mapped_column(String(254))
    team: Mapped[str | None] = mapped_column(String(120))
    imported_at: Mapped[datetime] = mapped_column(default=now)


class LinkCode(Base):
    """A code that a worker gives to a young person; typed once in the chat, it links the conversation to a case."""

    __tablename__ = "link_codes"

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    reference_hash: Mapped[str] = mapped_column(ForeignKey("allocations.reference_hash"), index=True)
    made_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None] = mapped_column(ForeignKey("conversations.id"))


class ConversationLink(Base):
    """The case that a conversation belongs to. It opens nobody's name: that takes an unmasking."""

    __tablename__ = "conversation_links"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    reference_hash: Mapped[str] = mapped_column(ForeignKey("allocations.reference_hash"), index=True)
    linked_at: Mapped[datetime] = mapped_column(default=now)


class LinkCodeGuess(Base):
    """A code that was typed and opened nothing: counted against guessing."""

    __tablename__ = "link_code_guesses"
    __table_args__ = (Index("ix_link_code_guesses_conversation_id_at", "conversation_id", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    at: Mapped[datetime] = mapped_column(default=now, index=True)


class Awaited(Base):
    """What the service asked for outside any form: the next typed message of the conversation answers it."""

    __tablename__ = "awaited"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), primary_key=True)
    what: Mapped[str] = mapped_column(String(16))
    request_id: Mapped[str | None] = mapped_column(ForeignKey("requests.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)


class RequestHidden(Base):
    """Who never sees a request. `whom` is a staff id, an e-mail in lower case, or a role while nobody knows who."""

    __tablename__ = "request_hidden"

    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), primary_key=True)
    whom: Mapped[str] = mapped_column(String(254), primary_key=True, index=True)


class RequestEvent(Base):
    """One step in the life of a request. `by` is a staff id, `young_person` or `clock`."""

    __tablename__ = "request_events"
    __table_args__ = (UniqueConstraint("request_id", "n"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"))
    n: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=now)
    by: Mapped[str] = mapped_column(String(32))
    what: Mapped[str] = mapped_column(String(32))
    state_after: Mapped[RequestState] = mapped_column(String(24))
    to_staff: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))


class Outcome(Base):
    """What staff say was done about a request, in plain words, and what the young person says to that."""

    __tablename__ = "outcomes"
    __table_args__ = (UniqueConstraint("request_id", "n"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"))
    n: Mapped[int]
    words_sealed: Mapped[str] = mapped_column(Text)
    proposed_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    proposed_at: Mapped[datetime] = mapped_column(default=now)
    reminders: Mapped[int] = mapped_column(default=0)
    reminded_at: Mapped[datetime | None]
    answer: Mapped[Answer | None] = mapped_column(String(16))
    answered_at: Mapped[datetime | None]
    answer_message_id: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))


class Unmasking(Base):
    """A wish to know who a young person is: a reason, a second person's decision, and whether they were told."""

    __tablename__ = "unmaskings"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    reason_sealed: Mapped[str] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[UnmaskingState] = mapped_column(String(16), default=UnmaskingState.ASKED)
    decided_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    decided_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]
