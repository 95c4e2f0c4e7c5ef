"""The database: SQLite with a write-ahead log by default, PostgreSQL by setting one URL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from bot.store.keys import KeyRing
from bot.store.line import Line, Seats

SQLITE_WAIT_MS = 10_000
KEPT_OPEN, AT_MOST_MORE = 10, 10
CONNECTIONS = KEPT_OPEN + AT_MOST_MORE
FOR_URGENT = 8


@dataclass(frozen=True)
class Work:
    """One transaction and the keys that open what it reads."""

    session: AsyncSession
    keys: KeyRing


def sqlite_url(path: Path) -> str:
    return f"sqlite+aiosqlite:///{path}"


class Store:
    """Opens transactions. One per process; close it at the end."""

    def __init__(self, url: str, keys: KeyRing) -> None:
        self.keys = keys
        self.engine = _engine(url)
        # SQLite lets one writer in at a time and tells the others to try again, so that one of many can wait for ever.
        # Inside this process they stand in line instead.
        self._line = Line() if self.engine.dialect.name == "sqlite" else None
        self._whose_turn: asyncio.Task[Any] | None = None
        # Of the connections some are never taken by what can wait, so that a message is stored and screened at once.
        self._seats = Seats(CONNECTIONS - FOR_URGENT)
        self._sessions = async_sessionmaker(self.engine, expire_on_commit=False)

    @asynccontextmanager
    async def begin(self, *, urgent: bool = False) -> AsyncIterator[Work]:
        """A transaction that may write: committed at the end of the block, undone by any exception.

        `urgent` goes before the others that wait: for taking a message in, and for what answers a cry for help.
        """
        async with self._in_line(urgent=urgent):
            self.keys.refresh()
            async with self._sessions() as session, session.begin():
                yield Work(session, self.keys)

    @asynccontextmanager
    async def _in_line(self, *, urgent: bool) -> AsyncIterator[None]:
        """Whose turn it is never waits for themselves: one transaction inside another is SQLite's to refuse."""
        me = asyncio.current_task()
        if self._line is None:
            async with self._seats.seat(urgent=urgent):
                yield
            return
        if self._whose_turn is me:
            yield
            return
        async with self._line.turn(urgent=urgent):
            self._whose_turn = me
            try:
                yield
            finally:
                self._whose_turn = None

    @asynccontextmanager
    async def look(self, *, urgent: bool = False) -> AsyncIterator[Work]:
        """A transaction that only reads: it never waits for a writer."""
        writes = self._whose_turn is not None and self._whose_turn is asyncio.current_task()
        async with self._seats.seat(urgent=urgent or writes):
            self.keys.refresh()
            async with self._sessions() as session, session.begin():
                await session.connection(execution_options={"only_reads": True})
                yield Work(session, self.keys)

    async def answers(self) -> bool:
        """True when the database can be reached."""
        async with self.engine.connect() as connection:
            return bool((await connection.execute(text("select 1"))).scalar_one() == 1)

    async def close(self) -> None:
        await self.engine.dispose()


def _engine(url: str) -> AsyncEngine:
    """Parameters are hidden, so that an exception never quotes what was being stored."""
    pool: dict[str, Any] = {"pool_size": KEPT_OPEN, "max_overflow": AT_MOST_MORE}
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url, **pool, pool_pre_ping=True, hide_parameters=True)
    waits = {"timeout": SQLITE_WAIT_MS / 1000}
    engine = create_async_engine(url, **pool, connect_args=waits, hide_parameters=True)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver would start transactions late and by itself; we start them, so that a writer waits at the start.
    connection.isolation_level = None
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode=WAL")
    # FULL: a message that was called saved outlives a power cut, not only a killed process.
    cursor.execute("PRAGMA synchronous=FULL")
    cursor.execute(f"PRAGMA busy_timeout={SQLITE_WAIT_MS}")
    cursor.execute("PRAGMA foreign_keys=ON")
    # Deleted words are overwritten, not only unlinked.
    cursor.execute("PRAGMA secure_delete=ON")
    cursor.close()


def _begin(connection: Any) -> None:
    only_reads = connection.get_execution_options().get("only_reads", False)
    connection.exec_driver_sql("BEGIN" if only_reads else "BEGIN IMMEDIATE")
