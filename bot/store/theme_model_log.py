"""The log of models of themes: what each was measured at, and which one works."""

from __future__ import annotations

from sqlalchemy import select, update

from bot.store.database import Work
from bot.store.theme_models import ModelState, ThemeModelRow


async def note(work: Work, row: ThemeModelRow) -> None:
    """Add a line. A model that goes to work takes the place of the one before."""
    if row.state is ModelState.LIVE:
        await work.session.execute(
            update(ThemeModelRow).where(ThemeModelRow.state == ModelState.LIVE).values(state=ModelState.REPLACED)
        )
    work.session.add(row)
    await work.session.flush()


async def newest(work: Work, limit: int = 20) -> list[ThemeModelRow]:
    rows = await work.session.scalars(select(ThemeModelRow).order_by(ThemeModelRow.at.desc()).limit(limit))
    return list(rows)


async def has_learned(work: Work) -> bool:
    """Did any model ever learn from what was decided in this store?"""
    found = await work.session.scalar(select(ThemeModelRow.id).where(ThemeModelRow.decisions > 0).limit(1))
    return found is not None


async def rolled_back(work: Work, version_now: str) -> None:
    """The live one is taken from work; the one of this version, where it is known, works again."""
    await work.session.execute(
        update(ThemeModelRow).where(ThemeModelRow.state == ModelState.LIVE).values(state=ModelState.ROLLED_BACK)
    )
    before = await work.session.scalar(
        select(ThemeModelRow).where(ThemeModelRow.version == version_now).order_by(ThemeModelRow.at.desc()).limit(1)
    )
    if before is not None:
        before.state = ModelState.LIVE
    await work.session.flush()
