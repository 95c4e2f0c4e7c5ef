"""The inbox as one reader sees it: what is new, what is flagged, who waits for whom, and what is not theirs to see."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.store import Store, handover, inbox, reads, sight
from bot.store.inbox import InboxPage, Show, Wanted
from bot.store.models import Channel, RequestState, Severity
from bot.store.requests import NotThere, Viewer
from bot.store.staff_models import Role, Staff
from bot.store.staff_replies import say_as_staff
from tests.bot.store.people import hired
from tests.bot.store.talk import BACK, TAKEN, asked_for, chat, flagged, officer, request_of, wrote


async def listed(store: Store, viewer: Viewer, wanted: Wanted | None = None) -> InboxPage:
    async with store.look() as work:
        return await inbox.page(work, viewer, wanted or Wanted())


async def names(store: Store, viewer: Viewer, wanted: Wanted | None = None) -> list[str]:
    return [line.designation for line in (await listed(store, viewer, wanted)).lines]


async def read_all(store: Store, conversation_id: str, staff_id: str) -> None:
    async with store.begin() as work:
        await reads.note_read(work, conversation_id, staff_id, 999)


async def test_who_wrote_last_stands_first_and_a_chat_without_a_message_is_not_listed(store: Store) -> None:
    viewer = officer(await hired(store))
    first, second = await chat(store, "calm otter"), await chat(store, "brave heron")
    await chat(store, "silent fox")
    await wrote(store, first, "one")
    await wrote(store, second, "two")
    assert await names(store, viewer) == ["brave heron", "calm otter"]
    await wrote(store, first, "three")
    assert await names(store, viewer) == ["calm otter", "brave heron"]


async def test_new_is_counted_for_each_reader_and_anybodys_reading_shows(store: Store) -> None:
    me, other = await hired(store), await hired(store)
    conversation_id = await chat(store)
    await wrote(store, conversation_id, "one")
    await read_all(store, conversation_id, me)
    await wrote(store, conversation_id, "two")
    await wrote(store, conversation_id, "three")
    for staff_id, new in ((me, 2), (other, 3)):
        line = (await listed(store, officer(staff_id))).lines[0]
        assert (line.new, line.read_by_anybody) == (new, False)
    await read_all(store, conversation_id, other)
    line = (await listed(store, officer(me), Wanted(Show.UNREAD))).lines[0]
    assert (line.new, line.read_by_anybody) == (2, True)
    assert await names(store, officer(other), Wanted(Show.UNREAD)) == []


async def test_a_flag_shows_the_worst_alert_and_whether_all_are_acknowledged(store: Store) -> None:
    viewer, conversation_id = officer(await hired(store)), await chat(store)
    await flagged(store, conversation_id, await wrote(store, conversation_id, "one"), Severity.ONE_WORKING_DAY)
    await flagged(store, conversation_id, await wrote(store, conversation_id, "two"), Severity.IMMEDIATE)
    await wrote(store, await chat(store, "brave heron"), "nothing bad")
    found = (await listed(store, viewer, Wanted(Show.FLAGGED))).lines
    assert [line.designation for line in found] == ["calm otter"]
    assert found[0].flag == inbox.Flag(Severity.IMMEDIATE, acknowledged=False)


async def test_it_waits_on_us_while_a_person_answers_and_they_wrote_last_and_then_on_them(store: Store) -> None:
    me = await hired(store)
    viewer, conversation_id = officer(me), await chat(store)
    await wrote(store, conversation_id, "hello")
    on_us, on_them = Wanted(Show.WAITING_ON_US), Wanted(Show.WAITING_ON_THEM)
    assert (await names(store, viewer, on_us), await names(store, viewer, on_them)) == ([], [])
    async with store.begin() as work:
        await handover.hold(work, conversation_id, me, notice=TAKEN)
    assert await names(store, viewer, on_us) == ["calm otter"]
    async with store.begin() as work:
        await say_as_staff(work, conversation_id, me, Role.PARTICIPATION_OFFICER, "hello you", notice=TAKEN)
    assert (await names(store, viewer, on_us), await names(store, viewer, on_them)) == ([], ["calm otter"])
    await wrote(store, conversation_id, "thanks")
    assert (await names(store, viewer, on_us), await names(store, viewer, on_them)) == (["calm otter"], [])
    assert await names(store, viewer, Wanted(Show.HELD_BY_ME)) == ["calm otter"]
    async with store.begin() as work:
        await handover.hand_back(work, conversation_id, notice=BACK)
    assert (await names(store, viewer, on_us), await names(store, viewer, on_them)) == ([], [])


async def test_an_open_request_waits_on_us_and_a_proposed_outcome_on_them(store: Store) -> None:
    viewer, conversation_id = officer(await hired(store)), await chat(store)
    request_id = await asked_for(store, conversation_id, await wrote(store, conversation_id, "please ring me"))
    for state, show in ((RequestState.REOPENED, Show.WAITING_ON_US), (RequestState.PROPOSED, Show.WAITING_ON_THEM)):
        async with store.begin() as work:
            (await request_of(work, request_id)).state = state
        assert await names(store, viewer, Wanted(show)) == ["calm otter"]
    async with store.begin() as work:
        (await request_of(work, request_id)).state = RequestState.DONE
    assert await names(store, viewer, Wanted(Show.WAITING_ON_THEM)) == []


async def test_filters_by_channel_goal_and_day_work_together_and_the_numbers_count_within_them(store: Store) -> None:
    viewer = officer(await hired(store))
    web, telegram = await chat(store, "calm otter"), await chat(store, "brave heron", Channel.TELEGRAM)
    for conversation_id in (web, telegram):
        await wrote(store, conversation_id, "my bus is late", goal="feedback")
    await wrote(store, web, "what am I owed", goal="entitlement")
    assert await names(store, viewer, Wanted(goal="entitlement")) == ["calm otter"]
    assert await names(store, viewer, Wanted(goal="feedback", channel=Channel.TELEGRAM)) == ["brave heron"]
    soon = datetime.now(UTC) + timedelta(hours=1)
    assert await names(store, viewer, Wanted(until=soon, goal="entitlement")) == ["calm otter"]
    assert await names(store, viewer, Wanted(since=soon)) == []
    async with store.look() as work:
        counts = await inbox.counts(work, viewer, Wanted(Show.FLAGGED, channel=Channel.WEB))
    assert (counts[Show.ALL], counts[Show.UNREAD], counts[Show.FLAGGED]) == (1, 1, 0)


async def test_pages_follow_one_another_without_gap_or_double_in_both_directions(store: Store) -> None:
    viewer = officer(await hired(store))
    for number in range(7):
        await wrote(store, await chat(store, f"otter {number}"), "hello")
    async with store.look() as work:
        first = await inbox.page(work, viewer, Wanted(), size=3)
        second = await inbox.page(work, viewer, Wanted(), size=3, older_than=first.lines[-1].place)
        third = await inbox.page(work, viewer, Wanted(), size=3, older_than=second.lines[-1].place)
        again = await inbox.page(work, viewer, Wanted(), size=3, newer_than=third.lines[0].place)
        middle = second.lines[1]
        above, below = await inbox.neighbours(work, viewer, Wanted(), middle.place)
    pages = [first, second, third]
    assert [line.designation for page in pages for line in page.lines] == [f"otter {n}" for n in range(6, -1, -1)]
    assert [(page.has_newer, page.has_older) for page in pages] == [(False, True), (True, True), (True, False)]
    assert (again.lines, again.has_newer, again.has_older) == (second.lines, True, True)
    assert (above, below) == (second.lines[0].id, second.lines[2].id)


@pytest.mark.parametrize("whom", ["id", "email", "role"])
async def test_who_is_ruled_out_for_one_request_does_not_see_the_conversation_at_all(store: Store, whom: str) -> None:
    me = await hired(store)
    async with store.look() as work:
        email = (await work.session.get_one(Staff, me)).email
    hidden_from = {"id": me, "email": email, "role": "participation_officer"}[whom]
    conversation_id = await chat(store)
    message_id = await wrote(store, conversation_id, "it is about one of you")
    await asked_for(store, conversation_id, message_id, hidden_from)
    await wrote(store, await chat(store, "brave heron"), "hello")
    lead = Viewer(await hired(store, Role.SAFEGUARDING_LEAD), Role.SAFEGUARDING_LEAD)
    assert await names(store, officer(me)) == ["brave heron"]
    assert await names(store, lead) == ["brave heron", "calm otter"]
    async with store.look() as work:
        assert (await inbox.counts(work, officer(me), Wanted()))[Show.ALL] == 1
        assert await inbox.named_like(work, officer(me), "calm") == []
        assert (await sight.conversation_for(work, lead, conversation_id)).designation == "calm otter"
        with pytest.raises(NotThere):
            await sight.conversation_for(work, officer(me), conversation_id)


async def test_a_disabled_account_sees_nothing(store: Store) -> None:
    me = await hired(store)
    await wrote(store, await chat(store), "hello")
    async with store.begin() as work:
        (await work.session.get_one(Staff, me)).disabled_at = datetime.now(UTC)
    assert await names(store, officer(me)) == []


async def test_a_conversation_is_found_by_a_part_of_its_name(store: Store) -> None:
    viewer = officer(await hired(store))
    await wrote(store, await chat(store, "calm otter"), "hello")
    await wrote(store, await chat(store, "brave heron"), "hello")
    async with store.look() as work:
        found = {text: await inbox.named_like(work, viewer, text) for text in ("Otter", " calm  otter", "%", "o")}
    assert {text: [line.designation for line in lines] for text, lines in found.items()} == {
        "Otter": ["calm otter"],
        " calm  otter": ["calm otter"],
        "%": [],
        "o": [],
    }
