"""Administrators add, change and disable accounts; days away; nothing stays with an account that nobody uses."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from bot.requests.giving import open_request
from bot.store import Store, absences, conversations, handover, messages, open_work, staff
from bot.store.messages import NewMessage
from bot.store.models import Channel, Request, RequestKind
from bot.store.outbox import Bubble
from bot.store.records import NewRequest
from bot.store.request_changes import hide
from bot.store.staff_models import Role, Staff
from tests.console.conftest import Client, Desk

DAY = timedelta(days=1)


async def conversation(store: Store, name: str) -> str:
    async with store.begin() as work:
        return (await conversations.open_conversation(work, Channel.WEB, [name])).conversation.id


async def request_for(desk: Desk, person: Staff, kind: RequestKind = RequestKind.CONTACT) -> Request:
    """A request that a young person made and that this person has."""
    conversation_id = await conversation(desk.store, f"calm otter {person.id}")
    async with desk.store.begin() as work:
        sent = await messages.store(work, NewMessage(conversation_id, Channel.WEB, f"{conversation_id}:1", "hello"))
        new = NewRequest(sent.id, conversation_id, kind, "social_worker")
        request, _ = await open_request(work, new, desk.clock())
        request.assigned_to = person.id
        return request


async def fresh(desk: Desk, request: Request) -> Request:
    async with desk.store.look() as work:
        return await work.session.get_one(Request, request.id)


async def disable(client: Client, person: Staff, to: str = "routing") -> int:
    await client.get(f"/console/staff/{person.id}/disable")
    return (await client.post(f"/console/staff/{person.id}/disable", to=to)).status


async def test_a_new_account_comes_with_a_link_that_is_shown_once_and_works(desk: Desk) -> None:
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    await administrator.get("/console/staff/new")
    added = await administrator.post("/console/staff/new", email="Kim@Council.example", name="Kim", role="worker")
    link = re.search(rf"{desk.address}(/console/set-up/[\w-]+)", await added.text())
    assert link is not None
    assert "kim@council.example" in await desk.stranger().text(link.group(1))
    everything = [await administrator.text(path) for path in ("/console/staff", "/console/account")]
    assert all(link.group(1) not in page for page in everything)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"email": "not an address", "name": "Kim", "role": "worker"}, "like name@example.gov.uk"),
        ({"email": "kim@council.example", "name": " ", "role": "worker"}, "Enter the person&#39;s name"),
        ({"email": "kim@council.example", "name": "Kim", "role": "king"}, "Choose a role"),
        ({"email": "worker.0@COUNCIL.example", "name": "Kim", "role": "worker"}, "an account with this e-mail"),
    ],
)
async def test_what_is_wrong_is_said_once_at_the_top_and_nothing_has_to_be_typed_again(
    desk: Desk, fields: dict[str, str], said: str
) -> None:
    await desk.account(Role.WORKER)
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    answer = await administrator.post("/console/staff/new", **fields)
    page = await answer.text()
    assert answer.status == 400
    assert page.count(said) == 2, "in the summary and beside the field"
    assert f'value="{fields["email"]}"' in page
    assert "<title>Error: " in page


async def test_filters_live_in_the_address_and_an_empty_list_says_what_to_do(desk: Desk) -> None:
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    worker = await desk.account(Role.WORKER, "Wendy Worker")
    assert "Wendy Worker" in await administrator.text("/console/staff?role=worker")
    assert "Wendy Worker" not in await administrator.text("/console/staff?role=auditor")
    assert "Nobody here" in await administrator.text("/console/staff?role=auditor")
    assert "Wendy Worker" in await administrator.text("/console/staff?role=nonsense&page=minus")
    assert await disable(administrator, worker) == 303
    assert "Wendy Worker" in await administrator.text("/console/staff"), "in the notice"
    assert "Wendy Worker" not in await administrator.text("/console/staff")
    assert "Wendy Worker" in await administrator.text("/console/staff?disabled=true")


async def test_a_role_that_somebody_else_changed_meanwhile_is_not_overwritten(desk: Desk) -> None:
    administrator, worker = await desk.signed_in(Role.ADMINISTRATOR), await desk.account(Role.WORKER)
    address = f"/console/staff/{worker.id}/role"
    assert (await administrator.post(address, role="manager", was="worker")).status == 303
    second = await administrator.post(address, role="iro", was="worker")
    assert second.status == 409
    assert "It is now: Manager" in await second.text()
    async with desk.store.look() as work:
        assert (await staff.by_ids(work, [worker.id]))[worker.id].role == Role.MANAGER


async def test_the_notice_offers_to_undo_a_change_of_role(desk: Desk) -> None:
    administrator, worker = await desk.signed_in(Role.ADMINISTRATOR), await desk.account(Role.WORKER)
    await administrator.post(f"/console/staff/{worker.id}/role", role="manager", was="worker")
    page = await administrator.text(f"/console/staff/{worker.id}")
    notice = page.partition('id="flash"')[2]
    undo = re.search(r'<form method="post" action="([^"]+)">(.*?)Undo', notice, re.DOTALL)
    assert undo is not None
    fields = dict(re.findall(r'name="(\w+)" value="(\w+)">', undo.group(2)))
    assert (await administrator.post(undo.group(1), role=fields["role"], was=fields["was"])).status == 303
    async with desk.store.look() as work:
        assert (await staff.by_ids(work, [worker.id]))[worker.id].role == Role.WORKER


async def test_the_last_administrator_can_neither_be_disabled_nor_given_another_role(desk: Desk) -> None:
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    assert administrator.account is not None
    assert await disable(administrator, administrator.account) == 409
    address = f"/console/staff/{administrator.account.id}/role"
    assert (await administrator.post(address, role="auditor", was="administrator")).status == 409
    assert (await administrator.get("/console/staff")).status == 200


async def test_disabling_ends_sessions_and_hands_open_requests_to_whom_the_administrator_chose(
    desk_on_both: Desk,
) -> None:
    desk = desk_on_both
    leaver, taker = await desk.account(Role.WORKER), await desk.account(Role.WORKER)
    at_work = await desk.signed_in(leaver)
    request = await request_for(desk, leaver)
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    page = await administrator.text(f"/console/staff/{leaver.id}/disable")
    assert "Open requests: 1" in page
    assert "hello" not in page
    assert "calm otter" not in page
    assert await disable(administrator, leaver, taker.id) == 303
    assert (await fresh(desk, request)).assigned_to == taker.id
    assert (await at_work.get("/console/account")).status == 303
    async with desk.store.look() as work:
        assert not await open_work.open_work_of(work, leaver.id, desk.clock().date())


async def test_a_request_never_goes_to_somebody_from_whom_it_is_hidden(desk_on_both: Desk) -> None:
    desk = desk_on_both
    leaver, taker = await desk.account(Role.WORKER), await desk.account(Role.WORKER)
    request = await request_for(desk, leaver)
    async with desk.store.begin() as work:
        await hide(work, request.id, [taker.id])
    assert await disable(await desk.signed_in(Role.ADMINISTRATOR), leaver, taker.id) == 303
    assert (await fresh(desk, request)).assigned_to is None


async def test_chats_that_the_leaver_answers_go_to_the_taker_or_back_to_the_bot_which_says_so(desk: Desk) -> None:
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    first, second = await desk.account(Role.PARTICIPATION_OFFICER), await desk.account(Role.PARTICIPATION_OFFICER)
    conversation_id = await conversation(desk.store, "bright fern")
    async with desk.store.begin() as work:
        assert await handover.hold(work, conversation_id, first.id, notice=[Bubble("A person answers now.")])
    assert await disable(administrator, first, second.id) == 303
    async with desk.store.look() as work:
        assert await handover.holder(work, conversation_id) == second.id
    assert await disable(administrator, second) == 303
    async with desk.store.look() as work:
        assert await handover.holder(work, conversation_id) is None


async def test_an_account_that_was_disabled_by_mistake_works_again(desk: Desk) -> None:
    administrator, worker = await desk.signed_in(Role.ADMINISTRATOR), await desk.account(Role.WORKER)
    await disable(administrator, worker)
    assert (await administrator.post(f"/console/staff/{worker.id}/enable")).status == 303
    assert (await (await desk.signed_in(worker)).get("/console/account")).status == 200


async def test_everybody_enters_their_own_days_away_and_takes_them_out_again(desk: Desk) -> None:
    worker, cover = await desk.account(Role.WORKER), await desk.account(Role.IRO)
    client, today = await desk.signed_in(worker), desk.clock().date()
    await client.get("/console/account")
    days = {"first_day": (today + DAY).isoformat(), "last_day": (today + 5 * DAY).isoformat(), "cover_id": cover.id}
    assert (await client.post("/console/account/absences", **days)).status == 303
    async with desk.store.look() as work:
        (absence,) = await absences.to_come(work, worker.id, today)
    again = await client.post("/console/account/absences", **days)
    assert again.status == 400
    assert "in another absence already" in await again.text()
    thief = await desk.signed_in(cover)
    assert (await thief.post(f"/console/account/absences/{absence.id}/take-out")).status == 404
    assert (await client.post(f"/console/account/absences/{absence.id}/take-out")).status == 303
    async with desk.store.look() as work:
        assert await absences.to_come(work, worker.id, today) == []


@pytest.mark.parametrize(
    ("first", "last", "cover", "said"),
    [
        (5, 3, True, "must not be before the first"),
        (-9, -3, True, "over already"),
        (1, 3, False, "Choose who covers"),
    ],
)
async def test_days_that_make_no_sense_are_sent_back(desk: Desk, first: int, last: int, cover: bool, said: str) -> None:
    worker, other = await desk.account(Role.WORKER), await desk.account(Role.IRO)
    client, today = await desk.signed_in(worker), desk.clock().date()
    days = {"first_day": (today + first * DAY).isoformat(), "last_day": (today + last * DAY).isoformat()}
    answer = await client.post("/console/account/absences", cover_id=other.id if cover else worker.id, **days)
    assert answer.status == 400
    assert said in await answer.text()


async def test_an_administrator_enters_days_away_for_anybody_and_a_leaver_covers_nobody_any_more(desk: Desk) -> None:
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    away, cover, next_cover = [await desk.account(Role.WORKER) for _ in range(3)]
    today = desk.clock().date()
    days = {"first_day": today.isoformat(), "last_day": (today + DAY).isoformat(), "cover_id": cover.id}
    assert (await administrator.post(f"/console/staff/{away.id}/absences", **days)).status == 303
    assert "Away" in await administrator.text("/console/staff")
    assert await disable(administrator, cover, next_cover.id) == 303
    async with desk.store.look() as work:
        assert (await absences.away_on(work, today))[away.id].cover_id == next_cover.id
