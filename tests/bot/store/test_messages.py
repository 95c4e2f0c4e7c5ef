"""Nothing that a young person says is lost, doubled or put out of order."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bot.store import Store, conversations, messages, outbox
from bot.store.messages import NewMessage
from bot.store.models import Author, Channel, TurnOutcome
from bot.store.outbox import Bubble, Button, Outgoing

NAMES = ["calm otter", "bright fern"]


async def opened(store: Store) -> str:
    async with store.begin() as work:
        return (await conversations.open_conversation(work, Channel.WEB, NAMES)).conversation.id


def message(conversation_id: str, client_id: str, text: str = "hello") -> NewMessage:
    return NewMessage(conversation_id, Channel.WEB, f"{conversation_id}:{client_id}", text)


async def test_the_same_message_sent_again_is_stored_once(store: Store) -> None:
    conversation_id = await opened(store)
    async with store.begin() as work:
        first = await messages.store(work, message(conversation_id, "a"))
    async with store.begin() as work:
        second = await messages.store(work, message(conversation_id, "a"))
    assert (first.is_new, second.is_new) == (True, False)
    assert (second.id, second.position) == (first.id, first.position)


async def test_the_same_message_arriving_twice_at_once_is_stored_once(store: Store) -> None:
    conversation_id = await opened(store)

    async def send() -> bool:
        async with store.begin() as work:
            return (await messages.store(work, message(conversation_id, "a"))).is_new

    assert sorted(await asyncio.gather(*(send() for _ in range(6)))) == [False] * 5 + [True]


async def test_messages_sent_at_once_get_different_places_without_gaps(store: Store) -> None:
    conversation_id = await opened(store)

    async def send(number: int) -> int:
        async with store.begin() as work:
            return (await messages.store(work, message(conversation_id, f"m{number}"))).position

    positions = await asyncio.gather(*(send(number) for number in range(12)))
    assert sorted(positions) == list(range(1, 13))


async def test_words_are_not_readable_in_the_database_file(sqlite_store: Store, tmp_path: Path) -> None:
    conversation_id = await opened(sqlite_store)
    async with sqlite_store.begin() as work:
        await messages.store(work, message(conversation_id, "a", "purple hippopotamus"))
        said = Bubble("orange rhinoceros", "easy rhinoceros", ())
        await outbox.say(work, Outgoing(conversation_id, None, "opening", Author.SERVICE, [said]))
    raw = b"".join(path.read_bytes() for path in tmp_path.glob("ovos.db*"))
    assert b"hippopotamus" not in raw
    assert b"rhinoceros" not in raw


async def test_what_cannot_be_said_in_any_alphabet_comes_back_as_it_was(store: Store) -> None:
    conversation_id = await opened(store)
    strange = "مرحبا \x00 \u202e <script>alert(1)</script> 👩‍👩‍👧 \ud83d"
    async with store.begin() as work:
        stored = await messages.store(work, message(conversation_id, "a", strange))
    async with store.look() as work:
        assert await messages.texts(work, [stored.id]) == [strange]


async def test_a_turn_is_closed_once(store: Store) -> None:
    conversation_id = await opened(store)
    async with store.begin() as work:
        stored = await messages.store(work, message(conversation_id, "a"))
    async with store.begin() as work:
        assert await messages.close_turn(work, stored.id, TurnOutcome.ANSWERED)
        assert not await messages.close_turn(work, stored.id, TurnOutcome.BRAIN_SLOW)
        assert await messages.next_waiting(work, conversation_id) is None


async def test_only_one_process_works_on_a_conversation(store: Store) -> None:
    conversation_id = await opened(store)
    at = datetime.now(UTC)
    async with store.begin() as work:
        assert await conversations.take_lease(work, conversation_id, "web:1", at)
    async with store.begin() as work:
        assert not await conversations.take_lease(work, conversation_id, "other:2", at)
        assert await conversations.take_lease(work, conversation_id, "web:1", at)
    async with store.begin() as work:
        assert await conversations.take_lease(work, conversation_id, "other:2", at + timedelta(seconds=31))


async def test_a_restarted_process_takes_up_what_its_earlier_life_held(store: Store) -> None:
    conversation_id = await opened(store)
    at = datetime.now(UTC)
    async with store.begin() as work:
        await messages.store(work, message(conversation_id, "a"))
        await conversations.take_lease(work, conversation_id, "web:1", at)
    async with store.look() as work:
        assert await conversations.with_waiting_messages(work, at) == []
    async with store.begin() as work:
        await conversations.release_leases_of(work, "web:")
        assert await conversations.with_waiting_messages(work, at) == [conversation_id]


async def test_the_timeline_has_both_sides_in_order_and_no_payloads_are_lost(store: Store) -> None:
    conversation_id = await opened(store)
    button = Button("Yes", '/affirm{"a": "b"}', "check")
    async with store.begin() as work:
        stored = await messages.store(work, message(conversation_id, "abc", "hi"))
        bubbles = [Bubble("hello"), Bubble("more?", "more", (button,))]
        await outbox.say(work, Outgoing(conversation_id, stored.id, "turn", Author.SERVICE, bubbles))
    async with store.look() as work:
        lines = await outbox.timeline(work, conversation_id, 0)
        assert [(line.position, line.author, line.text) for line in lines] == [
            (1, "me", "hi"),
            (2, "service", "hello"),
            (3, "service", "more?"),
        ]
        assert lines[0].client_id == "abc"
        assert await outbox.button_at(work, conversation_id, 3, 0) == button
        assert await outbox.button_at(work, conversation_id, 3, 1) is None
        assert await outbox.button_at(work, conversation_id, 2, 0) is None


async def test_an_ended_conversation_is_opened_by_no_token(store: Store) -> None:
    async with store.begin() as work:
        fresh = await conversations.open_conversation(work, Channel.WEB, NAMES)
    async with store.begin() as work:
        assert await conversations.by_token(work, fresh.token) is not None
        await conversations.end(work, fresh.conversation.id)
        assert await conversations.by_token(work, fresh.token) is None


async def test_two_young_people_never_share_a_designation(store: Store) -> None:
    for _ in range(6):
        await opened(store)
    async with store.look() as work:
        from sqlalchemy import select

        from bot.store.models import Conversation

        names = list(await work.session.scalars(select(Conversation.designation)))
    assert len(set(names)) == 6
