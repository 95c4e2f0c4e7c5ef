"""Signing in against a real store: one refusal, a lock that grows, and codes that count once."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from sqlalchemy import select

from bot.staff import accounts
from bot.staff.passwords import Cost, Passwords
from bot.staff.sign_in import SignIn
from bot.staff.tries import TooManyTries, Tries, locked_until
from bot.store import Store, audit, staff, staff_sessions
from bot.store.staff_models import AuditEvent, Role, Staff, StaffSession

GOOD = "otter cabbage violin"


class Desk:
    """An account and the ways into it, with a clock that a test moves."""

    def __init__(self, store: Store, role: Role) -> None:
        self.store, self.role = store, role
        self.now = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
        self.passwords = Passwords(Cost(memory=64, passes=1, lanes=1))
        self.sign_in = SignIn(
            store, self.passwords, lambda: self.now, lambda role: role is not Role.AUDITOR, Tries(500, 500)
        )
        self.account: Staff

    async def open(self) -> Desk:
        async with self.store.begin() as work:
            self.account, link = await accounts.create(
                work, "service", "ann@council.example", "Ann", self.role, self.now
            )
        hashed = await self.passwords.hash(GOOD)
        async with self.store.begin() as work:
            assert await accounts.open_with_link(work, link.token, hashed, self.now) is not None
        return self

    async def half(self) -> StaffSession:
        opened = await self.sign_in.with_password("ann@council.example", GOOD)
        assert opened is not None
        assert opened.session.second_factor_at is None
        return opened.session

    async def enrolled(self) -> pyotp.TOTP:
        secret = pyotp.random_base32()
        half = await self.half()
        assert await self.sign_in.with_new_second_factor(half, secret, pyotp.TOTP(secret).at(self.now)) is not None
        self.now += timedelta(minutes=2)
        return pyotp.TOTP(secret)

    async def actions(self) -> list[str]:
        async with self.store.look() as work:
            await audit.verify(work)
            return list(await work.session.scalars(select(AuditEvent.action).order_by(AuditEvent.seq)))


async def test_a_right_password_is_enough_for_a_role_that_reads_no_words(store: Store) -> None:
    desk = await Desk(store, Role.AUDITOR).open()
    assert await desk.sign_in.with_password(" Ann@Council.example", GOOD) is not None
    assert (await desk.actions())[-1] == "sign_in"


async def test_wrong_unknown_disabled_and_not_set_up_are_refused_alike(store: Store) -> None:
    desk = await Desk(store, Role.AUDITOR).open()
    async with store.begin() as work:
        await staff.add(work, "new@council.example", "New", Role.AUDITOR)
        gone = await staff.add(work, "gone@council.example", "Gone", Role.AUDITOR)
        await staff.set_password(work, gone.id, await desk.passwords.hash(GOOD))
        await staff.disable(work, gone.id, desk.now)
    for email, password in (
        ("ann@council.example", "wrong"),
        ("nobody@council.example", GOOD),
        ("gone@council.example", GOOD),
        ("new@council.example", ""),
    ):
        assert await desk.sign_in.with_password(email, password) is None
    assert (await desk.actions())[-4:] == ["sign_in_failed"] * 4


async def test_five_failures_lock_the_account_for_minutes_that_double_and_success_starts_afresh(store: Store) -> None:
    desk = await Desk(store, Role.AUDITOR).open()
    for _ in range(5):
        assert await desk.sign_in.with_password("ann@council.example", "wrong") is None
    assert (await desk.actions())[-1] == "locked"
    assert await desk.sign_in.with_password("ann@council.example", GOOD) is None, "locked: even the right one"
    desk.now += timedelta(seconds=61)
    assert await desk.sign_in.with_password("ann@council.example", "wrong") is None
    desk.now += timedelta(seconds=61)
    assert await desk.sign_in.with_password("ann@council.example", GOOD) is None, "two minutes now"
    desk.now += timedelta(seconds=61)
    assert await desk.sign_in.with_password("ann@council.example", GOOD) is not None
    assert await desk.sign_in.with_password("ann@council.example", "wrong") is None
    assert await desk.sign_in.with_password("ann@council.example", GOOD) is not None


def test_the_lock_grows_up_to_an_hour() -> None:
    at = datetime(2026, 3, 2, tzinfo=UTC)
    minutes = [until and (until - at).total_seconds() / 60 for until in (locked_until(n, at) for n in range(3, 14))]
    assert minutes == [None, None, 1, 2, 4, 8, 16, 32, 60, 60, 60]


async def test_forty_guesses_at_once_get_no_further_than_five(store: Store) -> None:
    desk = await Desk(store, Role.AUDITOR).open()
    await asyncio.gather(*(desk.sign_in.with_password("ann@council.example", f"guess {n}") for n in range(40)))
    async with store.look() as work:
        account = await staff.by_id(work, desk.account.id)
        assert account is not None
        assert account.failed_sign_ins == 5
    assert await desk.sign_in.with_password("ann@council.example", GOOD) is None


async def test_a_code_signs_in_once_and_puts_a_whole_session_in_place_of_the_half_one(store: Store) -> None:
    desk = await Desk(store, Role.WORKER).open()
    totp = await desk.enrolled()
    half = await desk.half()
    code = totp.at(desk.now)
    opened = await desk.sign_in.with_code(half, code)
    assert opened is not None
    assert opened.session.second_factor_at == desk.now
    assert await desk.sign_in.with_code(await desk.half(), code) is None, "a code counts once"
    async with store.look() as work:
        ended = await work.session.get_one(StaffSession, half.id)
        assert ended.ended_at is not None


async def test_of_two_browsers_that_send_one_code_at_once_one_gets_in(store: Store) -> None:
    desk = await Desk(store, Role.WORKER).open()
    totp = await desk.enrolled()
    halves = [await desk.half(), await desk.half()]
    code = totp.at(desk.now)
    found = await asyncio.gather(*(desk.sign_in.with_code(half, code) for half in halves))
    assert sum(one is not None for one in found) == 1


async def test_wrong_codes_lock_the_account_like_wrong_passwords_and_a_right_password_does_not_reset_them(
    store: Store,
) -> None:
    desk = await Desk(store, Role.WORKER).open()
    totp = await desk.enrolled()
    for _ in range(5):
        assert await desk.sign_in.with_code(await desk.half(), "000000") is None
    assert await desk.sign_in.with_password("ann@council.example", GOOD) is None
    desk.now += timedelta(seconds=61)
    assert await desk.sign_in.with_code(await desk.half(), totp.at(desk.now)) is not None


async def test_whoever_knows_only_the_password_cannot_put_another_phone_in_place(store: Store) -> None:
    desk = await Desk(store, Role.WORKER).open()
    totp = await desk.enrolled()
    other = pyotp.TOTP(pyotp.random_base32())
    assert await desk.sign_in.with_new_second_factor(await desk.half(), other.secret, other.at(desk.now)) is None
    assert await desk.sign_in.with_code(await desk.half(), totp.at(desk.now)) is not None


async def test_a_new_setup_link_ends_sessions_takes_the_old_phone_away_and_opens_a_lock(store: Store) -> None:
    desk = await Desk(store, Role.WORKER).open()
    await desk.enrolled()
    async with store.begin() as work:
        opened = await staff_sessions.start(work, desk.account.id, desk.now, second_factor=True)
    for _ in range(5):
        await desk.sign_in.with_password("ann@council.example", "wrong")
    hashed = await desk.passwords.hash("another good password")
    async with store.begin() as work:
        link = await accounts.new_link(work, "service", desk.account.id, desk.now)
        assert await accounts.open_with_link(work, link.token, hashed, desk.now) is not None
        account = await staff.by_id(work, desk.account.id)
        assert account is not None
        assert account.totp_sealed is None
        assert await staff_sessions.living(work, opened.token, desk.now, staff_sessions.Limits()) is None
    assert await desk.sign_in.with_password("ann@council.example", GOOD) is None
    assert await desk.sign_in.with_password("ann@council.example", "another good password") is not None


def test_all_tries_of_the_process_together_are_limited_and_fill_up_with_time() -> None:
    tries, at = Tries(most=3, a_minute=60), datetime(2026, 3, 2, tzinfo=UTC)
    for _ in range(3):
        tries.take(at)
    with pytest.raises(TooManyTries):
        tries.take(at)
    tries.take(at + timedelta(seconds=1))
    with pytest.raises(TooManyTries):
        tries.take(at + timedelta(seconds=1))
