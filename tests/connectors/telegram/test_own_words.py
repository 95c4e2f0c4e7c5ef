"""A young person on Telegram and their own words, with no brain at all: a copy, deleting, and what is left of it."""

from __future__ import annotations

import json
from typing import Any

import aiohttp

from bot.store import erasures, outbox, telegram
from tests.connectors.intake.test_own_words import in_a_while
from tests.connectors.telegram.bot_api import Person, until
from tests.connectors.telegram.conftest import Post
from tests.connectors.telegram.leaving import answered, assert_nothing_is_left, confirmed, link_in, traces_before

SECRET = "my grey umbrella is broken"


async def fetched(post: Post, path: str, given: dict[str, str], token: str = "") -> tuple[int, Any]:
    address = f"{post.settings.public_address}{path}"
    async with (
        aiohttp.ClientSession() as session,
        session.post(address, json=given, headers={"Authorization": f"Bearer {token}"}) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text) if text.startswith("{") else text


async def opened_by(post: Post, link: str) -> str:
    """The token of a browser that opened the link."""
    status, given = await fetched(post, "/chat/api/from", {"token": link.partition("#")[2]})
    assert status == 200
    return str(given["token"])


async def is_known(post: Post, person: Person) -> bool:
    async with post.house.store.begin() as work:
        return await telegram.find(work, await telegram.chat_hash(work, person.chat)) is not None


async def test_a_chat_is_answered_copied_on_the_web_and_deleted_until_nothing_of_it_is_left(post: Post) -> None:
    person = await post.grown_up()
    conversation = await post.conversation_of(person)
    person.says(SECRET)
    await person.hears("Your words are saved")
    await answered(post, person, "Hello, I read what you wrote.")
    await person.hears("Hello, I read what you wrote.")

    # The copy is saved on the web page, which the button opens; it works once, and nothing of it goes by Telegram.
    person.says("/mydata")
    said = await person.hears("You can save a copy of this chat on the web page")
    assert [key["text"] for key in said.keys if "url" in key] == ["Get a copy"]
    token = await opened_by(post, link_in(said))
    assert (await fetched(post, "/chat/api/from", {"token": link_in(said).partition("#")[2]}))[0] == 404
    _, copy = await fetched(post, "/chat/api/copy", {"form": "data"}, token)
    assert SECRET in [row["text"] for row in copy["messages"]]
    assert "Hello, I read what you wrote." in [row["text"] for row in copy["outbox"]]
    assert str(person.chat) not in json.dumps(copy)

    # What goes and what cannot go is said first; yes can be taken back.
    check = await confirmed(post, person)
    assert "I also forget which Telegram chat this is" in check
    assert "I cannot delete what Telegram has" in check
    person.presses("Stop, keep it")
    await person.hears("Nothing is deleted")
    await post.house.retention_clock.round(in_a_while())
    assert await is_known(post, person), "it was undone"

    await confirmed(post, person)
    traces = await traces_before(post.house, conversation.id)
    await post.house.retention_clock.round(in_a_while())
    await assert_nothing_is_left(post.house, traces)
    assert (await fetched(post, "/chat/api/copy", {"form": "data"}, token))[0] == 409, "nothing opens it"

    # Who writes again is somebody new, and buttons that still stand on the phone do nothing any more.
    before = len(person.inbox)
    first = person.inbox[0]
    person.says("hello again")
    await person.hears("must be 16", after=before)
    assert [key["text"] for key in first.keys] == [key["text"] for key in person.inbox[-1].keys], "in the same place"
    old = person.presses_data(first.keys[0]["callback_data"], first)["callback_query"]["id"]
    await until(lambda: old in post.api.pressed)
    assert "does not work any more" in post.api.pressed[old]["text"]
    assert (await post.conversation_of(person)).id != conversation.id


async def test_after_a_disclosure_it_is_said_before_that_one_part_stays_and_that_nobody_can_answer_here(
    post: Post,
) -> None:
    person = await post.grown_up()
    conversation = await post.conversation_of(person)
    for n in range(3):
        person.says(f"{SECRET} {n}")
    await until(lambda: person.texts.count("Your words are saved") == 3)
    person.says("my carer hits me")
    await person.hears("Are you safe right now?")
    check = await confirmed(post, person)
    assert "One part has to stay" in check
    assert "After this, they cannot reach you here. In danger, ring 999" in check
    assert await is_known(post, person), "there is time to undo it"
    await post.house.retention_clock.round(in_a_while())
    assert not await is_known(post, person)
    async with post.house.store.look() as work:
        mine = [line.text for line in await outbox.timeline(work, conversation.id, 0) if line.author == "me"]
        assert not await telegram.reaches(work, conversation.id)
        assert await erasures.waiting_for(work, conversation.id) is None
    assert "my carer hits me" in mine
    assert f"{SECRET} 0" not in mine
