"""`ovos audit verify` as somebody at a terminal meets it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from bot.store import Store, audit
from bot.store.audit import NewEvent
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from ovos.audit import verify
from ovos.settings import Settings, SettingsError, temporary_settings


@pytest.fixture
async def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    settings = temporary_settings(tmp_path)
    store = Store(settings.database, load_keys(settings.key_file))
    await migrate(store)
    for number in range(3):
        async with store.begin() as work:
            await audit.append(work, NewEvent("a" * 32, "sign_in", "staff", "a" * 32, {"number": number}))
    await store.close()
    return settings


@pytest.fixture
def tamper(settings: Settings) -> Iterator[object]:
    engine = create_engine(settings.database.replace("+aiosqlite", ""))
    yield lambda statement: _run(engine, statement)
    engine.dispose()


def _run(engine: object, statement: str) -> None:
    with engine.begin() as connection:  # type: ignore[attr-defined]
        connection.execute(text(statement))


async def test_a_whole_log_is_called_whole_and_its_head_fits(
    settings: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await verify(settings, None) == 0
    head = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("Head: "))
    assert await verify(settings, head.removeprefix("Head: ")) == 0


async def test_a_changed_line_is_named(settings: Settings, tamper: object, capsys: pytest.CaptureFixture[str]) -> None:
    tamper("update audit_events set details = '{}' where seq = 2")  # type: ignore[operator]
    assert await verify(settings, None) == 1
    assert "line 2" in capsys.readouterr().out


async def test_a_head_that_is_not_one_is_refused_in_one_line(settings: Settings) -> None:
    with pytest.raises(SettingsError, match="--expect"):
        await verify(settings, "yesterday")
