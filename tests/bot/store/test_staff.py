"""Accounts, setup links, sessions, drafts and absences, on both databases."""

from __future__ import annotations

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest

from bot.store import Store, absences, drafts, staff, staff_sessions
from bot.store.staff import EmailTaken, LastAdministrator
from bot.store.staff_models import Role, Staff
from bot.store.staff_sessions import Limits

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
LASTS = timedelta(hours=72)


async def make(store: Store, name: str, role: Role = Role.WORKER) -> Staff:
    async with store.begin() as work:
        return await staff.add(work, f"{name}@council.example", name, role)


async def test_an_address_has_one_account_however_it_is_typed(store: Store) -> None:
    await make(store, "sam")
    with pytest.raises(EmailTaken):
        async with store.begin() as work:
            await staff.add(work, " SAM@Council.example", "Sam", Role.IRO)
    async with store.look() as work:
        found = await staff.by_email(work, "Sam@council.EXAMPLE ")
        assert found is not None
        assert found.role == Role.WORKER


async def test_a_setup_link_works_once_even_when_two_use_it_at_the_same_moment(store: Store) -> None:
    person = await make(store, "sam")
    async with store.begin() as work:
        link = await staff.new_setup_link(work, person.id, NOW, LASTS)

    async def use() -> Staff | None:
        async with store.begin() as work:
            return await staff.use_setup_link(work, link.token, NOW)

    found = await asyncio.gather(use(), use(), use())
    assert sum(one is not None for one in found) == 1


async def test_a_setup_link_ends_after_its_hours_when_a_newer_one_is_made_and_when_the_account_is_disabled(
    store: Store,
) -> None:
    person = await make(store, "sam")
    async with store.begin() as work:
        first = await staff.new_setup_link(work, person.id, NOW, LASTS)
        assert await staff.account_of_link(work, first.token, NOW + LASTS - timedelta(seconds=1)) is not None
        assert await staff.account_of_link(work, first.token, NOW + LASTS) is None
        second = await staff.new_setup_link(work, person.id, NOW, LASTS)
        assert await staff.account_of_link(work, first.token, NOW) is None
        await staff.disable(work, person.id, NOW)
        assert await staff.account_of_link(work, second.token, NOW) is None
        await staff.enable(work, person.id)
        assert await staff.account_of_link(work, second.token, NOW) is None


async def test_the_store_holds_no_token_that_could_be_used(store: Store) -> None:
    person = await make(store, "sam")
    async with store.begin() as work:
        link = await staff.new_setup_link(work, person.id, NOW, LASTS)
        opened = await staff_sessions.start(work, person.id, NOW, second_factor=True)
        assert opened.session.token_hash != opened.token
        assert await staff.account_of_link(work, link.token[:-1], NOW) is None
        assert await staff_sessions.living(work, opened.session.token_hash, NOW, Limits()) is None


async def test_the_last_administrator_stays_one_and_two_cannot_disable_each_other_at_once(store: Store) -> None:
    one, two = await make(store, "one", Role.ADMINISTRATOR), await make(store, "two", Role.ADMINISTRATOR)

    async def disable(person: Staff) -> bool:
        try:
            async with store.begin() as work:
                await staff.disable(work, person.id, NOW)
        except LastAdministrator:
            return False
        return True

    assert sorted(await asyncio.gather(disable(one), disable(two))) == [False, True]
    async with store.look() as work:
        (left,) = await staff.active(work, [Role.ADMINISTRATOR])
    with pytest.raises(LastAdministrator):
        async with store.begin() as work:
            await staff.change_role(work, left.id, Role.AUDITOR)


async def test_a_session_lives_between_its_limits_and_ends_with_its_account(store: Store) -> None:
    person = await make(store, "sam")
    limits = Limits(idle=timedelta(minutes=30), whole=timedelta(hours=10))
    async with store.begin() as work:
        opened = await staff_sessions.start(work, person.id, NOW, second_factor=False)

    async def lives(at: datetime) -> bool:
        async with store.look() as work:
            return await staff_sessions.living(work, opened.token, at, limits) is not None

    assert await lives(NOW + timedelta(minutes=29))
    assert not await lives(NOW + timedelta(minutes=30))
    async with store.begin() as work:
        await staff_sessions.touch(work, opened.session.id, NOW + timedelta(hours=9, minutes=50))
    assert await lives(NOW + timedelta(hours=9, minutes=59))
    assert not await lives(NOW + timedelta(hours=10))
    async with store.begin() as work:
        await staff.disable(work, person.id, NOW)
    assert not await lives(NOW + timedelta(hours=9, minutes=59))


async def test_a_draft_is_kept_sealed_for_one_person_and_one_box_and_goes_when_it_is_emptied(store: Store) -> None:
    one, two = await make(store, "one"), await make(store, "two")
    async with store.begin() as work:
        await drafts.keep(work, one.id, "note", "first")
        await drafts.keep(work, one.id, "note", "second")
        await drafts.keep(work, one.id, "reply", "another box")
    async with store.look() as work:
        assert await drafts.read(work, one.id, "note") == "second"
        assert await drafts.read(work, two.id, "note") is None
    async with store.begin() as work:
        await drafts.keep(work, one.id, "note", "")
        await drafts.forget(work, one.id, "reply")
        assert await drafts.read(work, one.id, "note") is None
        assert await drafts.read(work, one.id, "reply") is None


async def test_absences_of_one_person_never_share_a_day(store: Store) -> None:
    person, cover = await make(store, "sam"), await make(store, "cover")
    async with store.begin() as work:
        await absences.add(work, person.id, cover.id, date(2026, 3, 2), date(2026, 3, 6))
    for first, last in ((6, 9), (1, 2), (3, 4), (1, 31)):
        with pytest.raises(absences.Overlaps):
            async with store.begin() as work:
                await absences.add(work, person.id, cover.id, date(2026, 3, first), date(2026, 3, last))
    async with store.begin() as work:
        later = await absences.add(work, person.id, cover.id, date(2026, 3, 7), date(2026, 3, 7))
        assert [len(await absences.away_on(work, date(2026, 3, day))) for day in (1, 2, 6, 7, 8)] == [0, 1, 1, 1, 0]
        assert len(await absences.covered_by(work, cover.id, date(2026, 3, 7))) == 1
        assert await absences.take_out(work, cover.id, later.id) is None, "only from the person whose it is"
        assert await absences.take_out(work, person.id, later.id) is not None
        assert await absences.to_come(work, person.id, date(2026, 3, 7)) == []
