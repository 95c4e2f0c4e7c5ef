"""What tests of several rooms share: a real store on SQLite, and on PostgreSQL where its programs are installed."""

from __future__ import annotations

import asyncio
import os
import subprocess
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import hypothesis
import pytest
from cryptography.fernet import Fernet

from bot.store import KeyRing, Store
from ovos.processes import Program, actions_program, brain_program
from ovos.run import TOKEN_HEADER, status_of, wait_until
from ovos.settings import ROOT, Settings, settings_from_environment, temporary_settings
from ovos.train import train
from ovos.web import House, build_house
from tests.chromium import chromium_server
from tests.databases import PostgresqlCopies, SqliteCopies, postgresql_server
from tests.sharing import (
    keep_temporary_files_in_memory,
    locked,
    pytest_collection_modifyitems,
    pytest_runtest_protocol,
)
from tests.starting import reading_once

__all__ = ["pytest_collection_modifyitems", "pytest_runtest_protocol"]

keep_temporary_files_in_memory()

# The same examples at every run, so that what passes once passes again. `make explore` tries others, and more of them.
hypothesis.settings.register_profile("suite", derandomize=True)
hypothesis.settings.register_profile("explore", derandomize=False, print_blob=True)
hypothesis.settings.load_profile(os.environ.get("OVOS_EXAMPLES", "suite"))


@pytest.fixture(scope="session", autouse=True)
def read_once() -> Iterator[None]:
    with reading_once():
        yield


@pytest.fixture(scope="session")
def sqlite_copies(tmp_path_factory: pytest.TempPathFactory) -> SqliteCopies:
    return SqliteCopies(tmp_path_factory.mktemp("migrated"))


@pytest.fixture(scope="session")
def postgresql_copies() -> Iterator[PostgresqlCopies]:
    with postgresql_server() as server, closing(PostgresqlCopies(server)) as copies:
        yield copies


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the one Chromium of this worker."""
    with chromium_server(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
def keys() -> KeyRing:
    return KeyRing([Fernet.generate_key().decode()])


@pytest.fixture(params=["sqlite", "postgresql"])
async def store(
    request: pytest.FixtureRequest, tmp_path: Path, sqlite_copies: SqliteCopies, keys: KeyRing
) -> AsyncIterator[Store]:
    """An empty store with the newest tables, once on each database that the service supports."""
    with ExitStack() as stack:
        if request.param == "sqlite":
            url = sqlite_copies.copy(tmp_path)
        else:
            copies: PostgresqlCopies = request.getfixturevalue("postgresql_copies")
            url = stack.enter_context(copies.copy())
        store = Store(url, keys)
        yield store
        await store.close()


@pytest.fixture
async def sqlite_store(tmp_path: Path, sqlite_copies: SqliteCopies, keys: KeyRing) -> AsyncIterator[Store]:
    """An empty store on SQLite, for tests where the database makes no difference."""
    store = Store(sqlite_copies.copy(tmp_path), keys)
    yield store
    await store.close()


@pytest.fixture(scope="session")
def trained() -> Settings:
    """The service's own settings, with brain and card search trained. `make test` has done it before."""
    settings = settings_from_environment()
    with locked(ROOT / "config.yml"):
        train(settings, quiet=True)
    return settings


@pytest.fixture(scope="session")
def living(trained: Settings) -> Iterator[Settings]:
    """The real brain and the real action server, started once for all tests that use them, with one SQLite store."""
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
