"""From the web page to Telegram by a link: what comes first, what the link opens, once, and what it never opens."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select, update

from bot.store import conversations, telegram_starts
from bot.store.staff_models import AuditEvent
from bot.store.telegram_start_models import TelegramStart
from ovos.settings import temporary_settings
from ovos.web import build_app, build_house
from tests.connectors.telegram.bot_api import Person, until
from tests.connectors.telegram.conftest import Post
from tests.connectors.telegram.leaving import answered
from tests.connectors.telegram.test_faults import reached
from tests.connectors.telegram.test_own_words import fetched

BEGINS = "https://t.me/messages_test_bot?start="
SIXTEEN: dict[str, Any] = {"sixteen": True}
REFUSED = "That link does not open a chat"


@dataclass
class OnTheWeb:
    """A chat on the web page, spoken to by plain requests as a browser without sockets does."""

    post: Post
    token: str

    @classmethod
    async def opened(cls, post: Post, *texts: str) -> OnTheWeb:
        _, welcome = await fetched(post, "/chat/api/hello", {"type": "hello"})
        mine = cls(post, welcome["token"])
        for text in texts:
            await mine.says(text)
        return mine

    async def says(self, text: str) -> None:
        frame = {"type": "say", "id": secrets.token_hex(8), "text": text}
        status, _ = await fetched(self.post, "/chat/api/send", frame, self.token)
        assert status == 200

    async def link(self) -> tuple[int, dict[str, Any]]:
        return await fetched(self.post, "/chat/api/telegram", SIXTEEN, self.token)

    async def code(self) -> str:
        status, made = await self.link()
        assert status == 200
        return str(made["address"].removeprefix(BEGINS))

    async def conversation_id(self) -> str:
        async with self.post.house.store.look() as work:
            found = await conversations.by_token(work, self.token)
        assert found is not None
        return found.id

    async def sees(self) -> str:
        """Everything that the page shows."""
        address = f"{self.post.settings.public_address}/chat/api/poll?after=0"
        headers = {"Authorization": f"Bearer {self.token}"}
        async with aiohttp.ClientSession() as session, session.get(address, headers=headers) as answer:
            return "\n".join(frame.get("text") or "" for frame in (await answer.json())["frames"])


async def log_of(post: Post) -> list[str]:
    async with post.house.store.look() as work:
        actions = await work.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq))
        return [one for one in actions if one.startswith("telegram_")]


def taps(person: Person, code: str) -> int:
    """Opens the link, presses Start; how much they had heard before."""
    before = len(person.inbox)
    person.says(f"/start {code}")
    return before


async def test_a_chat_goes_on_in_telegram_after_what_telegram_sees_and_then_in_both(
    post: Post, tmp_path: Path, capfd: Any, caplog: Any
) -> None:
    mine = await OnTheWeb.opened(post, "my room is so cold")
    async with (
        aiohttp.ClientSession() as session,
        session.get(f"{post.settings.public_address}/chat") as answer,
    ):
        assert 'data-receipt="telegram"' in await answer.text()
    # The question of age comes before there is a link, and whoever does not say 16 gets none.
    nobody_is_16: list[dict[str, Any]] = [{}, {"sixteen": False}, {"sixteen": "16"}]
    for given in nobody_is_16:
        assert (await fetched(post, "/chat/api/telegram", given, mine.token))[0] == 400
    assert (await fetched(post, "/chat/api/telegram", SIXTEEN, "somebody-else"))[0] == 409
    assert await log_of(post) == []
    status, made = await mine.link()
    assert (status, made["minutes"]) == (200, 10)
    assert made["address"].startswith(BEGINS)
    code = made["address"].removeprefix(BEGINS)

    person = post.person()
    taps(person, code)
    first = await person.hears("This chat goes on in Telegram now. Telegram can see what you write in Telegram")
    assert first is person.inbox[0]
    assert "must be 16" not in person.texts, "that was answered on the page"
    assert "cold" not in person.texts
    conversation = await post.conversation_of(person)
    assert conversation.id == await mine.conversation_id()
    assert "This chat goes on in Telegram now" in await mine.sees(), "the page says so too"

    # One conversation, from both sides.
    before = len(person.inbox)
    person.says("and the window leaks")
    await person.hears("Your words are saved", after=before)
    assert "and the window leaks" in await mine.sees()
    officer = await answered(post, person, "I read about your window.")
    await person.hears("I read about your window.")
    before = len(person.inbox)
    await mine.says("i am on the page again")
    await answered(post, person, "This is for the page only.", officer)
    await person.hears("There is something new on the web page.", after=before)
    assert "This is for the page only." not in person.texts
    assert {"my room is so cold", "and the window leaks", "Go on in Telegram", "i am on the page again"} <= set(
        await post.said(person)
    )

    # Tapped again where it was used, it changes nothing; anywhere else it opens nothing.
    before = taps(person, code)
    await person.hears("This chat goes on in Telegram now", after=before)
    stranger = post.person()
    taps(stranger, code)
    await stranger.hears(REFUSED)
    assert (await post.conversation_of(stranger)).id != conversation.id
    assert await post.said(stranger) == ["/start"]
    assert "window" not in stranger.texts
    assert await log_of(post) == ["telegram_link_made", "telegram_link_used", "telegram_link_refused"]

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert not [path.name for path in files if code.encode() in path.read_bytes()]
    assert code not in "".join(capfd.readouterr()) + caplog.text


async def test_a_link_that_is_over_ended_by_a_newer_one_left_or_made_up_opens_nothing_and_tries_are_slowed(
    post: Post,
) -> None:
    mine = await OnTheWeb.opened(post, "hello there")
    older = await mine.code()
    over = await mine.code()
    person = post.person()
    taps(person, older)
    await person.hears(REFUSED)
    async with post.house.store.begin() as work:
        await work.session.execute(update(TelegramStart).values(expires_at=datetime.now(UTC)))
    made_up = f"{telegram_starts.BEGINS}{secrets.token_urlsafe(32)}"
    for code in (over, made_up):
        before = taps(person, code)
        await person.hears(REFUSED, after=before)
    left = await mine.code()
    before = taps(person, left)
    await person.hears("Please wait two minutes", after=before)
    # Somebody else is not slowed by that; but the page was left meanwhile, and its links with it.
    assert (await fetched(post, "/chat/api/send", {"type": "leave"}, mine.token))[0] == 200
    other = post.person()
    taps(other, left)
    await other.hears(REFUSED)
    for one in (person, other):
        assert set(await post.said(one)) == {"/start"}, "no code is stored, and nothing of it is words"
    # Words that only look a little like it stay words.
    other.says("/start web-i want to die")
    await other.hears("Are you safe right now?")
    assert "/start web-i want to die" in await post.said(other)


async def test_links_are_made_six_times_an_hour_and_only_for_a_chat_that_is_there(post: Post) -> None:
    mine = await OnTheWeb.opened(post)
    for _ in range(telegram_starts.MOST_AN_HOUR):
        await mine.code()
    status, said = await mine.link()
    assert (status, said["text"]) == (429, "You have had a lot of links already. Please try again in an hour.")
    conversation_id, at = await mine.conversation_id(), datetime.now(UTC)
    async with post.house.store.begin() as work:
        assert await telegram_starts.make(work, conversation_id, at + timedelta(minutes=50)) is None
        assert await telegram_starts.make(work, conversation_id, at + timedelta(minutes=61)) is not None


async def test_a_telegram_with_words_of_its_own_keeps_them_and_an_empty_one_takes_the_chat(post: Post) -> None:
    mine = await OnTheWeb.opened(post, "this is my chat on the page")
    code = await mine.code()
    writes = await post.grown_up()
    writes.says("i have a chat here already")
    await until(lambda: "Your words are saved" in writes.texts)
    its_own = (await post.conversation_of(writes)).id
    before = taps(writes, code)
    await writes.hears("There is a chat in this Telegram already", after=before)
    assert (await post.conversation_of(writes)).id == its_own
    # The link was not used up by that.
    empty = await post.grown_up()
    before = taps(empty, code)
    await empty.hears("This chat goes on in Telegram now", after=before)
    assert (await post.conversation_of(empty)).id == await mine.conversation_id()


async def test_who_blocks_it_after_the_link_reads_on_on_the_page_and_another_phone_takes_over_by_a_fresh_link(
    post: Post,
) -> None:
    mine = await OnTheWeb.opened(post, "hello from the page")
    person = post.person()
    taps(person, await mine.code())
    await person.hears("This chat goes on in Telegram now")
    conversation_id = await mine.conversation_id()
    post.api.blocked.add(person.chat)
    officer = await answered(post, person, "Are you there?")
    await asyncio.sleep(0.5)
    assert not await reached(post, conversation_id)
    assert "Are you there?" not in person.texts
    assert "Are you there?" in await mine.sees()

    # Unblocked by the next link's Start, the chat gets what waited.
    post.api.blocked.clear()
    taps(person, await mine.code())
    await person.hears("Are you there?")

    # Another phone: the chat goes on there, and not on the first any more.
    other = post.person()
    taps(other, await mine.code())
    await other.hears("This chat goes on in Telegram now")
    assert (await post.conversation_of(other)).id == conversation_id
    await answered(post, other, "Hello on your new phone.", officer)
    await other.hears("Hello on your new phone.")
    before = len(person.inbox)
    person.says("is this still me")
    await person.hears("must be 16", after=before)
    assert "new phone" not in person.texts
    assert (await post.conversation_of(person)).id != conversation_id


async def test_while_telegram_is_off_the_page_has_no_button_for_it_and_no_address(tmp_path: Path) -> None:
    settings = temporary_settings(tmp_path)
    async with TestClient(TestServer(build_app(settings, build_house(settings)))) as client:
        page = await (await client.get("/chat")).text()
        assert 'data-receipt="telegram"' not in page
        assert (await client.post("/chat/api/telegram", json=SIXTEEN)).status == 404
