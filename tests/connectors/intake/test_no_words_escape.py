"""After a long mixed run no log, table, file, metric, notification or address holds what was said, or who said it."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterable, Mapping
from contextlib import redirect_stdout
from pathlib import Path

import pytest
import structlog
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import generate_latest
from sqlalchemy import select

from bot.store import holds, notes, notifications
from bot.store.casework_models import Receipt
from bot.store.keys import load_keys
from bot.store.models import Channel, MessageKind
from bot.store.notifications import Template
from bot.store.staff_models import Notification, Role
from connectors.intake.intake import Inbound
from ovos.settings import Settings, temporary_settings
from ovos.web import House, build_app, load_designations
from tests.bot.privacy.full_chat import as_stored
from tests.bot.store.people import hired
from tests.connectors.intake.test_screening_in_intake import open_house, say, settle, start
from tests.connectors.telegram.bot_api import TOKEN
from tests.connectors.telegram.conftest import noting, post_office
from tests.connectors.telegram.leaving import answered, confirmed, link_in
from tests.connectors.telegram.test_own_words import fetched, opened_by

MARKER = "xylophone-marmalade"


async def test_words_are_in_no_log_and_readable_in_no_file(house: House, living: Settings) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, f"i hate it here, they moved me again and nobody told me why. {MARKER}")
    await say(house, conversation_id, f"and they lost my bag, {MARKER}")
    await say(house, conversation_id, f"stop {MARKER}")
    await say(house, conversation_id, f"asdf qwer {MARKER} zzz")
    await say(house, conversation_id, f"how much is the setting up home allowance {MARKER}")
    await say(house, conversation_id, f"my carer hits me {MARKER}")
    await say(house, conversation_id, f"/safeguarding {MARKER}")
    await house.intake.receive(
        Inbound(conversation_id, Channel.WEB, "who", "Who can see this?", MessageKind.WHO_CAN_SEE)
    )
    await settle(house, conversation_id)
    files = [path for path in living.home.rglob("*") if path.is_file()]
    assert {"brain.log", "actions.log", "ovos.db", "brain.db"} <= {path.name for path in files}
    for path in files:
        raw = path.read_bytes()
        assert MARKER.encode() not in raw, path.name
        if path.suffix == ".log":
            assert conversation_id.encode() not in raw, path.name


async def test_metrics_hold_no_words_and_no_ids(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, f"hello {MARKER}")
    page = generate_latest(house.measures.registry).decode()
    assert "ovos_turns_total" in page
    assert MARKER not in page
    assert conversation_id not in page


async def test_a_mixed_run_leaves_no_word_name_token_receipt_or_key_in_the_clear_anywhere(tmp_path: Path) -> None:
    """Every table is read as whoever copies the database would read it; and every address that was asked for."""
    settings = temporary_settings(tmp_path)
    printed = io.StringIO()
    addresses: list[str] = []
    name, number = "Zubair Quillfeather", "07700 900123"
    with redirect_stdout(printed):
        async with open_house(settings) as house:
            structlog.get_logger().warning("run_began")
            opened = await house.intake.open(Channel.WEB, load_designations())
            conversation_id = opened.conversation.id
            app = build_app(settings, house)
            app.middlewares.append(noting(addresses))
            async with TestClient(TestServer(app)) as client:
                mine = {"Authorization": f"Bearer {opened.token}"}
                receipt = (await (await client.post("/chat/api/receipt", json={}, headers=mine)).json())["words"]
                for text in (f"im {name}, ring {number} {MARKER}", f"my carer hits me {MARKER}", " ".join(receipt)):
                    await say(house, conversation_id, text)
                await client.post("/chat/api/return", json={"words": " ".join(receipt)})
                await client.post("/chat/api/copy", json={"form": "data"}, headers=mine)
                await client.get("/chat/api/poll?after=999999", headers={"Authorization": "Bearer nothing"})
                metrics = generate_latest(house.measures.registry).decode()
            officer = await hired(house.store, role=Role.DATA_PROTECTION)
            async with house.store.begin() as work:
                await notes.write(work, conversation_id, officer, f"{name} rang. {MARKER}")
                await holds.hold(work, conversation_id, f"because {name} {MARKER}", officer)
                await notifications.queue(work, "alert:x", officer, Template.ALERT_WAITING)
            stored = "".join((await as_stored(house.store)).values())
            async with house.store.look() as work:
                nudges = repr([vars(one) for one in await work.session.scalars(select(Notification))])
                assert await work.session.scalar(select(Receipt.id)) is not None, "a receipt was made"
    secret_key = load_keys(settings.key_file).as_lines().split()[0]
    secrets = [MARKER, "Quillfeather", number, opened.token, " ".join(receipt), secret_key]
    texts = {"tables": stored, "metrics": metrics, "log": printed.getvalue(), "nudges": nudges, "urls": repr(addresses)}
    assert "run_began" in texts["log"]
    assert len(addresses) > 3
    _assert_in_none(secrets, texts, settings)


async def test_a_chat_on_telegram_leaves_no_number_name_link_or_token_in_the_clear_anywhere(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """Also what never was a word: the number of the chat, what Telegram calls the person, the link to the web page."""
    caplog.set_level(logging.INFO)
    addresses: list[str] = []
    settings = temporary_settings(tmp_path)
    async with post_office(settings, addresses=addresses) as post:
        structlog.get_logger().warning("run_began")
        person = await post.grown_up()
        for text in (f"hello, {MARKER}", f"my carer hits me {MARKER}", "/mydata"):
            person.says(text)
        link = link_in(await person.hears("You can save a copy of this chat on the web page"))
        device = await opened_by(post, link)
        assert (await fetched(post, "/chat/api/copy", {"form": "page"}, device))[0] == 200
        await answered(post, person, f"Hello Wilhelmina, {MARKER}")
        await person.hears("Hello Wilhelmina")
        person.api.refuse("sendMessage", 400, f"Bad Request: {MARKER} {person.chat}")
        person.says("/help")
        await person.hears("You can type here in your own words")
        await confirmed(post, person)
        newest = link_in([one for one in person.inbox if any("url" in key for key in one.keys)][-1])
        assert newest != link, "one that nobody has opened yet"
        officer = await hired(post.house.store)
        async with post.house.store.begin() as work:
            await notifications.queue(work, "alert:x", officer, Template.ALERT_WAITING)
        stored = "".join((await as_stored(post.house.store)).values())
        metrics = generate_latest(post.house.measures.registry).decode()
    out, err = capfd.readouterr()
    texts = {"tables": stored, "metrics": metrics, "log": out + err + caplog.text, "urls": repr(addresses)}
    assert "run_began" in texts["log"]
    assert "/chat/api/from" in texts["urls"]
    names = [str(value) for value in person.names.values()]
    secrets = [MARKER, str(person.chat), *names, *(one.partition("#")[2] for one in (link, newest)), device, TOKEN]
    _assert_in_none(secrets, texts, settings)


def _assert_in_none(secrets: Iterable[str], texts: Mapping[str, str], settings: Settings) -> None:
    """Not in what was written or told, and in no file of the installation but the one that holds the keys."""
    found = [(secret[:12], where) for secret in secrets for where, text in texts.items() if secret in text]
    assert found == []
    for path in (one for one in settings.home.rglob("*") if one.is_file() and one != settings.key_file):
        raw = path.read_bytes()
        assert [secret[:12] for secret in secrets if secret.encode() in raw] == [], path.name
