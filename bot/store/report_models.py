"""The tables of themes as they are counted, and of what was published from them."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, new_id, now


class Sentiment(StrEnum):
    """How something feels to the young person who says it."""

    POSITIVE = "positive"
    MIXED = "mixed"
    NEGATIVE = "negative"
    NEUTRAL = "neutral"


class DecidedBy(StrEnum):
    """Whose decision about a theme is in force."""

    OFFICER = "officer"
    YOUNG_PERSON = "young_person"
    MACHINE = "machine"


class PublicationState(StrEnum):
    """A draft may change; what was published never does. A draft that is laid aside stays for the log."""

    DRAFT = "draft"
    PUBLISHED = "published"
    LAID_ASIDE = "laid_aside"


class SignedAs(StrEnum):
    """What a signature says. The second one is never by whoever prepared the page."""

    PREPARED = "prepared"
    SECOND = "second"
    OVOS_NAMES = "ovos_names"
    OVOS_PAGE = "ovos_page"


class BoardAnswer(StrEnum):
    """What the board says to a decision that it was asked for."""

    AGREE = "agree"
    AMEND = "amend"
    REFUSE = "refuse"


class CountedTheme(Base):
    """One theme of one piece of feedback, by the decision in force. No foreign keys: words go, counts stay.

    `person_key` is a keyed hash of the linked reference or the receipt; None is a chat that is linked to nobody.
    """

    __tablename__ = "counted_themes"
    __table_args__ = (
        Index("ix_counted_themes_quarter_person_key", "quarter", "person_key"),
        Index("ix_counted_themes_conversation_id_quarter", "conversation_id", "quarter"),
    )

    feedback_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    theme: Mapped[str] = mapped_column(String(48), primary_key=True)
    domain: Mapped[str | None] = mapped_column(String(48))  # by the taxonomy of that day; None: no theme fits
    conversation_id: Mapped[str] = mapped_column(String(32))
    person_key: Mapped[str | None] = mapped_column(String(64))
    quarter: Mapped[str] = mapped_column(String(6))  # "2026Q4", by the feedback's date in England; never moved
    sentiment: Mapped[Sentiment | None] = mapped_column(String(16))
    source: Mapped[DecidedBy] = mapped_column(String(16))
    reviewed: Mapped[bool]
    age_band: Mapped[str | None] = mapped_column(String(16))
    home_kind: Mapped[str | None] = mapped_column(String(24))
    good_news: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[datetime] = mapped_column(default=now)


class ThemePerson(Base):
    """One person of a quarter in one scope: a theme, a domain, or all. Kept beside `counted_themes`, never by hand.

    `who` is the person's key, or the conversation's id where `linked` is False. The summary counts these rows and
    reads nothing else, so a quarter costs what its people cost, however much each of them writes.
    """

    __tablename__ = "theme_people"
    __table_args__ = (
        # Everything that the summary adds up is in this index, in the order in which it groups.
        Index("ix_theme_people_summary", "quarter", "scope", "linked", "checked", "feeling", "messages", "reviewed"),
    )

    quarter: Mapped[str] = mapped_column(String(6), primary_key=True)
    who: Mapped[str] = mapped_column(String(64), primary_key=True)
    scope: Mapped[str] = mapped_column(String(48), primary_key=True)
    linked: Mapped[bool]
    checked: Mapped[bool]  # a person decided on the theme: an officer, or the writer; else only the machine
    feeling: Mapped[Sentiment | None] = mapped_column(String(16))
    messages: Mapped[int]
    reviewed: Mapped[int]
    good_news: Mapped[bool]
    age_band: Mapped[str | None] = mapped_column(String(16))
    home_kind: Mapped[str | None] = mapped_column(String(24))


class Denominator(Base):
    """How many young people of a group the council looks after in a quarter, as the council entered it."""

    __tablename__ = "denominators"

    quarter: Mapped[str] = mapped_column(String(6), primary_key=True)
    group_id: Mapped[str] = mapped_column(String(48), primary_key=True)
    people: Mapped[int]
    entered_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    entered_at: Mapped[datetime] = mapped_column(default=now)


class Publication(Base):
    """A summary of one quarter. `page_sealed` is the whole page as JSON; `page_hash` is the SHA-256 of that JSON.

    Only figures after disclosure control are in it: what was counted is not kept here.
    """

    __tablename__ = "publications"
    __table_args__ = (Index("ix_publications_state_quarter", "state", "quarter"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    quarter: Mapped[str] = mapped_column(String(6), index=True)
    state: Mapped[PublicationState] = mapped_column(String(16), default=PublicationState.DRAFT)
    page_sealed: Mapped[str] = mapped_column(Text)
    page_hash: Mapped[str] = mapped_column(String(64))
    quotes_of: Mapped[list[Any]] = mapped_column(default=list)  # the feedback that each quote is from, in their order
    version: Mapped[int] = mapped_column(default=1)
    prepared_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    prepared_at: Mapped[datetime] = mapped_column(default=now)
    published_by: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    published_at: Mapped[datetime | None]
    meeting_on: Mapped[date | None] = mapped_column(Date)
    reminded_at: Mapped[datetime | None]


class Signature(Base):
    """Somebody stands by a page as it was when they signed: a page that changed since has not been signed."""

    __tablename__ = "publication_signatures"
    __table_args__ = (UniqueConstraint("publication_id", "signed_as"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    publication_id: Mapped[str] = mapped_column(ForeignKey("publications.id"))
    signed_as: Mapped[SignedAs] = mapped_column(String(16))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    page_hash: Mapped[str] = mapped_column(String(64))
    agrees: Mapped[bool]
    dissent_sealed: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)


class BoardReply(Base):
    """The board's answer to the n-th decision of a publication, as it was written down in the meeting."""

    __tablename__ = "board_replies"

    publication_id: Mapped[str] = mapped_column(ForeignKey("publications.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    answer: Mapped[BoardAnswer] = mapped_column(String(16))
    words_sealed: Mapped[str] = mapped_column(Text)
    owner: Mapped[str | None] = mapped_column(String(80))
    due_on: Mapped[date | None] = mapped_column(Date)
    promise_id: Mapped[str | None] = mapped_column(String(32))  # what the answer became
    written_by: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    written_at: Mapped[datetime] = mapped_column(default=now)
