"""`ovos retention`, `ovos erase` and `ovos export conversation`, as somebody types them."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.privacy import retention
from bot.store import conversations, holds
from bot.store.messages import NewMessage, store
from bot.store.models import Channel, Conversation, pretending
from ovos.erased_file import NAME, read_erased
from ovos.main import main
from ovos.retention import opened
from ovos.settings import Settings, settings_from_environment
from tests.bot.privacy.test_erasure import a_member_of_staff

SECRET = "my grey umbrella is broken"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    for name in ("OVOS_KEYS", "OVOS_DB", "OVOS_KEY_FILE", "OVOS_BRAIN_DB"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OVOS_HOME", str(tmp_path))
    return settings_from_environment()


async def a_chat(settings: Settings, name: str, age: timedelta) -> str:
    async with opened(settings) as one:
        with pretending(datetime.now(UTC) - age):
            async with one.begin() as work:
                made = await conversations.open_conversation(work, Channel.WEB, [name])
                await store(work, NewMessage(made.conversation.id, Channel.WEB, name, SECRET))
        return made.conversation.id


async def is_there(settings: Settings, conversation_id: str) -> bool:
    async with opened(settings) as one, one.look() as work:
        return await work.session.get(Conversation, conversation_id) is not None


def typed(*words: str) -> int:
    """The command runs its own event loop, as it does when somebody types it."""
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(1) as aside:
        return aside.submit(main, list(words)).result()


async def test_retention_says_first_and_deletes_then(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    old = await a_chat(settings, "Quiet Otter", timedelta(days=retention.rules().chat_days + 1))
    assert typed("retention", "--dry-run") == 0
    assert "whole chats" in capsys.readouterr().out
    assert await is_there(settings, old)
    assert typed("retention") == 0
    assert not await is_there(settings, old)


async def test_erase_needs_to_be_told_that_one_is_sure(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    mine = await a_chat(settings, "Quiet Otter", timedelta(0))
    assert typed("erase", "quiet otter") == 0
    assert await is_there(settings, mine)
    assert typed("erase", "quiet otter", "--sure") == 0
    assert not await is_there(settings, mine)
    assert [one for one, _ in read_erased(settings.home / NAME)] == [mine], "a backup is emptied of it again"
    assert typed("erase", "nobody here", "--sure") == 2
    assert capsys.readouterr().err.strip() == "ovos: There is no conversation of that name."


async def test_a_hold_stops_the_command_too(settings: Settings, capsys: pytest.CaptureFixture[str]) -> None:
    mine = await a_chat(settings, "Quiet Otter", timedelta(0))
    async with opened(settings) as one, one.begin() as work:
        await holds.hold(work, mine, "a court asked", await a_member_of_staff(work))
    assert typed("erase", "Quiet Otter", "--sure") == 2
    assert "A hold stops the deletion" in capsys.readouterr().err
    assert await is_there(settings, mine)


async def test_export_writes_a_bundle_that_only_its_owner_reads(settings: Settings, tmp_path: Path) -> None:
    await a_chat(settings, "Quiet Otter", timedelta(0))
    file = tmp_path / "bundle.zip"
    assert typed("export", "conversation", "Quiet Otter", str(file)) == 0
    assert file.stat().st_mode & 0o077 == 0
    with zipfile.ZipFile(file) as bundle:
        assert SECRET in bundle.read("bundle.html").decode()
        assert json.loads(bundle.read("bundle.json"))["of"] == "Quiet Otter"
    assert typed("export", "conversation", "Quiet Otter", str(tmp_path / "no" / "where.zip")) == 2
