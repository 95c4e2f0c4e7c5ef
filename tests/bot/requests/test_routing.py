"""Routing: to whom a request goes, and who never sees it."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests.routing import (
    Asked,
    Case,
    Directory,
    Person,
    Reason,
    hand_on,
    is_hidden,
    manager_of,
    may_be_given,
    route,
)
from bot.store.models import RequestKind
from bot.store.staff_models import Role

WORKER = Person("w1", "worker@c.gov.uk", Role.WORKER)
ADVISER = Person("p1", "pa@c.gov.uk", Role.WORKER)
IRO = Person("i1", "iro@c.gov.uk", Role.IRO)
MANAGER = Person("m1", "manager@c.gov.uk", Role.MANAGER)
OTHER = Person("w2", "other@c.gov.uk", Role.WORKER)
OFFICER = Person("o1", "officer@c.gov.uk", Role.PARTICIPATION_OFFICER)
LEAD = Person("s1", "lead@c.gov.uk", Role.SAFEGUARDING_LEAD)
COUNCILLOR = Person("c1", "councillor@c.gov.uk", Role.COUNCILLOR)
EVERYBODY = (WORKER, ADVISER, IRO, MANAGER, OTHER, OFFICER, LEAD, COUNCILLOR)
HERE = Directory.of(EVERYBODY)
CASE = Case(WORKER.email, ADVISER.email, IRO.email, MANAGER.email)

WHO = ("social_worker", "personal_adviser", "iro", "manager", "advocate", "participation_officer", "unsure")
EXCLUDED = (
    "social_worker",
    "personal_adviser",
    "iro",
    "manager",
    "home_staff",
    "someone_else",
    "participation_officer",
)


def away(person: Person, cover: Person) -> Directory:
    return Directory.of([*(one for one in EVERYBODY if one != person), replace(person, cover_id=cover.id)])


def contact(who: str, about: tuple[str, ...] = (), hide_from: tuple[str, ...] = ()) -> Asked:
    return Asked(RequestKind.CONTACT, who, about, hide_from)


@pytest.mark.parametrize(
    ("who", "person"),
    [("social_worker", WORKER), ("personal_adviser", ADVISER), ("iro", IRO), ("manager", MANAGER)],
)
def test_a_request_goes_to_the_person_asked_for(who: str, person: Person) -> None:
    found = route(contact(who), CASE, HERE)
    assert (found.assigned_to, found.reason) == (person.id, Reason.ASKED_FOR)
    assert found.invisible_to == frozenset()


@pytest.mark.parametrize("who", ["participation_officer", "unsure", "virtual_school", "out_of_hours", "advocate"])
def test_what_is_for_the_team_goes_to_triage(who: str) -> None:
    assert route(contact(who), CASE, HERE).assigned_to is None


@pytest.mark.parametrize("kind", [kind for kind in RequestKind if kind is not RequestKind.CONTACT])
def test_anything_but_a_contact_request_goes_to_triage(kind: RequestKind) -> None:
    assert route(Asked(kind, "social_worker"), CASE, HERE).assigned_to is None


def test_without_a_case_it_goes_to_triage() -> None:
    found = route(contact("social_worker"), None, HERE)
    assert (found.assigned_to, found.reason) == (None, Reason.NO_CASE)


def test_an_empty_cell_and_an_unknown_account_go_to_triage() -> None:
    assert route(contact("iro"), replace(CASE, iro=None), HERE).reason is Reason.NOBODY_LISTED
    assert route(contact("iro"), replace(CASE, iro="gone@c.gov.uk"), HERE).reason is Reason.NO_ACCOUNT


def test_an_account_that_handles_no_requests_gets_none() -> None:
    assert route(contact("social_worker"), replace(CASE, worker=COUNCILLOR.email), HERE).assigned_to == MANAGER.id


def test_a_request_about_the_person_asked_for_goes_to_the_manager() -> None:
    found = route(contact("social_worker", about=("social_worker",)), CASE, HERE)
    assert (found.assigned_to, found.reason) == (MANAGER.id, Reason.MANAGER_INSTEAD)
    assert found.invisible_to == {WORKER.id, WORKER.email}


def test_with_the_manager_ruled_out_too_it_goes_to_triage() -> None:
    found = route(contact("social_worker", ("social_worker",), ("manager",)), CASE, HERE)
    assert (found.assigned_to, found.reason) == (None, Reason.RULED_OUT)
    assert is_hidden(MANAGER, found.invisible_to)


def test_a_request_about_the_iro_does_not_go_to_the_manager_of_the_case() -> None:
    assert route(contact("iro", about=("iro",)), CASE, HERE).assigned_to is None


def test_a_covered_absence_goes_to_the_cover() -> None:
    found = route(contact("social_worker"), CASE, away(WORKER, OTHER))
    assert (found.assigned_to, found.reason) == (OTHER.id, Reason.COVER)


def test_a_cover_who_is_ruled_out_is_passed_over() -> None:
    found = route(contact("social_worker", hide_from=("personal_adviser",)), CASE, away(WORKER, ADVISER))
    assert found.assigned_to == MANAGER.id


def test_two_who_cover_one_another_end_nowhere_strange() -> None:
    both = [replace(WORKER, cover_id=OTHER.id), replace(OTHER, cover_id=WORKER.id), MANAGER]
    assert route(contact("social_worker"), CASE, Directory.of(both)).assigned_to in (WORKER.id, OTHER.id)


@pytest.mark.parametrize(
    ("who", "role"),
    [("social_worker", Role.WORKER), ("personal_adviser", Role.WORKER), ("iro", Role.IRO), ("manager", Role.MANAGER)],
)
def test_while_nobody_knows_who_it_is_the_whole_role_does_not_see_it(who: str, role: Role) -> None:
    assert route(Asked(RequestKind.COMPLAINT, "participation_officer", (who,)), None, HERE).invisible_to == {role}


def test_someone_else_could_be_anybody_who_works_with_them() -> None:
    hidden = route(contact("unsure", about=("someone_else",)), CASE, HERE).invisible_to
    assert {person.id for person in EVERYBODY if is_hidden(person, hidden)} == {"w1", "p1", "i1", "m1", "w2"}


def test_once_an_officer_has_named_the_person_the_others_may_see_it() -> None:
    named = {OTHER.id, OTHER.email}
    hidden = route(contact("unsure", about=("someone_else",)), CASE, HERE, named).invisible_to
    assert {person.id for person in EVERYBODY if is_hidden(person, hidden)} == {OTHER.id}


def test_staff_where_they_live_have_no_accounts_so_nobody_is_hidden() -> None:
    assert route(contact("social_worker", about=("home_staff",)), CASE, HERE).invisible_to == frozenset()


def test_ruled_out_participation_officers_are_hidden_and_leads_are_not() -> None:
    hidden = route(contact("unsure", hide_from=("participation_officer",)), CASE, HERE).invisible_to
    assert is_hidden(OFFICER, hidden)
    assert not is_hidden(LEAD, hidden)


def test_an_account_made_after_the_list_came_is_hidden_by_its_e_mail() -> None:
    without = Directory.of(one for one in EVERYBODY if one != WORKER)
    assert is_hidden(WORKER, route(contact("iro", about=("social_worker",)), CASE, without).invisible_to)


def test_no_worker_gets_a_request_for_an_advocate() -> None:
    asked = Asked(RequestKind.ADVOCATE, "advocate")
    assert [person for person in EVERYBODY if may_be_given(person, asked, ())] == [IRO, MANAGER, OFFICER, LEAD]


def test_the_work_of_somebody_who_left_goes_where_it_would_go_today() -> None:
    gone = Directory.of(one for one in EVERYBODY if one != WORKER)
    moved = replace(CASE, worker=OTHER.email)
    assert hand_on(WORKER.id, contact("social_worker"), moved, gone, frozenset()) == OTHER
    assert hand_on(WORKER.id, contact("social_worker"), CASE, gone, frozenset()) is None


@given(
    st.sampled_from(RequestKind),
    st.sampled_from(WHO),
    st.lists(st.sampled_from(EXCLUDED), max_size=3),
    st.lists(st.sampled_from(EXCLUDED), max_size=3),
    st.sampled_from([None, CASE, replace(CASE, manager=None), replace(CASE, personal_adviser=WORKER.email)]),
    st.dictionaries(st.sampled_from([WORKER, ADVISER, IRO, MANAGER]), st.sampled_from(EVERYBODY), max_size=3),
)
def test_nobody_is_ever_given_what_they_must_not_see(
    kind: RequestKind,
    who: str,
    about: list[str],
    hide_from: list[str],
    case: Case | None,
    covers: dict[Person, Person],
) -> None:
    people = [replace(one, cover_id=covers[one].id) if one in covers else one for one in EVERYBODY]
    directory = Directory.of(people)
    asked = Asked(kind, who, tuple(about), tuple(hide_from))
    found = route(asked, case, directory)
    holders = [
        found.assigned_to and directory.people[found.assigned_to],
        manager_of(asked, case, directory, found.invisible_to),
        hand_on(WORKER.id, asked, case, directory, found.invisible_to),
    ]
    for person in holders:
        assert not person or may_be_given(person, asked, found.invisible_to)
    if case is not None:
        for excluded in asked.excluded:
            known = directory.by_email(case.email(excluded))
            assert known is None or is_hidden(known, found.invisible_to)
