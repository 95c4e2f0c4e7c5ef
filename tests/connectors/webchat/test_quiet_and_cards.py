"""On the page: a device that somebody else can see shows nothing unasked, and a card runs the way its language does."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
from playwright.async_api import BrowserContext, expect

from bot.screening.cards import load_cards
from bot.store import conversations, outbox
from bot.store.models import Author
from bot.store.outbox import Bubble, Outgoing
from ovos.settings import temporary_settings
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.test_browser import open_chat, say
from tests.connectors.webchat.test_socket import client_id, connect


@pytest.fixture
async def alone(tmp_path: Path) -> AsyncIterator[Site]:
    """A service whose brain is not there: none of this needs it."""
    site = await Site.start(temporary_settings(tmp_path))
    yield site
    await site.go_away()


async def test_while_somebody_can_see_the_device_nothing_is_pushed_and_a_reload_shows_nothing_of_before(
    alone: Site,
) -> None:
    async with aiohttp.ClientSession() as session:
        page = await connect(alone, session)
        welcome = await page.hello()
        await page.send(type="say", id=client_id(), text="she can see my phone")
        await page.until(type="item", text="OK. See you soon.")
        async with alone.house.store.begin() as work:
            conversation = await conversations.by_token(work, welcome["token"])
            assert conversation is not None
            from_staff = (Bubble("Are you OK?"),)
            await outbox.say(work, Outgoing(conversation.id, None, "staff", Author.STAFF, from_staff))
        alone.house.hub.wake(conversation.id)

        again = await connect(alone, session)
        await again.hello(welcome["token"])
        await again.send(type="say", id=client_id(), text="hello?")
        await again.until(type="item", text="OK. Type BACK to chat.")
        shown = [frame["text"] for frame in again.frames if frame["type"] == "item"]
        assert shown == ["OK. See you soon.", "hello?", "OK. Type BACK to chat."]
        await again.send(type="say", id=client_id(), text="BACK")
        await again.until(type="item", text="Hi. You can type here.")
        await again.until(type="item", text="Are you OK?")


async def test_a_card_in_arabic_runs_from_right_to_left_and_says_its_language(
    alone: Site, phone: BrowserContext
) -> None:
    alone.house.intake.safety.demonstration = True
    page = await open_chat(phone, alone)
    await say(page, "أنا خائف في هذا البيت")
    card = page.locator("#items p.text[lang=ar]")
    await expect(card).to_have_count(1, timeout=20_000)
    await expect(card).to_have_attribute("dir", "rtl")
    assert await card.evaluate("node => getComputedStyle(node).direction") == "rtl"
    await expect(page.locator("#items p.text", has_text="This is a demonstration")).to_have_attribute("dir", "auto")


def test_only_a_card_has_a_language() -> None:
    cards = load_cards()
    assert cards.of_key("safety_card_ps") is cards.cards["ps"]
    assert cards.of_key("safety_unread") is None
    assert cards.of_key(None) is None
