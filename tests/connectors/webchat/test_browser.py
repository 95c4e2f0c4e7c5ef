"""The web chat in a real browser, as a young person meets it."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import axe_core_python
import pytest
from playwright.async_api import BrowserContext, Page, Route, expect

from bot.store import alerts, conversations
from tests.connectors.webchat.conftest import Site

AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
SLOW = 20_000
BLOCKED_SOCKET = """
window.WebSocket = class {
  constructor() { setTimeout(() => this.onerror && this.onerror({}), 50); }
  close() {} send() {} addEventListener() {}
};
"""


async def open_chat(context: BrowserContext, site: Site) -> Page:
    """The chat, with its opening notice on the screen. Every address but the site's own is refused and noted."""
    page = await context.new_page()
    strangers: list[str] = []

    async def only_ours(route: Route) -> None:
        if route.request.url.startswith((site.address, "data:")):
            await route.continue_()
        else:
            strangers.append(route.request.url)
            await route.abort()

    await page.route("**/*", only_ours)
    await page.goto(f"{site.address}/chat")
    await expect(page.locator("#items > li")).to_have_count(3, timeout=SLOW)
    assert strangers == []
    return page


async def say(page: Page, text: str) -> None:
    await page.fill("#text", text)
    await page.press("#text", "Enter")
    await expect(page.locator("#items")).to_contain_text(text)


async def said_by_the_service(page: Page) -> int:
    return await page.locator("#items > li").count()


async def wait_for_answer(page: Page, before: int) -> None:
    """At least my own line and one of the service's have come."""
    await page.wait_for_function(
        "(before) => document.querySelectorAll('#items > li').length >= before + 2", arg=before, timeout=SLOW
    )


async def violations(page: Page) -> list[str]:
    # New lines fade in; colours are judged once they have arrived.
    await asyncio.sleep(0.5)
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [f"{fault['id']}: {[node['target'] for node in fault['nodes']]}" for fault in found["violations"]]


async def test_a_whole_conversation_on_a_phone(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await expect(page.locator("#reading")).to_contain_text("Nobody has told me yet when people read messages")
    before = await said_by_the_service(page)
    await say(page, "how often should my social worker visit me")
    await wait_for_answer(page, before)
    await expect(page.locator("#items")).to_contain_text("6 weeks")
    await expect(page.locator("#items")).to_contain_text("Saved")
    before = await said_by_the_service(page)
    await page.get_by_role("button", name="Ask someone about this").last.click()
    await wait_for_answer(page, before)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_disclosure_is_answered_at_once_and_raises_an_alert(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await say(page, "my carer hits me")
    await expect(page.locator("#items")).to_contain_text("You are not in trouble", timeout=2_000)
    await expect(page.locator("#items")).to_contain_text("Are you safe right now?")
    async with site.house.store.look() as work:
        assert await alerts.waiting_count(work) > 0


async def test_the_three_buttons_that_are_always_there_work_with_one_tap(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await page.locator("#who").tap()
    await expect(page.locator("#items")).to_contain_text("Councillors cannot read this chat", timeout=SLOW)
    await page.locator("#safe").tap()
    await expect(page.locator("#items")).to_contain_text("Are you safe right now?", timeout=SLOW)


async def test_say_it_another_way_is_there_from_the_first_notice_on(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await page.locator("#again").tap()
    await expect(page.locator("#items")).to_contain_text(
        "I am a computer. I can help you ask for things.", timeout=SLOW
    )


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_wrong(site: Site, phone: BrowserContext, scheme: str) -> None:
    page = await open_chat(phone, site)
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    before = await said_by_the_service(page)
    await say(page, "what can you do")
    await wait_for_answer(page, before)
    await page.locator("#safe").click()
    await expect(page.locator("#items")).to_contain_text("Are you safe right now?", timeout=SLOW)
    assert await violations(page) == []
    await page.locator("#settings-button").click()
    assert await violations(page) == []


@pytest.mark.parametrize("width", [320, 1280])
async def test_nothing_is_cut_off_on_a_narrow_phone_or_a_wide_screen(
    site: Site, phone: BrowserContext, width: int
) -> None:
    page = await open_chat(phone, site)
    await page.set_viewport_size({"width": width, "height": 568})
    await say(page, "averyveryverylongwordwithoutanyblank" * 10)
    assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    small = await page.evaluate(
        """[...document.querySelectorAll('button')]
           .filter(button => button.offsetParent && Math.min(button.offsetWidth, button.offsetHeight) < 44)
           .map(button => button.innerText)"""
    )
    assert small == []


async def test_the_keyboard_alone_is_enough(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    reached: list[str] = []
    for _ in range(40):
        await page.keyboard.press("Tab")
        focused = await page.evaluate("document.activeElement.id || document.activeElement.innerText")
        reached.append(str(focused).strip())
        if focused == "text":
            break
    assert {"safe", "who", "leave", "text"} <= set(reached)
    assert "Say what is going on" in reached
    await page.keyboard.type("thanks")
    await page.keyboard.press("Shift+Enter")
    await page.keyboard.type("bye")
    before = await said_by_the_service(page)
    await page.keyboard.press("Enter")
    await wait_for_answer(page, before)
    assert await page.evaluate("document.activeElement.id") == "text"
    assert await page.input_value("#text") == ""


async def test_new_messages_never_take_the_focus_and_are_announced_politely(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    log = page.locator("[role=log]")
    await expect(log).to_have_attribute("aria-live", "polite")
    await page.focus("#settings-button")
    before = await said_by_the_service(page)
    async with site.house.store.look() as work:
        token = await page.evaluate("Object.values(sessionStorage).join(' ')")
        found = [await conversations.by_token(work, part) for part in re.findall(r"[A-Za-z0-9_-]{40,}", token)]
    assert any(found)
    await page.evaluate("document.querySelector('#who').click()")
    await wait_for_answer(page, before)
    assert await page.evaluate("document.activeElement.id") == "settings-button"


async def test_a_lost_connection_loses_nothing_and_doubles_nothing(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await site.go_away()
    await page.fill("#text", "typed while away")
    await page.press("#text", "Enter")
    await page.fill("#text", "and another")
    await page.press("#text", "Enter")
    await asyncio.sleep(1)
    await expect(page.locator("#items")).to_contain_text("Not sent yet", timeout=SLOW)
    await site.come_back()
    await expect(page.locator("#items")).to_contain_text("and another", timeout=SLOW)
    await page.wait_for_function(
        """() => document.querySelectorAll('#items > li').length >= 7
                 && !/Not sent yet|Sending/.test(document.querySelector('#items').innerText)""",
        timeout=40_000,
    )
    texts = await page.locator("#items > li").all_inner_texts()
    assert sum("typed while away" in text for text in texts) == 1
    assert sum("and another" in text for text in texts) == 1


async def test_leave_quickly_ends_the_session_and_the_back_button_shows_nothing(
    site: Site, phone: BrowserContext
) -> None:
    page = await open_chat(phone, site)
    await say(page, "something private")
    await page.locator("#leave").tap()
    await page.wait_for_url(f"{site.address}/health", timeout=SLOW)
    await page.go_back()
    await asyncio.sleep(1.5)
    assert "something private" not in await page.content()
    assert await page.locator("#items > li").count() == 0


async def test_shift_three_times_leaves_quickly_too(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    for _ in range(3):
        await page.keyboard.press("Shift")
    await page.wait_for_url(f"{site.address}/health", timeout=SLOW)


async def test_the_device_keeps_no_words(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    before = await said_by_the_service(page)
    await say(page, "purple hippopotamus")
    await wait_for_answer(page, before)
    kept = await page.evaluate("JSON.stringify([localStorage, sessionStorage, document.cookie])")
    assert "hippopotamus" not in kept
    assert await phone.cookies() == []
    assert await page.evaluate("indexedDB.databases().then(found => found.length)") == 0


async def test_after_a_reload_in_the_same_tab_the_chat_is_still_there(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    before = await said_by_the_service(page)
    await say(page, "thanks")
    await wait_for_answer(page, before)
    lines = await said_by_the_service(page)
    await page.reload()
    await expect(page.locator("#items > li")).to_have_count(lines, timeout=SLOW)


async def test_script_in_a_message_is_shown_and_never_run(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await say(page, "<img src=x onerror=\"document.title='broken'\"><b>bold</b>")
    assert await page.title() == "Messages"
    assert await page.locator("#items b").count() == 0 or "bold" not in await page.locator("#items b").all_inner_texts()


async def test_where_sockets_are_blocked_the_page_falls_back(site: Site, phone: BrowserContext) -> None:
    page = await phone.new_page()
    await page.add_init_script(BLOCKED_SOCKET)
    await page.goto(f"{site.address}/chat")
    await expect(page.locator("#items > li")).to_have_count(3, timeout=SLOW)
    before = await said_by_the_service(page)
    await say(page, "thanks")
    await wait_for_answer(page, before)


async def test_the_widget_opens_the_chat_in_another_page_and_escape_closes_it(
    site: Site, phone: BrowserContext
) -> None:
    page = await phone.new_page()
    script = f"<script src='{site.address}/chat/widget.js' data-label='Talk to us' defer></script>"
    html = f"<!doctype html><html lang=en><title>Council</title><h1>Council</h1>{script}"
    await page.route(f"{site.address}/council", lambda route: route.fulfill(body=html, content_type="text/html"))
    await page.goto(f"{site.address}/council")
    await page.get_by_role("button", name="Talk to us").click()
    frame = page.frame_locator("iframe")
    await expect(frame.locator("#items > li")).to_have_count(3, timeout=SLOW)
    await page.keyboard.press("Escape")
    await expect(page.locator("iframe")).to_be_hidden()


async def test_a_tab_opened_from_the_chat_shows_the_same_chat_and_both_go_on(site: Site, phone: BrowserContext) -> None:
    first = await open_chat(phone, site)
    before = await said_by_the_service(first)
    await say(first, "thanks")
    await wait_for_answer(first, before)
    async with phone.expect_page() as opened:
        await first.evaluate("void window.open(location.href)")
    second = await opened.value
    await expect(second.locator("#items")).to_contain_text("thanks", timeout=SLOW)
    await say(second, "from the second tab")
    await expect(first.locator("#items")).to_contain_text("from the second tab", timeout=SLOW)
    await say(first, "from the first tab")
    await expect(second.locator("#items")).to_contain_text("from the first tab", timeout=SLOW)
