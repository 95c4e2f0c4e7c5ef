"""Which account a proven person opens, on both databases: none is made, and one refusal for every reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pyotp
import pytest
from sqlalchemy import func, select

from bot.staff import accounts
from bot.staff.council_sign_in import CouncilSignIn, Proven, is_of_issuer, subject_digest
from bot.staff.passwords import Cost, Passwords
from bot.staff.sign_in import SignIn
from bot.staff.tries import Tries
from bot.store import Store, audit, staff
from bot.store.staff_models import AuditEvent, Role, Staff, StaffSession

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
ANN = Proven("https://login.example", "ann-1", "Ann@Council.example", email_verified=True, second_factor=False)
GOOD = "otter cabbage violin"

Change = Callable[[Store, str], Awaitable[None]]


def needs(role: Role) -> bool:
    return role is not Role.AUDITOR


async def person(store: Store, role: Role = Role.AUDITOR) -> Staff:
    async with store.begin() as work:
        return await staff.add(work, "ann@council.example", "Ann", role)


def ways_in(store: Store) -> CouncilSignIn:
    return CouncilSignIn(store, lambda: NOW, needs)


async def last_line(store: Store) -> tuple[str, str, dict[str, Any]]:
    async with store.look() as work:
        await audit.verify(work)
        line = (await work.session.scalars(select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(1))).one()
        return line.action, line.subject_id, line.details


async def test_the_first_time_a_verified_address_leads_to_the_account_and_then_the_subject_does(store: Store) -> None:
    ann = await person(store)
    first = await ways_in(store).enter(ANN)
    assert first is not None
    assert (first.session.staff_id, first.session.by_council) == (ann.id, True)
    assert await last_line(store) == ("sign_in", ann.id, {"how": "council_account"})
    married = replace(ANN, email="ann.other@council.example", email_verified=False)
    again = await ways_in(store).enter(married)
    assert again is not None
    assert again.session.staff_id == ann.id


async def test_what_is_stored_of_the_subject_is_a_digest(store: Store) -> None:
    ann = await person(store)
    await ways_in(store).enter(ANN)
    async with store.look() as work:
        stored = await staff.by_id(work, ann.id)
    assert stored is not None
    assert stored.oidc_subject == subject_digest(ANN.issuer, ANN.subject)
    assert ANN.subject not in stored.oidc_subject


async def nothing(_store: Store, _staff_id: str) -> None:
    pass


async def disabled(store: Store, staff_id: str) -> None:
    async with store.begin() as work:
        await staff.disable(work, staff_id, NOW)


async def of_another_subject(store: Store, _staff_id: str) -> None:
    assert await ways_in(store).enter(replace(ANN, subject="ann-0")) is not None


async def used_and_disabled(store: Store, staff_id: str) -> None:
    assert await ways_in(store).enter(ANN) is not None
    await disabled(store, staff_id)


@pytest.mark.parametrize(
    ("change", "proven", "reason", "known"),
    [
        (nothing, replace(ANN, email=None), "no_email", False),
        (nothing, replace(ANN, email_verified=False), "unverified_email", False),
        (nothing, replace(ANN, email="bob@council.example"), "unknown_account", False),
        (nothing, replace(ANN, email="ann@council.example.evil.example"), "unknown_account", False),
        (disabled, ANN, "disabled", True),
        (used_and_disabled, ANN, "disabled", True),
        (of_another_subject, ANN, "changed_subject", True),
    ],
)
async def test_every_refusal_is_none_makes_no_account_and_says_why_to_the_log_only(
    store: Store, change: Change, proven: Proven, reason: str, known: bool
) -> None:
    ann = await person(store)
    await change(store, ann.id)
    assert await ways_in(store).enter(proven) is None
    subject = ann.id if known else "unknown"
    assert await last_line(store) == ("sign_in_failed", subject, {"how": "council_account", "reason": reason})
    async with store.look() as work:
        assert len(await staff.everybody(work)) == 1


async def test_a_letter_that_only_becomes_the_same_in_lower_case_is_another_address(store: Store) -> None:
    async with store.begin() as work:
        await staff.add(work, "kate@council.example", "Kate", Role.AUDITOR)
    assert await ways_in(store).enter(replace(ANN, email="\u212aate@council.example")) is None


async def test_a_role_that_reads_words_is_half_way_unless_the_second_factor_was_proven(store: Store) -> None:
    await person(store, Role.WORKER)
    half = await ways_in(store).enter(ANN)
    assert half is not None
    assert half.session.second_factor_at is None
    whole = await ways_in(store).enter(replace(ANN, second_factor=True))
    assert whole is not None
    assert whole.session.second_factor_at == NOW
    assert (await last_line(store))[2] == {"how": "council_account_and_second_factor"}


async def test_our_code_completes_the_council_account(store: Store) -> None:
    ann = await person(store, Role.WORKER)
    half, secret = await ways_in(store).enter(ANN), pyotp.random_base32()
    assert half is not None
    sign_in = SignIn(store, Passwords(Cost(64, 1, 1)), lambda: NOW, needs)
    opened = await sign_in.with_new_second_factor(half.session, secret, pyotp.TOTP(secret).at(NOW))
    assert opened is not None
    assert opened.session.by_council
    assert await last_line(store) == ("sign_in", ann.id, {"how": "council_account_and_code"})


async def test_of_two_people_who_come_at_once_under_one_address_one_gets_in(store: Store) -> None:
    await person(store)
    both = [ways_in(store).enter(replace(ANN, subject=f"ann-{number}")) for number in range(2)]
    found = await asyncio.gather(*both)
    assert sum(one is not None for one in found) == 1


async def test_one_council_account_opens_one_account(store: Store) -> None:
    ann = await person(store)
    async with store.begin() as work:
        bob = await staff.add(work, "bob@council.example", "Bob", Role.AUDITOR)
        assert await staff.set_oidc_subject(work, ann.id, "digest")
        assert not await staff.set_oidc_subject(work, bob.id, "digest")
    async with store.look() as work:
        assert await work.session.scalar(select(func.count()).where(Staff.oidc_subject == "digest")) == 1


async def test_a_used_set_up_link_lets_a_new_council_account_in(store: Store) -> None:
    ann, newer = await person(store), replace(ANN, subject="ann-2")
    await ways_in(store).enter(ANN)
    async with store.begin() as work:
        link = await accounts.new_link(work, "service", ann.id, NOW)
        assert await accounts.open_with_link(work, link.token, None, NOW) is not None
    assert (await last_line(store))[2] == {"what": "started_afresh"}
    assert await ways_in(store).enter(newer) is not None
    assert await ways_in(store).enter(ANN) is None


async def test_when_the_council_moves_to_another_provider_addresses_lead_to_the_accounts_again(store: Store) -> None:
    ann = await person(store)
    await ways_in(store).enter(ANN)
    moved = replace(ANN, issuer="https://other.example", subject="4711")
    opened = await ways_in(store).enter(moved)
    assert opened is not None
    assert opened.session.staff_id == ann.id
    same_number = subject_digest("https://login.example", "4711")
    assert same_number != subject_digest("https://other.example", "4711")
    assert not is_of_issuer(same_number, "https://other.example")


async def test_wrong_passwords_of_strangers_do_not_keep_the_council_account_out(store: Store) -> None:
    ann = await person(store)
    async with store.begin() as work:
        for _ in range(9):
            await staff.note_failure(work, ann.id, lambda _: NOW + timedelta(hours=1))
    assert await ways_in(store).enter(ANN) is not None


class OnlyCouncil:
    """An administrator with a password, where only the council's account counts."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.passwords = Passwords(Cost(64, 1, 1))
        self.sign_in = SignIn(store, self.passwords, lambda: NOW, needs, Tries(500, 500), council_only=True)

    async def person(self, email: str, role: Role = Role.ADMINISTRATOR) -> Staff:
        hashed = await self.passwords.hash(GOOD)
        async with self.store.begin() as work:
            made = await staff.add(work, email, "Somebody", role)
            await staff.set_password(work, made.id, hashed)
            return made

    async def enters(self, email: str) -> bool:
        return await self.sign_in.with_password(email, GOOD) is not None


async def test_where_only_the_council_account_counts_one_administrator_has_a_password_all_the_same(
    store: Store,
) -> None:
    desk = OnlyCouncil(store)
    first, second = await desk.person("a@council.example"), await desk.person("b@council.example")
    assert not await desk.enters("a@council.example")
    async with store.begin() as work:
        assert not await staff.has_break_glass(work)
        await accounts.set_break_glass(work, "service", first.id)
        assert await staff.has_break_glass(work)
    assert await desk.enters("a@council.example")
    assert not await desk.enters("b@council.example")
    async with store.begin() as work:
        await accounts.set_break_glass(work, "service", second.id)
    assert not await desk.enters("a@council.example")
    async with store.begin() as work:
        await accounts.change_role(work, "service", second.id, Role.AUDITOR, NOW)
    assert not await desk.enters("b@council.example"), "an administrator only"


async def test_passwords_that_do_not_count_cannot_be_used_to_lock_anybody_out(store: Store) -> None:
    desk = OnlyCouncil(store)
    ann = await desk.person("a@council.example")
    for _ in range(9):
        assert not await desk.enters("a@council.example")
    async with store.look() as work:
        account = await staff.by_id(work, ann.id)
        sessions = await work.session.scalar(select(func.count()).select_from(StaffSession))
    assert account is not None
    assert (account.failed_sign_ins, account.locked_until, sessions) == (0, None, 0)
