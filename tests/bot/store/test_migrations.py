"""The migrations make exactly the tables that the code expects, on both databases, and can be undone."""

from __future__ import annotations

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, inspect

from bot.store import Store
from bot.store import migrate as migrations
from bot.store.migrate import alembic_config, migrate
from bot.store.models import Base


@pytest.fixture(autouse=True)
def real(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other tests get the tables in one piece; these go through every migration."""
    monkeypatch.setattr(migrations, "command", command)


def _differences(connection: Connection) -> list[object]:
    return list(compare_metadata(MigrationContext.configure(connection), Base.metadata))


async def test_the_migrations_make_the_tables_that_the_models_describe(store: Store) -> None:
    async with store.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_migrating_twice_changes_nothing(store: Store) -> None:
    await migrate(store)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []


async def test_the_migrations_can_be_undone_and_done_again(store: Store) -> None:
    def down(connection: Connection) -> list[str]:
        command.downgrade(alembic_config(connection), "base")
        return inspect(connection).get_table_names()

    async with store.engine.connect() as connection:
        left = await connection.run_sync(down)
        await connection.commit()
    assert [name for name in left if name != "alembic_version"] == []
    await migrate(store)
    async with store.engine.connect() as connection:
        assert await connection.run_sync(_differences) == []
