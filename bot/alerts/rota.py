"""Who has a duty at a moment. Pure: the rota and the moment go in, people come out.

Times on the rota are of the council's clock, so a shift from 17:00 to 09:00 is that on the night the clocks change too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from bot.store.alert_models import Duty
from bot.store.alert_rota import Person, Rota, Shift

COUNCIL = ZoneInfo("Europe/London")
A_DAY = timedelta(days=1)
MOST_COVERS = 5  # a cover of a cover of a cover; more than that is a ring


@dataclass(frozen=True)
class OnDuty:
    """Somebody who has a duty now. `instead_of`: the person on the rota, who is away."""

    person: Person
    duty: Duty
    until: datetime
    instead_of: str | None = None


def spans(shift: Shift, first_day: date, last_day: date) -> Iterator[tuple[datetime, datetime]]:
    """When this shift begins and ends, for each day on which it begins from the first to the last."""
    day = max(first_day, shift.first_day)
    last = last_day if shift.last_day is None else min(last_day, shift.last_day)
    while day <= last:
        if day.weekday() in shift.weekdays:
            end_day = day + A_DAY if shift.over_night else day
            yield (
                datetime.combine(day, shift.begins, COUNCIL),
                datetime.combine(end_day, shift.ends, COUNCIL),
            )
        day += A_DAY


def on_duty(rota: Rota, duty: Duty, at: datetime) -> list[OnDuty]:
    """Everybody who has this duty at this moment, once each, in the order of the rota.

    Somebody who is away is replaced by their cover; somebody whose account is disabled, or who is away without a
    cover that is here, is left out. Raises ValueError for a moment without a time zone.
    """
    if at.tzinfo is None:
        raise ValueError("The rota needs a moment with a time zone.")
    here = at.astimezone(COUNCIL)
    today = here.date()
    found: dict[str, OnDuty] = {}
    for shift in rota.shifts:
        if shift.duty is not duty:
            continue
        for begins, ends in spans(shift, today - A_DAY, today):
            if begins <= here < ends:
                person = stand_in(rota, shift.staff_id, today)
                if person is not None and person.staff_id not in found:
                    instead = shift.staff_id if person.staff_id != shift.staff_id else None
                    found[person.staff_id] = OnDuty(person, duty, ends, instead)
    return list(found.values())


def stand_in(rota: Rota, staff_id: str, day: date) -> Person | None:
    """The person, or who covers for them on this day; None when nobody of them is here."""
    away = {one.staff_id: one.cover_id for one in rota.away if one.first_day <= day <= one.last_day}
    for _ in range(MOST_COVERS):
        if staff_id not in away:
            return rota.people.get(staff_id)
        staff_id = away[staff_id]
    return None


def next_on_duty(rota: Rota, duty: Duty, at: datetime, days: int = 7) -> datetime | None:
    """The next moment at which somebody has this duty; None when nobody has in that many days."""
    today = at.astimezone(COUNCIL).date()
    begins = sorted(
        begin
        for shift in rota.shifts
        if shift.duty is duty
        for begin, _ in spans(shift, today, today + timedelta(days=days))
        if begin > at
    )
    return next((one for one in begins if on_duty(rota, duty, one)), None)


@dataclass(frozen=True)
class Stretch:
    """A time in which the same people have a duty; nobody in it is a gap, more than one an overlap."""

    begins: datetime
    ends: datetime
    people: tuple[Person, ...]


def coverage(rota: Rota, duty: Duty, begins: datetime, days: int) -> list[Stretch]:
    """The coming days without a hole, in stretches, by the council's clock."""
    here = begins.astimezone(COUNCIL)
    first, last = here.date(), here.date() + timedelta(days=days)
    until = datetime.combine(last, here.timetz())
    edges = {here, until}
    for shift in (one for one in rota.shifts if one.duty is duty):
        for span in spans(shift, first - A_DAY, last):
            edges.update(span)
    # An absence begins and ends at midnight.
    edges.update(datetime.combine(first + timedelta(days=n), time(), COUNCIL) for n in range(1, days + 1))
    moments = sorted(one for one in edges if here <= one <= until)
    found: list[Stretch] = []
    for start, end in pairwise(moments):
        people = tuple(one.person for one in on_duty(rota, duty, start))
        if found and found[-1].people == people:
            found[-1] = Stretch(found[-1].begins, end, people)
        elif start < end:
            found.append(Stretch(start, end, people))
    return found
