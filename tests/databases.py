"""Real databases for tests: PostgreSQL where its programs are installed, and copies of one that was migrated once."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from functools import cached_property
from itertools import count
from pathlib import Path

import psycopg
import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from cryptography.fernet import Fernet
from sqlalchemy import Connection, inspect, text

from bot.store import KeyRing, Store
from bot.store.database import sqlite_url
from bot.store.migrate import FOLDER, alembic_config

# The server is thrown away at the end, so it need not survive a power cut.
HASTE = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "autovacuum=off")


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, on loopback, gone at the end."""
    programs = _postgresql_programs()
    if programs is None:
        pytest.fail("PostgreSQL is not installed. Run `make setup-dev`.")
    with tempfile.TemporaryDirectory(prefix="ovos-pg-") as folder:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        data = f"{folder}/data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        initdb = [str(programs / "initdb"), "-D", data, "-U", "ovos", "--auth=trust", "-E", "UTF8", "--no-sync"]
        subprocess.run(_as_postgres(initdb), check=True, capture_output=True)
        where = ["-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder]
        options = [word for option in HASTE for word in ("-c", option)]
        server = _as_postgres([str(programs / "postgres"), *where, *options])
        running = subprocess.Popen(server, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
            for _ in range(600):
                if subprocess.run(ready, capture_output=True).returncode == 0:
                    break
                time.sleep(0.05)
            yield f"postgresql+psycopg://ovos@127.0.0.1:{port}"
        finally:
            running.send_signal(signal.SIGINT)  # stop now, whoever is connected
            running.wait(20)


def _postgresql_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).parent


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root, so as root it runs as its own user."""
    return (
        command
        if os.geteuid() != 0
        else ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]
    )


def new_database(server: str, name: str) -> str:
    """An empty database on that server; its address."""
    with office(server) as desk:
        desk.execute(f"create database {name}".encode())
    return f"{server}/{name}"


def office(server: str) -> psycopg.Connection[psycopg.rows.TupleRow]:
    """A connection from which databases are made and dropped."""
    return psycopg.connect(f"{server.replace('+psycopg', '')}/postgres", autocommit=True)


def migrated(url: str) -> None:
    """Give this database the newest tables, by the migrations that a council's database goes through."""

    async def run() -> None:
        store = Store(url, KeyRing([Fernet.generate_key().decode()]))
        async with store.engine.connect() as connection:
            await connection.run_sync(lambda bound: command.upgrade(alembic_config(bound), "head"))
            await connection.commit()
        await store.close()

    # A fixture may ask from inside a test's own event loop.
    with ThreadPoolExecutor(1) as aside:
        aside.submit(asyncio.run, run()).result()


class SqliteCopies:
    """One SQLite file that was migrated once; every test gets a copy of it."""

    def __init__(self, folder: Path) -> None:
        self._made = folder / "migrated.db"
        migrated(sqlite_url(self._made))

    def copy(self, folder: Path) -> str:
        """The address of a database of its own in this folder."""
        shutil.copyfile(self._made, folder / "ovos.db")
        return sqlite_url(folder / "ovos.db")

    def statements(self) -> list[str]:
        """What makes the same tables in an empty database, inside a transaction."""
        with closing(sqlite3.connect(self._made)) as made:
            return [line for line in made.iterdump() if not line.startswith(("BEGIN", "COMMIT", "PRAGMA"))]


class Upgrades:
    """Stands where `bot.store.migrate` has Alembic's `command`: an empty SQLite database gets its tables as the
    migrations made them once, and one that has the newest is left alone."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    @cached_property
    def _statements(self) -> list[str]:
        return SqliteCopies(self._folder).statements()

    @cached_property
    def _newest(self) -> str | None:
        return ScriptDirectory(str(FOLDER)).get_current_head()

    def upgrade(self, config: Config, revision: str) -> None:
        connection: Connection = config.attributes["connection"]
        names = inspect(connection).get_table_names()
        if names and connection.scalar(text("select version_num from alembic_version")) == self._newest:
            return
        if names or connection.dialect.name != "sqlite":
            command.upgrade(config, revision)
            return
        for statement in self._statements:
            connection.exec_driver_sql(statement)


class PostgresqlCopies:
    """One PostgreSQL database that was migrated once; every test gets a copy of it."""

    def __init__(self, server: str) -> None:
        self.server = server
        self._numbers = count(1)
        migrated(new_database(server, "migrated"))
        self._office = office(server)
        # Copying files takes half as long as copying through the log, which is the default since PostgreSQL 15.
        self._how = "strategy file_copy" if self._office.info.server_version >= 150_000 else ""

    @contextmanager
    def copy(self) -> Iterator[str]:
        """The address of a database of its own, gone at the end."""
        name = f"t{next(self._numbers)}"
        self._office.execute(f"create database {name} template migrated {self._how}".encode())
        yield f"{self.server}/{name}"
        self._office.execute(f"drop database {name} with (force)".encode())

    def close(self) -> None:
        self._office.close()
