"""After a long mixed run no log, and no database file, holds what was said."""

from __future__ import annotations

from bot.store.models import Channel, MessageKind
from connectors.intake.intake import Inbound
from ovos.settings import Settings
from ovos.web import House
from tests.connectors.intake.test_screening_in_intake import say, settle, start

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
    from prometheus_client import generate_latest

    conversation_id = await start(house)
    await say(house, conversation_id, f"hello {MARKER}")
    page = generate_latest(house.measures.registry).decode()
    assert "ovos_turns_total" in page
    assert MARKER not in page
    assert conversation_id not in page
