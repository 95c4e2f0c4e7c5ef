"""A consistent copy of the database while it is in use, and putting one back.

SQLite: its own online backup (https://www.sqlite.org/backup.html): one moment's state, while writers go on.
PostgreSQL: `pg_dump`, whose snapshot is of one moment too; its client must be on this machine.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from enum import StrEnum
from pathlib import Path

from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import SQLAlchemyError

DatabaseFault = SQLAlchemyError  # what a database that is gone or broken raises


class BackupError(Exception):
    """A copy cannot be made or put back; the text is one line that says what to do."""


class Form(StrEnum):
    SQLITE = "sqlite"
    POSTGRESQL = "postgresql"


def form_of(url: str) -> Form:
    return Form.SQLITE if make_url(url).get_backend_name() == "sqlite" else Form.POSTGRESQL


def copy_out(url: str, to: Path) -> None:
    """Write a copy of the database to a new file. Raises BackupError."""
    address = make_url(url)
    if form_of(url) is Form.POSTGRESQL:
        _run("pg_dump", address, ["--format=custom", "--no-owner", f"--file={to}"])
        return
    source = Path(address.database or "")
    if not source.exists():
        raise BackupError("There is no database yet: start the service once.")
    with sqlite3.connect(f"file:{source}?mode=ro", uri=True) as live, sqlite3.connect(to) as copy:
        live.backup(copy, pages=1000, sleep=0.01)
    if sqlite3.connect(to).execute("pragma integrity_check").fetchone() != ("ok",):
        raise BackupError("The copy is not whole. Nothing was kept; try again.")


def copy_in(url: str, source: Path) -> None:
    """Put a copy in the place of the database. The caller has made sure that nobody uses it. Raises BackupError."""
    address = make_url(url)
    if form_of(url) is Form.POSTGRESQL:
        _run("pg_restore", address, ["--clean", "--if-exists", "--no-owner", "--single-transaction", str(source)])
        return
    target = Path(address.database or "")
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(target.name + ".new")
    shutil.copyfile(source, beside)
    for suffix in ("-wal", "-shm"):
        target.with_name(target.name + suffix).unlink(missing_ok=True)
    os.replace(beside, target)


def _run(program: str, address: URL, arguments: list[str]) -> None:
    found = shutil.which(program)
    if found is None:
        raise BackupError(f"{program} is not on this machine. Install PostgreSQL's client of the server's version.")
    where = {
        "PGHOST": address.host,
        "PGPORT": None if address.port is None else str(address.port),
        "PGUSER": address.username,
        "PGPASSWORD": address.password,
        "PGDATABASE": address.database,
    }
    environment = {**os.environ, **{name: str(value) for name, value in where.items() if value}}
    into = ["--dbname", str(address.database)] if program == "pg_restore" else []
    done = subprocess.run(
        [found, *into, *arguments], env=environment, capture_output=True, stdin=subprocess.DEVNULL, check=False
    )
    if done.returncode != 0:
        raise BackupError(f"{program} failed with status {done.returncode}. Is its version that of the server?")
