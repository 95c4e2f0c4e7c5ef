"""The tables. What a young person wrote, and what was answered, is only ever in a column named `..._sealed`."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    Date,
    DateTime,
    Dialect,
    ForeignKey,
    Index,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
    false,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


def new_id() -> str:
    return uuid.uuid4().hex


_PRETENDED: ContextVar[datetime | None] = ContextVar("pretended", default=None)


def now() -> datetime:
    return _PRETENDED.get() or datetime.now(UTC)


@contextmanager
def pretending(at: datetime) -> Iterator[None]:
    """What is stored inside this block is stored as of this moment. Only for `ovos demo` and for tests."""
    before = _PRETENDED.set(at)
    try:
        yield
    finally:
        _PRETENDED.reset(before)


class UtcDateTime(TypeDecorator[datetime]):
    """A moment with its zone, always UTC: SQLite would drop the zone and PostgreSQL would turn it to its own."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment without a time zone cannot be stored.")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Channel(StrEnum):
    """How a conversation reaches us."""

    WEB = "web"
    TELEGRAM = "telegram"
    CONVERSE = "converse"


class MessageKind(StrEnum):
    """What a young person did. Everything but `typed` is something that intake understands without Rasa."""

    TYPED = "typed"
    EDITED = "edited"  # words that they changed afterwards: what they first wrote stays
    BUTTON = "button"
    NOT_SAFE = "not_safe"
    WHO_CAN_SEE = "who_can_see"
    SAY_ANOTHER_WAY = "say_another_way"
    MEDIA = "media"  # a photo, a voice or the like: its arrival is noted, what is in it is never fetched


WORDS = frozenset({MessageKind.TYPED, MessageKind.EDITED})  # what holds a person's own words, and is screened


class MessageState(StrEnum):
    """Where a message is on its way. It is `received` from the moment that it is safe in the store."""

    RECEIVED = "received"
    CLOSED = "closed"


class TurnOutcome(StrEnum):
    """How a message's turn ended."""

    ANSWERED = "answered"
    SAFETY = "safety"
    INTAKE = "intake"
    BRAIN_DOWN = "brain_down"
    BRAIN_SLOW = "brain_slow"
    BRAIN_FAILED = "brain_failed"
    SLOWED = "slowed"
    HELD = "held"


class Author(StrEnum):
    """Who speaks in an outbox item."""

    SERVICE = "service"
    SAFETY = "safety"
    STAFF = "staff"


class Severity(StrEnum):
    """How soon a person must read a message. An alert is raised for the first three."""

    IMMEDIATE = "immediate"
    SAME_DAY = "same_day"
    ONE_WORKING_DAY = "one_working_day"
    WELLBEING = "wellbeing"
    NONE = "none"


class AlertState(StrEnum):
    """An alert is never closed by silence."""

    RAISED = "raised"
    ACKNOWLEDGED = "acknowledged"
    DECIDED = "decided"  # a person recorded the outcome


class FeedbackKind(StrEnum):
    FEEDBACK = "feedback"
    GOOD_NEWS = "good_news"


class Consent(StrEnum):
    """May the words, without a name, be shown to the people in charge of the council?"""

    YES = "yes"
    NO = "no"
    NOT_ASKED = "not_asked"


class RequestKind(StrEnum):
    CONTACT = "contact"
    COMPLAINT = "complaint"
    ADVOCATE = "advocate"
    OVOS_JOIN = "ovos_join"
    PRIVACY = "privacy"
    LANGUAGE = "language"


class ComplaintStage(StrEnum):
    """How far a complaint has gone. Every other request stays at the first."""

    LOCAL = "local"
    INVESTIGATION = "investigation"
    PANEL = "panel"
    PANEL_REPORT = "panel_report"
    PANEL_ANSWER = "panel_answer"


class RequestState(StrEnum):
    """Staff propose an outcome; only the young person finishes a request."""

    SENT = "sent"
    SEEN = "seen"
    PROPOSED = "proposed"
    REOPENED = "reopened"
    DONE = "done"
    CLOSED_NO_REPLY = "closed_no_reply"
    WITHDRAWN = "withdrawn"


NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSON, list[Any]: JSON}


class Conversation(Base):
    """One young person's session on one channel. `designation` is the two-word name that staff see."""

    __tablename__ = "conversations"
    __table_args__ = (Index("ix_conversations_said_at_id", "said_at", "id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    channel: Mapped[Channel] = mapped_column(String(16))
    designation: Mapped[str] = mapped_column(String(64), unique=True)
    token_hash: Mapped[str | None] = mapped_column(String(64), unique=True)
    started_at: Mapped[datetime] = mapped_column(default=now)
    last_at: Mapped[datetime] = mapped_column(default=now)
    ended_at: Mapped[datetime | None]
    next_position: Mapped[int] = mapped_column(default=1)
    easy_words: Mapped[bool] = mapped_column(default=False)
    language: Mapped[str | None] = mapped_column(String(16))
    draft: Mapped[dict[str, Any] | None]
    read_up_to: Mapped[int] = mapped_column(default=0)
    said_position: Mapped[int] = mapped_column(default=0)  # the young person's newest message; 0 before the first
    said_at: Mapped[datetime | None]
    answered_position: Mapped[int] = mapped_column(default=0)  # up to here a person answered, or handed back
    held_by: Mapped[str | None] = mapped_column(
        String(32), index=True
    )  # the staff member who answers; the bot is quiet
    held_at: Mapped[datetime | None]
    lease_owner: Mapped[str | None] = mapped_column(String(80), index=True)
    lease_until: Mapped[datetime | None]
    quiet_since: Mapped[datetime | None]  # somebody else can see the device: nothing is said there unasked
    synthetic: Mapped[bool] = mapped_column(default=False, server_default=false())  # a check of ours, no child


class Message(Base):
    """What a young person sent, exactly as it came."""

    __tablename__ = "messages"
    __table_args__ = (
        UniqueConstraint("channel", "channel_message_id"),
        UniqueConstraint("conversation_id", "position"),
        Index("ix_messages_state_received_at", "state", "received_at"),
        Index("ix_messages_received_at_id", "received_at", "id"),
        Index("ix_messages_goal_conversation_id", "goal", "conversation_id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    position: Mapped[int]
    channel: Mapped[Channel] = mapped_column(String(16))
    channel_message_id: Mapped[str] = mapped_column(String(120))
    kind: Mapped[MessageKind] = mapped_column(String(24))
    text_sealed: Mapped[str] = mapped_column(Text)
    intent: Mapped[dict[str, Any] | None]
    received_at: Mapped[datetime] = mapped_column(default=now)
    state: Mapped[MessageState] = mapped_column(String(16), default=MessageState.RECEIVED)
    outcome: Mapped[TurnOutcome | None] = mapped_column(String(16))
    closed_at: Mapped[datetime | None]
    goal: Mapped[str | None] = mapped_column(String(48))
    goal_confidence: Mapped[float | None]
    severity: Mapped[Severity | None] = mapped_column(String(24))
    category: Mapped[str | None] = mapped_column(String(32))
    screening_score: Mapped[float | None]
    screening_version: Mapped[str | None] = mapped_column(String(48))


class OutboxItem(Base):
    """One bubble to a young person. Keyed on the message it answers, so that a turn run twice says nothing twice."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("answers", "part", "n"),
        UniqueConstraint("conversation_id", "position"),
        Index("ix_outbox_author_created_at_id", "author", "created_at", "id"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    position: Mapped[int]
    answers: Mapped[str | None] = mapped_column(ForeignKey("messages.id"))
    part: Mapped[str] = mapped_column(String(16))
    n: Mapped[int]
    author: Mapped[Author] = mapped_column(String(16))
    signed: Mapped[str | None] = mapped_column(String(32))  # the role in whose name staff wrote it
    key: Mapped[str | None] = mapped_column(String(80))
    text_sealed: Mapped[str] = mapped_column(Text)
    easy_sealed: Mapped[str | None] = mapped_column(Text)
    buttons: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    delivered_at: Mapped[datetime | None]


class Alert(Base):
    """A message that a person must read soon. Written in the same transaction as the safety reply."""

    __tablename__ = "alerts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    severity: Mapped[Severity] = mapped_column(String(24))
    category: Mapped[str] = mapped_column(String(32))
    score: Mapped[float]
    screening_version: Mapped[str] = mapped_column(String(48))
    state: Mapped[AlertState] = mapped_column(String(16), default=AlertState.RAISED, index=True)
    raised_at: Mapped[datetime] = mapped_column(default=now)
    round: Mapped[int] = mapped_column(default=0, server_default="0")  # one more each time that it is handed on
    clock_from: Mapped[datetime | None]  # from when the ladder counts, where that is not raised_at
    first_to: Mapped[str | None] = mapped_column(String(32))  # who is told first, before the rota is asked
    holder_id: Mapped[str | None] = mapped_column(String(32), index=True)  # who said "I have this"
    acknowledged_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]  # when whoever has it first opened the words
    decided_at: Mapped[datetime | None]
    told_position: Mapped[int] = mapped_column(default=0, server_default="0")  # newest message the holder was told of
    told_at: Mapped[datetime | None]
    # What the chat answered, where a person found it more urgent since: what it says next must not depend on that.
    answered_severity: Mapped[Severity | None] = mapped_column(String(24))
    answered_category: Mapped[str | None] = mapped_column(String(32))


class Feedback(Base):
    """Something a young person wants known. `words` are the ids of the messages that say it."""

    __tablename__ = "feedback"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    kind: Mapped[FeedbackKind] = mapped_column(String(16))
    words: Mapped[list[Any]]
    consent: Mapped[Consent] = mapped_column(String(16), default=Consent.NOT_ASKED)
    created_at: Mapped[datetime] = mapped_column(default=now)


class Request(Base):
    """Something a young person asked a person to do. `number` is what the young person knows it by."""

    __tablename__ = "requests"
    __table_args__ = (
        UniqueConstraint("conversation_id", "number"),
        Index("ix_requests_conversation_id_state", "conversation_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    number: Mapped[int]
    kind: Mapped[RequestKind] = mapped_column(String(16))
    who: Mapped[str] = mapped_column(String(32))
    words: Mapped[list[Any]]
    how_to_reach: Mapped[str | None] = mapped_column(String(32))
    card: Mapped[str | None] = mapped_column(String(48))
    about: Mapped[list[Any]] = mapped_column(default=list)  # whom it is about, as `who` ids: they never see it
    hide_from: Mapped[list[Any]] = mapped_column(default=list)  # whom the young person ruled out, as `who` ids
    state: Mapped[RequestState] = mapped_column(String(24), default=RequestState.SENT, index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    state_at: Mapped[datetime] = mapped_column(default=now)
    assigned_to: Mapped[str | None] = mapped_column(String(32), index=True)
    due_on: Mapped[date | None] = mapped_column(Date, index=True)
    extended: Mapped[bool] = mapped_column(default=False)  # the longer time that the law allows was taken
    climbed_at: Mapped[datetime | None]
    climbed_to: Mapped[str | None] = mapped_column(String(32), index=True)  # the manager, once it is late
    stage: Mapped[ComplaintStage] = mapped_column(String(16), default=ComplaintStage.LOCAL)
    stage_from: Mapped[date | None] = mapped_column(Date)  # the day that the stage's time counts from; None: created
    version: Mapped[int] = mapped_column(default=1)


class Misunderstood(Base):
    """A message that the service did not understand: a person looks at every one."""

    __tablename__ = "misunderstood"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    message_id: Mapped[str] = mapped_column(ForeignKey("messages.id"), unique=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    offered: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    looked_at: Mapped[datetime | None]
    looked_by: Mapped[str | None] = mapped_column(String(32))
    goal: Mapped[str | None] = mapped_column(String(48))  # what an officer says it should have met
    card: Mapped[str | None] = mapped_column(String(48))
    example: Mapped[str | None] = mapped_column(Text)  # written afresh by the officer; only this trains
