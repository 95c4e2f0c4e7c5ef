"""Backups: made while others write, unreadable without the passphrase, put back whole, and gone when they run out."""

from __future__ import annotations

import asyncio
import os
import shutil
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from bot.privacy import retention
from bot.privacy.sealing import PIECE, SealError, seal, unseal
from bot.store import Store, conversations, erasure, erasures
from bot.store.backup import BackupError
from bot.store.keys import load_keys
from bot.store.messages import NewMessage, store
from bot.store.models import Channel, Conversation
from bot.store.outbox import timeline
from ovos.backup import ENDING, backup, restore
from ovos.retention import opened
from ovos.settings import Settings, SettingsError, temporary_settings
from tests.databases import PostgresqlCopies

PASSPHRASE = "correct horse battery staple"
SECRET = "my grey umbrella is broken"


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    monkeypatch.setenv("OVOS_BACKUP_PASSPHRASE", PASSPHRASE)
    (tmp_path / "home").mkdir()
    return temporary_settings(tmp_path / "home")


async def a_chat(one: Store, name: str, *texts: str) -> str:
    async with one.begin() as work:
        opened_chat = await conversations.open_conversation(work, Channel.WEB, [name])
        for n, text in enumerate(texts):
            await store(work, NewMessage(opened_chat.conversation.id, Channel.WEB, f"{name}{n}", text))
        return opened_chat.conversation.id


async def texts_of(settings: Settings, conversation_id: str) -> list[str]:
    async with opened(settings) as one, one.look() as work:
        return [line.text for line in await timeline(work, conversation_id, 0)]


def backups(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{ENDING}"))


async def test_a_backup_made_while_others_write_is_put_back_on_an_empty_machine(
    settings: Settings, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, stop = tmp_path / "backups", asyncio.Event()
    async with opened(settings) as one:
        kept = await a_chat(one, "Quiet Otter", SECRET)

        async def traffic() -> int:
            n = 0
            while not stop.is_set():
                await a_chat(one, f"Busy Bee {(n := n + 1)}", "hello")
                await asyncio.sleep(0)
            return n

        going = asyncio.create_task(traffic())
        await asyncio.sleep(0.1)
        assert await asyncio.to_thread(asyncio.run, backup(settings, folder)) == 0
        stop.set()
        assert await going > 2
    (made,) = backups(folder)
    raw = made.read_bytes()
    assert SECRET.encode() not in raw
    assert load_keys(settings.key_file).as_lines().encode()[:44] not in raw
    assert made.stat().st_mode & 0o077 == 0
    elsewhere = temporary_settings(tmp_path / "elsewhere")
    assert await restore(elsewhere, made, sure=False) == 0
    assert not (elsewhere.home / "ovos.db").exists(), "without --sure nothing is changed"
    assert await restore(elsewhere, made, sure=True) == 0
    assert await texts_of(elsewhere, kept) == [SECRET]
    assert SECRET not in capsys.readouterr().out


async def test_what_was_deleted_after_the_backup_is_deleted_again(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    async with opened(settings) as one:
        gone, kept = await a_chat(one, "Quiet Otter", SECRET), await a_chat(one, "Busy Bee", "hello")
    await backup(settings, folder)
    async with opened(settings) as one:
        async with one.begin() as work:
            asked = await erasures.ask(work, gone, "young_person", datetime.now(UTC), datetime.now(UTC))
            await erasures.take(work, asked.id, datetime.now(UTC))
            await erasure.erase(work, gone)
    (made,) = backups(folder)
    await restore(settings, made, sure=True)
    async with opened(settings) as one, one.look() as work:
        assert await work.session.get(Conversation, gone) is None
        assert await work.session.get(Conversation, kept) is not None
    # The database is lost too, and only the list beside it is left.
    for path in settings.home.glob("ovos.db*"):
        path.unlink()
    await restore(settings, made, sure=True)
    async with opened(settings) as one, one.look() as work:
        assert await work.session.get(Conversation, gone) is None


async def test_old_backups_are_deleted_and_young_ones_stay(settings: Settings, tmp_path: Path) -> None:
    async with opened(settings) as one:
        await a_chat(one, "Quiet Otter", SECRET)
    await backup(settings, tmp_path)
    (old,) = backups(tmp_path)
    long_ago = (datetime.now(UTC) - timedelta(days=retention.rules().backup_days, hours=1)).timestamp()
    os.utime(old, (long_ago, long_ago))
    await backup(settings, tmp_path)
    assert old not in backups(tmp_path)
    assert len(backups(tmp_path)) == 1


async def test_bad_input_is_one_clear_line_and_changes_nothing(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with opened(settings) as one:
        kept = await a_chat(one, "Quiet Otter", SECRET)
    await backup(settings, tmp_path)
    (made,) = backups(tmp_path)
    with pytest.raises(SettingsError, match="no such backup"):
        await restore(settings, tmp_path / "nothing", sure=True)
    monkeypatch.setenv("OVOS_BACKUP_PASSPHRASE", "another passphrase altogether")
    with pytest.raises(BackupError, match="passphrase"):
        await restore(settings, made, sure=True)
    monkeypatch.setenv("OVOS_BACKUP_PASSPHRASE", "short")
    with pytest.raises(SettingsError, match="16 characters"):
        await backup(settings, tmp_path)
    monkeypatch.delenv("OVOS_BACKUP_PASSPHRASE")
    open_file = tmp_path / "passphrase"
    open_file.write_text(PASSPHRASE)
    open_file.chmod(0o644)
    monkeypatch.setenv("OVOS_BACKUP_PASSPHRASE_FILE", str(open_file))
    with pytest.raises(SettingsError, match="chmod 600"):
        await backup(settings, tmp_path)
    assert await texts_of(settings, kept) == [SECRET]


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE])
def test_a_sealed_file_of_any_size_opens_again_and_not_when_a_byte_is_changed(tmp_path: Path, size: int) -> None:
    source, sealed, again = tmp_path / "a", tmp_path / "b", tmp_path / "c"
    source.write_bytes(os.urandom(size))
    seal(source, sealed, PASSPHRASE)
    unseal(sealed, again, PASSPHRASE)
    assert again.read_bytes() == source.read_bytes()
    raw = bytearray(sealed.read_bytes())
    for damaged in (
        bytes(raw[:-1]),
        bytes(raw[: -(PIECE // 2)]) if size > PIECE else b"",
        bytes([*raw[:-1], raw[-1] ^ 1]),
    ):
        sealed.write_bytes(damaged)
        with pytest.raises(SealError):
            unseal(sealed, again, PASSPHRASE)
        assert not again.exists() or again.read_bytes() == source.read_bytes()


@pytest.mark.skipif(shutil.which("pg_dump") is None, reason="PostgreSQL's client is not installed")
async def test_postgresql_is_dumped_and_put_back(
    settings: Settings, tmp_path: Path, postgresql_copies: PostgresqlCopies
) -> None:
    with postgresql_copies.copy() as url:
        mine = replace(settings, database=url)
        async with opened(mine) as one:
            kept = await a_chat(one, "Quiet Otter", SECRET)
        await backup(mine, tmp_path)
        async with opened(mine) as one, one.begin() as work:
            await erasure.delete_whole(work, kept)
        (made,) = backups(tmp_path)
        await restore(mine, made, sure=True)
        assert await texts_of(mine, kept) == [SECRET]
