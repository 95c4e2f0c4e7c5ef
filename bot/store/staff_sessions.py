"""Sessions of staff: a browser that is signed in, or half-way there until the second factor was right."""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update

from bot.store.database import Work
from bot.store.staff_models import Staff, StaffSession

# A page view is written down at most this often: reading must not make every view wait for the writer.
TOUCH_EVERY = timedelta(minutes=1)


@dataclass(frozen=True)
class Limits:
    """How long a session lives: without a page view, and in all."""

    idle: timedelta = timedelta(minutes=30)
    whole: timedelta = timedelta(hours=10)


@dataclass(frozen=True)
class OpenedSession:
    """A new session. The token goes to the browser; only its hash is kept here."""

    session: StaffSession
    token: str


def token_hash(token: str) -> str:
    """Tokens are 256 random bits, so a plain hash is enough to make a stolen table useless."""
    return hashlib.sha256(token.encode()).hexdigest()


async def start(
    work: Work, staff_id: str, at: datetime, *, second_factor: bool, by_council: bool = False
) -> OpenedSession:
    """A session of a person whose password, and with `second_factor` whose code as well, was right. `by_council`: the
    council's own account stood in place of the password."""
    token = secrets.token_urlsafe(32)
    session = StaffSession(
        staff_id=staff_id,
        token_hash=token_hash(token),
        csrf_token=secrets.token_urlsafe(32),
        started_at=at,
        last_at=at,
        second_factor_at=at if second_factor else None,
        by_council=by_council,
    )
    work.session.add(session)
    await work.session.flush()
    return OpenedSession(session, token)


async def living(work: Work, token: str, at: datetime, limits: Limits) -> tuple[StaffSession, Staff] | None:
    """The session of this token and whose it is, unless it has ended or its account is disabled."""
    row = (
        await work.session.execute(
            select(StaffSession, Staff)
            .join(Staff, Staff.id == StaffSession.staff_id)
            .where(
                StaffSession.token_hash == token_hash(token),
                StaffSession.ended_at.is_(None),
                StaffSession.last_at > at - limits.idle,
                StaffSession.started_at > at - limits.whole,
                Staff.disabled_at.is_(None),
            )
        )
    ).one_or_none()
    return None if row is None else (row[0], row[1])


def needs_touch(session: StaffSession, at: datetime) -> bool:
    return at - session.last_at >= TOUCH_EVERY


async def touch(work: Work, session_id: str, at: datetime) -> None:
    """A page was looked at: the idle time begins again."""
    await work.session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.last_at < at)
        .values(last_at=at)
        .execution_options(synchronize_session=False)
    )


async def end(work: Work, session_id: str, at: datetime) -> None:
    await work.session.execute(
        update(StaffSession)
        .where(StaffSession.id == session_id, StaffSession.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )


async def end_all(work: Work, staff_id: str, at: datetime) -> None:
    """Sign this person out everywhere."""
    await work.session.execute(
        update(StaffSession)
        .where(StaffSession.staff_id == staff_id, StaffSession.ended_at.is_(None))
        .values(ended_at=at)
        .execution_options(synchronize_session=False)
    )


async def count_living(work: Work, staff_id: str, at: datetime, limits: Limits) -> int:
    """In how many browsers this person is signed in."""
    found = await work.session.scalar(
        select(func.count())
        .select_from(StaffSession)
        .where(
            StaffSession.staff_id == staff_id,
            StaffSession.ended_at.is_(None),
            StaffSession.last_at > at - limits.idle,
            StaffSession.started_at > at - limits.whole,
        )
    )
    return found or 0
