"""What tests of several rooms share: a real store on SQLite, and on PostgreSQL where its programs are installed."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bot.store import KeyRing, Store
from bot.store.database import sqlite_url
from bot.store.migrate import migrate
from ovos.processes import Program, actions_program, brain_program
from ovos.run import TOKEN_HEADER, status_of, wait_until
from ovos.settings import ROOT, Settings, settings_from_environment, temporary_settings
from ovos.train import train
from ovos.web import House, build_house


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


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a PostgreSQL server of our own, on loopback, gone at the end."""
    with postgresql_server() as address:
        yield address


@contextmanager
def postgresql_server() -> Iterator[str]:
    """The same for the benchmarks."""
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
        server = [
            str(programs / "postgres"),
            "-D",
            data,
            "-p",
            str(port),
            "-h",
            "127.0.0.1",
            "-k",
            folder,
            "-c",
            "fsync=off",
        ]
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


def new_database(server: str, name: str) -> str:
    """An empty database on that server; its address."""
    where = ["-h", "127.0.0.1", "-p", server.rpartition(":")[2], "-U", "ovos"]
    subprocess.run(["psql", *where, "-c", f"create database {name}", "postgres"], check=True, capture_output=True)
    return f"{server}/{name}"


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing([Fernet.generate_key().decode()])


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(request: pytest.FixtureRequest, tmp_path: Path, keys: KeyRing) -> AsyncIterator[Store]:
    """An empty store with the newest tables, once on each database that the service supports."""
    if request.param == "sqlite":
        url = sqlite_url(tmp_path / "ovos.db")
    else:
        url = new_database(request.getfixturevalue("postgresql"), f"t{abs(hash(request.node.nodeid))}")
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


@pytest.fixture(scope="session")
def living() -> Iterator[Settings]:
    """The real brain and the real action server, started once for the whole suite, with one SQLite store."""
    live = settings_from_environment()
    train(live, quiet=True)
    with tempfile.TemporaryDirectory(prefix="ovos-test-") as folder, pytest.MonkeyPatch.context() as patch:
        settings = temporary_settings(Path(folder))
        patch.delenv("OVOS_KEYS", raising=False)
        with ExitStack() as stack:
            for program in (brain_program(settings), actions_program(settings)):
                stack.enter_context(process(program, settings))
            wait_for_brain(settings)
            yield settings


@contextmanager
def process(program: Program, settings: Settings) -> Iterator[subprocess.Popen[bytes]]:
    """A program of the house, with its output in its home, killed at the end if it does not stop."""
    with (settings.home / f"{program.name}.log").open("ab") as log:
        running = subprocess.Popen(
            program.command, cwd=ROOT, env=settings.environment(), stdin=subprocess.DEVNULL, stdout=log, stderr=log
        )
        try:
            yield running
        finally:
            running.terminate()
            try:
                running.wait(15)
            except subprocess.TimeoutExpired:
                running.kill()
                running.wait()


def wait_for_brain(settings: Settings, seconds: float = 120) -> None:
    async def ready() -> bool:
        headers = {TOKEN_HEADER: settings.brain_token}
        brain = await status_of(f"{settings.brain_address}/webhooks/ovos/health", headers)
        actions = await status_of(f"http://127.0.0.1:{settings.actions_port}/health")
        return brain == 200 and actions == 200

    if not asyncio.run(wait_until(ready, seconds)):
        logs = "\n".join(path.read_text(errors="replace")[-1500:] for path in settings.home.glob("*.log"))
        pytest.fail(f"The brain or the actions did not start.\n{logs}")


@pytest.fixture
async def house(living: Settings) -> AsyncIterator[House]:
    """Intake, workers and store in this process, with the real brain and actions beside it."""
    house = build_house(living)
    await house.open()
    yield house
    await house.close()
