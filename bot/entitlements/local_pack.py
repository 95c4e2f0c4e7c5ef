"""The local pack: one list of all that only the council can supply, and what of it is missing or out of date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.content import Content
from bot.entitlements.files import Faults
from bot.entitlements.hours import ReadingHours
from bot.entitlements.models import Contact, LocalFact, Text

FILE = "local_pack.yml"
SUPPLIED_BY_COUNCIL = "to supply"  # how the source of a number ends that the council has not given yet


class Part(Content):
    title: Text
    hours: bool = False
    numbers: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


class LocalPack(Content):
    """`local_pack.yml`."""

    council: Text
    parts: tuple[Part, ...]


class Lack(StrEnum):
    BLANK = "blank"
    OVERDUE = "overdue"


@dataclass(frozen=True)
class Missing:
    """One thing that the council has to supply. `where` is its file and id; `what` is for a member of staff."""

    part: str
    what: str
    where: str
    owner: str
    lack: Lack


def check_pack(
    pack: LocalPack, contacts: Mapping[str, Contact], facts: Mapping[str, LocalFact], faults: Faults
) -> None:
    """Note what the list names that is not there, what it leaves out, and what it names twice."""
    numbers = [name for part in pack.parts for name in part.numbers]
    named = [name for part in pack.parts for name in part.facts]
    to_supply = {one.id for one in contacts.values() if one.source.endswith(SUPPLIED_BY_COUNCIL)}
    for kind, listed, known, wanted in (
        ("number", numbers, set(contacts), to_supply),
        ("fact", named, set(facts), set(facts)),
    ):
        for name in sorted({name for name in listed if listed.count(name) > 1}):
            faults.add(FILE, name, f"this {kind} is there more than once")
        for name in sorted(set(listed) - known):
            faults.add(FILE, name, f"there is no such {kind}")
        for name in sorted(wanted - set(listed)):
            faults.add(FILE, name, f"this {kind} is not in the list")
    if sum(part.hours for part in pack.parts) != 1:
        faults.add(FILE, "hours", "expected once")


def missing(
    pack: LocalPack,
    hours: ReadingHours | None,
    contacts: Mapping[str, Contact],
    facts: Mapping[str, LocalFact],
    on: date,
) -> list[Missing]:
    """What is blank or past its review date on that day, in the order of the list."""
    found = []
    for part in pack.parts:
        if part.hours and hours is None:
            found.append(
                Missing(
                    part.title, "When does a person read messages?", "hours.yml", "participation manager", Lack.BLANK
                )
            )
        for name in part.numbers:
            contact = contacts[name]
            if lack := _lack(contact.said, contact.review_by, on):
                found.append(Missing(part.title, contact.name, f"contacts.yml: {name}", contact.owner, lack))
        for name in part.facts:
            fact = facts[name]
            if lack := _lack(fact.answer, fact.review_by, on):
                found.append(Missing(part.title, fact.question, f"local_offer.yml: {name}", fact.owner, lack))
    return found


def _lack(said: str | None, review_by: date | None, on: date) -> Lack | None:
    if said is None:
        return Lack.BLANK
    return Lack.OVERDUE if review_by is not None and on > review_by else None
