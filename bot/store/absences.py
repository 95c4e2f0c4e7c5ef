"""Days on which somebody is away, and who covers for them. Days are the council's own, both ends included."""

from __future__ import annotations

from datetime import date

from sqlalchemy import select

from bot.store.database import Work
from bot.store.staff_models import Absence, Staff


class Overlaps(Exception):
    """This person is away already on one of these days."""


async def add(work: Work, staff_id: str, cover_id: str, first_day: date, last_day: date) -> Absence:
    """Raises Overlaps, so that on every day there is one cover at most."""
    # The account is locked, so that two people cannot enter overlapping days at the same moment.
    await work.session.get_one(Staff, staff_id, with_for_update=True)
    known = await work.session.scalar(
        select(Absence.id)
        .where(Absence.staff_id == staff_id, Absence.first_day <= last_day, Absence.last_day >= first_day)
        .limit(1)
    )
    if known is not None:
        raise Overlaps
    absence = Absence(staff_id=staff_id, cover_id=cover_id, first_day=first_day, last_day=last_day)
    work.session.add(absence)
    await work.session.flush()
    return absence


async def take_out(work: Work, staff_id: str, absence_id: str) -> Absence | None:
    """Not away after all. None when this person has no such absence."""
    absence = await work.session.get(Absence, absence_id)
    if absence is None or absence.staff_id != staff_id:
        return None
    await work.session.delete(absence)
    await work.session.flush()
    return absence


async def to_come(work: Work, staff_id: str, today: date) -> list[Absence]:
    """This person's absences that are not over, the next one first."""
    found = await work.session.scalars(
        select(Absence).where(Absence.staff_id == staff_id, Absence.last_day >= today).order_by(Absence.first_day)
    )
    return list(found)


async def away_on(work: Work, day: date) -> dict[str, Absence]:
    """Who is away on this day, by staff id."""
    found = await work.session.scalars(select(Absence).where(Absence.first_day <= day, Absence.last_day >= day))
    return {absence.staff_id: absence for absence in found}


async def covered_by(work: Work, cover_id: str, today: date) -> list[Absence]:
    """The absences, now or to come, in which this person is the cover."""
    found = await work.session.scalars(
        select(Absence).where(Absence.cover_id == cover_id, Absence.last_day >= today).order_by(Absence.first_day)
    )
    return list(found)
