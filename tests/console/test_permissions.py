"""Every route states its permission, and the server holds every role to it."""

from __future__ import annotations

import re

import pytest
from aiohttp import web

from bot.store.staff_models import Role
from console.app import Console
from console.permissions import GRANTED, Permission, may, needs_second_factor
from console.routes import Route, all_routes
from tests.console.conftest import Client, Desk

NOBODY = "0" * 32


def path_of(route: Route) -> str:
    """The route's address, with something that does not exist wherever it takes an id."""
    return re.sub(r"\{[^}]+\}", NOBODY, route.path)


async def ask(client: Client, route: Route) -> int:
    answer = await (client.get(path_of(route)) if route.method == "GET" else client.post(path_of(route)))
    return answer.status


def test_every_route_that_is_mounted_states_its_permission(desk: Desk) -> None:
    app = web.Application()
    Console(desk.services).add_to(app)
    mounted = {
        (one.method, one.resource.canonical) for one in app.router.routes() if one.resource and one.method != "HEAD"
    }
    stated = all_routes()
    assert mounted == set(stated)
    assert all(isinstance(route.permission, Permission) for route in stated.values())


def test_only_pages_before_sign_in_are_open_to_everybody() -> None:
    before = {route.path for route in all_routes().values() if route.permission is Permission.SIGN_IN}
    ways_in = ("/console/sign-in", "/console/sign-out", "/console/signed-out", "/console/set-up/", "/console/static/")
    assert {path for path in before if not path.startswith(ways_in)} == set()


@pytest.mark.parametrize("role", list(Role))
async def test_each_role_is_refused_exactly_what_it_was_not_granted(desk: Desk, role: Role) -> None:
    client = await desk.signed_in(role)
    wrong = []
    for route in all_routes().values():
        status = await ask(client, route)
        allowed = may(role, route.permission)
        if (status == 403) == allowed or status >= 500:
            wrong.append((route.method, route.path, status))
        if (await client.get("/console/keyboard")).status != 200:
            assert client.account is not None
            client = await desk.signed_in(client.account)
    assert wrong == []


async def test_somebody_who_is_not_signed_in_is_sent_to_sign_in_wherever_they_knock(desk: Desk) -> None:
    stranger = desk.stranger()
    for route in all_routes().values():
        if route.permission is not Permission.SIGN_IN:
            answer = await (stranger.get if route.method == "GET" else stranger.post)(path_of(route))
            assert (answer.status, answer.headers["Location"]) == (303, "/console/sign-in"), route
    nothing = await stranger.get("/console/there-is-no-such-page")
    assert (nothing.status, nothing.headers["Location"]) == (303, "/console/sign-in")


async def test_a_refusal_looks_the_same_whether_or_not_the_thing_exists(desk: Desk) -> None:
    somebody = await desk.account(Role.WORKER)
    auditor = await desk.signed_in(Role.AUDITOR)
    there, not_there = f"/console/staff/{somebody.id}", f"/console/staff/{NOBODY}"
    assert await auditor.text(there) == await auditor.text(not_there)
    assert (await auditor.get(there)).status == (await auditor.get(not_there)).status == 403
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    assert await administrator.text(not_there) == await administrator.text("/console/there-is-no-such-page")


def test_administrators_cannot_read_what_young_people_wrote_and_councillors_see_only_publications() -> None:
    words = {Permission.READ_TRANSCRIPTS, Permission.REPLY, Permission.HANDLE_REQUESTS, Permission.TRIAGE_REQUESTS}
    assert GRANTED[Role.ADMINISTRATOR] & words == set()
    published = {Permission.READ_PUBLICATIONS, Permission.FILL_REPLY_SLIP}
    assert GRANTED[Role.COUNCILLOR] == {Permission.SIGN_IN, Permission.HOME, *published}


def test_whoever_reads_words_or_gives_roles_out_needs_a_second_factor_also_as_the_database_spells_the_role() -> None:
    without = {role for role in Role if not needs_second_factor(role)}
    assert without == {Role.COUNCILLOR, Role.OVOS_REPRESENTATIVE, Role.AUDITOR}
    assert all(needs_second_factor(role.value) == needs_second_factor(role) for role in Role)  # type: ignore[arg-type]


async def test_a_councillor_comes_straight_to_the_publications(desk: Desk) -> None:
    councillor = await desk.signed_in(Role.COUNCILLOR)
    answer = await councillor.get("/console")
    assert answer.headers["Location"] == "/console/publications"
    page = await councillor.text("/console/publications")
    assert "Nothing has been published yet" in page
    assert "/console/inbox" not in page


async def test_a_new_role_counts_at_once_and_asks_for_the_second_factor_that_it_needs(desk: Desk) -> None:
    person = await desk.account(Role.AUDITOR)
    client = await desk.signed_in(person)
    assert (await client.get("/console/keyboard")).status == 200
    administrator = await desk.signed_in(Role.ADMINISTRATOR)
    await administrator.get(f"/console/staff/{person.id}")
    changed = await administrator.post(f"/console/staff/{person.id}/role", role="participation_officer", was="auditor")
    assert changed.status == 303
    answer = await client.get("/console/keyboard")
    assert (answer.status, answer.headers["Location"]) == (303, "/console/sign-in")
