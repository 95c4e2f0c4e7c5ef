"""Whether young people can type in the chat: a list of changes, the newest of which counts. None: they can."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from bot.store.alert_models import FreeTextChange
from bot.store.database import Work


@dataclass(frozen=True)
class Change:
    """`by` is a staff id, `service` or `command`."""

    n: int
    off: bool
    by: str
    reason: str | None
    at: datetime


async def changes(work: Work, limit: int = 20) -> list[Change]:
    """The newest first."""
    rows = await work.session.scalars(select(FreeTextChange).order_by(FreeTextChange.n.desc()).limit(limit))
    return [
        Change(
            row.n, row.off, row.by, None if row.reason_sealed is None else work.keys.decrypt(row.reason_sealed), row.at
        )
        for row in rows
    ]


async def latest(work: Work) -> Change | None:
    found = await changes(work, 1)
    return found[0] if found else None


async def is_off(work: Work) -> bool:
    return bool(await work.session.scalar(select(FreeTextChange.off).order_by(FreeTextChange.n.desc()).limit(1)))


async def turn(work: Work, off: bool, by: str, reason: str | None, at: datetime) -> Change | None:
    """None when it is so already. Raises IntegrityError when somebody else turns it at the same moment."""
    before = await latest(work)
    if off == (before is not None and before.off):
        return None
    number = 1 if before is None else before.n + 1
    sealed = work.keys.encrypt(reason) if reason else None
    work.session.add(FreeTextChange(n=number, off=off, by=by, reason_sealed=sealed, at=at))
    await work.session.flush()
    return Change(number, off, by, reason, at)
