"""What tests of several rooms share: a real store on SQLite, and on PostgreSQL where its programs are installed."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.store import KeyRing, Store
from bot.store.database import sqlite_url
from bot.store.migrate import migrate


def _postgresql_programs() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if found:
        return found[-1].parent
    initdb = shutil.which("initdb")
    return None if initdb is None else Path(initdb).parent


def _as_postgres(command: list[str]) -> list[str]:
    """PostgreSQL refuses to run as root, so as root it runs as its own user."""
    return command if os.geteuid() != 0 else ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *command]


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
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
        server = [str(programs / "postgres"), "-D", data, "-p", str(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"]
        running = subprocess.Popen(_as_postgres(server), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            ready = [str(programs / "pg_isready"), "-h", "127.0.0.1", "-p", str(port)]
            for _ in range(100):
                if subprocess.run(ready, capture_output=True).returncode == 0:
                    break
                time.sleep(0.1)
            yield f"postgresql+psycopg://ovos@127.0.0.1:{port}"
        finally:
            running.terminate()
            running.wait(20)


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing([Fernet.generate_key().decode()])


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, keys: KeyRing) -> AsyncIterator[Store]:
    """An empty store with the newest tables, once on each database that the service supports."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path / "ovos.db")
    else:
        server = request.getfixturevalue("postgresql")
        name = f"t{abs(hash(request.node.nodeid))}"
        subprocess.run(
            ["psql", "-h", "127.0.0.1", "-p", server.rpartition(":")[2], "-U", "ovos", "-c", f"create database {name}", "postgres"],
            check=True,
            capture_output=True,
        )
        url = f"{server}/{name}"
    store = Store(url, keys)
    await migrate(store)
    yield store
    await store.close()


@pytest.fixture
async def sqlite_store(tmp_path: Path, keys: KeyRing) -> AsyncIterator[Store]:
    """An empty store on SQLite, for tests where the database makes no difference."""
    store = Store(sqlite_url(tmp_path / "ovos.db"), keys)
    await migrate(store)
    yield store
    await store.close()
