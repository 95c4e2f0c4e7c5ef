"""The tables of the people who work here: accounts, sign-in, absence, the audit chain, notifications, saved drafts."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.store.models import Base, new_id, now


class Role(StrEnum):
    """What a member of staff is here. What each may do is in `console/permissions.py`."""

    PARTICIPATION_OFFICER = "participation_officer"
    SAFEGUARDING_LEAD = "safeguarding_lead"
    WORKER = "worker"
    IRO = "iro"
    MANAGER = "manager"
    COUNCILLOR = "councillor"
    DATA_PROTECTION = "data_protection"
    SECOND_READER = "second_reader"
    OVOS_REPRESENTATIVE = "ovos_representative"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class NotificationChannel(StrEnum):
    """How somebody is told. A pager is one web hook of the council's; a probe is the daily check, and tells nobody."""

    EMAIL = "email"
    SMS = "sms"
    PAGER = "pager"
    PROBE = "probe"


class NotificationState(StrEnum):
    """Where a notification is on its way. `stuck` is shown to administrators until somebody looks."""

    WAITING = "waiting"
    SENT = "sent"
    STUCK = "stuck"


class Staff(Base):
    """One account. `email` is lower case; a password or TOTP secret is never readable from here.

    `oidc_subject` is the digest of a council's own account (`bot/staff/council_sign_in.py`). `break_glass` marks the
    one administrator whose password counts where everybody else signs in with the council's account.
    """

    __tablename__ = "staff"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    role: Mapped[Role] = mapped_column(String(32))
    phone: Mapped[str | None] = mapped_column(String(32))
    password_hash: Mapped[str | None] = mapped_column(String(255))
    totp_sealed: Mapped[str | None] = mapped_column(Text)
    totp_last_step: Mapped[int] = mapped_column(default=0)
    oidc_subject: Mapped[str | None] = mapped_column(String(255), unique=True)
    break_glass: Mapped[bool] = mapped_column(default=False)
    failed_sign_ins: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    disabled_at: Mapped[datetime | None]


class SetupLink(Base):
    """A link that sets a password once. Only its hash is kept."""

    __tablename__ = "setup_links"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class StaffSession(Base):
    """A signed-in browser. `second_factor_at` is empty until the TOTP code, or the council's own second factor, was
    right. `by_council` when it began with the council's own account and not with a password."""

    __tablename__ = "staff_sessions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    csrf_token: Mapped[str] = mapped_column(String(64))
    started_at: Mapped[datetime] = mapped_column(default=now)
    last_at: Mapped[datetime] = mapped_column(default=now)
    second_factor_at: Mapped[datetime | None]
    by_council: Mapped[bool] = mapped_column(default=False)
    ended_at: Mapped[datetime | None]


class Absence(Base):
    """Days on which a member of staff is away, both included, and who has their requests meanwhile."""

    __tablename__ = "absences"

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    cover_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)


class AuditEvent(Base):
    """One line of the log. `hash` covers the line and the hash before it, so no line can change unseen."""

    __tablename__ = "audit_events"
    __table_args__ = (Index("ix_audit_events_subject", "subject_type", "subject_id"),)

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(default=now)
    actor: Mapped[str] = mapped_column(String(64), index=True)
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject_type: Mapped[str] = mapped_column(String(32))
    subject_id: Mapped[str] = mapped_column(String(64), index=True)
    details: Mapped[dict[str, Any]]
    previous_hash: Mapped[str] = mapped_column(String(64))
    hash: Mapped[str] = mapped_column(String(64), unique=True)


class AuditHead(Base):
    """How far the log has come, under a keyed hash: a log that was cut short does not fit it. One row, and a second
    one once old lines were cut off, which says where the rest begins."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    seq: Mapped[int]
    hash: Mapped[str] = mapped_column(String(64))
    seal: Mapped[str] = mapped_column(String(64))


class Secret(Base):
    """A random secret of this installation, sealed by the key ring, for keyed hashes that outlive a change of keys."""

    __tablename__ = "secrets"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    value_sealed: Mapped[str] = mapped_column(Text)


class Notification(Base):
    """A nudge to sign in. It holds the name of a fixed text and never any content."""

    __tablename__ = "notifications"
    __table_args__ = (
        UniqueConstraint("key", "staff_id", "channel"),
        Index("ix_notifications_state_next_at", "state", "next_at"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True, default=new_id)
    key: Mapped[str] = mapped_column(String(80))
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    channel: Mapped[NotificationChannel] = mapped_column(String(8))
    template: Mapped[str] = mapped_column(String(48))
    state: Mapped[NotificationState] = mapped_column(String(8), default=NotificationState.WAITING)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(default=now)
    next_at: Mapped[datetime] = mapped_column(default=now)
    sent_at: Mapped[datetime | None]
    last_fault: Mapped[str | None] = mapped_column(String(80))


class SavedDraft(Base):
    """What somebody had typed into a box of the console and not sent yet. `place` names the box."""

    __tablename__ = "saved_drafts"

    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    place: Mapped[str] = mapped_column(String(80), primary_key=True)
    text_sealed: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(default=now)
