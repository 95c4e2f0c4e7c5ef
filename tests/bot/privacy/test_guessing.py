"""Trying receipts: easy for somebody who mistypes, hopeless for somebody who guesses."""

from __future__ import annotations

from bot.privacy.guessing import BUCKET, GUESSES_FOR_SLOWEST, Gate, Visitor

HOUR = 3600


def test_somebody_who_mistypes_three_times_waits_a_little_and_then_longer_each_time() -> None:
    gate, visitor, at, waits = Gate(), Visitor(), 0.0, []
    for _ in range(9):
        wait = gate.seconds_to_wait(visitor, 0, at)
        waits.append(wait)
        at += wait
        assert wait == 0 or gate.seconds_to_wait(visitor, 0, at) == 0
        gate.refused(visitor, at)
    assert waits == [0, 0, 0, 5, 10, 20, 40, 80, 120]


def test_a_wait_of_one_visitor_is_not_a_wait_of_another() -> None:
    gate, clumsy = Gate(), Visitor()
    for _ in range(3):
        gate.seconds_to_wait(clumsy, 0, 0)
        gate.refused(clumsy, 0)
    assert gate.seconds_to_wait(clumsy, 3, 1) > 0
    assert gate.seconds_to_wait(Visitor(), 3, 1) == 0


def _tries_in_an_hour(opened: int) -> int:
    """How many guesses get through when every one comes on a fresh connection, as fast as can be."""
    gate, made, at = Gate(), 0, 0.0
    while at < HOUR:
        if gate.seconds_to_wait(Visitor(), opened + made, at) == 0:
            made += 1
        at += 0.5
    return made


def test_a_guesser_with_endless_connections_gets_fewer_than_seven_hundred_tries_an_hour() -> None:
    assert BUCKET < _tries_in_an_hour(0) < 700


def test_when_much_has_been_guessed_already_one_try_every_ten_seconds_is_left_and_the_door_never_shuts() -> None:
    assert 300 < _tries_in_an_hour(GUESSES_FOR_SLOWEST) <= 361


def test_a_year_of_guessing_against_a_thousand_receipts_finds_hardly_anything() -> None:
    tries = _tries_in_an_hour(0) * 24 * 365
    assert tries * 1000 / 2**40 < 0.01
