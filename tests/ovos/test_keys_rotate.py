"""Changing the key: nothing stored is lost, the old key opens nothing, and the service goes on meanwhile."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.store import KeyRing, KeyRingError, Store, outbox
from bot.store.keys import load_keys
from bot.store.messages import NewMessage, store
from bot.store.models import Channel
from bot.store.rotation import renew_all, sealed_columns
from bot.store.staff_models import Role, SavedDraft, Staff
from ovos.keys import rotate as rotate_here
from ovos.settings import Settings, temporary_settings
from ovos.web import build_house, load_designations
from tests.ovos.typed import typed


async def _fill(settings: Settings) -> str:
    house = build_house(settings)
    await house.open()
    opened = await house.intake.open(Channel.WEB, load_designations())
    async with house.store.begin() as work:
        await store(work, NewMessage(opened.conversation.id, Channel.WEB, "m", "words to keep"))
    await house.close()
    return opened.conversation.id


async def _texts(settings: Settings, keys: KeyRing, conversation_id: str) -> list[str]:
    opened = Store(settings.database, keys)
    try:
        async with opened.look() as work:
            return [line.text for line in await outbox.timeline(work, conversation_id, 0)]
    finally:
        await opened.close()


async def test_after_a_change_of_key_everything_opens_and_the_old_key_opens_nothing(tmp_path: Path) -> None:
    os.environ.pop("OVOS_KEYS", None)
    settings = temporary_settings(tmp_path)
    conversation_id = await _fill(settings)
    old = KeyRing(load_keys(settings.key_file).as_lines().split())  # as it is now: it does not follow the file
    before = await _texts(settings, old, conversation_id)
    assert await rotate_here(settings, settle_seconds=0) == 0
    assert await _texts(settings, load_keys(settings.key_file), conversation_id) == before
    assert before[-1] == "words to keep"
    try:
        await _texts(settings, old, conversation_id)
    except KeyRingError:
        pass
    else:
        raise AssertionError("the old key still opens what is stored")


async def test_the_keys_change_while_others_read_and_write_and_nothing_is_lost(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another process is another store with its own ring from the same file, as `ovos run` starts it."""
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    settings = temporary_settings(tmp_path)
    conversation_id = await _fill(settings)
    old = KeyRing(load_keys(settings.key_file).as_lines().split())  # as it is now: it does not follow the file
    running = Store(settings.database, load_keys(settings.key_file))
    done, written = asyncio.Event(), ["words to keep"]

    async def traffic() -> None:
        while not done.is_set():
            text = f"words {len(written)}"
            async with running.begin() as work:
                await store(work, NewMessage(conversation_id, Channel.WEB, f"m{len(written)}", text))
            written.append(text)
            async with running.look() as work:
                texts = [line.text for line in await outbox.timeline(work, conversation_id, 0) if line.author == "me"]
            assert texts == written
            await asyncio.sleep(0.01)

    going = asyncio.create_task(traffic())
    assert await rotate_here(settings, settle_seconds=0.3) == 0
    await asyncio.sleep(0.1)
    done.set()
    await going
    await running.close()
    assert len(written) > 10, "there was traffic"
    new = load_keys(settings.key_file)
    mine = [text for text in await _texts(settings, new, conversation_id) if text in written]
    assert mine == written
    with pytest.raises(KeyRingError):
        await _texts(settings, old, conversation_id)


async def test_two_changes_at_once_are_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    settings = temporary_settings(tmp_path)
    await _fill(settings)
    outcomes = await asyncio.gather(
        rotate_here(settings, settle_seconds=0.3), rotate_here(settings, settle_seconds=0.3), return_exceptions=True
    )
    assert sorted(str(type(one).__name__) for one in outcomes) == ["SettingsError", "int"]


def test_keys_from_the_environment_are_not_ours_to_change(tmp_path: Path) -> None:
    environment = {**temporary_settings(tmp_path).environment(), "OVOS_KEYS": Fernet.generate_key().decode()}
    done = typed("keys", "rotate", environment=environment)
    assert done.returncode == 2
    assert "OVOS_KEYS" in done.stderr


def test_every_encrypted_column_is_found() -> None:
    assert {f"{table.name}.{column}" for table, column in sealed_columns()} == {
        "messages.text_sealed",
        "outbox.text_sealed",
        "outbox.easy_sealed",
        "alert_events.reference_sealed",
        "alert_events.facts_sealed",
        "alert_events.opinion_sealed",
        "free_text_changes.reason_sealed",
        "allocations.reference_sealed",
        "card_changes.fields_sealed",
        "notes.text_sealed",
        "outcomes.words_sealed",
        "retention_holds.reason_sealed",
        "promises.action_sealed",
        "promises.because_sealed",
        "publications.page_sealed",
        "publication_signatures.dissent_sealed",
        "board_replies.words_sealed",
        "quotes.text_sealed",
        "request_attachments.text_sealed",
        "saved_drafts.text_sealed",
        "secrets.value_sealed",
        "staff.totp_sealed",
        "telegram_chats.chat_sealed",
        "theme_proposals.name_sealed",
        "theme_proposals.why_sealed",
        "unmaskings.reason_sealed",
    }


async def test_rows_whose_key_has_two_columns_are_renewed_too(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        work.session.add(Staff(id="a" * 32, email="a@example.org", name="A", role=Role.AUDITOR))
        await work.session.flush()
        for place in ("one", "two", "three"):
            work.session.add(SavedDraft(staff_id="a" * 32, place=place, text_sealed=work.keys.encrypt(place)))
    both = sqlite_store.keys.with_new_key()
    renewing = Store(str(sqlite_store.engine.url.render_as_string(hide_password=False)), both)
    counts = [count async for count in renew_all(renewing)]
    await renewing.close()
    assert counts[-1] == 4  # three drafts, and the account that has a column for a sealed secret
    async with sqlite_store.look() as work:
        drafts = list(await work.session.scalars(select(SavedDraft)))
    assert {both.only_first().decrypt(draft.text_sealed) for draft in drafts} == {"one", "two", "three"}
