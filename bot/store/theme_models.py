"""The tables of themes: what the machine suggests, what the young person chooses, what officers decide; and promises.

The three are kept apart, each with who, when and which model. No row of them is ever changed: a later one counts.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.casework_models import Answer
from bot.store.models import Base, new_id, now
from bot.store.report_models import Sentiment


class DecisionKind(StrEnum):
    """The first coder's counts; a second coder's is for measuring; an undone one brings back what was before."""

    DECIDED = "decided"
    SECOND = "second"
    UNDONE = "undone"


class QuoteState(StrEnum):
    """`taken_back` is final until they say yes again; `published` cannot be taken back any more."""

    SHOWN = "shown"
    YES = "yes"
    NO = "no"
    TAKEN_BACK = "taken_back"
    PUBLISHED = "published"


class ModelState(StrEnum):
    LIVE = "live"
    NOT_BETTER = "not_better"  # learned, measured, and not put to work
    REPLACED = "replaced"
    ROLLED_BACK = "rolled_back"


class PromiseState(StrEnum):
    """Staff say how far it is. Only young people's answers, or OVOS, make it `closed`."""

    PLANNED = "planned"
    DONE = "done"
    CANNOT = "cannot"
    CLOSED = "closed"
    LAID_ASIDE = "laid_aside"  # entered by mistake, and nobody was told


class FeedbackDetail(Base):
    """What a young person chose to say about their feedback, besides its words. Each may be left out."""

    __tablename__ = "feedback_details"

    feedback_id: Mapped[str] = mapped_column(ForeignKey("feedback.id"), primary_key=True)
    age_band: Mapped[str | None] = mapped_column(String(16))
    home_kind: Mapped[str | None] = mapped_column(String(24))
    may_train: Mapped[bool] = mapped_column(default=False)
    wants_to_hear: Mapped[bool] = mapped_column(default=False)
    better_words: Mapped[list[Any]] = mapped_column(default=list)  # ids of the messages that say what would help
    pass_on_to: Mapped[str | None] = mapped_column(String(32))  # a `who` id: whom the good news is for
    passed_on_at: Mapped[datetime | None]
    passed_on_by: Mapped[str | None] = mapped_column(String(32))
    blind: Mapped[bool] = mapped_column(default=False)  # one in five: officers decide without the suggestion
    second_coder: Mapped[bool] = mapped_column(default=False)  # in the sample that two officers read
    split_from: Mapped[str | None] = mapped_column(String(32))
    split_at: Mapped[datetime | None]  # this one was split: its two parts count instead
    split_by: Mapped[str | None] = mapped_column(String(32))


class ThemeSuggestion(Base):
    """What one model made of a piece of feedback. `themes`: [{theme, score, tagged, sentiment}], best first."""

    __tablename__ = "theme_suggestions"
    __table_args__ = (UniqueConstraint("feedback_id", "model"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    feedback_id: Mapped[str] = mapped_column(ForeignKey("feedback.id"))
    model: Mapped[str] = mapped_column(String(48))
    themes: Mapped[list[Any]]
    sentiment: Mapped[Sentiment] = mapped_column(String(16))
    at: Mapped[datetime] = mapped_column(default=now)


class ThemeChoice(Base):
    """What the young person said it is about and how it feels; None is what they skipped. `model` was shown to them."""

    __tablename__ = "theme_choices"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    feedback_id: Mapped[str] = mapped_column(ForeignKey("feedback.id"), index=True)
    themes: Mapped[list[Any] | None]
    sentiment: Mapped[Sentiment | None] = mapped_column(String(16))
    changed: Mapped[bool]  # they chose other themes than those that they were shown
    model: Mapped[str | None] = mapped_column(String(48))
    at: Mapped[datetime] = mapped_column(default=now)


class ThemeDecision(Base):
    """What an officer decided. `themes`: [{theme, sentiment}]; none of them when no theme fits."""

    __tablename__ = "theme_decisions"
    __table_args__ = (Index("ix_theme_decisions_feedback_id_at", "feedback_id", "at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    feedback_id: Mapped[str] = mapped_column(ForeignKey("feedback.id"))
    kind: Mapped[DecisionKind] = mapped_column(String(16))
    themes: Mapped[list[Any]]
    blind: Mapped[bool]  # decided without seeing the suggestion
    model: Mapped[str | None] = mapped_column(String(48))  # whose suggestion there was
    seconds: Mapped[int]  # from opening to deciding
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=now)


class Quote(Base):
    """The exact words that a young person was shown and asked about. `conversation_id` lets the chat show them."""

    __tablename__ = "quotes"

    feedback_message_id: Mapped[str] = mapped_column(String(32), primary_key=True)  # the first message of the words
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), index=True)
    feedback_id: Mapped[str | None] = mapped_column(String(32), index=True)
    text_sealed: Mapped[str] = mapped_column(Text)
    state: Mapped[QuoteState] = mapped_column(String(16))
    shown_at: Mapped[datetime] = mapped_column(default=now)
    state_at: Mapped[datetime] = mapped_column(default=now)


class ThemeModelRow(Base):
    """A model that was learned, how it did on the frozen blind set beside the one at work, and what became of it."""

    __tablename__ = "theme_models"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    version: Mapped[str] = mapped_column(String(48), index=True)
    examples: Mapped[int]
    decisions: Mapped[int]
    blind: Mapped[int]  # how many decisions the blind set held
    f1: Mapped[float | None]
    f1_before: Mapped[float | None]
    state: Mapped[ModelState] = mapped_column(String(16))
    by: Mapped[str | None] = mapped_column(String(32))
    at: Mapped[datetime] = mapped_column(default=now)


class ThemeMerge(Base):
    """A theme that goes on in another. Its id stays readable for ever."""

    __tablename__ = "theme_merges"

    theme: Mapped[str] = mapped_column(String(48), primary_key=True)
    into: Mapped[str] = mapped_column(String(48))
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class ThemeProposal(Base):
    """A theme that an officer thinks is missing. OVOS names it; it counts once it is in the codebook's file."""

    __tablename__ = "theme_proposals"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    name_sealed: Mapped[str] = mapped_column(Text)
    why_sealed: Mapped[str] = mapped_column(Text)
    feedback_id: Mapped[str | None] = mapped_column(String(32))
    by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(default=now)


class Promise(Base):
    """What the council does about themes: an action with an owner and a date, or that it cannot, because."""

    __tablename__ = "promises"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    quarter: Mapped[str] = mapped_column(String(6), index=True)  # of the feedback that it answers, like 2026Q4
    themes: Mapped[list[Any]]
    action_sealed: Mapped[str] = mapped_column(Text)  # in the young people's words: it is what they are told
    owner: Mapped[str] = mapped_column(String(120))  # a role, never a child's worker
    due_on: Mapped[date | None] = mapped_column(Date)
    state: Mapped[PromiseState] = mapped_column(String(16), default=PromiseState.PLANNED)
    because_sealed: Mapped[str | None] = mapped_column(Text)
    closed_by: Mapped[str | None] = mapped_column(String(32))  # a staff id of OVOS, or young_person
    created_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    state_at: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime | None]
    version: Mapped[int] = mapped_column(default=1)


class PromiseTold(Base):
    """One chat that was told of a promise, and what was answered to "was that good enough?"."""

    __tablename__ = "promises_told"
    __table_args__ = (
        UniqueConstraint("promise_id", "conversation_id", "n"),
        Index("ix_promises_told_number", "conversation_id", "number"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    promise_id: Mapped[str] = mapped_column(ForeignKey("promises.id"))
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"))
    number: Mapped[int]  # what the buttons in this chat know it by
    n: Mapped[int]  # the telling: 1 for the first
    told_at: Mapped[datetime] = mapped_column(default=now)
    asked: Mapped[bool]  # with the question; a plan is told without it
    answer: Mapped[Answer | None] = mapped_column(String(16))
    answered_at: Mapped[datetime | None]
    answer_message_id: Mapped[str | None] = mapped_column(String(32))
