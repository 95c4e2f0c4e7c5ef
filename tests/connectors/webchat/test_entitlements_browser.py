"""What am I entitled to, in a real browser: ten questions, the whole status check, and a figure that runs out."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta

from playwright.async_api import Browser, Page, expect

from actions.service import today
from bot.content import content_folder
from bot.entitlements.library import Library, load_library
from bot.entitlements.live import LOOK_AGAIN_AFTER
from bot.store import attachments, card_changes, conversations
from bot.store.card_changes import NewChange
from bot.store.card_models import ChangeWhat, ItemKind
from tests.bot.store.people import hired
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.test_browser import SLOW, open_chat, said_by_the_service, say, wait_for_answer

MONEY, FIGURE = "setting_up_home", "setting_up_home_min"
HOW_MUCH = "how much money do i get to set up my first flat when i leave care"
FIRST_FIVE = (
    (HOW_MUCH, MONEY),
    ("my pa says the setting up home money is only 2 thousand, is she right", MONEY),
    ("do care leavers have to pay council tax", "council_tax"),
    ("my social worker hasnt come in ages, how often is she meant to visit", "sw_visits"),
    ("are they allowed to move me while im doing my gcses", "moving_home_notice"),
)
LAST_FIVE = (
    ("ive had 12 weeks in care, is that enough to be a care leaver", "status_am_i_care_leaver"),
    ("im 23, have i left it too late to get a pa", "pa_after_21"),
    ("are prescriptions free for care leavers", "nhs_costs"),
    ("the council say i made myself homeless", "intentionally_homeless"),
    ("how many days do they have to answer my complaint", "complaints_process"),
)


async def press(page: Page, name: str) -> None:
    before = await said_by_the_service(page)
    await page.get_by_role("button", name=name, exact=True).last.click()
    await wait_for_answer(page, before)


async def shows(page: Page, text: str) -> None:
    await expect(page.locator("#items p.text").get_by_text(text).last).to_be_visible(timeout=SLOW)


async def asked(page: Page, question: str) -> str:
    """Type it, wait for a card to it, and give all that was said to it."""
    await say(page, question)
    # The buttons of what was said before went away with that.
    await expect(page.get_by_role("button", name="How do I get it?")).to_be_visible(timeout=SLOW)
    return "\n".join(await page.locator("#items p.text").all_inner_texts()).rpartition(question)[2]


async def answered_with_sources(page: Page, library: Library, questions: Sequence[tuple[str, str]]) -> None:
    for question, card_id in questions:
        card = library.answer(card_id, on=today())
        assert card.text in await asked(page, question), question
        await press(page, "How do I get it?")
        assert card.sources_line is not None
        assert card.sources_line.startswith("Last checked on ")
        await shows(page, card.sources_line)


@asynccontextmanager
async def run_out(site: Site, library: Library) -> AsyncIterator[None]:
    """While this lasts, the figure is past its review date: somebody was to check it again by yesterday."""
    by, store = await hired(site.house.store), site.house.store
    days = {"checked_on": library.figures[FIGURE].checked_on, "review_by": today() - timedelta(days=1)}
    fields = {name: day.isoformat() for name, day in days.items()}
    async with store.begin() as work:
        seen = len(await card_changes.of_item(work, ItemKind.FIGURE, FIGURE))
        new = NewChange(ItemKind.FIGURE, FIGURE, ChangeWhat.RENEWED, fields, by, seen)
        change = await card_changes.make(work, new, datetime.now(UTC))
    try:
        yield
    finally:
        async with store.begin() as work:
            await card_changes.take_back(work, [change], by, datetime.now(UTC))


async def the_status_check(page: Page, site: Site) -> None:
    """From the question to "you are probably, because", the note, and one tap that asks and sends it along."""
    await asked(page, "am i a care leaver")
    for button in ("Check what I am", "I am 19", "Yes, in care at 18", "4 months or more"):
        await press(page, button)
    await press(page, "Yes, in England")
    await shows(page, "You are probably a care leaver with full help.")
    await shows(page, "That is because you are 19 and were in care until 18.")
    await shows(page, "I could be wrong.")
    await shows(page, "When you turn 21, help goes on if you ask for it.")
    await expect(page.get_by_role("button", name="Ask, and attach my result")).to_be_visible(timeout=SLOW)

    await press(page, "A note to show someone")
    note = page.locator("#items p.text", has_text="A note for my PA or social worker").last
    await page.get_by_role("button", name="Copy this note").click()
    await expect(page.locator("#note[role=status]")).to_have_text("Copied. You can paste it in a message or a file.")
    words = await note.inner_text()
    assert await page.evaluate("navigator.clipboard.readText()") == words
    # By keyboard, where the browser does not allow it: the words are marked, and the focus stays where it was.
    await page.evaluate("navigator.clipboard.writeText = () => Promise.reject(); document.execCommand = () => false")
    await page.keyboard.press("Enter")
    await expect(page.locator("#note")).to_contain_text("The words are marked.")
    assert words in await page.evaluate("getSelection().toString()")
    assert "Copy this note" in await page.evaluate("document.activeElement.innerText")

    for button in ("Ask, and attach my result", "Skip", "Here in this chat", "Skip", "Send it"):
        await press(page, button)
    await shows(page, "Your note from the check went with it.")
    token = await page.evaluate("sessionStorage.getItem('token')")
    async with site.house.store.look() as work:
        conversation = await conversations.by_token(work, token)
        assert conversation is not None
        assert list((await attachments.of_conversation(work, conversation.id)).values()) == [words]
    # From now on cards answer for the status that is known.
    await asked(page, "when do i get a personal adviser")
    await shows(page, "Because you are 19, you should have a PA now, without asking.")
    await shows(page, "Did this answer it?")


async def a_chat(browser: Browser, site: Site) -> Page:
    """On a phone of its own, and a tall one: a button that has to be scrolled to takes seconds to press."""
    phone = await browser.new_context(viewport={"width": 360, "height": 1800}, has_touch=True, is_mobile=True)
    await phone.grant_permissions(["clipboard-read", "clipboard-write"], origin=site.address)
    return await open_chat(phone, site)


async def test_ten_questions_and_the_status_check_work_with_sources_and_a_figure_that_ran_out_is_not_said(
    site: Site, browser: Browser
) -> None:
    library = load_library(content_folder() / "entitlements")
    pages = [await a_chat(browser, site) for _ in range(3)]
    assert re.search(r"at least £3,000\.", library.answer(MONEY, on=today()).text)
    await answered_with_sources(pages[0], library, FIRST_FIVE)
    async with run_out(site, library):
        seen = time.monotonic() + LOOK_AGAIN_AFTER  # by when the process that answers has looked at what staff changed
        await asyncio.gather(
            answered_with_sources(pages[1], library, LAST_FIVE),
            the_status_check(pages[2], site),
        )
        await asyncio.sleep(max(0.0, seen - time.monotonic()))
        said = await asked(pages[1], HOW_MUCH)
        assert library.answer(MONEY, on=date.max).text in said
        assert "I can't say the amount today. A person needs to check it." in said
        await press(pages[1], "How do I get it?")
        await shows(pages[1], "How much: a person needs to check this first.")
