"""The rota: shifts as they were entered, and the people who can have a duty."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time

from sqlalchemy import or_, select

from bot.store.alert_models import Duty, RotaShift
from bot.store.database import Work
from bot.store.staff_models import Absence, Role, Staff


@dataclass(frozen=True)
class Shift:
    """One line of the rota. `weekdays`: 0 is Monday. Times are of the council's clock."""

    id: str
    staff_id: str
    duty: Duty
    weekdays: tuple[int, ...]
    begins: time
    ends: time
    first_day: date
    last_day: date | None

    @property
    def over_night(self) -> bool:
        return self.ends <= self.begins


@dataclass(frozen=True)
class Person:
    """Somebody with an account that works."""

    staff_id: str
    name: str
    role: Role
    has_phone: bool


@dataclass(frozen=True)
class Away:
    """Who covers for somebody on one day."""

    staff_id: str
    cover_id: str
    first_day: date
    last_day: date


@dataclass(frozen=True)
class Rota:
    """All that is needed to say who has a duty at a moment near the one it was read for."""

    shifts: tuple[Shift, ...]
    people: dict[str, Person]
    away: tuple[Away, ...]


async def read(work: Work, first_day: date, last_day: date) -> Rota:
    """Shifts, people and absences that can matter from the first day to the last, both included."""
    shifts = await work.session.scalars(
        select(RotaShift)
        .where(RotaShift.removed_at.is_(None), or_(RotaShift.last_day.is_(None), RotaShift.last_day >= first_day))
        .order_by(RotaShift.created_at, RotaShift.id)
    )
    people = await work.session.scalars(select(Staff).where(Staff.disabled_at.is_(None)).order_by(Staff.name, Staff.id))
    away = await work.session.scalars(
        select(Absence).where(Absence.first_day <= last_day, Absence.last_day >= first_day)
    )
    return Rota(
        tuple(_shift(row) for row in shifts),
        {row.id: Person(row.id, row.name, Role(row.role), row.phone is not None) for row in people},
        tuple(Away(row.staff_id, row.cover_id, row.first_day, row.last_day) for row in away),
    )


def _shift(row: RotaShift) -> Shift:
    return Shift(
        row.id, row.staff_id, Duty(row.duty), tuple(row.weekdays), row.begins, row.ends, row.first_day, row.last_day
    )


async def add(
    work: Work,
    staff_id: str,
    duty: Duty,
    weekdays: Sequence[int],
    hours: tuple[time, time],
    days: tuple[date, date | None],
) -> Shift:
    """One more line. Raises LookupError when there is no such account, or it is disabled."""
    staff = await work.session.get(Staff, staff_id)
    if staff is None or staff.disabled_at is not None:
        raise LookupError("There is no such account.")
    row = RotaShift(
        staff_id=staff_id,
        duty=duty,
        weekdays=sorted(set(weekdays)),
        begins=hours[0],
        ends=hours[1],
        first_day=days[0],
        last_day=days[1],
    )
    work.session.add(row)
    await work.session.flush()
    return _shift(row)


async def remove(work: Work, shift_id: str, at: datetime) -> bool:
    """Take a line off the rota, False when it is not there. It stays in the table, so that it can be put back."""
    row = await work.session.get(RotaShift, shift_id)
    if row is None or row.removed_at is not None:
        return False
    row.removed_at = at
    await work.session.flush()
    return True


async def put_back(work: Work, shift_id: str) -> bool:
    row = await work.session.get(RotaShift, shift_id)
    if row is None or row.removed_at is None:
        return False
    row.removed_at = None
    await work.session.flush()
    return True
