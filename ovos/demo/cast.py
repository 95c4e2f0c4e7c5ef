"""The accounts of the demonstration, their sign-ins, days away, and the allocation list."""

from __future__ import annotations

import csv
import io
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.requests import allocations
from bot.requests.clocks import ONE_DAY
from bot.staff import absence, accounts, audit
from bot.staff.audit import SERVICE, Action
from bot.staff.passwords import Passwords
from bot.staff.second_factor import enrolment_address, new_secret
from bot.store import alert_rota, staff
from bot.store.alert_models import Duty
from bot.store.models import pretending
from bot.store.staff_models import Role
from ovos.demo.stage import Player, Scene, Stage
from ovos.demo.words import People, Person

ISSUER = "OVOS demonstration"
HEADINGS = ("reference", "worker", "pa", "iro", "manager", "team")


@dataclass(frozen=True)
class SignIns:
    """What opens the demonstration's accounts: one password and one authenticator secret for all of them."""

    password: str
    secret: str

    @classmethod
    def fresh(cls, words: Sequence[str]) -> SignIns:
        """A password of five words drawn at random."""
        return cls("-".join(secrets.choice(words) for _ in range(5)), new_secret())

    @property
    def authenticator(self) -> str:
        """What an authenticator app reads, typed or as a QR code."""
        return enrolment_address(self.secret, "demonstration", ISSUER)


async def hire(stage: Stage, sign_ins: SignIns, passwords: Passwords, at: datetime) -> None:
    """Everybody gets an account, opens it by the set-up link and enrols the authenticator."""
    hashed = await passwords.hash(sign_ins.password)
    administrator = next(one for one in stage.words.people.staff if one.role is Role.ADMINISTRATOR)
    others = [one for one in stage.words.people.staff if one is not administrator]
    first = await _open(stage, administrator, SERVICE, hashed, sign_ins.secret, at)
    hired = [first]
    for person in others:
        at += timedelta(minutes=3)
        hired.append(await _open(stage, person, first.staff_id, hashed, sign_ins.secret, at))
    order = [one.email for one in stage.words.people.staff]
    stage.players = {one.email: one for one in sorted(hired, key=lambda one: order.index(one.email))}
    await _put_on_call(stage, at)


async def _put_on_call(stage: Stage, at: datetime) -> None:
    """One safeguarding lead is on call day and night, another is the second person, managers stand above them."""
    leads, managers = stage.of_role(Role.SAFEGUARDING_LEAD), stage.of_role(Role.MANAGER)
    always, days = (time(0), time(0)), (at.date(), None)
    for duty, who in ((Duty.ON_CALL, leads[0]), (Duty.SECOND_PERSON, leads[-1]), (Duty.DUTY_MANAGER, managers[0])):
        with pretending(at):
            shift = await alert_rota.add(stage.work, who.staff_id, duty, range(7), always, days)
            await audit.note(stage.work, leads[0].staff_id, Action.ROTA_CHANGED, "shift", shift.id, {"what": "added"})


async def _open(stage: Stage, person: Person, by: str, hashed: str, secret: str, at: datetime) -> Player:
    with pretending(at):
        made, link = await accounts.create(stage.work, by, person.email, person.name, person.role, at)
        await accounts.open_with_link(stage.work, link.token, hashed, at)
        await staff.set_second_factor(stage.work, made.id, secret)
        await audit.note(stage.work, made.id, Action.SECOND_FACTOR_SET, "staff", made.id)
    return Player(made.id, person.name, person.email, person.role)


async def allocate(stage: Stage, at: datetime) -> None:
    """Import an allocation list, as a council's file."""
    stage.cases = cases(stage.words.people)
    by = stage.officer
    with pretending(at):
        lines = allocations.read_list(_file(stage.cases))
        seen = (await allocations.preview(stage.work, lines)).seen
        applied = await allocations.apply(stage.work, lines, seen, by.staff_id, at)
        await stage.log(applied.happened)
        await audit.note_line(stage.work, applied.line)


def cases(people: People) -> list[dict[str, str]]:
    """One line for each reference; from the second third on there is a personal adviser."""
    workers, advisers = people.of_role(Role.WORKER), people.of_role(Role.WORKER, advisers=True)
    iros, managers = people.of_role(Role.IRO), people.of_role(Role.MANAGER)
    lines = []
    for n in range(people.cases):
        line = {
            "reference": people.reference.format(number=n + 1),
            "worker": workers[n % len(workers)].email,
            "pa": advisers[n % len(advisers)].email,
            "iro": iros[n % len(iros)].email,
            "manager": managers[n % len(managers)].email,
            "team": people.teams[n % len(people.teams)],
        }
        lines.append(line)
    return lines


def _file(lines: Sequence[dict[str, str]]) -> bytes:
    file = io.StringIO()
    writer = csv.DictWriter(file, HEADINGS)
    writer.writeheader()
    writer.writerows(lines)
    return file.getvalue().encode()


async def days_away(stage: Stage) -> None:
    """One worker is away now, an IRO was, and another will be."""
    times = stage.times
    workers, iros = stage.of_role(Role.WORKER), stage.of_role(Role.IRO)
    plans = (
        (workers[3], workers[4], times.today - 2 * ONE_DAY, times.today + 6 * ONE_DAY, times.working_days_ago(4)),
        (iros[1], iros[2], times.today - 40 * ONE_DAY, times.today - 30 * ONE_DAY, times.working_days_ago(32)),
        (iros[0], iros[2], times.today + 12 * ONE_DAY, times.today + 20 * ONE_DAY, times.working_days_ago(2)),
    )
    for away, cover, first_day, last_day, entered_on in plans:
        stage.diary.put(times.in_the_office(entered_on), _enters(stage, away, cover, (first_day, last_day)))


def _enters(stage: Stage, away: Player, cover: Player, days: tuple[date, date]) -> Scene:
    async def scene(at: datetime) -> None:
        with pretending(at):
            await absence.enter(stage.work, away.staff_id, away.staff_id, cover.staff_id, *days)

    return scene
