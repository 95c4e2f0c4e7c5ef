"""One conversation that starts on Telegram, goes on in a browser and in another, is answered, and leaves Telegram."""

from __future__ import annotations

import asyncio

from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from bot.store import conversations, outbox, telegram
from bot.store.models import Conversation, Request, RequestKind
from bot.store.staff_models import Role
from bot.store.staff_replies import say_as_staff
from tests.bot.store.people import hired
from tests.connectors.telegram.bot_api import Person, Taken, until
from tests.connectors.telegram.conftest import Post
from tests.connectors.webchat.test_browser import SLOW
from tests.connectors.webchat.test_coming_back import TAKEN, keep_words

SECRET = "they moved my bedroom and nobody asked me"


def link_in(message: Taken) -> str:
    return next(key["url"] for key in message.keys if "url" in key)


async def answered(post: Post, person: Person, text: str, officer: str | None = None) -> str:
    conversation = await post.conversation_of(person)
    officer = officer or await hired(post.house.store)
    async with post.house.store.begin() as work:
        await say_as_staff(work, conversation.id, officer, Role.PARTICIPATION_OFFICER, text, notice=TAKEN)
    post.house.hub.wake(conversation.id)
    return officer


async def asked_about_words(post: Post, conversation: Conversation) -> int:
    async with post.house.store.look() as work:
        kinds = await work.session.scalars(select(Request.kind).where(Request.conversation_id == conversation.id))
    return list(kinds).count(RequestKind.PRIVACY)


async def in_browser(page: Page, words: str) -> None:
    await page.fill("#text", words)
    await page.locator("#send").click()
    await expect(page.locator("#items")).to_contain_text(words, timeout=SLOW)


async def test_from_telegram_to_a_browser_by_one_tap_to_another_by_four_words_and_out_again(
    whole: Post, browser: Browser
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
    await context.close()

    # Back on Telegram, where a reply now arrives in full, signed by role.
    person.says("i am back here now")
    await until(lambda: not whole.api.updates)
    await answered(whole, person, "Good to hear. Shall we talk on Tuesday?", officer)
    reply = await person.hears("Shall we talk on Tuesday?", 30)
    assert reply.text.startswith("A person from the participation team:")
    assert (await whole.conversation_of(person)).id == conversation.id


async def test_a_copy_and_deleting_are_put_on_the_list_and_the_chat_is_forgotten_only_then(whole: Post) -> None:
    person = await whole.grown_up()
    conversation = await whole.conversation_of(person)
    person.says("/mydata")
    await person.hears("You asked for a copy of what you wrote", 30)
    person.says("/delete")
    last = await person.hears("I have now forgotten which Telegram chat this is", 30)
    assert link_in(last)
    await person.hears("You asked to delete what you wrote")
    assert await asked_about_words(whole, conversation) == 2

    await asyncio.sleep(1)
    async with whole.house.store.begin() as work:
        assert await telegram.find(work, await telegram.chat_hash(work, person.chat)) is None
    async with whole.house.store.look() as work:
        kept = await conversations.by_id(work, conversation.id)
        lines = await outbox.timeline(work, kept.id, 0)
    assert any(line.text == "Delete my words" for line in lines), "what was written waits for a person's decision"
    person.says("hello again")
    await person.hears("must be 16", after=len(person.inbox))
    assert (await whole.conversation_of(person)).id != conversation.id


async def test_after_a_disclosure_delete_keeps_the_way_to_answer_and_says_so(whole: Post) -> None:
    person = await whole.grown_up()
    person.says("my carer hits me")
    await person.hears("Are you safe right now?", 30)
    person.says("/delete")
    await person.hears("I still know which Telegram chat this is", 30)
    await asyncio.sleep(0.5)
    assert await whole.conversation_of(person)
