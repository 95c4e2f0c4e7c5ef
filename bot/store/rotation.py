"""Put everything that is stored encrypted under the first key, so that older keys can be thrown away."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import Table, and_, select, tuple_, update

from bot.store import (  # noqa: F401  # their tables hold sealed text too
    addition_models,
    alert_models,
    card_models,
    casework_models,
    lending_models,
    report_models,
    staff_models,
    theme_models,
)
from bot.store.database import Store
from bot.store.models import Base

BATCH = 500


def sealed_columns() -> list[tuple[Table, str]]:
    """Every column that holds encrypted text: by its name, so that a new one cannot be forgotten."""
    return [
        (table, column.name)
        for table in Base.metadata.sorted_tables
        for column in table.columns
        if column.name.endswith("_sealed")
    ]


async def renew_all(store: Store) -> AsyncIterator[int]:
    """Encrypt every stored text again under the store's first key, in batches; yields how many are done so far.

    Each batch is a transaction. Cut off anywhere, it can be run again: a text that is new already stays readable.
    """
    done = 0
    for table, column in sealed_columns():
        after: tuple[str, ...] | None = None
        while batch := await _renew_batch(store, table, column, after):
            after = batch[-1]
            done += len(batch)
            yield done


async def _renew_batch(store: Store, table: Table, column: str, after: tuple[str, ...] | None) -> list[tuple[str, ...]]:
    """Renew the next rows in the order of their keys; the keys of those rows."""
    key = tuple_(*table.primary_key.columns)
    query = select(*table.primary_key.columns, table.c[column]).order_by(*table.primary_key.columns).limit(BATCH)
    async with store.begin() as work:
        rows = (await work.session.execute(query if after is None else query.where(key > after))).all()
        for *row_key, sealed in rows:
            if sealed is not None:
                here = and_(*(one == value for one, value in zip(table.primary_key.columns, row_key, strict=True)))
                await work.session.execute(update(table).where(here).values({column: work.keys.renew(sealed)}))
    return [tuple(row[:-1]) for row in rows]
