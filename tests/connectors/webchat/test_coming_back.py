"""Going away and coming back by four words, and a person who answers meanwhile, in a real browser."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime, timedelta

import pytest
from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from bot.handover import as_said, load_handover_notices
from bot.store import alerts, conversations, handover, reads
from bot.store.casework_models import Receipt
from bot.store.models import Alert, Conversation, Message, OutboxItem, TurnOutcome
from bot.store.staff_models import AuditEvent, Role
from bot.store.staff_replies import say_as_staff
from tests.bot.store.people import hired
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.test_browser import SLOW, open_chat, said_by_the_service, say, violations, wait_for_answer

NOTICES = load_handover_notices()
TAKEN, BACK = as_said(NOTICES.taken_over), as_said(NOTICES.handed_back)
REPLY = "Hello, this is about your room. We can talk on Tuesday."


async def conversation_of(site: Site, page: Page) -> Conversation:
    token = await page.evaluate("sessionStorage.getItem('token')")
    async with site.house.store.look() as work:
        found = await conversations.by_token(work, token)
    assert found is not None
    return found


async def get_words(page: Page) -> list[str]:
    """Through the menu, as far as the first showing."""
    await page.locator("#settings-button").click()
    await page.locator("#later").click()
    await page.get_by_role("button", name="Show my four words").click()
    await expect(page.locator(".four li")).to_have_count(4, timeout=SLOW)
    return await page.locator(".four li").all_inner_texts()


async def keep_words(page: Page) -> list[str]:
    words = await get_words(page)
    await page.get_by_role("button", name="I have saved them").click()
    await page.get_by_role("button", name="Yes, I saved them").click()
    await expect(page.get_by_role("heading", name="Done")).to_be_focused()
    await page.get_by_role("button", name="Close", exact=True).click()
    return words


async def type_words(page: Page, words: str) -> None:
    if not await page.locator(".panel").count():
        await page.locator("[data-receipt=return]:visible").first.click()
    await page.fill("#four-words", words)
    await page.get_by_role("button", name="Open my chat").click()


async def answer_as_officer(site: Site, conversation_id: str, text: str = REPLY) -> str:
    officer = await hired(site.house.store)
    async with site.house.store.begin() as work:
        await say_as_staff(work, conversation_id, officer, Role.PARTICIPATION_OFFICER, text, notice=TAKEN)
    site.house.hub.wake(conversation_id)
    return officer


async def test_going_away_and_coming_back_in_another_browser_to_an_answer(site: Site, browser: Browser) -> None:
    context = await browser.new_context(viewport={"width": 360, "height": 740})
    page = await open_chat(context, site)
    before = await said_by_the_service(page)
    await say(page, "thanks")
    await wait_for_answer(page, before)
    words = await keep_words(page)
    conversation = await conversation_of(site, page)
    await context.close()

    officer = await answer_as_officer(site, conversation.id)
    async with site.house.store.begin() as work:
        await reads.note_read(work, conversation.id, officer, 999)
    async with site.house.store.look() as work:
        reply = await work.session.scalar(
            select(OutboxItem).where(OutboxItem.signed.is_not(None)).order_by(OutboxItem.created_at.desc())
        )
        assert reply is not None
        assert reply.delivered_at is None

    elsewhere = await browser.new_context(viewport={"width": 1000, "height": 700})
    page = await open_chat(elsewhere, site)
    empty = await conversation_of(site, page)
    await type_words(page, f"  {words[0].upper()}, {words[1]} - {words[2]}\t{words[3]}.")
    bubble = page.locator(".message.staff", has_text=REPLY)
    await expect(bubble).to_be_visible(timeout=SLOW)
    await expect(bubble.locator(".who")).to_contain_text("A person from the participation team")
    await expect(page.locator("#items")).to_contain_text("A real person is answering you now")
    await expect(page.locator("#items")).to_contain_text("thanks")
    await expect(page.locator(".mark")).to_contain_text("A person from the participation team has read up to here: ")
    await expect(page.locator("#note")).to_have_text("You are back in your chat.")
    assert await violations(page) == []
    await page.wait_for_timeout(1500)
    async with site.house.store.look() as work:
        assert (await work.session.get_one(OutboxItem, reply.id)).delivered_at is not None
        assert (await conversations.by_id(work, empty.id)).ended_at is not None

    # What they say now goes to the person, and nobody talks in between.
    lines = await said_by_the_service(page)
    await say(page, "Tuesday is good")
    await expect(page.locator(".mark", has_text="Saved")).to_be_visible()
    await asyncio.sleep(2)
    assert await said_by_the_service(page) == lines + 1
    await page.reload()
    await expect(page.locator("#items")).to_contain_text("Tuesday is good", timeout=SLOW)


async def test_the_words_are_shown_a_second_time_and_can_be_typed_to_check(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    words = await get_words(page)
    await page.get_by_role("button", name="I have saved them").click()
    await expect(page.get_by_role("heading", name="Did you save them?")).to_be_focused()
    await expect(page.locator(".four")).to_have_count(0)
    await page.get_by_role("button", name="Show me again").click()
    assert await page.locator(".four li").all_inner_texts() == words
    await page.get_by_role("button", name="I have saved them").click()
    await page.get_by_role("button", name="Type them to check").click()
    await page.fill("#four-words", " ".join(reversed(words)))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alert").first).to_contain_text("not quite the same")
    await page.fill("#four-words", "-".join(words).title())
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Done")).to_be_visible()
    conversation = await conversation_of(site, page)
    async with site.house.store.look() as work:
        kept = (await work.session.scalars(select(Receipt).where(Receipt.conversation_id == conversation.id))).one()
    assert kept.saved_at is not None
    assert not any(word in kept.words_hash for word in words)


async def test_new_words_end_the_old_ones_and_the_device_keeps_none(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    old = await keep_words(page)
    new = await keep_words(page)
    kept = json.dumps(await page.evaluate("[{...localStorage}, {...sessionStorage}, document.cookie, location.href]"))
    html = await page.content()
    shown = html.split("<script")[0]
    assert not any(f'"{word}"' in kept or f">{word}<" in shown for word in [*old, *new])
    await type_words(page, " ".join(old))
    await expect(page.locator(".fault")).to_contain_text("Those words do not open a chat")
    await type_words(page, " ".join(new))
    await expect(page.locator("#note")).to_have_text("You are back in your chat.")


async def test_wrong_words_are_slowed_more_and_more_and_the_log_says_only_that(
    site: Site, phone: BrowserContext
) -> None:
    page = await open_chat(phone, site)
    await type_words(page, "not words of ours")
    await expect(page.locator(".fault")).to_contain_text("could not make out four words")
    for _ in range(3):
        await type_words(page, "acorn zebra yoga cake")
        await expect(page.locator(".fault")).to_contain_text("do not open a chat", timeout=SLOW)
        await asyncio.sleep(1.1)
    await type_words(page, "acorn zebra yoga cake")
    await expect(page.locator(".fault")).to_contain_text("Please wait", timeout=SLOW)
    async with site.house.store.look() as work:
        refused = await work.session.scalars(select(AuditEvent).where(AuditEvent.action == "receipt_refused"))
        assert {(event.actor, event.subject_id, str(event.details)) for event in refused} == {
            ("young_person", "none", "{}")
        }


async def test_a_chat_that_was_left_quickly_opens_again_only_by_its_words(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await say(page, "something to come back to")
    words = await keep_words(page)
    token = await page.evaluate("sessionStorage.getItem('token')")
    await page.locator("#leave").tap()
    await page.wait_for_url(f"{site.address}/health", timeout=SLOW)
    async with site.house.store.look() as work:
        assert await conversations.by_token(work, token) is None
    again = await open_chat(phone, site)
    assert "something to come back to" not in await again.content()
    await type_words(again, " ".join(words))
    await expect(again.locator("#items")).to_contain_text("something to come back to", timeout=SLOW)
    async with site.house.store.look() as work:
        assert await conversations.by_token(work, token) is None


async def test_leaving_on_one_device_ends_the_chat_on_the_other_which_offers_the_way_back(
    site: Site, browser: Browser, phone: BrowserContext
) -> None:
    first = await open_chat(phone, site)
    await say(first, "on two devices")
    words = await keep_words(first)
    context = await browser.new_context()
    second = await open_chat(context, site)
    await type_words(second, " ".join(words))
    await expect(second.locator("#items")).to_contain_text("on two devices", timeout=SLOW)
    await say(second, "from the second")
    await expect(first.locator("#items")).to_contain_text("from the second", timeout=SLOW)
    await second.locator("#leave").click()
    await expect(first.locator("#closed")).to_be_visible(timeout=SLOW)
    assert await violations(first) == []
    await first.locator("#closed [data-receipt=return]").click()
    await first.fill("#four-words", " ".join(words))
    await first.keyboard.press("Enter")
    await expect(first.locator("#closed")).to_be_hidden(timeout=SLOW)
    await expect(first.locator("#items")).to_contain_text("from the second", timeout=SLOW)
    await context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_every_step_of_the_panel_is_without_faults_and_fits_a_narrow_phone(
    site: Site, phone: BrowserContext, scheme: str
) -> None:
    page = await open_chat(phone, site)
    await page.set_viewport_size({"width": 320, "height": 568})
    await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    await page.locator("#settings-button").click()
    await page.locator("#later").click()
    for step in ("Show my four words", "I have saved them", "Type them to check"):
        assert await violations(page) == []
        assert await page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        await page.get_by_role("button", name=step).click()
        await asyncio.sleep(0.5)
    assert await violations(page) == []
    small = await page.evaluate(
        """[...document.querySelectorAll('button, .panel input')]
           .filter(node => node.offsetParent && Math.min(node.offsetWidth, node.offsetHeight) < 44)
           .map(node => node.innerText || node.id)"""
    )
    assert small == []


async def test_the_panel_needs_only_a_keyboard_and_never_stands_in_the_way_of_help(
    site: Site, phone: BrowserContext
) -> None:
    page = await open_chat(phone, site)
    await page.focus("#settings-button")
    await page.keyboard.press("Enter")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Come back later")).to_be_focused()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Your four words")).to_be_focused(timeout=SLOW)
    await page.keyboard.press("Escape")
    await expect(page.locator(".panel")).to_have_count(0)
    assert await page.evaluate("document.activeElement.id") == "settings-button"
    await page.locator("#settings-button").click()
    await page.locator("#later").click()
    await expect(page.locator("#leave")).to_be_visible()
    await page.locator("#safe").click()
    await expect(page.locator("#items")).to_contain_text("Are you safe right now?", timeout=SLOW)
    await expect(page.locator("#items")).to_be_visible()


async def test_the_service_offers_the_words_once_when_the_young_person_stops(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    await say(page, "stop")
    offer = page.locator(".message.service", has_text="Do you want to be able to come back to this chat?")
    await expect(offer).to_be_visible(timeout=SLOW)
    lines = await said_by_the_service(page)
    await offer.get_by_role("button", name="Come back later").click()
    await expect(page.get_by_role("heading", name="Come back later")).to_be_focused()
    await page.keyboard.press("Escape")
    assert await said_by_the_service(page) == lines  # opening the panel says nothing in the chat
    before = await said_by_the_service(page)
    await say(page, "stop it")
    await wait_for_answer(page, before)
    await asyncio.sleep(0.5)
    assert await offer.count() == 1


async def test_words_that_are_pasted_into_the_chat_are_kept_and_answered_with_a_warning(
    site: Site, phone: BrowserContext
) -> None:
    page = await open_chat(phone, site)
    words = await keep_words(page)
    await say(page, " ".join(words))
    await expect(page.locator("#items")).to_contain_text("Nobody here needs them", timeout=SLOW)
    conversation = await conversation_of(site, page)
    async with site.house.store.look() as work:
        sent = (await work.session.scalars(select(Message).where(Message.conversation_id == conversation.id))).one()
    assert (sent.outcome, sent.severity is not None) == (TurnOutcome.INTAKE, True)
    await page.get_by_role("button", name="Get new words").click()
    await expect(page.get_by_role("heading", name="Come back later")).to_be_focused()


async def test_while_a_person_answers_a_disclosure_still_raises_an_alert_and_gets_its_reply(
    site: Site, phone: BrowserContext
) -> None:
    page = await open_chat(phone, site)
    conversation = await conversation_of(site, page)
    await answer_as_officer(site, conversation.id)
    await expect(page.locator(".message.staff")).to_be_visible(timeout=SLOW)
    await say(page, "my carer hits me")
    await expect(page.locator("#items")).to_contain_text("You are not in trouble", timeout=SLOW)
    async with site.house.store.look() as work:
        assert await work.session.scalar(select(Alert.id).where(Alert.conversation_id == conversation.id))
        assert await alerts.waiting_count(work) > 0


async def test_typing_stop_while_a_person_answers_offers_the_computer_back(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    conversation = await conversation_of(site, page)
    await answer_as_officer(site, conversation.id)
    await expect(page.locator(".message.staff")).to_be_visible(timeout=SLOW)
    await say(page, "stop")
    await expect(page.locator("#items")).to_contain_text("You do not have to answer", timeout=SLOW)
    await page.get_by_role("button", name="Talk to the computer again").click()
    await expect(page.locator("#items")).to_contain_text("I am back. I am the computer program.", timeout=SLOW)
    async with site.house.store.look() as work:
        assert await handover.holder(work, conversation.id) is None
    before = await said_by_the_service(page)
    await page.get_by_role("button", name="Show me what I can do").last.click()
    await wait_for_answer(page, before)


async def test_handing_back_is_said_in_the_chat_and_the_computer_answers_again(
    site: Site, phone: BrowserContext
) -> None:
    page = await open_chat(phone, site)
    conversation = await conversation_of(site, page)
    await answer_as_officer(site, conversation.id)
    async with site.house.store.begin() as work:
        await handover.hand_back(work, conversation.id, notice=BACK)
    site.house.hub.wake(conversation.id)
    await expect(page.locator("#items")).to_contain_text("I am back", timeout=SLOW)
    before = await said_by_the_service(page)
    await say(page, "thanks")
    await wait_for_answer(page, before)


async def test_when_nobody_answers_for_hours_it_says_so_once_with_numbers_and_a_way_back(
    site: Site, phone: BrowserContext
) -> None:
    page = await open_chat(phone, site)
    conversation = await conversation_of(site, page)
    officer = await hired(site.house.store)
    await say(page, "is anybody there")
    async with site.house.store.begin() as work:
        await handover.hold(work, conversation.id, officer, notice=TAKEN)
    soon = datetime.now(UTC) + timedelta(hours=NOTICES.nobody_after_hours) - timedelta(minutes=1)
    await site.house.held.say_where_nobody_answered(soon)
    await page.wait_for_timeout(500)
    assert "Nobody has answered you here yet" not in await page.inner_text("#items")
    for _ in range(2):
        await site.house.held.say_where_nobody_answered(soon + timedelta(minutes=2))
    site.house.hub.wake(conversation.id)
    told = page.locator(".message.service", has_text="Nobody has answered you here yet")
    await expect(told).to_be_visible(timeout=SLOW)
    assert await told.count() == 1
    await page.get_by_role("button", name="Talk to the computer again").click()
    await expect(page.locator("#items")).to_contain_text("I am back", timeout=SLOW)


async def test_two_people_of_different_roles_are_told_apart(site: Site, phone: BrowserContext) -> None:
    page = await open_chat(phone, site)
    conversation = await conversation_of(site, page)
    store = site.house.store
    for role, text in ((Role.PARTICIPATION_OFFICER, "I am first"), (Role.IRO, "I am second")):
        staff_id = await hired(store, role, name="Asha Patel")
        async with store.begin() as work:
            await say_as_staff(work, conversation.id, staff_id, role, text, notice=TAKEN)
            await handover.hand_back(work, conversation.id, notice=())
    site.house.hub.wake(conversation.id)
    await expect(page.locator(".message.staff", has_text="I am second").locator(".who")).to_contain_text(
        "A reviewing officer (IRO)", timeout=SLOW
    )
    assert "Asha" not in await page.content()
    assert await violations(page) == []
