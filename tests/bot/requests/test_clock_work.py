"""What requests do by themselves: dates, covers, climbing, reminders, silence; once, also with two processes."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.requests.clock_work import Ticked, tick
from bot.requests.happened import Happened
from bot.store import Store, Work, absences, records, requests, staff
from bot.store import audit as chain
from bot.store import request_changes as changes
from bot.store.casework_models import Answer
from bot.store.models import RequestKind, RequestState
from bot.store.records import NewRequest
from bot.store.staff_models import AuditEvent, Notification
from tests.bot.requests.county import MONDAY, TODAY, County, day, log, with_case


async def record(work: Work, happened: Happened) -> None:
    await log(work, [happened])


async def pass_time(county: County, until: datetime, since: datetime = MONDAY) -> Ticked:
    """A round every six hours, as the web process does every minute."""
    at, ticked = since, Ticked()
    while at <= until:
        ticked = await tick(county.store, at, record)
        assert ticked.failed == 0
        at += timedelta(hours=6)
    return ticked


async def told(store: Store, template: str) -> set[str]:
    async with store.look() as work:
        query = select(Notification.staff_id).where(Notification.template == template)
        return set(await work.session.scalars(query))


async def test_a_request_made_by_an_older_version_gets_its_date_and_route(store: Store) -> None:
    county, _, chat = await with_case(store)
    message_id = await county.say(chat, "ring me")
    async with store.begin() as work:
        made = await records.add_request(work, NewRequest(message_id, chat, RequestKind.CONTACT, "social_worker"))
    assert (await tick(store, MONDAY, record)).done == 1
    request = await county.look(made.id)
    assert request.due_on is not None
    assert request.assigned_to == county.staff["worker"].staff_id
    assert (await tick(store, MONDAY, record)).done == 0


async def test_a_late_request_climbs_to_the_manager_once_and_they_are_told(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "unsure")
    await pass_time(county, day(7))
    assert (await county.look(request_id)).climbed_to is None
    await pass_time(county, day(12), since=day(8))
    manager = county.staff["manager"].staff_id
    assert (await county.look(request_id)).climbed_to == manager
    assert (await county.events(request_id)).count("climbed") == 1
    assert await told(store, "request_late") == {manager}
    async with store.look() as work:
        viewer = county.staff["manager"]
        assert (await requests.one(work, viewer, request_id, TODAY)).line.climbed_to == manager


@pytest.mark.parametrize(
    ("kind", "who", "hide_from", "who_is_told"),
    [
        (RequestKind.CONTACT, "unsure", ["manager"], "officer"),
        (RequestKind.ADVOCATE, "advocate", [], "officer"),
        (RequestKind.CONTACT, "unsure", ["manager", "participation_officer"], "lead"),
    ],
)
async def test_where_no_manager_may_see_it_its_triage_is_told(
    store: Store, kind: RequestKind, who: str, hide_from: list[str], who_is_told: str
) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, who, kind, hide_from=hide_from)
    await pass_time(county, day(12), since=day(8))
    assert (await county.look(request_id)).climbed_to is None
    assert (await county.events(request_id)).count("climbed") == 1
    assert await told(store, "request_late") == {county.staff[who_is_told].staff_id}


async def test_what_climbed_to_somebody_who_left_climbs_again(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, "unsure")
    await pass_time(county, day(8), since=day(8))
    await county.list_case(worker="worker", manager="stranger")
    async with store.begin() as work:
        await staff.disable(work, county.staff["manager"].staff_id, day(9))
    await pass_time(county, day(9), since=day(9))
    assert (await county.look(request_id)).climbed_to == county.staff["stranger"].staff_id


async def test_the_work_of_somebody_who_goes_away_goes_to_their_cover(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    worker, other = county.staff["worker"].staff_id, county.staff["other"].staff_id
    async with store.begin() as work:
        await absences.add(work, worker, other, day(1).date(), day(3).date())
    await pass_time(county, day(0))
    assert (await county.look(request_id)).assigned_to == worker
    await pass_time(county, day(1), since=day(1))
    assert (await county.look(request_id)).assigned_to == other
    assert other in await told(store, "request_waiting")


async def test_the_cover_who_is_ruled_out_does_not_get_it(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat, hide_from=["personal_adviser"])
    worker, adviser = county.staff["worker"].staff_id, county.staff["adviser"].staff_id
    async with store.begin() as work:
        await absences.add(work, worker, adviser, TODAY, TODAY)
    await pass_time(county, MONDAY)
    assert (await county.look(request_id)).assigned_to == county.staff["manager"].staff_id


async def test_the_work_of_somebody_who_left_goes_back_to_triage(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    async with store.begin() as work:
        await staff.disable(work, county.staff["worker"].staff_id, MONDAY)
    await pass_time(county, MONDAY)
    assert (await county.look(request_id)).assigned_to is None


async def test_two_reminders_then_closed_as_no_reply_and_never_as_done(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    said = []
    for after in range(30):
        await pass_time(county, day(after), since=day(after))
        said.append([one.key for one in await county.heard(chat)][2:])
    # The third, tenth and fifteenth working day after a Monday.
    assert [n for n in range(1, 30) if said[n] != said[n - 1]] == [3, 14, 21]
    assert said[-1] == ["outcome_reminder", "outcome_last_reminder", "outcome_closed"]
    request = await county.look(request_id)
    assert request.state == RequestState.CLOSED_NO_REPLY
    async with store.look() as work:
        outcome = await changes.latest_outcome(work, request_id)
    assert outcome is not None
    assert (outcome.answer, outcome.reminders) == (Answer.NO_REPLY, 2)


@pytest.mark.parametrize(("said", "after"), [(Answer.YES, RequestState.DONE), (Answer.HALF, RequestState.REOPENED)])
async def test_what_was_closed_without_a_reply_can_still_be_answered(
    store: Store, said: Answer, after: RequestState
) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    await pass_time(county, day(22))
    assert (await county.look(request_id)).state == RequestState.CLOSED_NO_REPLY
    await county.answer(request_id, said, at=day(40))
    assert (await county.look(request_id)).state == after
    async with store.look() as work:
        report = await requests.outcomes_report(work, MONDAY, day(1))
    assert report.no_reply == 0
    assert report.proposed == 1


async def test_nobody_is_reminded_once_they_have_answered(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    await county.answer(request_id, Answer.YES)
    await pass_time(county, day(30))
    assert [one.key for one in await county.heard(chat)] == [None, "outcome_question"]


async def test_nobody_is_reminded_at_night_or_at_the_weekend(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    for at in (datetime(2026, 11, 26, 3, tzinfo=UTC), datetime(2026, 11, 28, 11, tzinfo=UTC)):
        assert (await tick(store, at, record)).done == 0
    assert (await tick(store, datetime(2026, 11, 30, 9, tzinfo=UTC), record)).conversations == {chat}


async def test_after_a_standstill_the_reminders_come_one_by_one_and_there_is_time_to_answer(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    late = datetime(2027, 1, 11, 10, tzinfo=UTC)  # a Monday, seven weeks on
    for hours in range(0, 6, 2):
        await tick(store, late + timedelta(hours=hours), record)
    assert (await county.events(request_id)).count("reminded") == 1
    for days in range(1, 5):
        await tick(store, late + timedelta(days=days), record)
    assert (await county.events(request_id)).count("reminded") == 2
    assert (await county.look(request_id)).state == RequestState.PROPOSED
    await tick(store, late + timedelta(days=8), record)
    assert (await county.look(request_id)).state == RequestState.CLOSED_NO_REPLY


async def test_two_processes_at_the_same_moment_do_everything_once(store: Store) -> None:
    county, _, chat = await with_case(store)
    late = [await county.ask(chat, "unsure") for _ in range(3)]
    waiting = [await county.ask(chat) for _ in range(3)]
    for request_id in waiting:
        await county.propose("worker", request_id)
    at = day(9)
    ticked = await asyncio.gather(*(tick(store, at, record) for _ in range(4)))
    assert [one.failed for one in ticked] == [0] * 4
    assert sum(one.done for one in ticked) == 6
    for request_id in late:
        assert (await county.events(request_id)).count("climbed") == 1
    for request_id in waiting:
        assert (await county.events(request_id)).count("reminded") == 1


async def test_one_requests_fault_does_not_stop_the_others_and_is_tried_again(store: Store) -> None:
    county, _, chat = await with_case(store)
    broken, whole = await county.ask(chat, "unsure"), await county.ask(chat, "unsure")

    async def breaks(work: Work, happened: Happened) -> None:
        if happened.request_id == broken:
            raise RuntimeError("the log is full")
        await record(work, happened)

    ticked = await tick(store, day(9), breaks)
    assert (ticked.done, ticked.failed) == (1, 1)
    assert (await county.look(broken)).climbed_at is None
    assert (await county.look(whole)).climbed_at is not None
    assert (await tick(store, day(9), record)).done == 1


async def test_every_step_stands_in_the_log_and_the_log_holds(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await county.propose("worker", request_id)
    await pass_time(county, day(22))
    async with store.look() as work:
        await chain.verify(work)
        rows = await work.session.scalars(
            select(AuditEvent).where(AuditEvent.subject_id == request_id).order_by(AuditEvent.seq)
        )
        lines = [(row.actor, row.action) for row in rows]
    assert lines == [
        ("service", "request_assigned"),
        (county.staff["worker"].staff_id, "outcome_proposed"),
        *[("service", "request_state_changed")] * 3,
    ]
