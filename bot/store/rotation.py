"""Put everything that is stored encrypted under the first key, so that older keys can be thrown away."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import Table, select, update

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
        last = ""
        while True:
            async with store.begin() as work:
                rows = await work.session.execute(
                    select(table.c.id, table.c[column]).where(table.c.id > last).order_by(table.c.id).limit(BATCH)
                )
                batch = rows.all()
                for row_id, sealed in batch:
                    if sealed is not None:
                        renewed = {column: work.keys.renew(sealed)}
                        await work.session.execute(update(table).where(table.c.id == row_id).values(renewed))
            if not batch:
                break
            last = batch[-1][0]
            done += len(batch)
            yield done
