"""Lending a chat to be read: what the lent words open, what they never open, and how they end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, BrowserContext, expect
from sqlalchemy import select, update

from bot.privacy.guessing import Visitor
from bot.privacy.receipts import load_word_list
from bot.store import Store, audit, conversations, messages, outbox, quiet, receipts
from bot.store.lending_models import LentReceipt
from bot.store.messages import NewMessage
from bot.store.models import Channel
from bot.store.staff_models import AuditEvent
from connectors.intake.wording import load_wording
from connectors.webchat.lending import LENT_FOR, MOST_AN_HOUR, LentTooOften
from connectors.webchat.receipts import LetIn, MayRead, NoReceipt, ReceiptDesk
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.test_browser import SLOW, open_chat, say, violations
from tests.connectors.webchat.test_coming_back import type_words

WORDING = load_wording()


def desk_of(store: Store) -> ReceiptDesk:
    return ReceiptDesk(store, load_word_list(), WORDING)


async def spoken(store: Store, text: str = "I want an advocate") -> str:
    async with store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.WEB, ["calm otter", "bright fern", "still heron"])
        name = f"{opened.conversation.id}:a"
        await messages.store(work, NewMessage(opened.conversation.id, Channel.WEB, name, text))
        return opened.conversation.id


async def keys_said(store: Store, conversation_id: str) -> list[str | None]:
    async with store.look() as work:
        return [line.key for line in await outbox.timeline(work, conversation_id, 0) if line.author != "me"]


async def read_with(desk: ReceiptDesk, words: tuple[str, ...]) -> list[str]:
    read = await desk.open(" ".join(words), Visitor(), None)
    assert isinstance(read, MayRead)
    return [line.text for line in read.copy.lines]


def misspelt(words: list[str]) -> str:
    """One word with a letter too many, so that only one word of the list can have been meant."""
    every = load_word_list()
    slips = (" ".join([*words[:n], f"{words[n]}{letter}", *words[n + 1 :]]) for n in range(4) for letter in "xqzjkv")
    return next(typed for typed in slips if every.read(typed) is None and every.suggest(typed) == tuple(words))


async def test_lent_words_show_a_copy_give_no_token_and_are_logged_and_told(store: Store) -> None:
    desk, conversation_id = desk_of(store), await spoken(store)
    words, until = await desk.lending.lend(conversation_id)
    assert until - datetime.now(UTC) > LENT_FOR - timedelta(minutes=1)
    opened = await desk.open(" ".join(words).title(), Visitor(), None)
    assert isinstance(opened, MayRead)
    assert not isinstance(opened, LetIn)
    assert "I want an advocate" in [line.text for line in opened.copy.lines]
    assert "advocate" not in repr(opened)
    await read_with(desk, words)
    standing = await desk.lending.standing(conversation_id)
    assert standing is not None
    assert standing.opened == 2
    # Told when it was lent, and once when it was first used.
    assert await keys_said(store, conversation_id) == ["receipt_lent", "receipt_lent_opened"]
    async with store.look() as work:
        told = [
            (event.actor, event.action, str(event.details)) for event in await work.session.scalars(select(AuditEvent))
        ]
        kept = (await work.session.scalars(select(LentReceipt))).one()
        await audit.verify(work)
    assert told == [
        ("young_person", "receipt_lent", "{}"),
        ("lent_reader", "receipt_lent_opened", "{'times': 1}"),
        ("lent_reader", "receipt_lent_opened", "{'times': 2}"),
    ]
    assert not any(word in str(vars(kept)) for word in words)


async def test_what_was_lent_stops_when_taken_back_lent_anew_or_past_its_date(store: Store) -> None:
    desk, conversation_id = desk_of(store), await spoken(store)
    own = await desk.make(conversation_id)
    first, _ = await desk.lending.lend(conversation_id)
    second, _ = await desk.lending.lend(conversation_id)
    with pytest.raises(NoReceipt, match="return_refused"):
        await read_with(desk, first)
    assert await read_with(desk, second)
    for _ in range(2):
        await desk.lending.take_back(conversation_id)
    with pytest.raises(NoReceipt, match="return_refused"):
        await read_with(desk, second)
    assert (await keys_said(store, conversation_id)).count("receipt_lent_back") == 1
    third, _ = await desk.lending.lend(conversation_id)
    async with store.begin() as work:
        await work.session.execute(update(LentReceipt).values(expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    with pytest.raises(NoReceipt, match="return_refused"):
        await read_with(desk, third)
    assert await desk.lending.standing(conversation_id) is None
    async with store.look() as work:
        assert await receipts.guesses_since(work, datetime.now(UTC) - timedelta(hours=1)) == 3
    # Their own words open it as before.
    assert isinstance(await desk.open(" ".join(own), Visitor(), None), LetIn)


async def test_while_somebody_else_may_see_the_device_the_copy_shows_no_more_than_the_device(
    sqlite_store: Store,
) -> None:
    desk, conversation_id = desk_of(sqlite_store), await spoken(sqlite_store)
    words, _ = await desk.lending.lend(conversation_id)
    async with sqlite_store.begin() as work:
        await quiet.begin(work, conversation_id, datetime.now(UTC))
    assert await read_with(desk, words) == []


async def test_one_chat_is_not_lent_without_end(sqlite_store: Store) -> None:
    desk, conversation_id = desk_of(sqlite_store), await spoken(sqlite_store)
    for _ in range(MOST_AN_HOUR):
        await desk.lending.lend(conversation_id)
    with pytest.raises(LentTooOften):
        await desk.lending.lend(conversation_id)


async def test_an_advocate_reads_the_chat_in_another_browser_and_cannot_write_in_it(
    site: Site, browser: Browser, phone: BrowserContext
) -> None:
    page = await open_chat(phone, site)
    await say(page, "my plan was never given to me")
    await expect(page.locator(".mark", has_text="Saved")).to_be_visible(timeout=SLOW)
    await page.locator("#settings-button").click()
    await page.locator("#settings [data-receipt=lend]").click()
    assert await violations(page) == []
    await page.get_by_role("button", name="Make words for someone").click()
    await expect(page.locator(".four li")).to_have_count(4, timeout=SLOW)
    words = await page.locator(".four li").all_inner_texts()
    await page.get_by_role("button", name="Close", exact=True).click()
    await expect(page.locator("#items")).to_contain_text("let someone read this chat", timeout=SLOW)

    other = await (await browser.new_context()).new_page()
    await other.goto(f"{site.address}/chat")
    await expect(other.locator("#composer")).to_be_visible(timeout=SLOW)
    await type_words(other, misspelt(words))
    await expect(other.locator(".fault")).to_contain_text("Did you mean these?", timeout=SLOW)
    assert (await other.input_value("#four-words")).split() == words
    await other.get_by_role("button", name="Open my chat").click()
    copy = other.locator(".panel .copy")
    await expect(copy).to_contain_text("my plan was never given to me", timeout=SLOW)
    assert await other.locator(".panel :is(input, textarea)").count() == 0
    assert await violations(other) == []
    kept = await other.evaluate("JSON.stringify([{...sessionStorage}, {...localStorage}, location.href])")
    assert not any(f'"{word}"' in kept for word in words)

    await expect(page.locator("#items")).to_contain_text("Someone has read this chat", timeout=SLOW)
    await page.locator("#settings-button").click()
    await page.locator("#settings [data-receipt=lend]").click()
    await expect(page.locator(".panel")).to_contain_text("Times the words have been used: 1", timeout=SLOW)
    await page.get_by_role("button", name="Stop the words").click()
    await expect(page.locator(".panel")).to_contain_text("do not work any more", timeout=SLOW)
