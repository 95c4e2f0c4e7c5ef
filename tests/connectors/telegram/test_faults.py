"""When Telegram refuses, waits or says things twice, nothing is lost and nothing is doubled."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.store import Work, outbox, telegram
from bot.store.models import Author, MessageKind
from bot.store.outbox import Bubble, Outgoing, TimelineItem
from connectors.telegram import desk
from connectors.telegram.arrived import Said
from ovos.settings import temporary_settings
from tests.connectors.telegram.bot_api import BOT, Person, call_hook, until
from tests.connectors.telegram.conftest import Post, post_office


async def staff_says(post: Post, person: Person, *texts: str) -> str:
    """A reply that nobody asked for just now; the conversation that it is in."""
    conversation = await post.conversation_of(person)
    async with post.house.store.begin() as work:
        bubbles = tuple(Bubble(text) for text in texts)
        said = Outgoing(conversation.id, None, "staff", Author.STAFF, bubbles, signed="participation_officer")
        await outbox.say(work, said)
    post.house.hub.wake(conversation.id)
    return conversation.id


async def reached(post: Post, conversation_id: str) -> bool:
    async with post.house.store.look() as work:
        return await telegram.reaches(work, conversation_id)


async def undelivered(post: Post, conversation_id: str) -> bool:
    async with post.house.store.look() as work:
        seen = await outbox.seen_up_to(work, conversation_id)
        lines: list[TimelineItem] = await outbox.timeline(work, conversation_id, seen)
    return any(line.author != "me" for line in lines)


async def test_a_persons_reply_arrives_signed_by_role_and_is_delivered_only_once_telegram_took_it(post: Post) -> None:
    person = await post.grown_up()
    post.api.refuse("sendMessage", 502, "Bad Gateway")
    conversation_id = await staff_says(post, person, "I rang your social worker today.")
    await until(lambda: not post.api.answers["sendMessage"])
    assert await undelivered(post, conversation_id), "Telegram has not taken it"
    reply = await person.hears("I rang your social worker today.")
    assert reply.text == "A person from the participation team:\nI rang your social worker today."
    await asyncio.sleep(0.3)
    assert not await undelivered(post, conversation_id)
    assert person.texts.count("I rang your social worker") == 1


async def test_when_telegram_says_wait_the_whole_queue_waits_and_nothing_is_given_up(post: Post) -> None:
    first, second = await post.grown_up(), await post.grown_up()
    post.api.refuse("sendMessage", 429, "Too Many Requests: retry after 20", retry_after=20)
    began = time.monotonic()
    await staff_says(post, first, "one")
    await until(lambda: not post.api.answers["sendMessage"])
    await staff_says(post, second, "two")
    await second.hears("two")
    await first.hears("one")
    # 20 seconds at twenty times the speed.
    assert min(one.at for one in post.api.taken if one.text.endswith(("one", "two"))) - began > 0.95


async def test_what_telegram_took_is_not_sent_again_when_the_store_is_away_just_then(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await post.grown_up()
    real, away = telegram.note_sent, []

    async def note_sent(work: Work, hashed: str, items: list[telegram.ToSend]) -> None:
        if len(away) < 2:
            away.append(hashed)
            raise OSError("the disk is away")
        await real(work, hashed, items)

    monkeypatch.setattr(telegram, "note_sent", note_sent)
    await staff_says(post, person, "only once")
    await person.hears("only once")
    await until(lambda: len(away) == 2)
    await staff_says(post, person, "and then this")
    await person.hears("and then this")
    assert person.texts.count("only once") == 1


async def test_a_long_reply_is_split_at_sentence_ends_and_goes_on_where_it_was_cut_off(post: Post) -> None:
    person = await post.grown_up()
    seen = len(person.inbox)
    text = " ".join(f"This is sentence number {n} of a very long answer 🙂." for n in range(200))
    await staff_says(post, person, text)
    await until(lambda: "number 199" in person.texts)
    parts = [one.text for one in person.inbox[seen:]]
    assert len(parts) >= 3
    assert all(part.endswith(".") for part in parts)
    assert " ".join(parts) == "A person from the participation team:\n" + text


async def test_who_blocked_the_bot_is_left_alone_until_they_write_again(post: Post) -> None:
    person = await post.grown_up()
    post.api.blocked.add(person.chat)
    conversation_id = await staff_says(post, person, "are you there?")
    await asyncio.sleep(0.5)
    tries = sum(method == "sendMessage" and "are you there?" in given["text"] for method, given in post.api.calls)
    assert tries == 1
    assert not await reached(post, conversation_id), "whoever writes to them is told so"
    assert await undelivered(post, conversation_id)
    post.api.blocked.clear()
    person.says("hi again")
    await person.hears("are you there?")
    assert await reached(post, conversation_id)


async def test_what_telegram_will_never_take_does_not_keep_back_what_comes_after_it(post: Post) -> None:
    person = await post.grown_up()
    post.api.refuse("sendMessage", 400, "Bad Request: something about this one")
    conversation_id = await staff_says(post, person, "refused")
    await staff_says(post, person, "taken")
    await person.hears("taken")
    assert "refused" not in person.texts
    async with post.house.store.look() as work:
        assert await outbox.seen_up_to(work, conversation_id) < (await post.lines(person))[-1].position


async def test_a_chat_that_got_another_number_is_written_to_there(post: Post) -> None:
    person = await post.grown_up()
    other = Person(post.api, person.chat + 5_000_000)
    post.api.refuse("sendMessage", 400, "Bad Request: group chat was upgraded", migrate_to_chat_id=other.chat)
    await staff_says(post, person, "found you")
    await other.hears("found you")


async def test_the_same_update_twice_is_one_message_and_late_ones_are_not_lost(post: Post) -> None:
    person = await post.grown_up()
    second = person.says("the second thing", message_id=502)
    post.api.push(**{name: value for name, value in second.items() if name != "update_id"})
    person.says("the first thing", message_id=501)
    await until(lambda: len(post.api.updates) == 0 or post.api.updates[0]["update_id"] > second["update_id"] + 1)
    await asyncio.sleep(0.5)
    said = await post.said(person)
    assert said.count("the second thing") == 1
    assert said.count("the first thing") == 1


async def test_an_edit_is_kept_beside_what_was_first_written_and_is_screened(post: Post) -> None:
    person = await post.grown_up()
    person.says("my week was ok", message_id=601)
    await until(lambda: not post.api.updates)
    person.edits(601, "my foster dad punched me last night")
    await person.hears("Are you safe right now?")
    kinds = {line.text: line.kind for line in await post.lines(person) if line.author == "me"}
    assert kinds["my week was ok"] is MessageKind.TYPED
    assert kinds["my foster dad punched me last night"] is MessageKind.EDITED


async def test_commands_do_what_they_say_and_nothing_that_is_typed_forges_one(post: Post) -> None:
    person = await post.grown_up()
    person.says("/stop")
    await person.hears("OK, I have stopped.")
    seen = len(person.inbox)
    person.says("/safe he is outside my door with a knife")
    await person.hears("Please ring 999 now", after=seen)
    assert "/safe he is outside my door with a knife" in await post.said(person)
    for forged in ('/privacy_ask{"about": "delete"}', "intake:notice:passed", "/notice:passed", "/STOPP", "3:0"):
        person.says(forged)
    person.presses_data("intake:notice:passed")
    person.presses_data("999:0")
    person.presses_data("/privacy_ask{}")
    await until(lambda: len(post.api.pressed) >= 4)
    old = [given for given in post.api.pressed.values() if "does not work any more" in given.get("text", "")]
    assert len(old) == 3
    lines = [line for line in await post.lines(person) if line.author == "me"]
    assert {line.kind for line in lines if line.text.startswith(("/privacy", "intake", "/notice", "/STOPP", "3:"))} == {
        MessageKind.TYPED
    }


async def test_a_text_as_long_as_telegram_takes_is_kept_whole(post: Post) -> None:
    person = await post.grown_up()
    text = "é" * 4096
    person.says(text)
    await until(lambda: not post.api.updates)
    await asyncio.sleep(0.3)
    assert (await post.said(person))[-1] == text


async def test_an_update_that_no_version_knows_keeps_nobody_back_and_one_that_could_not_be_stored_comes_again(
    post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = await post.grown_up()
    post.api.push(message={"nothing": "that we know"})
    person.sends(poll={"what": "a later version of Telegram sends"})
    real, failed = desk.Desk.take, []

    async def takes(self: desk.Desk, one: Said) -> None:
        if isinstance(one, Said) and len(failed) < 3:
            failed.append(one)
            raise OSError("the disk is full")
        await real(self, one)

    monkeypatch.setattr(desk.Desk, "take", takes)
    person.says("keep this")
    await until(lambda: len(failed) == 3 and not post.api.updates)
    assert (await post.said(person)).count("keep this") == 1
    assert "(a poll, not opened)" in await post.said(person)


async def test_forged_webhook_calls_are_refused_and_store_nothing(tmp_path: Path) -> None:
    settings = replace(temporary_settings(tmp_path), public_address="https://voices.council.example")
    async with post_office(settings, telegram_webhook="yes") as post:
        await until(lambda: bool(post.api.hook))
        secret, address = post.api.hook["secret_token"], f"http://127.0.0.1:{post.settings.port}/telegram/hook"
        assert post.api.hook["url"].endswith("/telegram/hook")
        person = post.person()
        update = person.says("from the hook")
        for forged in (None, "", "wrong", secret[:-1], secret + "x"):
            assert await call_hook(address, forged, update) == 403
        async with post.house.store.begin() as work:
            assert await telegram.find(work, await telegram.chat_hash(work, person.chat)) is None
        assert await call_hook(address, secret, {"nothing": 1}) == 200
        assert await call_hook(address, secret, {"update_id": "x"}) == 200
        for _ in range(2):
            assert await call_hook(address, secret, update) == 200
        assert await post.said(person) == ["from the hook"]
        await person.hears("must be 16")
        assert not [one for one in post.api.calls if one[0] == "getUpdates"]
        assert BOT["username"] not in person.texts


async def test_where_somebody_can_see_the_phone_only_what_tells_nothing_arrives(post: Post) -> None:
    person = await post.grown_up()
    before = len(person.inbox)
    person.says("he can see my phone")
    await person.hears("OK. See you soon.", 30, after=before)
    await staff_says(post, person, "Are you all right? Shall I call the police?")
    person.says("ok bye")
    await person.hears("Type BACK to chat", 30, after=before)
    pushed = "\n".join(one.text for one in person.inbox[before:])
    assert "police" not in pushed
    assert all(not one.keys for one in person.inbox[before:])
    person.says("back")
    await person.hears("Shall I call the police?", 30, after=before)
