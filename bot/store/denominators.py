"""How many young people there are of each group, as the council entered it: what the summary's figures stand beside."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from bot.store.database import Work
from bot.store.report_models import Denominator

EVERYBODY = "all"


async def of_quarter(work: Work, quarter: str) -> dict[str, int]:
    """People by group id; a group that nobody entered is not there."""
    rows = await work.session.scalars(select(Denominator).where(Denominator.quarter == quarter))
    return {row.group_id: row.people for row in rows}


async def enter(work: Work, quarter: str, people: Mapping[str, int | None], by: str, at: datetime) -> None:
    """Put these in the place of what was entered for these groups; None takes an entry away."""
    for group, number in people.items():
        row = await work.session.get(Denominator, (quarter, group))
        if number is None:
            if row is not None:
                await work.session.delete(row)
        elif row is None:
            made = Denominator(quarter=quarter, group_id=group, people=number, entered_by=by, entered_at=at)
            work.session.add(made)
        elif row.people != number:
            row.people, row.entered_by, row.entered_at = number, by, at
    await work.session.flush()
