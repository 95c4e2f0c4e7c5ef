"""A page asks the database as often with 2,000 messages as with a few hundred: no query for each row."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import event

from bot.store import KeyRing, Store
from bot.store.database import sqlite_url
from bot.store.migrate import migrate
from tests.bench.console_data import LINES, fill
from tests.bench.console_speed import Visitor, pages, visiting

FEW, MANY = 10, 80  # conversations; a page of the inbox has room for 25
assert MANY * LINES == 2_000

pytestmark = pytest.mark.xdist_group("statements")


@contextmanager
def counting(store: Store) -> Iterator[list[str]]:
    """The statements that the store sends meanwhile."""
    sent: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        sent.append(statement)

    event.listen(store.engine.sync_engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        event.remove(store.engine.sync_engine, "before_cursor_execute", note)


async def statements(folder: Path, conversations: int) -> dict[str, int]:
    """How many each page takes at most, when it is opened the second time."""
    store = Store(sqlite_url(folder / f"{conversations}.db"), KeyRing([Fernet.generate_key().decode()]))
    try:
        await migrate(store)
        filled = await fill(store, conversations, conversations * 2)
        found = {}
        async with visiting(store, filled) as visitor:
            await visitor.services.search.read_all()
            for name, addresses in pages(filled):
                found[name] = max([await _of(store, visitor, one) for one in addresses[: 2 * FEW]])
            found["search"] = await _of(store, visitor, await visitor.searches("brother"))
    finally:
        await store.close()
    return found


async def _of(store: Store, visitor: Visitor, address: str) -> int:
    await visitor.get(address)
    with counting(store) as sent:
        await visitor.get(address)
    return len(sent)


async def test_the_number_of_statements_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    few, many = await statements(tmp_path, FEW), await statements(tmp_path, MANY)
    assert many == few
    assert max(many.values()) < 40
