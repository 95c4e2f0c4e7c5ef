"""Inbox, transcript and search in a real browser: keys, drafts, live messages, and whether everybody can use them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from playwright.async_api import Browser, Page, expect

from bot.store import conversations, drafts, messages, second_looks, staff
from bot.store.messages import NewMessage
from bot.store.models import Channel, Severity
from bot.store.staff_models import Role
from tests.bot.store.talk import chat, flagged, wrote
from tests.console.conftest import Desk
from tests.console.test_browser import is_usable, watched

OFFICER = Role.PARTICIPATION_OFFICER
SLOW = 15_000
SORRY = "I am sorry that this happened to you. Thank you for telling us. It was right to say it."
LONG = "W" * 300  # no place to break a line


async def at_the_desk(desk: Desk, browser: Browser) -> tuple[Page, list[str]]:
    person = await desk.account(OFFICER, "Ola Officer")
    return await watched(await desk.browser_of(browser, person), desk)


async def test_every_page_of_a_conversation_can_be_used_by_everybody(desk: Desk, browser: Browser) -> None:
    page, wrong = await at_the_desk(desk, browser)
    await page.goto(f"{desk.address}/console/inbox")
    await is_usable(page)
    conversation_id = await chat(desk.store)
    await flagged(desk.store, conversation_id, await wrote(desk.store, conversation_id, "help"), Severity.SAME_DAY)
    message_id = await wrote(desk.store, conversation_id, f"Ask Kim {LONG}", goal="feedback")
    await page.goto(f"{desk.address}/console/inbox?show=flagged&channel=web")
    await is_usable(page)
    await page.goto(f"{desk.address}/console/inbox/{conversation_id}/messages/{message_id}/hide")
    await is_usable(page)
    await page.get_by_label("Words to hide").fill("Kim")
    await page.get_by_label("A name").check()
    await page.get_by_role("button", name="Hide words").click()
    await page.get_by_label("New note").fill(LONG)
    await page.get_by_role("button", name="Save note").click()
    await is_usable(page)
    await page.get_by_role("button", name="Send reply").click()
    await expect(page.get_by_role("alert")).to_contain_text("Write something before you send it")
    await is_usable(page)
    await page.get_by_role("link", name="Change").click()
    await is_usable(page)
    await page.goto(f"{desk.address}/console/search")
    await page.get_by_label("Words in messages").fill("ask")
    await page.keyboard.press("Enter")
    await expect(page.locator("mark")).to_have_text("Ask")
    await is_usable(page)
    await page.goto(f"{desk.address}/console/inbox/{conversation_id}/messages/{message_id}/raise")
    await is_usable(page)
    await page.get_by_role("button", name="Raise the alert").click()
    await expect(page.get_by_role("alert")).to_contain_text("Choose how urgent it is")
    await is_usable(page)
    assert [text for text in wrong if "400" not in text] == []

    # An alert on a desk, before and after its words are open, and the second look, as those see them who answer there.
    lead, lead_wrong = await watched(await desk.browser_of(browser, Role.SAFEGUARDING_LEAD), desk)
    await lead.goto(f"{desk.address}/console/alerts")
    await lead.get_by_role("link", name="Calm Otter").click()
    await is_usable(lead)
    await lead.get_by_role("button", name="I have this").click()
    await lead.get_by_role("button", name="Open the words").click()
    await is_usable(lead)
    async with desk.store.begin() as work:
        at = datetime.now(UTC)
        other = await conversations.open_conversation(work, Channel.WEB, ["brave heron"])
        await messages.store(work, NewMessage(other.conversation.id, Channel.WEB, "1", f"hello {LONG}"))
        assert await second_looks.draw(work, at.date(), (at - timedelta(1), at + timedelta(1)), 100, at) == 1
    reader, reader_wrong = await watched(await desk.browser_of(browser, Role.SECOND_READER), desk)
    await reader.goto(f"{desk.address}/console/second-look")
    await reader.locator("[data-line]").click()
    await is_usable(reader)
    await reader.get_by_role("button", name="Should have been raised").click()
    await expect(reader.get_by_role("alert")).to_contain_text("Choose the message that should have been raised")
    await is_usable(reader)
    assert [text for text in (*lead_wrong, *reader_wrong) if "400" not in text] == []


async def test_the_keyboard_opens_steps_through_and_answers_conversations(desk: Desk, browser: Browser) -> None:
    page, wrong = await at_the_desk(desk, browser)
    for name in ("calm otter", "brave heron", "quiet fox"):
        await wrote(desk.store, await chat(desk.store, name), "hello")
    await page.goto(f"{desk.address}/console/inbox?show=unread")
    await page.keyboard.press("j")
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    heading = page.get_by_role("heading", level=1)
    await expect(heading).to_have_text("Brave Heron")
    await page.keyboard.press("j")
    await expect(heading).to_have_text("Calm Otter")
    await page.keyboard.press("k")
    await expect(heading).to_have_text("Quiet Fox")
    assert "show=unread" in page.url
    await page.keyboard.press("r")
    await expect(page.get_by_label("Your reply")).to_be_focused()
    await page.keyboard.type("jkr/")
    await expect(page.get_by_label("Your reply")).to_have_value("jkr/")
    await page.get_by_role("heading", level=1).click()
    await page.keyboard.press("/")
    await expect(heading).to_have_text("Search")
    await page.keyboard.press("/")
    await expect(page.get_by_label("Words in messages")).to_be_focused()
    assert wrong == []


async def test_what_is_typed_is_kept_and_a_template_goes_in_where_one_is(desk: Desk, browser: Browser) -> None:
    page, wrong = await at_the_desk(desk, browser)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    await page.goto(f"{desk.address}/console/inbox/{conversation_id}")
    box = page.get_by_label("Your reply")
    await box.fill("Hello. ")
    await page.get_by_text("Start from a template").click()
    await page.get_by_role("link", name="I am sorry that happened").click()
    await expect(box).to_have_value(f"Hello. {SORRY}")
    await expect(page.get_by_text("Draft saved").first).to_be_visible()
    await page.reload()
    await expect(box).to_have_value(f"Hello. {SORRY}")
    await page.get_by_role("button", name="Send reply").click()
    await expect(page.get_by_text("Your reply is in the chat")).to_be_visible()
    await expect(box).to_have_value("")
    async with desk.store.look() as work:
        (ola,) = await staff.everybody(work)
        assert await drafts.read(work, ola.id, f"reply:{conversation_id}") is None
    assert wrong == []


async def test_messages_that_come_while_it_is_open_appear_by_themselves_and_are_announced(
    desk: Desk, browser: Browser
) -> None:
    page, wrong = await at_the_desk(desk, browser)
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "hello")
    await page.goto(f"{desk.address}/console/inbox/{conversation_id}")
    await page.get_by_label("Your reply").fill("half a sen")
    await wrote(desk.store, conversation_id, "are <b>you</b> there?")
    await expect(page.locator("#lines")).to_contain_text("are <b>you</b> there?", timeout=SLOW)
    await expect(page.locator("#live")).to_have_text("2 new messages above")
    assert await page.locator("#live").get_attribute("role") == "status"
    assert await page.locator(".console-day").count() == 1
    await expect(page.get_by_label("Your reply")).to_have_value("half a sen")
    with desk.services.hub.listening(conversation_id):
        await expect(page.locator("#state")).to_contain_text("They have the chat open now", timeout=SLOW)
    assert wrong == []


async def test_words_that_are_selected_in_the_message_are_taken_into_the_field(desk: Desk, browser: Browser) -> None:
    page, wrong = await at_the_desk(desk, browser)
    conversation_id = await chat(desk.store)
    message_id = await wrote(desk.store, conversation_id, "Kim")
    await page.goto(f"{desk.address}/console/inbox/{conversation_id}/messages/{message_id}/hide")
    await page.locator("#pick-from").dblclick(position={"x": 35, "y": 30})
    await expect(page.get_by_label("Words to hide")).to_have_value("Kim")
    await page.get_by_label("A name").check()
    await page.get_by_label("For good").check()
    await page.get_by_role("button", name="Hide words").click()
    await is_usable(page)
    await page.get_by_role("button", name="Take these words out for good").click()
    await expect(page.locator("#lines")).to_contain_text("[hidden: A name]")
    async with desk.store.look() as work:
        assert "Kim" not in (await messages.texts(work, [message_id]))[0]
    assert wrong == []


async def test_without_scripts_the_same_can_be_read_answered_and_hidden(desk: Desk, browser: Browser) -> None:
    person = await desk.account(OFFICER)
    opened = await desk.session_of(person)
    context = await browser.new_context(java_script_enabled=False)
    await context.add_cookies([{"name": "ovos-staff", "value": opened.token, "url": desk.address}])
    page = await context.new_page()
    conversation_id = await chat(desk.store)
    await wrote(desk.store, conversation_id, "Ask Kim")
    await page.goto(f"{desk.address}/console/inbox")
    await page.get_by_role("link", name="Calm Otter").click()
    await page.get_by_text("Start from a template").click()
    await page.get_by_role("link", name="I have read this").click()
    await expect(page.get_by_label("Your reply")).to_have_value(re.compile("I am not the computer"))
    await page.get_by_role("button", name="Send reply").click()
    await expect(page.locator("#lines")).to_contain_text("I am not the computer.")
    await page.get_by_role("link", name="Hide words").click()
    await page.get_by_label("Words to hide").fill("kim")
    await page.get_by_label("A name").check()
    await page.get_by_role("button", name="Hide words").click()
    await expect(page.locator("#lines")).to_contain_text("Ask [hidden: A name]")
    await page.get_by_role("button", name="Show the words again").click()
    await expect(page.locator("#lines")).to_contain_text("Ask Kim")
