"""Who covers now, for what the service says to a young person: only what is true at this moment.

    covers = await cover_now(work, at, hours)
    match covers.by:
        case CoveredBy.NOBODY: ...   # say that nobody is reading; covers.next_at may be None
        case CoveredBy.ON_CALL: ...  # covers.role is on call until covers.until: a role, never a name
        case CoveredBy.TEAM: ...     # the participation team reads by the hours of hours.yml until covers.until

Somebody on call is told of an alert at once, so ON_CALL beats TEAM. `cover_now` never raises for an empty rota.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Protocol

from bot.alerts.rota import COUNCIL, next_on_duty, on_duty
from bot.alerts.telling import leads
from bot.store import Work, alert_rota, alert_work
from bot.store.alert_models import Duty
from bot.store.alert_rota import Rota
from bot.store.staff_models import Role

AHEAD = timedelta(days=8)
A_DAY = timedelta(days=1)


class CoveredBy(StrEnum):
    NOBODY = "nobody"
    ON_CALL = "on_call"
    TEAM = "team"
    LEADS = "leads"  # told now, and not by when: who else would read must not know of this conversation


class Hours(Protocol):
    """Reading hours, as `bot.entitlements.hours.ReadingHours` has them."""

    def is_open(self, at: datetime) -> bool: ...

    def next_open(self, at: datetime) -> datetime: ...


@dataclass(frozen=True)
class CoverNow:
    """`role`: of whoever is on call. `next_at`: when somebody covers next, None while somebody does or nobody knows."""

    by: CoveredBy
    role: Role | None = None
    until: datetime | None = None
    next_at: datetime | None = None

    @property
    def anybody(self) -> bool:
        return self.by is not CoveredBy.NOBODY


async def cover_now(work: Work, at: datetime, hours: Hours | None) -> CoverNow:
    """Who covers at this moment. Raises ValueError for a moment without a time zone."""
    today = at.astimezone(COUNCIL).date()
    return cover_at(await alert_rota.read(work, today - A_DAY, today + AHEAD), at, hours)


async def cover_of(work: Work, conversation_id: str, at: datetime, hours: Hours | None) -> CoverNow:
    """Who covers this conversation: nobody whom it may be about, and nobody from whom it is to be hidden, is named."""
    today = at.astimezone(COUNCIL).date()
    rota = await alert_rota.read(work, today - A_DAY, today + AHEAD)
    barred = await alert_work.barred(work, conversation_id)
    if not barred.leads_only and not barred.staff_ids:
        return cover_at(rota, at, hours)
    for one in on_duty(rota, Duty.ON_CALL, at):
        if barred.may(one.person.staff_id, one.person.role):
            return CoverNow(CoveredBy.ON_CALL, one.person.role, one.until)
    return CoverNow(CoveredBy.LEADS if leads(rota, at, barred) else CoveredBy.NOBODY)


def cover_at(rota: Rota, at: datetime, hours: Hours | None) -> CoverNow:
    """The same from a rota that was read already."""
    people = on_duty(rota, Duty.ON_CALL, at)
    if people:
        return CoverNow(CoveredBy.ON_CALL, people[0].person.role, people[0].until)
    if hours is not None and hours.is_open(at):
        return CoverNow(CoveredBy.TEAM)
    coming = [next_on_duty(rota, Duty.ON_CALL, at), None if hours is None else hours.next_open(at)]
    return CoverNow(CoveredBy.NOBODY, next_at=min((one for one in coming if one is not None), default=None))
