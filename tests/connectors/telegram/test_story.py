"""One conversation that starts on Telegram, goes on in a browser and in another, is answered, copied and deleted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from playwright.async_api import Browser, Download, Page, expect

from bot.store import erasures
from tests.connectors.intake.test_own_words import in_a_while
from tests.connectors.telegram.bot_api import until
from tests.connectors.telegram.conftest import Post
from tests.connectors.telegram.leaving import answered, assert_nothing_is_left, confirmed, link_in, traces_before
from tests.connectors.webchat.test_browser import SLOW, violations
from tests.connectors.webchat.test_coming_back import keep_words

SECRET = "they moved my bedroom and nobody asked me"


async def in_browser(page: Page, words: str) -> None:
    await page.fill("#text", words)
    await page.locator("#send").click()
    await expect(page.locator("#items")).to_contain_text(words, timeout=SLOW)


async def test_from_telegram_to_a_browser_by_one_tap_to_another_by_four_words_back_by_a_link_answered_and_deleted(
    whole: Post, browser: Browser, tmp_path: Path
) -> None:
    person = await whole.grown_up()
    conversation = await whole.conversation_of(person)

    # A private topic begins: below the question is a link, and it opens this very chat, once.
    person.presses("Say what is going on")
    await until(lambda: any(key.get("text") == "Say it on the web page instead" for key in person.inbox[-1].keys), 30)
    link = link_in(person.inbox[-1])
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url))
    await page.goto(link)
    await expect(page.locator("#items")).to_contain_text("Telegram can see what you write here", timeout=SLOW)
    assert page.url.endswith("/chat")
    token = link.partition("#")[2]
    assert not [address for address in addresses if token in address.partition("#")[0]]
    assert await page.title() == "Messages"

    # What is said there is answered there, and not on the phone's screen.
    before = len(person.inbox)
    await in_browser(page, SECRET)
    await expect(page.locator("#items .service").last).to_contain_text("?", timeout=SLOW)
    words = await keep_words(page)
    officer = await answered(whole, person, "Hello, I read what you wrote about your room.")
    await person.hears("There is something new on the web page.", after=before)
    await asyncio.sleep(0.5)
    pushed = "\n".join(one.text for one in person.inbox[before:])
    assert "your room" not in pushed
    assert pushed.count("something new") == 1
    await context.close()

    # Another browser, by the four words; the link itself opens nothing a second time.
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await context.new_page()
    await page.goto(link)
    await expect(page.locator("#line")).to_contain_text("This link is too old, or was used before", timeout=SLOW)
    await page.get_by_role("link", name="Start a new chat").click()
    await page.locator("[data-receipt=return]:visible").first.click()
    await page.fill("#four-words", " ".join(words).title())
    await page.get_by_role("button", name="Open my chat").click()
    await expect(page.locator("#items")).to_contain_text("I read what you wrote about your room", timeout=SLOW)
    await expect(page.locator("#items")).to_contain_text(SECRET)

    # From there to Telegram by a link, which comes after what Telegram can see and the question of age.
    await page.locator("#settings-button").click()
    await page.locator("#settings [data-receipt=telegram]").click()
    await expect(page.locator(".panel")).to_contain_text("Telegram can see what you write there")
    await expect(page.locator(".panel a")).to_have_count(0)
    await page.get_by_role("button", name="I am 16 or over").click()
    opens = page.get_by_role("link", name="Open Telegram")
    await expect(opens).to_be_visible(timeout=SLOW)
    assert await violations(page) == []
    address = str(await opens.get_attribute("href"))
    assert address.startswith("https://t.me/messages_test_bot?start=")
    before = len(person.inbox)
    person.says(f"/start {address.partition('?start=')[2]}")
    await person.hears("This chat goes on in Telegram now", 30, after=before)
    await context.close()

    # Back on Telegram, where a reply now arrives in full, signed by role.
    person.says("i am back here now")
    await until(lambda: not whole.api.updates)
    await answered(whole, person, "Good to hear. Shall we talk on Tuesday?", officer)
    reply = await person.hears("Shall we talk on Tuesday?", 30)
    assert reply.text.startswith("A person from the participation team:")
    assert (await whole.conversation_of(person)).id == conversation.id

    # The copy is saved in a browser, which a button on Telegram opens: what was said on either side is in it.
    person.says("/mydata")
    link = link_in(await person.hears("You can save a copy of this chat on the web page", 30))
    context = await browser.new_context(viewport={"width": 360, "height": 740}, accept_downloads=True)
    page = await context.new_page()
    downloads: list[Download] = []
    page.on("download", lambda one: downloads.append(one))
    await page.goto(link)
    await page.get_by_role("button", name="Get a copy").last.click(timeout=SLOW)
    await expect(page.get_by_text("Two files are in your downloads")).to_be_visible(timeout=SLOW)
    (copy,) = [one for one in downloads if one.suggested_filename == "copy.html"]
    await copy.save_as(tmp_path / "copy.html")
    saved = (tmp_path / "copy.html").read_text()
    assert SECRET in saved
    assert "Shall we talk on Tuesday?" in saved
    await context.close()

    # Deleted on Telegram: asked twice, carried out when the time to undo it is over, and then nothing is left.
    await confirmed(whole, person)
    traces = await traces_before(whole.house, conversation.id)
    await whole.house.retention_clock.round(in_a_while())
    await assert_nothing_is_left(whole.house, traces)
    async with whole.house.store.look() as work:
        assert conversation.id not in [one for _, one in await erasures.unforgotten(work)], "the brain forgot it too"
    before = len(person.inbox)
    person.says("hello again")
    await person.hears("must be 16", after=before)
