"""The outbox of notifications: queued once, claimed by one, tried again ever more slowly, never dropped."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from bot.store import Store, Work, notifications, staff
from bot.store.notifications import CLAIM, MOST_ATTEMPTS, Due, Fault, Template
from bot.store.staff_models import Notification, NotificationChannel, NotificationState, Role, Staff

EMAIL, SMS = NotificationChannel.EMAIL, NotificationChannel.SMS
NOON = datetime(2100, 3, 1, 12, tzinfo=UTC)  # later than anything that is queued now
BUSY = Fault("SMTPDataError", 451)


async def officer(work: Work, name: str = "ada", phone: str | None = None) -> Staff:
    one = await staff.add(work, f"{name}@council.example", name, Role.PARTICIPATION_OFFICER)
    one.phone = phone
    await work.session.flush()
    return one


async def queued(store: Store, count: int = 1) -> str:
    async with store.begin() as work:
        one = await officer(work)
        for number in range(count):
            await notifications.queue(work, f"request:{number}", one.id, Template.REQUEST_WAITING)
    return one.id


async def due(store: Store, at: datetime = NOON, limit: int = 10, **more: Any) -> list[Due]:
    async with store.begin() as work:
        return await notifications.due(work, at, limit, **more)


async def rows(store: Store) -> list[Notification]:
    async with store.look() as work:
        return list(await work.session.scalars(select(Notification).order_by(Notification.key, Notification.channel)))


async def fail(store: Store, claim: Due, at: datetime, fault: Fault = BUSY) -> NotificationState:
    async with store.begin() as work:
        return await notifications.failed(work, claim, fault, at)


async def test_the_same_occasion_is_queued_once_for_each_person_and_channel(store: Store) -> None:
    async with store.begin() as work:
        ada, ben = await officer(work, "ada"), await officer(work, "ben")
        both = (EMAIL, SMS)
        added = [
            await notifications.queue(work, "alert:1", ada.id, Template.ALERT_WAITING, both),
            await notifications.queue(work, "alert:1", ada.id, Template.ALERT_WAITING, both),
            await notifications.queue(work, "alert:1", ben.id, Template.ALERT_WAITING, [EMAIL]),
            await notifications.queue(work, "alert:2", ada.id, Template.ALERT_WAITING, [EMAIL]),
        ]
    assert added == [2, 0, 1, 1]
    assert len(await rows(store)) == 4


async def test_two_processes_that_queue_the_same_at_once_queue_it_once(store: Store) -> None:
    async with store.begin() as work:
        one = await officer(work)

    async def queue() -> int:
        async with store.begin() as work:
            return await notifications.queue(work, "alert:1", one.id, Template.ALERT_WAITING)

    assert sorted(await asyncio.gather(*(queue() for _ in range(5)))) == [0, 0, 0, 0, 1]


async def test_what_is_undone_tells_nobody(store: Store) -> None:
    async with store.begin() as work:
        one = await officer(work)

    async def queue_and_fail() -> None:
        async with store.begin() as work:
            await notifications.queue(work, "alert:1", one.id, Template.ALERT_WAITING)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await queue_and_fail()
    assert await rows(store) == []


async def test_an_alert_goes_by_sms_too_where_there_is_a_number(store: Store) -> None:
    async with store.begin() as work:
        with_phone, without = await officer(work, "ada", "07700900123"), await officer(work, "ben")
        for one in (with_phone, without):
            await notifications.queue(work, "alert:1", one.id, Template.ALERT_WAITING)
            await notifications.queue(work, "reply:1", one.id, Template.REPLY_WAITING)
    found = [(row.key, row.channel, row.staff_id == with_phone.id) for row in await rows(store)]
    assert sorted(found) == [
        ("alert:1", "email", False),
        ("alert:1", "email", True),
        ("alert:1", "sms", True),
        ("reply:1", "email", False),
        ("reply:1", "email", True),
    ]


@pytest.mark.parametrize("key", ["", "She said her name", "Request:1", "a::b", "a" * 81, "a\nb", "é"])
async def test_a_key_is_made_of_ids_and_words_of_ours(sqlite_store: Store, key: str) -> None:
    async with sqlite_store.begin() as work:
        one = await officer(work)
        with pytest.raises(ValueError) as caught:
            await notifications.queue(work, key, one.id, Template.REQUEST_WAITING)
    assert not key or key not in str(caught.value)


async def test_only_a_fixed_text_can_be_queued(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        one = await officer(work)
        with pytest.raises(ValueError):
            await notifications.queue(work, "alert:1", one.id, "She said ...")  # type: ignore[arg-type]
    assert await rows(sqlite_store) == []


async def test_nobody_who_left_is_told(store: Store) -> None:
    one_id = await queued(store)
    async with store.begin() as work:
        await staff.disable(work, one_id, NOON)
        assert await notifications.queue(work, "alert:9", one_id, Template.ALERT_WAITING) == 0
        with pytest.raises(LookupError):
            await notifications.queue(work, "alert:9", "f" * 32, Template.ALERT_WAITING)
    assert await due(store) == []
    async with store.begin() as work:
        assert await notifications.waiting_count(work) == 0
        await staff.enable(work, one_id)
    assert len(await due(store)) == 1


async def test_a_claimed_notification_is_nobody_elses_until_the_claim_runs_out(store: Store) -> None:
    await queued(store)
    [first] = await due(store)
    assert (first.to, first.attempt, first.channel, first.template) == (
        "ada@council.example",
        1,
        EMAIL,
        Template.REQUEST_WAITING,
    )
    assert await due(store) == []
    assert await due(store, NOON + CLAIM - timedelta(seconds=1)) == []
    [second] = await due(store, NOON + CLAIM)
    assert (second.id, second.attempt) == (first.id, 2)


async def test_many_workers_at_once_claim_each_notification_once(store: Store) -> None:
    await queued(store, 40)
    other = Store(store.engine.url.render_as_string(hide_password=False), store.keys)

    async def worker(own: Store) -> list[str]:
        claimed: list[str] = []
        while batch := await due(own, limit=3):
            claimed += [one.id for one in batch]
        return claimed

    try:
        lists = await asyncio.gather(*(worker(own) for own in (store, other, store, other)))
    finally:
        await other.close()
    claimed = [one for each in lists for one in each]
    assert len(claimed) == len(set(claimed))
    # A worker that only met rows under another's lock may leave early; what is left is found at its next look.
    claimed += [one.id for one in await due(store, limit=100)]
    assert len(set(claimed)) == 40


async def test_only_channels_that_can_be_sent_are_claimed(store: Store) -> None:
    async with store.begin() as work:
        one = await officer(work, phone="07700900123")
        await notifications.queue(work, "alert:1", one.id, Template.ALERT_WAITING)
    assert [claim.channel for claim in await due(store, channels=[SMS])] == [SMS]
    async with store.look() as work:
        assert not await notifications.is_any_due(work, NOON, [SMS])
        assert await notifications.is_any_due(work, NOON, [EMAIL])
        assert await notifications.waiting_count(work, [EMAIL]) == 1


async def test_the_oldest_go_first(store: Store) -> None:
    one_id = await queued(store, 3)
    async with store.begin() as work:
        for number, minutes in enumerate((2, 3, 1)):
            late = update(Notification).where(Notification.key == f"request:{number}", Notification.staff_id == one_id)
            await work.session.execute(late.values(next_at=NOON - timedelta(minutes=minutes)))
    by_id = {row.id: row.key for row in await rows(store)}
    assert [by_id[claim.id] for claim in await due(store, limit=2)] == ["request:1", "request:0"]


async def test_what_was_sent_is_not_due_again(store: Store) -> None:
    await queued(store)
    [claim] = await due(store)
    async with store.begin() as work:
        await notifications.sent(work, claim, NOON)
    assert await due(store, NOON + timedelta(days=1)) == []
    [row] = await rows(store)
    assert (row.state, row.sent_at, row.last_fault) == (NotificationState.SENT, NOON, None)


async def test_pauses_double_up_to_an_hour_and_then_it_is_stuck(store: Store) -> None:
    await queued(store)
    at, pauses = NOON, []
    for attempt in range(1, MOST_ATTEMPTS + 1):
        [claim] = await due(store, at)
        assert claim.attempt == attempt
        state = await fail(store, claim, at)
        if state is NotificationState.STUCK:
            break
        [row] = await rows(store)
        assert await due(store, row.next_at - timedelta(seconds=1)) == []
        pauses.append((row.next_at - at) / timedelta(minutes=1))
        at = row.next_at
    assert len(pauses) == MOST_ATTEMPTS - 1
    for pause, most in zip(pauses, (1, 2, 4, 8, 16, 32, 60), strict=True):
        assert most * 0.75 <= pause <= most
    assert await due(store, at + timedelta(days=365)) == []
    [row] = await rows(store)
    assert (row.state, row.attempts, row.last_fault) == (NotificationState.STUCK, 8, "SMTPDataError 451")


async def test_rows_that_failed_together_part(sqlite_store: Store) -> None:
    await queued(sqlite_store, 10)
    for claim in await due(sqlite_store):
        await fail(sqlite_store, claim, NOON)
    assert len({row.next_at for row in await rows(sqlite_store)}) > 5


async def test_a_final_fault_is_stuck_at_once_and_counted_until_somebody_tries_again(store: Store) -> None:
    await queued(store, 2)
    first, _second = await due(store)
    assert await fail(store, first, NOON, Fault("SMTPRecipientsRefused", 550, final=True)) is NotificationState.STUCK
    async with store.begin() as work:
        assert await notifications.stuck_count(work) == 1
        assert await notifications.waiting_count(work) == 1
        assert await notifications.retry_stuck(work, NOON) == 1
        assert await notifications.stuck_count(work) == 0
    [again] = await due(store)
    assert (again.id, again.attempt) == (first.id, 1)


async def test_a_process_that_dies_each_time_it_sends_does_not_send_for_ever(store: Store) -> None:
    await queued(store)
    at = NOON
    for _ in range(MOST_ATTEMPTS):
        assert len(await due(store, at)) == 1
        at += CLAIM
    assert await due(store, at) == []
    [row] = await rows(store)
    assert (row.state, row.last_fault) == (NotificationState.STUCK, "BrokenOff")


async def test_who_lost_the_claim_changes_nothing_but_that_it_was_sent(store: Store) -> None:
    await queued(store)
    [slow] = await due(store)
    [quick] = await due(store, NOON + CLAIM)
    assert await fail(store, slow, NOON + CLAIM, Fault("Late", final=True)) is NotificationState.WAITING
    [row] = await rows(store)
    assert (row.next_at, row.last_fault) == (NOON + CLAIM * 2, None)
    async with store.begin() as work:
        await notifications.sent(work, slow, NOON + CLAIM)
    assert await fail(store, quick, NOON + CLAIM) is NotificationState.SENT


async def test_a_text_that_no_longer_exists_holds_up_nothing(store: Store) -> None:
    await queued(store, 2)
    async with store.begin() as work:
        old = update(Notification).where(Notification.key == "request:0")
        await work.session.execute(old.values(template="of_an_older_release"))
    assert len(await due(store)) == 1
    assert [row.last_fault for row in await rows(store)] == ["UnknownTemplate", None]


@pytest.mark.parametrize("kind", ["", "mailbox of ada@council.example is full", "550 No such user", "a-b"])
def test_a_fault_has_no_place_for_a_text(kind: str) -> None:
    with pytest.raises(ValueError):
        Fault(kind)


def test_a_fault_fits_its_column() -> None:
    assert str(Fault("SMTPDataError", 451)) == "SMTPDataError 451"
    assert len(str(Fault("E" * 200, 451))) <= 80


def test_a_claim_does_not_show_the_address() -> None:
    assert "@" not in repr(Due("a" * 32, 1, EMAIL, Template.REQUEST_LATE, "ada@council.example"))
