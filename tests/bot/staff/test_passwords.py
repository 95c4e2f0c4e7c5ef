"""Passwords: what is taken, how it is kept, and that comparing takes the same time for everybody."""

from __future__ import annotations

import time

import pytest

from bot.staff.passwords import Cost, PasswordFault, Passwords, fault_of, load_common_passwords

CHEAP = Cost(memory=64, passes=1, lanes=1)
EMAIL = "ann.smith@council.example"


@pytest.mark.parametrize(
    ("password", "fault"),
    [
        ("elevenchars", PasswordFault.TOO_SHORT),
        ("twelve chars", None),
        ("x" * 64 + "abcdefgh" * 9, PasswordFault.TOO_LONG),
        ("Password1234", PasswordFault.COMMON),
        ("P A S S W O R D 1 2 3 4", PasswordFault.COMMON),
        ("aaaaaaaaaaaabbbb", PasswordFault.COMMON),
        ("my name is Ann.Smith", PasswordFault.HOLDS_EMAIL),
        ("ann.smith@council.example", PasswordFault.HOLDS_EMAIL),
        ("otter cabbage violin", None),
    ],
)
def test_the_rules_for_a_new_password(password: str, fault: PasswordFault | None) -> None:
    assert fault_of(password, EMAIL, load_common_passwords()) is fault


def test_a_name_of_two_letters_does_not_rule_out_every_password_that_has_them() -> None:
    assert fault_of("otter cabbage violin", "ot@council.example", frozenset()) is None


async def test_the_same_letters_typed_on_another_keyboard_are_the_same_password() -> None:
    passwords = Passwords(CHEAP)
    stored = await passwords.hash("caf\u00e9 violin otter")
    assert await passwords.matches("cafe\u0301 violin otter", stored)
    assert not await passwords.matches("cafe violin otter", stored)


async def test_without_a_stored_password_nothing_matches_not_even_the_one_that_is_compared_with() -> None:
    passwords = Passwords(CHEAP)
    assert not await passwords.matches("the password of no account", None)
    assert not await passwords.matches("anything", "not a hash")


@pytest.mark.alone
async def test_the_real_cost_is_argon2id_at_the_advised_cost_and_equal_for_nobodys_account() -> None:
    passwords = Passwords()
    stored = await passwords.hash("otter cabbage violin")
    assert stored.startswith("$argon2id$v=19$m=47104,t=2,p=1$")
    assert Passwords(CHEAP).is_outdated(stored)

    async def quickest(against: str | None) -> float:
        times = []
        for _ in range(4):
            began = time.perf_counter()
            assert not await passwords.matches("a wrong password", against)
            times.append(time.perf_counter() - began)
        return min(times)

    known, unknown = await quickest(stored), await quickest(None)
    assert 0.4 < known / unknown < 2.5
