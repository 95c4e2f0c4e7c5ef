"""A day in seconds: who is told at which minute, once each, by however many processes, until somebody has it."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from bot.alerts import deeds
from bot.alerts.deeds import Actor
from bot.alerts.free_text import turn_off_when_nobody_answers
from bot.alerts.telling import Why
from bot.store import Store, alert_pages, alert_rota, audit, free_text
from bot.store.alert_models import NO_OUTCOME, AlertOutcome, Duty
from bot.store.alert_pages import Show
from bot.store.audit import Filter
from bot.store.models import AlertState, Severity, pretending
from bot.store.requests import Viewer
from bot.store.staff_models import NotificationChannel, Role
from tests.bot.alerts.office import MEANS, MONDAY, Office, alerted, minutes, open_office
from tests.bot.store.people import hired
from tests.bot.store.talk import wrote

ON_CALL, SECOND, MANAGER, HEAD = (duty.value for duty in Duty)


@pytest.fixture
async def office(sqlite_store: Store) -> Office:
    return await open_office(sqlite_store)


def actor(office: Office, duty: Duty, at: datetime, role: Role = Role.SAFEGUARDING_LEAD) -> Actor:
    return Actor(office.people[duty], role, at)


async def a_day(office: Office, step: float = 1, hours: float = 2) -> None:
    for count in range(int(hours * 60 / step) + 1):
        await office.tick(MONDAY + minutes(count * step))


async def test_an_immediate_alert_climbs_at_5_15_and_20_minutes_and_then_rings_again_and_again(office: Office) -> None:
    alert_id, _ = await alerted(office.store)
    await a_day(office, hours=0.75)
    assert await office.told(alert_id) == [(0, ON_CALL), (5, SECOND), (15, MANAGER), (20, HEAD), (30, HEAD), (40, HEAD)]
    assert (await office.alert(alert_id)).state == AlertState.RAISED
    first = [channel for staff_id, channel in await office.nudges() if staff_id == office.people[Duty.ON_CALL]]
    assert set(first) == {NotificationChannel.EMAIL, NotificationChannel.SMS, NotificationChannel.PAGER}


async def test_same_day_and_one_working_day_have_clocks_of_their_own_over_a_weekend(office: Office) -> None:
    friday = datetime(2026, 11, 27, 15, tzinfo=UTC)
    soon, _ = await alerted(office.store, Severity.SAME_DAY, friday, designation="calm otter")
    later, _ = await alerted(office.store, Severity.ONE_WORKING_DAY, friday, designation="brave heron")
    for count in range(0, 4 * 24 * 60, 30):
        await office.tick(friday + minutes(count))
    assert (await office.told(soon, friday))[:4] == [(0, ON_CALL), (60, SECOND), (120, MANAGER), (180, MANAGER)]
    to_noon = [
        int((datetime(2026, *day, 12, tzinfo=UTC) - friday).total_seconds() // 60) for day in ((11, 30), (12, 1))
    ]
    assert await office.told(later, friday) == [(0, ON_CALL), (to_noon[0], MANAGER), (to_noon[1], HEAD)]


async def test_acknowledged_it_climbs_no_further_and_silence_never_closes_it(office: Office) -> None:
    alert_id, _ = await alerted(office.store)
    await office.tick(MONDAY)
    await office.tick(MONDAY + minutes(6))
    async with office.store.begin() as work:
        mine = actor(office, Duty.SECOND_PERSON, MONDAY + minutes(7))
        await deeds.acknowledge(work, mine, alert_id)
        await deeds.open_words(work, mine, alert_id)
    await a_day(office, step=30, hours=48)
    climbed = [(hop.at, hop.staff_id) for hop in await office.hops(alert_id) if hop.duty != NO_OUTCOME]
    taken = zip((0, 6), (Duty.ON_CALL, Duty.SECOND_PERSON), strict=True)
    assert climbed == [(MONDAY + minutes(at), office.people[duty]) for at, duty in taken]
    alert = await office.alert(alert_id)
    assert (alert.state, alert.holder_id) == (AlertState.ACKNOWLEDGED, office.people[Duty.SECOND_PERSON])
    assert alert.acknowledged_at == MONDAY + minutes(7)


async def test_a_tap_without_opening_the_words_is_not_enough_and_the_second_person_hears_of_it(office: Office) -> None:
    alert_id, _ = await alerted(office.store)
    await office.tick(MONDAY)
    mine = actor(office, Duty.ON_CALL, MONDAY + minutes(1))
    async with office.store.begin() as work:
        await deeds.acknowledge(work, mine, alert_id)
    for minute in (5, 10, 11, 12, 20, 21):
        await office.tick(MONDAY + minutes(minute))
    told = await office.told(alert_id)
    assert sorted(told[1:]) == [(11, ON_CALL), (11, SECOND), (21, ON_CALL), (21, SECOND)]
    async with office.store.begin() as work:
        await deeds.open_words(work, actor(office, Duty.ON_CALL, MONDAY + minutes(22)), alert_id)
    await office.tick(MONDAY + minutes(40))
    assert len(await office.told(alert_id)) == len(told)


async def test_read_and_with_no_outcome_it_goes_up_once_in_two_processes_too_and_can_be_taken_over(
    store: Store,
) -> None:
    office = await open_office(store)
    alert_id, _ = await alerted(store)
    by_manager, _ = await alerted(store, Severity.SAME_DAY, designation="brave heron")
    manager = actor(office, Duty.DUTY_MANAGER, MONDAY + minutes(2), Role.MANAGER)
    async with store.begin() as work:
        for mine, one in ((actor(office, Duty.ON_CALL, MONDAY + minutes(2)), alert_id), (manager, by_manager)):
            await deeds.acknowledge(work, mine, one)
            await deeds.open_words(work, mine, one)
    for minute in (3, 120, 4 * 60 + 1):
        await office.tick(MONDAY + minutes(minute))
    with pytest.raises(deeds.NotYoursToDo):
        async with store.begin() as work:
            await deeds.take_over(work, manager, alert_id)
    assert await office.told(alert_id) == []

    for minute in (4 * 60 + 2, 4 * 60 + 3, 24 * 60 + 2, 60 * 60):
        await asyncio.gather(*(office.tick(MONDAY + minutes(minute)) for _ in range(3)))
    assert sorted(await office.told(alert_id)) == [(242, MANAGER), (242, ON_CALL)]
    # Whoever has it is the one who would be told: it goes to the next one up.
    assert sorted(await office.told(by_manager)) == [(1442, MANAGER), (1442, HEAD)]
    assert {hop.duty for hop in await office.hops(alert_id)} == {NO_OUTCOME}
    viewer = Viewer(office.people[Duty.DUTY_MANAGER], Role.MANAGER)
    async with store.look() as work:
        logged = [line for line in await audit.newest(work, Filter()) if line.details.get("duty") == NO_OUTCOME]
        listed = await alert_pages.lines(work, viewer, Show.OVERDUE)
        assert (await alert_pages.needing(work, viewer)).overdue == 2
    assert len(logged) == 4
    assert [(line.id, line.overdue) for line in listed] == [(alert_id, True), (by_manager, True)]

    later = MONDAY + timedelta(days=3)
    async with store.begin() as work:
        taker = replace(manager, at=later)
        assert len(await deeds.take_over(work, taker, alert_id)) == 1
        assert await deeds.take_over(work, taker, alert_id) == []
        await deeds.open_words(work, taker, alert_id)
    async with store.look() as work:
        assert [line.id for line in await alert_pages.lines(work, viewer, Show.OVERDUE)] == [by_manager]
    before = len(await office.hops(alert_id))
    await office.tick(later + minutes(60))
    async with store.begin() as work:
        decision = deeds.Decision(AlertOutcome.RANG_999, facts="rang at once")
        with pytest.raises(deeds.NotYoursToDo):
            await deeds.record(work, actor(office, Duty.ON_CALL, later), alert_id, decision)
        await deeds.record(work, taker, alert_id, decision)
    await office.tick(later + timedelta(days=2))
    assert len(await office.hops(alert_id)) == before
    alert = await office.alert(alert_id)
    assert (alert.state, alert.holder_id) == (AlertState.DECIDED, office.people[Duty.DUTY_MANAGER])


async def test_two_processes_at_once_tell_nobody_twice(store: Store) -> None:
    office = await open_office(store)
    ids = [(await alerted(store, designation=f"otter {n}"))[0] for n in range(4)]
    for at in (MONDAY, MONDAY + minutes(5), MONDAY + minutes(5.1)):
        await asyncio.gather(*(office.tick(at) for _ in range(4)))
    for alert_id in ids:
        assert await office.told(alert_id) == [(0, ON_CALL), (5, SECOND)]
    assert len(await office.nudges()) == len(ids) * 2 * 3  # two people, three ways each


async def test_a_service_that_stood_still_goes_on_where_it_left_off_and_rings_the_top_once(office: Office) -> None:
    alert_id, _ = await alerted(office.store)
    await office.tick(MONDAY)
    await office.tick(MONDAY + timedelta(hours=10))
    assert [who for _, who in await office.told(alert_id)] == [ON_CALL, SECOND, MANAGER, HEAD, HEAD]


async def test_put_back_or_handed_on_the_clock_begins_anew_with_that_person_first(office: Office) -> None:
    alert_id, _ = await alerted(office.store)
    await office.tick(MONDAY)
    mine = actor(office, Duty.ON_CALL, MONDAY + minutes(2))
    async with office.store.begin() as work:
        await deeds.acknowledge(work, mine, alert_id)
        await deeds.hand_on(work, mine, alert_id, (office.people[Duty.HEAD_OF_SERVICE], Role.MANAGER))
    for at in (2, 3, 6, 7):
        await office.tick(MONDAY + minutes(at))
    assert await office.told(alert_id) == [(0, ON_CALL), (2, HEAD), (7, SECOND)]
    with pytest.raises(deeds.NotYoursToDo):
        async with office.store.begin() as work:
            await deeds.hand_on(work, mine, alert_id, None)


async def test_what_is_written_after_an_alert_goes_to_whoever_has_it_and_does_not_ring_at_every_line(
    office: Office,
) -> None:
    alert_id, conversation_id = await alerted(office.store)
    await office.tick(MONDAY)
    async with office.store.begin() as work:
        mine = actor(office, Duty.SECOND_PERSON, MONDAY + minutes(1))
        await deeds.acknowledge(work, mine, alert_id)
        await deeds.open_words(work, mine, alert_id)
    for minute in (2, 3, 4):
        with pretending(MONDAY + minutes(minute)):
            await wrote(office.store, conversation_id, "and another thing")
        await office.tick(MONDAY + minutes(minute))
    assert (await office.told(alert_id))[1:] == [(2, SECOND)]
    await office.tick(MONDAY + minutes(12.5))
    assert (await office.told(alert_id))[1:] == [(2, SECOND), (12, SECOND)]
    another, _ = await alerted(office.store, Severity.SAME_DAY, MONDAY + minutes(20), conversation_id=conversation_id)
    await office.tick(MONDAY + minutes(20))
    assert await office.told(another) == [(20, SECOND)]
    async with office.store.begin() as work:
        await deeds.open_words(work, actor(office, Duty.SECOND_PERSON, MONDAY + minutes(21)), alert_id)
    before = len(await office.hops(alert_id))
    await office.tick(MONDAY + minutes(40))
    assert len(await office.hops(alert_id)) == before


async def test_with_no_rota_the_leads_are_told_and_with_nobody_at_all_that_is_written_down(sqlite_store: Store) -> None:
    lead = await hired(sqlite_store, Role.SAFEGUARDING_LEAD)
    office = Office(sqlite_store, {})
    alert_id, _ = await alerted(sqlite_store)
    await office.tick(MONDAY)
    assert [(hop.staff_id, hop.why) for hop in await office.hops(alert_id)] == [(lead, Why.NO_ROTA)]
    async with sqlite_store.begin() as work:
        from bot.store import staff

        await staff.disable(work, lead, MONDAY)
    ticked = await office.tick(MONDAY + minutes(5))
    assert ticked.nobody == 1
    assert [(hop.staff_id, hop.why) for hop in await office.hops(alert_id)][1:] == [("", Why.NOBODY)]


async def test_an_allegation_goes_past_everybody_but_safeguarding_leads(sqlite_store: Store) -> None:
    office = await open_office(sqlite_store, {Duty.ON_CALL: Role.WORKER})
    lead = await hired(sqlite_store, Role.SAFEGUARDING_LEAD)
    alert_id, _ = await alerted(sqlite_store, Severity.SAME_DAY, category="carer_or_staff_conduct")
    for at in (0, 60, 120):
        await office.tick(MONDAY + minutes(at))
    assert {hop.staff_id for hop in await office.hops(alert_id)} == {lead}


async def test_one_alert_that_cannot_be_handled_does_not_keep_the_others_back(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, _ = await alerted(office.store, designation="calm otter")
    whole, _ = await alerted(office.store, designation="brave heron")
    real = alert_rota.read
    calls = iter([True])

    async def read(*arguments: object) -> object:
        if next(calls, False):
            raise RuntimeError("the database is locked")
        return await real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(alert_rota, "read", read)
    first = await office.tick(MONDAY)
    assert (first.failed, first.done) == (1, 1)
    await office.tick(MONDAY + minutes(0.1))
    for alert_id in (broken, whole):
        assert await office.told(alert_id) == [(0, ON_CALL)]


async def test_free_text_goes_off_by_itself_once_and_a_person_who_turns_it_on_is_obeyed(office: Office) -> None:
    times = MEANS.ladder.free_text
    for count in range(times.off_after):
        await alerted(office.store, designation=f"otter {count}")

    async def look(at: datetime) -> int:
        async with office.store.begin() as work:
            return len(await turn_off_when_nobody_answers(work, times, at))

    assert await look(MONDAY + minutes(times.unacknowledged_minutes - 1)) == 0
    late = MONDAY + minutes(times.unacknowledged_minutes)
    assert await look(late) == 1
    assert await look(late) == 0
    async with office.store.begin() as work:
        assert await free_text.is_off(work)
        await free_text.turn(work, False, office.people[Duty.ON_CALL], "we are three tonight", late)
    assert await look(late + minutes(60)) == 0
    async with office.store.look() as work:
        assert not await free_text.is_off(work)
        [newest, first] = await free_text.changes(work)
    assert (newest.reason, first.by) == ("we are three tonight", "service")
