"""A device that other people use: nothing kept, messages covered, and a page that leaves by itself after a warning."""

from __future__ import annotations

from playwright.async_api import BrowserContext, expect

from bot.store import conversations
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.test_browser import SLOW, open_chat, say, violations
from tests.connectors.webchat.test_coming_back import conversation_of

MINUTE = 60_000


async def test_a_shared_device_keeps_nothing_covers_the_words_and_leaves_after_a_warning(
    site: Site, phone: BrowserContext
) -> None:
    page = await phone.new_page()
    await page.clock.install()
    await page.goto(f"{site.address}/chat")
    await expect(page.locator("#composer")).to_be_visible(timeout=SLOW)
    await say(page, "something private")
    await expect(page.locator(".mark", has_text="Saved")).to_be_visible(timeout=SLOW)
    conversation = await conversation_of(site, page)
    token = await page.evaluate("sessionStorage.getItem('token')")
    await page.locator("#settings-button").click()
    await page.get_by_label("Other people use this device").check()
    await expect(page.locator("#shared-style")).to_be_attached(timeout=SLOW)
    await page.locator("#settings-close").click()
    await say(page, "more of it")
    await expect(page.locator("#items")).to_contain_text("more of it")
    assert await page.evaluate("sessionStorage.length + localStorage.length + document.cookie.length") == 0

    await page.evaluate("window.dispatchEvent(new Event('blur'))")
    await expect(page.get_by_text("something private")).to_be_hidden()
    await expect(page.locator("#text")).to_be_hidden()
    for always in ("#safe", "#leave"):
        await expect(page.locator(always)).to_be_visible()
    assert await violations(page) == []
    await page.get_by_role("button", name="Show my messages").click()
    await expect(page.get_by_text("something private")).to_be_visible()

    await page.clock.run_for(4 * MINUTE + 1000)
    warning = page.get_by_text("Are you still there?")
    await expect(warning).to_be_visible()
    await page.keyboard.press("Shift")  # a key is enough to stay
    await expect(warning).to_have_count(0)
    await page.clock.run_for(2 * MINUTE)
    await expect(page.locator("#items")).to_be_visible()
    await page.evaluate("window.dispatchEvent(new Event('blur'))")
    await page.clock.run_for(2 * MINUTE + 1000)
    await expect(warning).to_be_visible()  # on covered messages too
    await page.clock.run_for(MINUTE)
    await page.wait_for_url(f"{site.address}/health", timeout=SLOW)
    async with site.house.store.look() as work:
        assert await conversations.by_token(work, token) is None
        assert (await conversations.by_id(work, conversation.id)).ended_at is not None


async def test_without_it_the_chat_stays_in_its_tab_as_before(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await page.locator("#settings-button").click()
    switch = page.get_by_label("Other people use this device")
    await switch.check()
    await expect(page.locator("#shared-style")).to_be_attached(timeout=SLOW)
    await switch.uncheck()
    await page.wait_for_function("sessionStorage.getItem('token')")
    await page.evaluate("window.dispatchEvent(new Event('blur'))")
    await expect(page.locator("#log")).to_be_visible()
