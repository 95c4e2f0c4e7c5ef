"""An officer in one browser and a young person in another: read, answered, quiet, given back."""

from __future__ import annotations

from datetime import UTC, datetime

from playwright.async_api import Browser, BrowserContext, Page, expect
from sqlalchemy import select

from bot.store import staff, staff_sessions
from bot.store.models import Conversation, Message
from bot.store.staff_models import Role
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.conftest import phone as phone
from tests.connectors.webchat.conftest import site as site
from tests.connectors.webchat.test_browser import open_chat, said_by_the_service, say, wait_for_answer

SLOW = 20_000


async def officer_of(site: Site, browser: Browser) -> Page:
    """A participation officer who is signed in."""
    async with site.house.store.begin() as work:
        email = f"ola.{site.settings.port}@council.example"
        person = await staff.add(work, email, "Ola Officer", Role.PARTICIPATION_OFFICER)
        opened = await staff_sessions.start(work, person.id, datetime.now(UTC), second_factor=True)
    context = await browser.new_context(viewport={"width": 1280, "height": 900})
    await context.add_cookies([{"name": "ovos-staff", "value": opened.token, "url": site.address}])
    return await context.new_page()


async def newest(site: Site) -> Conversation:
    async with site.house.store.look() as work:
        found = await work.session.scalar(
            select(Conversation)
            .join(Message, Message.conversation_id == Conversation.id)
            .order_by(Message.received_at.desc())
            .limit(1)
        )
    assert found is not None
    return found


async def test_an_officer_reads_and_answers_and_the_young_person_sees_both_and_the_bot_is_quiet_until_given_back(
    site: Site, phone: BrowserContext, browser: Browser
) -> None:
    chat = await open_chat(phone, site)
    before = await said_by_the_service(chat)
    await say(chat, "nobody listens to me at school")
    await wait_for_answer(chat, before)
    items = chat.locator("#items")

    desk = await officer_of(site, browser)
    await desk.goto(f"{site.address}/console/inbox?show=unread")
    designation = (await newest(site)).designation.title()
    await desk.get_by_role("link", name=designation, exact=True).click()
    await expect(desk.locator("#lines")).to_contain_text("nobody listens to me at school")
    await expect(desk.locator("#state")).to_contain_text("They have the chat open now")
    await expect(items).to_contain_text("A person from the participation team has read up to here", timeout=SLOW)

    await desk.get_by_label("Your reply").fill("I read what you wrote. What would help?")
    await desk.get_by_role("button", name="Send reply").click()
    await expect(items).to_contain_text("A real person is answering you now", timeout=SLOW)
    reply = items.locator("li", has_text="I read what you wrote. What would help?")
    await expect(reply).to_contain_text("A person from the participation team", timeout=SLOW)
    await expect(items).not_to_contain_text("Ola")

    by_the_bot = items.locator("> li.service")
    lines = await by_the_bot.count()
    await say(chat, "someone who rings the school")
    await expect(desk.locator("#lines")).to_contain_text("someone who rings the school", timeout=SLOW)
    await expect(desk.locator("#live")).to_contain_text("new message")
    await expect(by_the_bot).to_have_count(lines)

    await desk.reload()
    await expect(desk.locator("#lines")).to_contain_text("Has been on their screen since")
    await desk.get_by_role("button", name="Give back to the computer").click()
    await expect(items).to_contain_text("I am back. I am the computer program.", timeout=SLOW)
    await expect(desk.locator("#state")).to_contain_text("The computer answers here.")
