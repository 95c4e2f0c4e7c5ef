"""Who sees a request: the one rule, asked through every question that takes a viewer, on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import pytest

from bot.requests import closing, giving
from bot.requests.routing import hidden_from
from bot.requests.steps import Change, NotAllowed, directory_on
from bot.store import Store, allocations, requests, staff
from bot.store.models import RequestKind
from bot.store.requests import Filter, NotThere
from bot.store.staff_models import Role
from tests.bot.requests.county import MONDAY, TODAY, County, day, log, staffed, with_case

LATE = TODAY + timedelta(days=60)


async def seeing(county: County, request_id: str, today: date = TODAY) -> set[str]:
    """Everybody who sees a request. The board, the count, the page and the lock must agree."""
    found = set()
    for name, viewer in county.staff.items():
        async with county.store.begin() as work:
            on_board = {line.id for line in await requests.board(work, viewer, Filter(), today, limit=500)}
            assert await requests.count(work, viewer, Filter(), today) == len(on_board)
            if request_id in on_board:
                found.add(name)
                assert (await requests.one(work, viewer, request_id, today)).line.id == request_id
                assert (await requests.locked_for(work, viewer, request_id, today)).id == request_id
            else:
                with pytest.raises(NotThere):
                    await requests.one(work, viewer, request_id, today)
                with pytest.raises(NotThere):
                    await requests.locked_for(work, viewer, request_id, today)
    return found


async def test_what_is_given_out_is_seen_by_its_worker_their_manager_and_officers(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    assert await seeing(county, request_id) == {"worker", "manager", "officer"}


async def test_what_is_in_triage_is_seen_by_officers_alone(store: Store) -> None:
    county, _, chat = await with_case(store)
    assert await seeing(county, await county.ask(chat, "unsure")) == {"officer"}
    assert await seeing(county, await county.ask(await county.chat())) == {"officer"}


async def test_a_late_one_is_seen_by_the_iro_of_the_case_who_only_reads_it(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    assert "iro" in await seeing(county, request_id, LATE)
    async with store.begin() as work:
        assert not (await requests.one(work, county.staff["iro"], request_id, LATE)).line.can_change
        with pytest.raises(NotAllowed):
            await closing.propose(work, Change(county.staff["iro"], request_id, 2, day(60)), "done")
        assert await giving.see(work, county.staff["iro"], request_id, day(60)) == []


async def test_an_iro_who_was_asked_for_handles_it(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "iro")
    async with store.look() as work:
        assert (await requests.one(work, county.staff["iro"], request_id, TODAY)).line.can_change


@pytest.mark.parametrize(
    ("about", "hide_from", "unseeing"),
    [
        (("social_worker",), (), {"worker"}),
        ((), ("iro",), {"iro"}),
        (("manager",), ("social_worker",), {"manager", "worker"}),
        (("someone_else",), (), {"worker", "adviser", "other", "iro", "manager", "stranger"}),
        ((), ("participation_officer",), {"officer"}),
        (("home_staff",), (), set()),
    ],
)
async def test_those_it_is_about_and_those_ruled_out_never_see_it(
    store: Store, about: Sequence[str], hide_from: Sequence[str], unseeing: set[str]
) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "iro", about=about, hide_from=hide_from)
    assert not unseeing & await seeing(county, request_id)
    assert not unseeing & await seeing(county, request_id, LATE)


async def test_with_officers_ruled_out_the_safeguarding_lead_has_it(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "unsure", hide_from=["participation_officer"])
    assert await seeing(county, request_id) == {"lead"}
    change = await county.change("lead", request_id)
    async with store.begin() as work:
        await log(work, await giving.assign(work, change, county.staff["stranger"].staff_id))
    assert {"lead", "stranger"} <= await seeing(county, request_id)


async def test_without_a_case_no_worker_sees_a_complaint_about_a_worker_whoever_it_is_given_to(store: Store) -> None:
    county = await staffed(store)
    request_id = await county.ask(
        await county.chat(), "participation_officer", RequestKind.COMPLAINT, about=["social_worker"]
    )
    change = await county.change("officer", request_id)
    for name in ("worker", "adviser", "other"):
        async with store.begin() as work:
            with pytest.raises(NotAllowed):
                await giving.assign(work, change, county.staff[name].staff_id)


async def test_no_worker_sees_a_request_for_an_advocate_and_it_cannot_be_given_to_one(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "advocate", RequestKind.ADVOCATE)
    change = await county.change("officer", request_id)
    async with store.begin() as work:
        with pytest.raises(NotAllowed):
            await giving.assign(work, change, county.staff["worker"].staff_id)
    async with store.begin() as work:
        (await requests.locked_for(work, county.staff["officer"], request_id, TODAY)).assigned_to = county.staff[
            "worker"
        ].staff_id
    assert await seeing(county, request_id) == {"officer"}


async def test_an_account_made_after_the_request_does_not_open_it_to_the_one_it_is_about(store: Store) -> None:
    county = await staffed(store)
    case_hash = await county.list_case(worker="latecomer", manager="manager")
    chat = await county.chat(case_hash)
    request_id = await county.ask(chat, "unsure", about=["social_worker"])
    await county.hire("latecomer", Role.PARTICIPATION_OFFICER)
    assert "latecomer" not in await seeing(county, request_id)


async def test_it_stays_hidden_from_the_worker_it_was_about_when_the_case_has_a_new_one(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "unsure", about=["social_worker"])
    await county.list_case(worker="other", personal_adviser="adviser", iro="iro", manager="manager")
    async with store.begin() as work:
        await log(work, await giving.route_again(work, [chat], MONDAY))
        hidden = (await requests.one(work, county.staff["officer"], request_id, TODAY)).hidden
    assert {county.staff["worker"].staff_id, county.staff["other"].staff_id} <= hidden


async def test_a_disabled_account_sees_nothing(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    async with store.begin() as work:
        await staff.disable(work, county.staff["officer"].staff_id, MONDAY)
    assert "officer" not in await seeing(county, request_id)


async def test_a_request_that_is_hidden_and_one_that_is_not_there_are_the_same(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, about=["social_worker"])
    refusals = []
    for wanted in (request_id, "0" * 32):
        async with store.begin() as work:
            with pytest.raises(NotThere) as refused:
                await closing.propose(work, Change(county.staff["worker"], wanted, 1, MONDAY), "done")
            refusals.append((type(refused.value), str(refused.value)))
    assert refusals[0] == refusals[1]


async def test_once_an_officer_names_whom_it_is_about_the_others_may_have_it(store: Store) -> None:
    county = await staffed(store)
    request_id = await county.ask(
        await county.chat(), "participation_officer", RequestKind.COMPLAINT, about=["someone_else"]
    )
    change = await county.change("officer", request_id)
    async with store.begin() as work:
        await log(work, await giving.name_people(work, change, [county.staff["other"].staff_id]))
    change = await county.change("officer", request_id)
    async with store.begin() as work:
        with pytest.raises(NotAllowed):
            await giving.assign(work, change, county.staff["other"].staff_id)
    async with store.begin() as work:
        await log(work, await giving.assign(work, change, county.staff["worker"].staff_id))
    assert await seeing(county, request_id) == {"worker", "officer"}


async def test_only_those_who_triage_say_whom_it_is_about(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, hide_from=["iro"])
    change = await county.change("worker", request_id)
    async with store.begin() as work:
        with pytest.raises(NotAllowed):
            await giving.name_people(work, change, [county.staff["other"].staff_id])


async def test_the_board_is_filtered_and_sorted_by_date(store: Store) -> None:
    county, _, chat = await with_case(store)
    first = await county.ask(chat, at=day(1))
    second = await county.ask(chat, "participation_officer", RequestKind.COMPLAINT)
    third = await county.ask(chat)
    officer = county.staff["officer"]
    async with store.look() as work:
        everything = [line.id for line in await requests.board(work, officer, Filter(), TODAY)]
        assert everything == [third, first, second]
        complaints = Filter(kinds=[RequestKind.COMPLAINT])
        assert [line.id for line in await requests.board(work, officer, complaints, TODAY)] == [second]
        assert [line.id for line in await requests.board(work, officer, Filter(triage=True), TODAY)] == [second]
        mine = Filter(assigned_to=county.staff["worker"].staff_id)
        assert await requests.count(work, officer, mine, TODAY) == 2
        due = (await requests.one(work, officer, first, TODAY)).line.due_on
        between = Filter(due_from=due, due_until=due)
        assert [line.id for line in await requests.board(work, officer, between, TODAY)] == [first]
        page = await requests.board(work, officer, Filter(), TODAY, limit=1, skip=1)
        assert [line.id for line in page] == [first]


async def test_what_is_stored_is_what_routing_hides(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "iro", about=["social_worker"], hide_from=["manager", "home_staff"])
    async with store.look() as work:
        page = await requests.one(work, county.staff["officer"], request_id, TODAY)
        line = await allocations.of_conversation(work, chat)
        assert line is not None
        wanted = hidden_from(
            giving.asked_by(await county.look(request_id)),
            await giving.case_of(work, chat),
            await directory_on(work, MONDAY),
        )
    assert page.hidden == wanted
    assert page.is_linked
    assert [said.text for said in page.words] == ["please ring me"]
