"""`ovos freetext` and `ovos probe` from the command line, and the pager from the settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.store import Store, audit, free_text
from bot.store.audit import Filter
from bot.store.keys import load_keys
from bot.store.staff_models import NotificationChannel
from connectors.delivery.pager import Pager
from ovos.delivery import build_senders
from ovos.free_text import turn
from ovos.probe import probe
from ovos.settings import DeliverySettings, SettingsError, temporary_settings
from tests.ovos.test_command import ovos


async def test_free_text_is_turned_by_the_command_with_a_reason_in_the_log_and_without_one_not_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = temporary_settings(tmp_path)
    with pytest.raises(SettingsError, match="--reason"):
        await turn(settings, off=True, reason="  ")
    assert await turn(settings, off=True, reason="nobody is here") == 0
    assert await turn(settings, off=True, reason="nobody is here") == 0
    assert capsys.readouterr().out == "Free text is off now.\nFree text was off already.\n"
    store = Store(settings.database, load_keys(settings.key_file))
    async with store.look() as work:
        [change] = await free_text.changes(work)
        [line] = await audit.newest(work, Filter())
    await store.close()
    assert (change.off, change.by, change.reason) == (True, "command", "nobody is here")
    assert (line.actor, line.action, line.details) == ("command", "free_text_turned", {"off": True, "how": "command"})
    assert ovos("freetext", "off").returncode == 2


async def test_a_check_of_a_service_that_does_not_run_says_so_and_fails(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert await probe(temporary_settings(tmp_path)) == 1
    assert capsys.readouterr().out.strip().endswith("web: BROKEN after: nothing")


def test_a_pager_is_there_when_it_is_set_and_its_secret_is_never_quoted(tmp_path: Path) -> None:
    from dataclasses import replace

    settings = replace(temporary_settings(tmp_path), public_address="https://voices.example")
    good = DeliverySettings(pager_url="https://pager.example/hook", pager_secret="s" * 24)
    assert isinstance(build_senders(replace(settings, delivery=good))[NotificationChannel.PAGER], Pager)
    with pytest.raises(SettingsError, match="OVOS_PAGER_SECRET") as caught:
        build_senders(replace(settings, delivery=replace(good, pager_secret="short-one")))
    assert "short-one" not in str(caught.value)
    assert "pager.example" not in str(caught.value)
