"""Who is told of one step: the rota's people less those who must not know, else the safeguarding leads, else nobody."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.alerts.rota import COUNCIL, on_duty, stand_in
from bot.store.alert_models import Duty
from bot.store.alert_rota import Person, Rota
from bot.store.alert_work import Barred
from bot.store.staff_models import Role


class Why(StrEnum):
    """Why somebody was told."""

    ROTA = "rota"
    COVER = "cover"  # for somebody on the rota who is away
    SAME_PERSON = "same_person"  # has an earlier alert of this conversation, or it was handed on to them
    NO_ROTA = "no_rota"  # nobody who may know has the duty: the safeguarding leads are told
    NOBODY = "nobody"  # there was nobody to tell


@dataclass(frozen=True)
class Told:
    """One person to tell; `person` is None when there is nobody."""

    person: Person | None
    why: Why


def whom(rota: Rota, duty: Duty, at: datetime, barred: Barred, first_to: str | None = None) -> list[Told]:
    """At least one line, so that a step with nobody to tell is logged too."""
    if first_to is not None:
        person = stand_in(rota, first_to, at.astimezone(COUNCIL).date())
        if person is not None and barred.may(person.staff_id, person.role):
            return [Told(person, Why.SAME_PERSON)]
    return _with_duty(rota, duty, at, barred) or leads(rota, at, barred) or [Told(None, Why.NOBODY)]


def _with_duty(rota: Rota, duty: Duty, at: datetime, barred: Barred) -> list[Told]:
    return [
        Told(one.person, Why.COVER if one.instead_of else Why.ROTA)
        for one in on_duty(rota, duty, at)
        if barred.may(one.person.staff_id, one.person.role)
    ]


def above(rota: Rota, duty: Duty, at: datetime, barred: Barred, holder_id: str | None) -> list[Told]:
    """Whoever answers for it when the one who has it does not: somebody else with this duty, or with the next one up;
    else the other leads, else nobody."""
    upwards = list(Duty)[list(Duty).index(duty) :]
    for told in (*(_with_duty(rota, one, at, barred) for one in upwards), leads(rota, at, barred)):
        others = [one for one in told if one.person is not None and one.person.staff_id != holder_id]
        if others:
            return others
    return [Told(None, Why.NOBODY)]


def leads(rota: Rota, at: datetime, barred: Barred) -> list[Told]:
    """Every safeguarding lead who is here, or who stands in for one that is away."""
    day = at.astimezone(COUNCIL).date()
    here = (stand_in(rota, one.staff_id, day) for one in rota.people.values() if one.role == Role.SAFEGUARDING_LEAD)
    people = {one.staff_id: one for one in here if one is not None and barred.may(one.staff_id, one.role)}
    return [Told(person, Why.NO_ROTA) for person in people.values()]
