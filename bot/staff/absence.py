"""Being away: entered by oneself or by an administrator, and in the audit log either way."""

from __future__ import annotations

from datetime import date

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, absences
from bot.store.staff_models import Absence


async def enter(work: Work, actor: str, staff_id: str, cover_id: str, first_day: date, last_day: date) -> Absence:
    """Raises absences.Overlaps."""
    absence = await absences.add(work, staff_id, cover_id, first_day, last_day)
    await audit.note(work, actor, Action.ABSENCE_SET, "staff", staff_id, {"staff_id": cover_id})
    return absence


async def take_out(work: Work, actor: str, staff_id: str, absence_id: str) -> Absence | None:
    """None when this person has no such absence."""
    absence = await absences.take_out(work, staff_id, absence_id)
    if absence is not None:
        await audit.note(work, actor, Action.STAFF_CHANGED, "staff", staff_id, {"what": "absence_taken_out"})
    return absence
