"""Who is on call at a moment: nights, clock changes, days away, disabled accounts, gaps and overlaps."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import pytest

from bot.alerts.cover import CoveredBy, cover_at
from bot.alerts.rota import COUNCIL, coverage, on_duty
from bot.store.alert_models import Duty
from bot.store.alert_rota import Away, Person, Rota, Shift
from bot.store.staff_models import Role

ASHA = Person("a" * 32, "Asha", Role.SAFEGUARDING_LEAD, True)
BEN = Person("b" * 32, "Ben", Role.MANAGER, True)
CAT = Person("c" * 32, "Cat", Role.WORKER, False)
WEEK = tuple(range(7))


def shift(who: Person, days: tuple[int, ...], begins: int, ends: int, duty: Duty = Duty.ON_CALL, **more: date) -> Shift:
    first = more.get("first_day", date(2026, 1, 1))
    return Shift("s" * 32, who.staff_id, duty, days, time(begins), time(ends), first, more.get("last_day"))


def rota(*shifts: Shift, away: tuple[Away, ...] = (), people: tuple[Person, ...] = (ASHA, BEN, CAT)) -> Rota:
    return Rota(shifts, {one.staff_id: one for one in people}, away)


def here(*when: int) -> datetime:
    return datetime(*when, tzinfo=COUNCIL)  # type: ignore[misc,arg-type]


def names(of: Rota, at: datetime, duty: Duty = Duty.ON_CALL) -> list[str]:
    return [one.person.name for one in on_duty(of, duty, at)]


def test_a_night_belongs_to_the_day_on_which_it_begins() -> None:
    monday_night = rota(shift(ASHA, (0,), 17, 9))
    assert names(monday_night, here(2026, 11, 30, 16, 59)) == []
    assert names(monday_night, here(2026, 11, 30, 17)) == ["Asha"]
    assert names(monday_night, here(2026, 12, 1, 8, 59)) == ["Asha"]
    assert names(monday_night, here(2026, 12, 1, 9)) == []


@pytest.mark.parametrize("night", [date(2026, 3, 28), date(2026, 10, 24)])
def test_hours_are_of_the_councils_clock_when_the_clocks_change(night: date) -> None:
    on = rota(shift(ASHA, WEEK, 22, 6))
    morning = night + timedelta(days=1)
    assert names(on, datetime.combine(morning, time(5, 59), COUNCIL)) == ["Asha"]
    assert names(on, datetime.combine(morning, time(6, 1), COUNCIL)) == []


def test_whoever_is_away_is_replaced_and_whoever_left_is_not_there() -> None:
    day = date(2026, 11, 30)
    on = (shift(ASHA, WEEK, 0, 0),)
    assert names(rota(*on, away=(Away(ASHA.staff_id, BEN.staff_id, day, day),)), here(2026, 11, 30, 12)) == ["Ben"]
    chain = (Away(ASHA.staff_id, BEN.staff_id, day, day), Away(BEN.staff_id, CAT.staff_id, day, day))
    assert names(rota(*on, away=chain), here(2026, 11, 30, 12)) == ["Cat"]
    ring = (Away(ASHA.staff_id, BEN.staff_id, day, day), Away(BEN.staff_id, ASHA.staff_id, day, day))
    assert names(rota(*on, away=ring), here(2026, 11, 30, 12)) == []
    assert names(rota(*on, people=(BEN, CAT)), here(2026, 11, 30, 12)) == []


def test_gaps_and_overlaps_of_the_coming_week_are_found() -> None:
    on = rota(shift(ASHA, (0, 1, 2, 3, 4), 9, 17), shift(BEN, (2,), 16, 20), shift(CAT, WEEK, 17, 9))
    found = coverage(on, Duty.ON_CALL, here(2026, 11, 30, 12), 7)
    assert found[0].begins == here(2026, 11, 30, 12)
    assert found[-1].ends == here(2026, 12, 7, 12)
    assert all(one.ends == other.begins for one, other in zip(found, found[1:], strict=False))
    odd = [(one.begins.day, one.begins.hour, one.ends.hour, [p.name for p in one.people]) for one in found]
    assert [one for one in odd if len(one[3]) != 1] == [
        (2, 16, 17, ["Asha", "Ben"]),
        (2, 17, 20, ["Ben", "Cat"]),
        (5, 9, 17, []),
        (6, 9, 17, []),
    ]


class Office:
    def is_open(self, at: datetime) -> bool:
        return 9 <= at.astimezone(COUNCIL).hour < 17

    def next_open(self, at: datetime) -> datetime:
        return datetime.combine(at.astimezone(COUNCIL).date() + timedelta(days=1), time(9), COUNCIL)


def test_who_covers_now_is_a_role_on_call_or_the_team_or_nobody_and_never_a_guess() -> None:
    night = rota(shift(ASHA, WEEK, 17, 22))
    on_call = cover_at(night, here(2026, 11, 30, 18), Office())
    assert (on_call.by, on_call.role, on_call.until) == (
        CoveredBy.ON_CALL,
        Role.SAFEGUARDING_LEAD,
        here(2026, 11, 30, 22),
    )
    assert cover_at(night, here(2026, 11, 30, 10), Office()).by is CoveredBy.TEAM
    nobody = cover_at(night, here(2026, 11, 30, 23), Office())
    assert (nobody.anybody, nobody.next_at) == (False, here(2026, 12, 1, 9))
    assert cover_at(night, here(2026, 11, 30, 23), None).next_at == here(2026, 12, 1, 17)
    unknown = cover_at(rota(), here(2026, 11, 30, 23), None)
    assert (unknown.by, unknown.next_at) == (CoveredBy.NOBODY, None)
    with pytest.raises(ValueError):
        cover_at(night, datetime(2026, 11, 30, 10), None)  # noqa: DTZ001
    assert cover_at(night, datetime(2026, 11, 30, 18, tzinfo=UTC), None).by is CoveredBy.ON_CALL
