"""The tables of alerts that a named person answers for: the rota, the hops, what was done, the switch, the checks."""

from __future__ import annotations

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, Time, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, Severity, new_id, now


class Duty(StrEnum):
    """A place on the rota. The ladder tells them in the order of `content/safeguarding/ladder.yml`."""

    ON_CALL = "on_call"
    SECOND_PERSON = "second_person"
    DUTY_MANAGER = "duty_manager"
    HEAD_OF_SERVICE = "head_of_service"


NO_OUTCOME = "no_outcome"
"""Stands for the duty in a hop that was taken because no outcome had been recorded in time."""


class AlertEventKind(StrEnum):
    """What a person did with an alert. The first three are measured apart."""

    ACKNOWLEDGED = "acknowledged"
    WORDS_OPENED = "words_opened"
    OUTCOME_RECORDED = "outcome_recorded"
    HANDED_ON = "handed_on"
    TAKEN_OVER = "taken_over"  # from whoever had it and recorded no outcome in time
    RAISED_BY_PERSON = "raised_by_person"
    RAISED_HIGHER = "raised_higher"  # a person found it more urgent than it was
    NAMED = "named"  # it may be about this member of staff, who then never sees it


class AlertOutcome(StrEnum):
    """What was decided. An alert is not a referral: a person makes that and writes down its reference."""

    REFERRED = "referred"
    RANG_999 = "rang_999"
    HANDED_TO = "handed_to"
    NO_FURTHER_ACTION = "no_further_action"


class ProbeState(StrEnum):
    RUNNING = "running"
    ALIVE = "alive"
    BROKEN = "broken"


class Verdict(StrEnum):
    """What a second reader says of a conversation in which nothing was raised."""

    NOTHING = "nothing"
    MISSED = "missed"


class RotaShift(Base):
    """Somebody has a duty on these days of the week, from one time of the day to another, by the council's clock.

    A shift that ends at or before it begins goes on into the next day. `last_day` is the last one on which it begins.
    """

    __tablename__ = "rota_shifts"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    duty: Mapped[Duty] = mapped_column(String(24))
    weekdays: Mapped[list[Any]]  # 0 is Monday
    begins: Mapped[time] = mapped_column(Time)
    ends: Mapped[time] = mapped_column(Time)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date)
    created_at: Mapped[datetime] = mapped_column(default=now)
    removed_at: Mapped[datetime | None]


class AlertHop(Base):
    """One person told of one alert at one step of the ladder. `staff_id` is empty when there was nobody to tell.

    The key makes a second telling impossible, also when two processes take the step at the same moment.
    """

    __tablename__ = "alert_hops"
    __table_args__ = (UniqueConstraint("alert_id", "step", "staff_id"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"))
    step: Mapped[str] = mapped_column(String(24))
    duty: Mapped[str] = mapped_column(String(24))
    staff_id: Mapped[str] = mapped_column(String(32), default="", index=True)
    why: Mapped[str] = mapped_column(String(24))
    due_at: Mapped[datetime]
    at: Mapped[datetime] = mapped_column(default=now)


class AlertEvent(Base):
    """Something that a person did with an alert. Never changed and never deleted; what is an opinion stands apart."""

    __tablename__ = "alert_events"
    __table_args__ = (UniqueConstraint("alert_id", "n"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    alert_id: Mapped[str] = mapped_column(ForeignKey("alerts.id"))
    n: Mapped[int]
    kind: Mapped[AlertEventKind] = mapped_column(String(24))
    staff_id: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime] = mapped_column(default=now)
    to_id: Mapped[str | None] = mapped_column(String(32))  # whom it was handed on to
    up_to: Mapped[int | None]  # the position up to which the words were opened
    outcome: Mapped[AlertOutcome | None] = mapped_column(String(24))
    severity: Mapped[Severity | None] = mapped_column(String(24))  # how urgent it is from then on
    reference_sealed: Mapped[str | None] = mapped_column(Text)
    facts_sealed: Mapped[str | None] = mapped_column(Text)
    opinion_sealed: Mapped[str | None] = mapped_column(Text)


class FreeTextChange(Base):
    """Free text in the chat was turned off or on again. The newest line is how it is now; `by` is a staff id,
    `service` or `command`."""

    __tablename__ = "free_text_changes"

    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    off: Mapped[bool]
    by: Mapped[str] = mapped_column(String(32))
    reason_sealed: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(default=now)


class Probe(Base):
    """One check that the way from a message to an acknowledgement works. `occasion` is taken once: a day, or asked."""

    __tablename__ = "probes"
    __table_args__ = (Index("ix_probes_started_at", "started_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    occasion: Mapped[str] = mapped_column(String(64), unique=True)
    channel: Mapped[str] = mapped_column(String(16))
    state: Mapped[ProbeState] = mapped_column(String(16), default=ProbeState.RUNNING)
    conversation_id: Mapped[str | None] = mapped_column(String(32), index=True)
    reached: Mapped[str | None] = mapped_column(String(24))  # how far it had come when it was given up
    started_at: Mapped[datetime] = mapped_column(default=now)
    finished_at: Mapped[datetime | None]


class SecondLook(Base):
    """A conversation with nothing raised, drawn for a second reader who is not told why."""

    __tablename__ = "second_looks"
    __table_args__ = (Index("ix_second_looks_verdict_drawn_at", "verdict", "drawn_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversations.id"), unique=True)
    up_to: Mapped[int]  # the position of the newest message when it was drawn
    drawn_at: Mapped[datetime] = mapped_column(default=now)
    verdict: Mapped[Verdict | None] = mapped_column(String(16))
    reader_id: Mapped[str | None] = mapped_column(String(32))
    decided_at: Mapped[datetime | None]


class SecondLookDay(Base):
    """A day whose conversations have been drawn from: taken once, whichever process comes first."""

    __tablename__ = "second_look_days"

    day: Mapped[date] = mapped_column(Date, primary_key=True)
    drawn: Mapped[int]
    of: Mapped[int]
