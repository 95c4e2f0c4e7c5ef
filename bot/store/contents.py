"""Whether a store holds anything, and emptying it: for the demonstration, which is never mixed with anything else."""

from __future__ import annotations

from sqlalchemy import Table, delete, exists, select

from bot.store import (  # noqa: F401  # their tables are emptied too
    addition_models,
    alert_models,
    card_models,
    casework_models,
    lending_models,
    report_models,
    staff_models,
    theme_models,
)
from bot.store.database import Work
from bot.store.models import Base
from bot.store.staff_models import Secret


def _tables() -> list[Table]:
    """All tables that somebody's work fills. The secrets of the installation are made by looking, and stay."""
    return [table for table in Base.metadata.sorted_tables if table.name != Secret.__tablename__]


async def is_empty(work: Work) -> bool:
    """True when there is no row in any table."""
    found = await work.session.execute(select(*(exists(select(1).select_from(table)) for table in _tables())))
    return not any(found.one())


async def take_everything_out(work: Work) -> None:
    """Delete every row. The caller has made sure that this store only ever held the demonstration."""
    for table in reversed(_tables()):
        await work.session.execute(delete(table))
