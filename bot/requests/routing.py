"""Who gets a request, and who never sees it. Pure: no store, no clock.

Who gets it
- A contact request goes to the person whom the young person asked for, by the allocation of their case.
- Everything else, and everything without a case, goes to the triage queue of the participation officers.
- Somebody who is away is covered by their cover. When the person, or the cover, is one whom it is about or who was
  ruled out, a worker's or PA's request goes to the manager of the case, unless that is excluded too; then to triage.
  An IRO is independent of the case's manager, so a request for an IRO never goes there but to triage.

Who never sees it
- Everybody whom it is about or whom the young person ruled out: by the e-mail of the allocation list and by account.
- While nobody knows who that is (no case, an empty cell, "someone else"), everybody in the roles that it could be.
  An officer who finds out names the people instead.
- Staff where the young person lives have no accounts; nobody is hidden for them.
- When participation officers are ruled out, safeguarding leads have it in their queue instead, and assign it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from bot.store.models import RequestKind
from bot.store.staff_models import Role

# The `who` that each column of the allocation list answers, and the role that its people have.
ROLE_OF: Mapping[str, Role] = {
    "social_worker": Role.WORKER,
    "personal_adviser": Role.WORKER,
    "iro": Role.IRO,
    "manager": Role.MANAGER,
}
NOBODY_HERE = frozenset({"home_staff", "advocate"})
ANYBODY = (Role.WORKER, Role.IRO, Role.MANAGER)
MAY_HOLD = frozenset({Role.WORKER, Role.IRO, Role.MANAGER, Role.PARTICIPATION_OFFICER, Role.SAFEGUARDING_LEAD})
MOST_COVERS = 5


class Reason(StrEnum):
    """Why a request is where it is."""

    ASKED_FOR = "asked_for"
    COVER = "cover"
    MANAGER_INSTEAD = "manager_instead"
    FOR_THE_TEAM = "for_the_team"
    NO_CASE = "no_case"
    NOBODY_LISTED = "nobody_listed"
    NO_ACCOUNT = "no_account"
    RULED_OUT = "ruled_out"


@dataclass(frozen=True)
class Asked:
    """What routing needs to know of a request."""

    kind: RequestKind
    who: str
    about: tuple[str, ...] = ()
    hide_from: tuple[str, ...] = ()

    @property
    def excluded(self) -> tuple[str, ...]:
        return (*self.about, *self.hide_from)


@dataclass(frozen=True)
class Case:
    """The e-mails of one line of the allocation list."""

    worker: str | None = None
    personal_adviser: str | None = None
    iro: str | None = None
    manager: str | None = None

    def email(self, who: str) -> str | None:
        match who:
            case "social_worker":
                return self.worker
            case "personal_adviser":
                return self.personal_adviser
            case "iro":
                return self.iro
            case "manager":
                return self.manager
            case _:
                return None


@dataclass(frozen=True)
class Person:
    """An account that can sign in. `cover_id` is set on the days when they are away."""

    id: str
    email: str
    role: Role
    cover_id: str | None = None


@dataclass(frozen=True)
class Directory:
    """Everybody who can sign in."""

    people: Mapping[str, Person] = field(default_factory=dict)

    @classmethod
    def of(cls, people: Iterable[Person]) -> Directory:
        return cls({person.id: person for person in people})

    def by_email(self, email: str | None) -> Person | None:
        return next((person for person in self.people.values() if person.email == email), None) if email else None


@dataclass(frozen=True)
class Route:
    """`assigned_to` is a staff id, or None for the triage queue. `invisible_to` holds ids, e-mails and roles."""

    assigned_to: str | None
    invisible_to: frozenset[str]
    reason: Reason


def route(asked: Asked, case: Case | None, directory: Directory, named: Collection[str] = ()) -> Route:
    """Where a request goes. `named` are people whom an officer has named as the ones it is about."""
    hidden = hidden_from(asked, case, directory, named)
    person, reason = _addressee(asked, case, directory, hidden)
    return Route(None if person is None else person.id, hidden, reason)


def hidden_from(asked: Asked, case: Case | None, directory: Directory, named: Collection[str] = ()) -> frozenset[str]:
    """Who never sees the request. With people named by an officer, no whole role is hidden for want of a name."""
    hidden = set(named)
    for who in asked.excluded:
        found = set(_known(who, case, directory))
        hidden |= found or (set() if named else _whole_roles(who))
        if who == "participation_officer":
            hidden.add(Role.PARTICIPATION_OFFICER.value)
    return frozenset(hidden)


def _known(who: str, case: Case | None, directory: Directory) -> Iterator[str]:
    email = None if case is None else case.email(who)
    if email is None:
        return
    yield email
    if person := directory.by_email(email):
        yield person.id


def _whole_roles(who: str) -> set[str]:
    if who in NOBODY_HERE or who == "participation_officer":
        return set()
    roles = (ROLE_OF[who],) if who in ROLE_OF else ANYBODY
    return {role.value for role in roles}


def is_hidden(person: Person, hidden: Collection[str]) -> bool:
    return not {person.id, person.email, person.role.value}.isdisjoint(hidden)


def may_be_given(person: Person, asked: Asked, hidden: Collection[str]) -> bool:
    """May this person have the request? A worker never has one for an advocate."""
    if person.role not in MAY_HOLD or is_hidden(person, hidden):
        return False
    return not (person.role is Role.WORKER and is_for_advocate(asked))


def is_for_advocate(asked: Asked) -> bool:
    return asked.kind is RequestKind.ADVOCATE or asked.who == "advocate"


def _addressee(
    asked: Asked, case: Case | None, directory: Directory, hidden: Collection[str]
) -> tuple[Person | None, Reason]:
    if asked.kind is not RequestKind.CONTACT or asked.who not in ROLE_OF:
        return None, Reason.FOR_THE_TEAM
    if case is None:
        return None, Reason.NO_CASE
    email = case.email(asked.who)
    if email is None:
        return None, Reason.NOBODY_LISTED
    person = directory.by_email(email)
    if email not in hidden:
        if person is None:
            return None, Reason.NO_ACCOUNT
        if found := _here(person, asked, directory, hidden):
            return found, Reason.ASKED_FOR if found == person else Reason.COVER
    return _manager_instead(asked, case, directory, hidden)


def _manager_instead(
    asked: Asked, case: Case, directory: Directory, hidden: Collection[str]
) -> tuple[Person | None, Reason]:
    if ROLE_OF[asked.who] is Role.WORKER and (manager := manager_of(asked, case, directory, hidden)):
        return manager, Reason.MANAGER_INSTEAD
    return None, Reason.RULED_OUT


def manager_of(asked: Asked, case: Case | None, directory: Directory, hidden: Collection[str]) -> Person | None:
    """The manager of the case or their cover: whom late requests climb to. None when there is none who may see it."""
    manager = directory.by_email(None if case is None else case.manager)
    return None if manager is None else _here(manager, asked, directory, hidden)


def _here(person: Person, asked: Asked, directory: Directory, hidden: Collection[str]) -> Person | None:
    """The person, or while they are away their cover, or the cover's cover; None when that one may not have it."""
    if is_hidden(person, hidden):
        return None
    for _ in range(MOST_COVERS):
        cover = directory.people.get(person.cover_id) if person.cover_id else None
        if cover is None:
            break
        person = cover
    return person if may_be_given(person, asked, hidden) else None


def hand_on(
    staff_id: str, asked: Asked, case: Case | None, directory: Directory, hidden: Collection[str]
) -> Person | None:
    """Who has a request now that this person has left or is away. None is the triage queue."""
    person = directory.people.get(staff_id)
    if person is None:
        return _addressee(asked, case, directory, hidden)[0]
    if found := _here(person, asked, directory, hidden):
        return found
    return manager_of(asked, case, directory, hidden) if person.role is Role.WORKER else None
