"""Bring a database to the newest tables. Run before any process opens it."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

from bot.store.database import Store

FOLDER = Path(__file__).with_name("migrations")


def alembic_config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config


async def migrate(store: Store) -> None:
    """Run every migration that this database has not had."""
    async with store.engine.connect() as connection:
        await connection.run_sync(lambda bound: command.upgrade(alembic_config(bound), "head"))
        await connection.commit()
