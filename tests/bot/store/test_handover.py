"""Taking a conversation over and answering in it: one person at a time, and the young person is always told."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from bot.handover import as_said, load_handover_notices
from bot.store import Store, conversations, handover, messages, outbox, reads, staff_replies
from bot.store.messages import NewMessage
from bot.store.models import Author, Channel, TurnOutcome
from bot.store.staff_models import Role
from bot.store.staff_replies import HeldByAnother, say_as_staff
from tests.bot.store.people import hired

NOTICES = load_handover_notices()
TAKEN, BACK = as_said(NOTICES.taken_over), as_said(NOTICES.handed_back)
OFFICER = Role.PARTICIPATION_OFFICER


async def opened(store: Store) -> str:
    async with store.begin() as work:
        return (await conversations.open_conversation(work, Channel.WEB, ["calm otter"])).conversation.id


async def message(store: Store, conversation_id: str, client_id: str, outcome: TurnOutcome = TurnOutcome.HELD) -> int:
    async with store.begin() as work:
        name = f"{conversation_id}:{client_id}"
        stored = await messages.store(work, NewMessage(conversation_id, Channel.WEB, name, "hello"))
        await messages.close_turn(work, stored.id, outcome)
        return stored.position


async def said(store: Store, conversation_id: str) -> list[outbox.TimelineItem]:
    async with store.look() as work:
        return await outbox.timeline(work, conversation_id, 0)


async def test_of_two_who_take_over_at_once_one_holds_it_and_the_young_person_is_told_once(store: Store) -> None:
    conversation_id = await opened(store)
    staff = [await hired(store), await hired(store)]

    async def take(staff_id: str) -> bool:
        async with store.begin() as work:
            return await handover.hold(work, conversation_id, staff_id, notice=TAKEN)

    assert sorted(await asyncio.gather(*(take(one) for one in staff))) == [False, True]
    assert [line.key for line in await said(store, conversation_id)] == ["held_taken_over"]


async def test_taking_over_again_what_one_holds_says_nothing_more(store: Store) -> None:
    conversation_id, officer = await opened(store), await hired(store)
    for _ in range(2):
        async with store.begin() as work:
            assert await handover.hold(work, conversation_id, officer, notice=TAKEN)
    async with store.look() as work:
        assert await handover.holder(work, conversation_id) == officer
        assert await handover.held_by_staff(work, officer) == [conversation_id]
    assert len(await said(store, conversation_id)) == 1


async def test_handing_back_is_said_once_and_only_when_it_was_held(store: Store) -> None:
    conversation_id, officer = await opened(store), await hired(store)
    async with store.begin() as work:
        assert not await handover.hand_back(work, conversation_id, notice=BACK)
        await handover.hold(work, conversation_id, officer, notice=TAKEN)
        assert await handover.hand_back(work, conversation_id, notice=BACK)
        assert not await handover.hand_back(work, conversation_id, notice=BACK)
        assert await handover.holder(work, conversation_id) is None
    assert [line.key for line in await said(store, conversation_id)] == ["held_taken_over", "held_handed_back"]


async def test_a_conversation_that_is_not_there_is_not_held(store: Store) -> None:
    officer = await hired(store)
    with pytest.raises(LookupError):
        async with store.begin() as work:
            await handover.hold(work, "f" * 32, officer, notice=TAKEN)


async def test_a_reply_comes_after_the_notice_in_the_name_of_the_role_and_holds_the_conversation(store: Store) -> None:
    conversation_id, officer = await opened(store), await hired(store)
    async with store.begin() as work:
        position = await say_as_staff(work, conversation_id, officer, OFFICER, "Hello, I read this.", notice=TAKEN)
        assert await handover.holder(work, conversation_id) == officer
    notice, reply = await said(store, conversation_id)
    assert (notice.key, reply.author, reply.signed) == ("held_taken_over", Author.STAFF, "participation_officer")
    assert (reply.position, reply.text) == (position, "Hello, I read this.")


async def test_nobody_talks_over_the_person_who_is_answering(store: Store) -> None:
    conversation_id, officer, other = await opened(store), await hired(store), await hired(store)
    async with store.begin() as work:
        await handover.hold(work, conversation_id, officer, notice=TAKEN)
    with pytest.raises(HeldByAnother):
        async with store.begin() as work:
            await say_as_staff(work, conversation_id, other, OFFICER, "Me too", notice=TAKEN)
    assert [line.key for line in await said(store, conversation_id)] == ["held_taken_over"]


@pytest.mark.parametrize("text", ["", "  \n", "x" * (staff_replies.LONGEST_REPLY + 1)])
async def test_an_empty_or_oversized_reply_is_refused_and_holds_nothing(sqlite_store: Store, text: str) -> None:
    conversation_id, officer = await opened(sqlite_store), await hired(sqlite_store)
    with pytest.raises(ValueError, match="10,000"):
        async with sqlite_store.begin() as work:
            await say_as_staff(work, conversation_id, officer, OFFICER, text, notice=TAKEN)
    async with sqlite_store.look() as work:
        assert await handover.holder(work, conversation_id) is None


async def test_what_was_said_last_is_only_the_last_reply_of_staff(store: Store) -> None:
    conversation_id, officer = await opened(store), await hired(store)
    async with store.begin() as work:
        for text in ("first", "second"):
            await say_as_staff(work, conversation_id, officer, OFFICER, text, notice=TAKEN)
        assert [item.text for item in await outbox.said_last(work, conversation_id)] == ["second"]


async def waiting(store: Store) -> int:
    async with store.look() as work:
        return len(await handover.unanswered(work, datetime.now(UTC) + timedelta(seconds=1)))


async def test_a_held_conversation_waits_from_the_taking_over_or_from_the_first_message_after_an_answer(
    store: Store,
) -> None:
    conversation_id, officer = await opened(store), await hired(store)
    await message(store, conversation_id, "a", TurnOutcome.ANSWERED)
    async with store.begin() as work:
        await handover.hold(work, conversation_id, officer, notice=TAKEN)
    assert await waiting(store) == 1
    async with store.begin() as work:
        await say_as_staff(work, conversation_id, officer, OFFICER, "hello", notice=TAKEN)
    assert await waiting(store) == 0
    await message(store, conversation_id, "b")
    assert await waiting(store) == 1
    async with store.look() as work:
        assert await handover.unanswered(work, datetime.now(UTC) - timedelta(hours=1)) == []


async def test_each_role_is_shown_once_as_far_as_it_has_read_and_reading_less_changes_nothing(store: Store) -> None:
    conversation_id = await opened(store)
    first, second, lead = await hired(store), await hired(store), await hired(store, Role.SAFEGUARDING_LEAD)
    for number in range(4):
        await message(store, conversation_id, f"m{number}")
    async with store.begin() as work:
        assert await reads.note_read(work, conversation_id, first, 3)
        assert not await reads.note_read(work, conversation_id, first, 2)
        assert await reads.note_read(work, conversation_id, second, 2)
        assert await reads.note_read(work, conversation_id, lead, 999)
    async with store.look() as work:
        found = {reader.role: reader.up_to for reader in await reads.readers(work, conversation_id)}
        assert (await conversations.by_id(work, conversation_id)).read_up_to == 4
    assert found == {Role.SAFEGUARDING_LEAD: 4, Role.PARTICIPATION_OFFICER: 3}
