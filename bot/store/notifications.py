"""The outbox of notifications to staff: a nudge to sign in, by the name of a fixed text and nothing else.

A row is claimed for a while by moving the moment it is next looked at, so two processes never send one at a time.
Sending and noting cannot be one step: a process that is killed between the two leaves a row that is sent again once
its claim has run out. So delivery is at least once: twice after such a death, or when an answer was lost on the way.
"""

from __future__ import annotations

import random
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import Select, func, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import Work
from bot.store.models import new_id
from bot.store.staff_models import Notification, NotificationChannel, NotificationState, Staff

CLAIM = timedelta(minutes=2)
LONGEST_PAUSE = timedelta(hours=1)
SHORTEST_SHARE = 0.75  # chance shortens a pause by up to a quarter, so that rows which failed together part
MOST_ATTEMPTS = 8
EVERY_CHANNEL = frozenset(NotificationChannel)
BROKEN_OFF = "BrokenOff"
UNKNOWN_TEMPLATE = "UnknownTemplate"

_KEY = re.compile(r"[a-z0-9_-]+(:[a-z0-9_-]+)*")
_KIND = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_CHANCE = random.SystemRandom()


class Template(StrEnum):
    """The fixed texts. Their wording is in `content/staff/notifications.yml`."""

    SIGN_IN_NEEDED = "sign_in_needed"
    REQUEST_WAITING = "request_waiting"
    REQUEST_LATE = "request_late"
    ALERT_WAITING = "alert_waiting"
    REPLY_WAITING = "reply_waiting"
    SLIP_WAITING = "slip_waiting"  # the board's answer to a summary has not come back


ALSO_BY_SMS = frozenset({Template.ALERT_WAITING})


@dataclass(frozen=True)
class Due:
    """A claimed notification. `to` is the address of now: it is read when it is sent, not when it was queued."""

    id: str
    attempt: int
    channel: NotificationChannel
    template: Template
    to: str | None = field(repr=False)


@dataclass(frozen=True)
class Fault:
    """Why a try failed: a class name and a status, never a text. `final`: only a person can mend it."""

    kind: str
    status: int | None = None
    final: bool = False

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise ValueError("A fault is the name of a class.")

    def __str__(self) -> str:
        return (self.kind[:70] if self.status is None else f"{self.kind[:70]} {self.status}")[:80]


async def queue(
    work: Work,
    key: str,
    staff_id: str,
    template: Template,
    channels: Collection[NotificationChannel] | None = None,
) -> int:
    """Have somebody told, in the caller's transaction; how many rows are new.

    `key` names the occasion in ids and words of ours, like `request:<id>:late`. The same key again for the same person
    and channel changes nothing. Without `channels`: e-mail, and for an alert also SMS where there is a number.
    A disabled account is not told: 0. Raises ValueError for a key or template that is not one, LookupError when there
    is no such account.
    """
    if len(key) > 80 or not _KEY.fullmatch(key):
        raise ValueError("A notification's key is made of ids and words of ours, joined by colons.")
    template = Template(template)
    staff = await work.session.get(Staff, staff_id)
    if staff is None:
        raise LookupError("There is no such account.")
    if staff.disabled_at is not None:
        return 0
    wanted = _usual_channels(staff, template) if channels is None else channels
    added = [await _add(work, key, staff_id, template, channel) for channel in sorted(set(wanted))]
    return sum(added)


def _usual_channels(staff: Staff, template: Template) -> list[NotificationChannel]:
    by_sms = template in ALSO_BY_SMS and staff.phone is not None
    return [NotificationChannel.EMAIL, *([NotificationChannel.SMS] if by_sms else [])]


async def _add(work: Work, key: str, staff_id: str, template: Template, channel: NotificationChannel) -> bool:
    known = await work.session.scalar(
        select(Notification.id).where(
            Notification.key == key, Notification.staff_id == staff_id, Notification.channel == channel
        )
    )
    if known is not None:
        return False
    try:
        async with work.session.begin_nested():
            work.session.add(
                Notification(id=new_id(), key=key, staff_id=staff_id, channel=channel, template=template.value)
            )
    except IntegrityError:  # another transaction queued it a moment ago
        return False
    return True


async def is_any_due(work: Work, now: datetime, channels: Iterable[NotificationChannel] = EVERY_CHANNEL) -> bool:
    """True when `due` would find something. It only reads, so a quiet worker never holds up a writer."""
    return await work.session.scalar(_due(now, channels).with_only_columns(Notification.id).limit(1)) is not None


async def due(
    work: Work, now: datetime, limit: int, channels: Iterable[NotificationChannel] = EVERY_CHANNEL
) -> list[Due]:
    """Claim up to `limit` notifications whose time has come, for CLAIM from now, and count the attempt.

    Commit before sending. A claim that is neither noted as sent nor as failed runs out, and the row is due again; one
    that was broken off MOST_ATTEMPTS times is stuck. A disabled account's rows wait until it is enabled.
    """
    query = _due(now, channels).order_by(Notification.next_at, Notification.id).limit(limit)
    rows = await work.session.execute(query.with_for_update(of=Notification, skip_locked=True))
    claimed = [_claim(row, staff, now) for row, staff in rows]
    await work.session.flush()
    return [one for one in claimed if one is not None]


def _due(now: datetime, channels: Iterable[NotificationChannel]) -> Select[Notification, Staff]:
    return (
        select(Notification, Staff)
        .join(Staff, Staff.id == Notification.staff_id)
        .where(
            Notification.state == NotificationState.WAITING,
            Notification.next_at <= now,
            Notification.channel.in_(list(channels)),
            Staff.disabled_at.is_(None),
        )
        .execution_options(populate_existing=True)
    )


def _claim(row: Notification, staff: Staff, now: datetime) -> Due | None:
    if row.template not in list(Template):
        row.state, row.last_fault = NotificationState.STUCK, UNKNOWN_TEMPLATE
        return None
    if row.attempts >= MOST_ATTEMPTS:
        row.state, row.last_fault = NotificationState.STUCK, BROKEN_OFF
        return None
    row.attempts += 1
    row.next_at = now + CLAIM
    channel = NotificationChannel(row.channel)
    return Due(row.id, row.attempts, channel, Template(row.template), _address(channel, row, staff))


def _address(channel: NotificationChannel, row: Notification, staff: Staff) -> str | None:
    match channel:
        case NotificationChannel.EMAIL:
            return staff.email or None
        case NotificationChannel.SMS:
            return staff.phone or None
        case NotificationChannel.PAGER | NotificationChannel.PROBE:
            return row.id  # it knows no person: this tells one nudge from another when it is tried again


async def sent(work: Work, claim: Due, now: datetime) -> None:
    """It has gone out, whoever holds the claim by now: it is not tried again."""
    await work.session.execute(
        update(Notification)
        .where(Notification.id == claim.id)
        .values(state=NotificationState.SENT, sent_at=now, last_fault=None)
        .execution_options(synchronize_session=False)
    )


async def failed(work: Work, claim: Due, fault: Fault, now: datetime) -> NotificationState:
    """It did not go out: tried again after a pause that doubles, or stuck after MOST_ATTEMPTS or a final fault.

    The state it is in now. A claim that has run out and was taken by another process changes nothing.
    """
    row = await work.session.get(Notification, claim.id, with_for_update=True, populate_existing=True)
    if row is None:
        raise LookupError("The notification is not there any more.")
    if row.state != NotificationState.WAITING or row.attempts != claim.attempt:
        return NotificationState(row.state)
    row.last_fault = str(fault)
    if fault.final or row.attempts >= MOST_ATTEMPTS:
        row.state = NotificationState.STUCK
    else:
        row.next_at = now + pause_after(row.attempts) * _CHANCE.uniform(SHORTEST_SHARE, 1)
    await work.session.flush()
    return NotificationState(row.state)


def pause_after(attempts: int) -> timedelta:
    """1, 2, 4 ... minutes, one hour at most; before chance shortens it."""
    doublings = max(attempts - 1, 0)
    return min(timedelta(minutes=1 << doublings), LONGEST_PAUSE)


async def retry_stuck(work: Work, now: datetime) -> int:
    """Whoever looked has mended what was wrong: all that is stuck starts again. How many there were."""
    begun = await work.session.execute(
        update(Notification)
        .where(Notification.state == NotificationState.STUCK)
        .values(state=NotificationState.WAITING, attempts=0, next_at=now)
        .returning(Notification.id)
        .execution_options(synchronize_session=False)
    )
    return len(begun.all())


async def stuck_count(work: Work) -> int:
    """Notifications that nobody gets until somebody looks."""
    return await _count(work, NotificationState.STUCK, EVERY_CHANNEL)


async def waiting_count(work: Work, channels: Iterable[NotificationChannel] = EVERY_CHANNEL) -> int:
    """Notifications on their way by these channels, or waiting for the channel to be set up."""
    return await _count(work, NotificationState.WAITING, channels)


async def _count(work: Work, state: NotificationState, channels: Iterable[NotificationChannel]) -> int:
    """Disabled accounts are left out: nobody is to be told there."""
    found = await work.session.scalar(
        select(func.count())
        .select_from(Notification)
        .join(Staff, Staff.id == Notification.staff_id)
        .where(
            Notification.state == state,
            Notification.channel.in_(list(channels)),
            Staff.disabled_at.is_(None),
        )
    )
    return found or 0
