"""After a long mixed run no log, table, file, metric, notification or address holds what was said, or who said it."""

from __future__ import annotations

import io
from contextlib import redirect_stdout
from pathlib import Path

import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from prometheus_client import generate_latest
from sqlalchemy import select

from bot.store import holds, notes, notifications
from bot.store.casework_models import Receipt
from bot.store.keys import load_keys
from bot.store.models import Channel, MessageKind
from bot.store.notifications import Template
from bot.store.staff_models import Notification, Role
from bot.store.tables import every_table
from connectors.intake.intake import Inbound
from ovos.settings import Settings, temporary_settings
from ovos.web import House, build_app, load_designations
from tests.bot.store.people import hired
from tests.connectors.intake.test_screening_in_intake import open_house, say, settle, start

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
    printed, addresses = io.StringIO(), []

    @web.middleware
    async def note_address(request: web.Request, handler: web.Handler) -> web.StreamResponse:  # type: ignore[name-defined]
        addresses.append(str(request.rel_url))
        return await handler(request)  # type: ignore[no-any-return]

    name, number = "Zubair Quillfeather", "07700 900123"
    with redirect_stdout(printed):
        async with open_house(settings) as house:
            structlog.get_logger().warning("run_began")
            opened = await house.intake.open(Channel.WEB, load_designations())
            conversation_id = opened.conversation.id
            app = build_app(settings, house)
            app.middlewares.append(note_address)
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
            stored = await _everything(house)
            async with house.store.look() as work:
                nudges = repr([vars(one) for one in await work.session.scalars(select(Notification))])
                assert await work.session.scalar(select(Receipt.id)) is not None, "a receipt was made"
    secret_key = load_keys(settings.key_file).as_lines().split()[0]
    secrets = [MARKER, "Quillfeather", number, opened.token, " ".join(receipt), secret_key]
    texts = {"tables": stored, "metrics": metrics, "log": printed.getvalue(), "nudges": nudges, "urls": repr(addresses)}
    assert "run_began" in texts["log"]
    assert len(addresses) > 3
    found = [(secret[:12], where) for secret in secrets for where, text in texts.items() if secret in text]
    assert found == []
    for path in (one for one in settings.home.rglob("*") if one.is_file() and one != settings.key_file):
        raw = path.read_bytes()
        assert [secret[:12] for secret in secrets if secret.encode() in raw] == [], path.name


async def _everything(house: House) -> str:
    """Every column of every row of every table, as it is stored."""
    rows = []
    async with house.store.look() as work:
        for one in every_table():
            rows += [repr(tuple(row)) for row in await work.session.execute(select(one))]
    return "\n".join(rows)
