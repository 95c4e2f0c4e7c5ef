"""Whom it is about and who is ruled out: asked, said back, kept; and a date only where there is one."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from bot.requests.clocks import clocks, local_day
from bot.requests.words import day_in_words
from bot.store import allocations, audit, request_changes, staff
from bot.store.audit import Filter
from bot.store.models import RequestKind, RequestState
from bot.store.staff_models import Role
from tests.actions.conftest import Chat
from tests.actions.test_requests import complaint, contact_request_up_to_confirm, on_the_list, send

WORKER = "worker@council.gov.uk"


async def linked(chat: Chat) -> str:
    """The conversation has a case whose social worker has an account; their id."""
    values = dict.fromkeys(allocations.COLUMNS) | {"worker": WORKER}
    async with chat.store.begin() as work:
        worker = await staff.add(work, WORKER, "Wren Worker", Role.WORKER)
        await allocations.put(work, "a" * 64, "REF 1", values, datetime.now(UTC))
        await allocations.link(work, chat.id, "a" * 64, datetime.now(UTC))
    return worker.id


async def test_the_one_a_complaint_is_about_is_kept_with_it_and_said_back(chat: Chat) -> None:
    await complaint(chat, "no")
    asked = await chat.run("action_ask_about_who")
    assert asked.keys == ["utter_about_who", "utter_about_who_other"]
    assert "I do not show it to them" in asked.replies[0].text
    chat.fills(about_who="social_worker", hide_from="no_one")
    checked = await chat.run("action_ask_confirm")
    assert "I do not show it to your social worker." in [reply.text for reply in checked.replies]
    await send(chat)
    await chat.run("action_complaint")
    (request,) = await on_the_list(chat)
    assert (request.about, request.hide_from) == (["social_worker"], [])
    async with chat.store.look() as work:
        assert await request_changes.hidden_of(work, request.id) == {"worker"}


async def test_no_one_is_nobody(chat: Chat) -> None:
    await complaint(chat, "no")
    chat.fills(about_who="no_one", hide_from="no_one")
    await send(chat)
    await chat.run("action_complaint")
    (request,) = await on_the_list(chat)
    assert (request.about, request.hide_from) == ([], [])


async def test_the_advocate_request_of_a_complaint_is_hidden_from_the_same_people(chat: Chat) -> None:
    await complaint(chat, "yes")
    chat.fills(about_who="iro", hide_from="manager")
    await send(chat)
    await chat.run("action_complaint")
    for request in await on_the_list(chat):
        assert (request.about, request.hide_from) == (["iro"], ["manager"])


async def test_hiding_it_from_somebody_is_asked_for_and_adds_up(chat: Chat) -> None:
    await contact_request_up_to_confirm(chat)
    chat.opens("contact_form")
    chat.fills(hide_from="no_one")
    await chat.pressed("Hide it from someone", "change", change="hide")
    assert (await chat.run("action_change")).slots == {"hide_too": None, "hide_from": None}
    assert (await chat.run("action_ask_hide_from")).keys == ["utter_hide_from", "utter_hide_from_other"]
    chat.fills(hide_from="personal_adviser")
    await chat.pressed("Hide it from someone", "change", change="hide")
    assert (await chat.run("action_change")).slots == {"hide_too": "personal_adviser", "hide_from": None}
    chat.fills(hide_from="iro")
    said = [reply.text for reply in (await chat.run("action_ask_confirm")).replies]
    assert "I do not show it to your PA and your IRO." in said
    await send(chat)
    await chat.run("action_contact_request")
    assert (await on_the_list(chat))[0].hide_from == ["personal_adviser", "iro"]


async def test_hide_from_no_one_takes_back_all(chat: Chat) -> None:
    await contact_request_up_to_confirm(chat)
    chat.fills(hide_too="personal_adviser", hide_from="no_one")
    await send(chat)
    await chat.run("action_contact_request")
    assert (await on_the_list(chat))[0].hide_from == []


async def test_without_a_case_it_goes_to_the_team_and_says_so(chat: Chat) -> None:
    await contact_request_up_to_confirm(chat)
    last = (await chat.run("action_ask_confirm")).replies[-1].text
    assert last == "The participation team sees it first. They can pass it on. Shall I send it?"


async def test_with_a_case_it_says_who_gets_it_and_they_do(chat: Chat) -> None:
    worker_id = await linked(chat)
    await contact_request_up_to_confirm(chat)
    last = (await chat.run("action_ask_confirm")).replies[-1].text
    assert last.startswith("It goes to your social worker. A manager and the participation team can see it too.")
    await send(chat)
    await chat.run("action_contact_request")
    (request,) = await on_the_list(chat)
    assert request.assigned_to == worker_id
    async with chat.store.look() as work:
        (line,) = await audit.newest(work, Filter())
    assert (line.action, line.subject_id, line.details) == ("request_assigned", request.id, {"staff_id": worker_id})


async def test_the_worker_who_is_ruled_out_does_not_get_it(chat: Chat) -> None:
    await linked(chat)
    await contact_request_up_to_confirm(chat)
    chat.fills(hide_from="social_worker")
    assert "participation team sees it first" in (await chat.run("action_ask_confirm")).replies[-1].text
    await send(chat)
    await chat.run("action_contact_request")
    (request,) = await on_the_list(chat)
    assert request.assigned_to is None


async def test_with_the_team_ruled_out_it_says_that_the_lead_has_it(chat: Chat) -> None:
    await complaint(chat, "no")
    chat.fills(about_who="participation_officer", hide_from="no_one")
    assert (
        (await chat.run("action_ask_confirm"))
        .replies[-1]
        .text.startswith("A person whose job is to keep you safe sees it first.")
    )
    await send(chat)
    assert "the list for a person whose job is to keep you safe" in (await chat.run("action_complaint")).replies[0].text


async def test_a_complaint_has_the_date_of_the_law_and_a_contact_request_has_none_yet(chat: Chat) -> None:
    await complaint(chat, "no")
    await send(chat)
    said = (await chat.run("action_complaint")).replies
    due = clocks().due_on(RequestKind.COMPLAINT, datetime.now(UTC))
    if clocks().calendar.knows(local_day(datetime.now(UTC)), due):
        assert f"The law says: an answer by {day_in_words(due)}." in said[1].text
    (request,) = await on_the_list(chat)
    assert request.due_on == due
    await contact_request_up_to_confirm(chat)
    await send(chat)
    ran = await chat.run("action_contact_request")
    assert ran.keys[-1] == "utter_request_no_time"
    assert (await on_the_list(chat))[1].due_on is not None


@pytest.mark.parametrize(
    ("state", "said", "titles"),
    [
        (RequestState.SENT, "The law says: an answer by", ["Take back number 1"]),
        (RequestState.REOPENED, "It is open again", ["Take back number 1"]),
        (RequestState.DONE, "You said it is done", []),
    ],
)
async def test_what_became_of_it_has_the_date_and_what_can_be_done(
    chat: Chat, state: RequestState, said: str, titles: list[str]
) -> None:
    await complaint(chat, "no")
    await send(chat)
    await chat.run("action_complaint")
    async with chat.store.begin() as work:
        request = await request_changes.locked(work, (await on_the_list(chat))[0].id)
        assert request is not None
        request.state = state
        request.due_on = local_day(datetime.now(UTC)) + timedelta(days=3)
    await chat.typed("any news", "request_status")
    ran = await chat.run("action_request_status")
    assert said in ran.replies[0].text
    assert [button["title"] for button in ran.replies[0].buttons] == titles
    assert "utter_complaint_advocate_offer" in ran.keys


async def test_what_is_late_is_said_to_be_late(chat: Chat) -> None:
    await complaint(chat, "no")
    await send(chat)
    await chat.run("action_complaint")
    async with chat.store.begin() as work:
        request = await request_changes.locked(work, (await on_the_list(chat))[0].id)
        assert request is not None
        request.due_on = local_day(datetime.now(UTC)) - timedelta(days=1)
        request.climbed_to = "m" * 32
    await chat.typed("any news", "request_status")
    text = (await chat.run("action_request_status")).replies[0].text
    assert "It is late." in text
    assert "A manager has been told." in text


async def test_a_proposed_outcome_can_be_answered_from_the_list(chat: Chat) -> None:
    await complaint(chat, "no")
    await send(chat)
    await chat.run("action_complaint")
    async with chat.store.begin() as work:
        account = await staff.add(work, "manager@council.gov.uk", "Mo Manager", Role.MANAGER)
        request = await request_changes.locked(work, (await on_the_list(chat))[0].id)
        assert request is not None
        request.state = RequestState.PROPOSED
        await request_changes.add_outcome(work, request.id, "we talked", account.id, datetime.now(UTC))
    await chat.typed("any news", "request_status")
    ran = await chat.run("action_request_status")
    assert [button["payload"] for button in ran.replies[0].buttons] == [
        "intake:outcome_yes:1:1",
        "intake:outcome_half:1:1",
        "intake:outcome_no:1:1",
    ]
