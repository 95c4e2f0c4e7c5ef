"""What is kept of a receipt, and the tokens of the devices that come back with one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bot.store import Store, conversations, receipts
from bot.store.conversations import OpenedConversation
from bot.store.models import Channel

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


async def opened(store: Store) -> OpenedConversation:
    async with store.begin() as work:
        return await conversations.open_conversation(work, Channel.WEB, ["calm otter", "bright fern"])


async def test_a_new_receipt_revokes_the_one_before_it(store: Store) -> None:
    conversation_id = (await opened(store)).conversation.id
    async with store.begin() as work:
        assert await receipts.add(work, conversation_id, "a" * 64)
        assert await receipts.add(work, conversation_id, "b" * 64)
    async with store.begin() as work:
        assert await receipts.use(work, "a" * 64) is None
        standing = await receipts.use(work, "b" * 64)
    assert standing is not None
    assert standing.conversation_id == conversation_id
    async with store.look() as work:
        assert await receipts.made_since(work, conversation_id, LONG_AGO) == 2


async def test_words_that_another_chat_has_are_not_given_out_again(store: Store) -> None:
    first, second = (await opened(store)).conversation.id, (await opened(store)).conversation.id
    async with store.begin() as work:
        assert await receipts.add(work, first, "a" * 64)
    async with store.begin() as work:
        assert await receipts.add(work, second, "a" * 64) is None
        standing = await receipts.use(work, "a" * 64)
    assert standing is not None
    assert standing.conversation_id == first


async def test_saved_is_noted_only_where_there_is_something_to_save(store: Store) -> None:
    conversation_id = (await opened(store)).conversation.id
    async with store.begin() as work:
        assert not await receipts.mark_saved(work, conversation_id)
        await receipts.add(work, conversation_id, "a" * 64)
        assert await receipts.mark_saved(work, conversation_id)


async def test_guesses_of_the_last_hour_are_counted_and_older_ones_forgotten(store: Store) -> None:
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    for _ in range(3):
        async with store.begin() as work:
            await receipts.note_guess(work, hour_ago)
    async with store.look() as work:
        assert await receipts.guesses_since(work, hour_ago) == 3
    later = datetime.now(UTC) + timedelta(seconds=1)
    async with store.begin() as work:
        await receipts.note_guess(work, later)
    async with store.look() as work:
        assert await receipts.guesses_since(work, LONG_AGO) == 1


async def test_a_device_that_comes_back_does_not_turn_the_other_one_out(store: Store) -> None:
    first = await opened(store)
    async with store.begin() as work:
        second = await conversations.let_in(work, first.conversation.id)
        third = await conversations.let_in(work, first.conversation.id)
    async with store.look() as work:
        for token in (first.token, second, third):
            found = await conversations.by_token(work, token)
            assert found is not None
            assert found.id == first.conversation.id


async def test_leaving_ends_every_device_and_only_a_new_way_in_opens_it_again(store: Store) -> None:
    first = await opened(store)
    async with store.begin() as work:
        second = await conversations.let_in(work, first.conversation.id)
        await conversations.end(work, first.conversation.id)
    async with store.begin() as work:
        third = await conversations.let_in(work, first.conversation.id)
    async with store.look() as work:
        assert await conversations.by_token(work, first.token) is None
        assert await conversations.by_token(work, second) is None
        assert await conversations.by_token(work, third) is not None
