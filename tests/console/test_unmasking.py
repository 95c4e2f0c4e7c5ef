"""Who a young person is: one asks, another decides, then it is opened and logged, and the young person can be told."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.store import Store, audit, request_changes
from bot.store.casework_models import Unmasking
from bot.store.models import Request
from bot.store.staff_models import Role
from tests.console.casework import YoungPerson, allocated, linked, young_person
from tests.console.conftest import Client, Desk

DECIDE = "/console/unmasking"
ASKED = "/console/unmasking/asked"
REASON = "They said that they sleep outside tonight, and we must find them."


async def known(desk: Desk) -> YoungPerson:
    """Somebody whose chat is linked to a case, and who typed a first name for a request."""
    officer, person = await desk.account(Role.PARTICIPATION_OFFICER), await young_person(desk.store)
    await allocated(desk.store, {"CASE-77": {"worker": "w@council.example"}}, officer)
    await linked(person, "CASE-77", officer)
    request = await person.asks("ring me")
    await person.hears("Type your first name.", key="utter_ask_name_words")
    name_id = await person.types("Robin")
    async with desk.store.begin() as work:
        stored = await work.session.get_one(Request, request.id)
        stored.words = [*stored.words, name_id]
    return person


async def asks(client: Client, person: YoungPerson, reason: str = REASON) -> int:
    await client.get(f"{DECIDE}/ask/{person.conversation_id}")
    return (await client.post(f"{DECIDE}/ask/{person.conversation_id}", reason=reason)).status


async def the_ask(store: Store) -> Unmasking:
    async with store.look() as work:
        return (await work.session.scalars(select(Unmasking))).one()


async def logged(store: Store, row_id: str) -> list[str]:
    async with store.look() as work:
        return [line.action for line in reversed(await audit.newest(work, audit.Filter(subject_id=row_id)))]


async def test_a_second_person_approves_then_the_asker_opens_it_and_tells_the_young_person(desk_on_both: Desk) -> None:
    desk = desk_on_both
    person = await known(desk)
    asker, second = await desk.signed_in(Role.PARTICIPATION_OFFICER), await desk.signed_in(Role.MANAGER)
    assert await asks(asker, person) == 303
    page = await asker.text(ASKED)
    assert "Waiting for a second person" in page
    assert "CASE-77" not in page
    row = await the_ask(desk.store)
    assert REASON not in row.reason_sealed
    assert (await asker.post(f"{ASKED}/{row.id}/open")).status == 404
    assert person.designation in await second.text(DECIDE)
    page = await second.text(f"{DECIDE}/{row.id}")
    assert REASON in page
    assert "CASE-77" not in page
    assert (await second.post(f"{DECIDE}/{row.id}", decision="approve")).status == 303
    assert (await second.post(f"{ASKED}/{row.id}/open")).status == 403
    answer = await asker.post(f"{ASKED}/{row.id}/open")
    page = await answer.text()
    assert answer.status == 200
    assert "CASE-77" in page
    assert "Robin (as they typed it, and not checked)" in page
    assert "ring me" not in page
    assert (await asker.post(f"{ASKED}/{row.id}/tell")).status == 303
    assert (await asker.post(f"{ASKED}/{row.id}/tell")).status == 303
    told = [item for item in await person.timeline() if item.key == "unmasked"]
    assert len(told) == 1
    assert "Two people who work here agreed to find out who you are" in told[0].text
    assert await logged(desk.store, row.id) == [
        "unmasking_asked",
        "unmasking_decided",
        "unmasking_opened",
        "young_person_told",
    ]
    async with desk.store.look() as work:
        for line in await audit.newest(work, audit.Filter(subject_id=row.id)):
            assert not re.search("CASE|Robin|outside", str(line.details))


async def test_whoever_asks_never_decides_even_in_a_role_that_may(desk: Desk) -> None:
    person, lead = await known(desk), await desk.signed_in(Role.SAFEGUARDING_LEAD)
    await asks(lead, person)
    row = await the_ask(desk.store)
    assert person.designation not in await lead.text(DECIDE)
    page = await lead.text(f"{DECIDE}/{row.id}")
    assert "You asked. A second person decides." in page
    tried = await lead.post(f"{DECIDE}/{row.id}", decision="approve")
    assert tried.status == 400
    assert (await the_ask(desk.store)).state == "asked"
    assert (await lead.post(f"{ASKED}/{row.id}/open")).status == 404


async def test_what_was_refused_is_never_opened_and_is_decided_once(desk: Desk) -> None:
    person, asker = await known(desk), await desk.signed_in(Role.PARTICIPATION_OFFICER)
    await asks(asker, person)
    row = await the_ask(desk.store)
    first, late = await desk.signed_in(Role.DATA_PROTECTION), await desk.signed_in(Role.MANAGER)
    await late.get(f"{DECIDE}/{row.id}")
    await first.get(f"{DECIDE}/{row.id}")
    assert (await first.post(f"{DECIDE}/{row.id}", decision="maybe")).status == 400
    assert (await first.post(f"{DECIDE}/{row.id}", decision="refuse")).status == 303
    again = await late.post(f"{DECIDE}/{row.id}", decision="approve")
    assert again.status == 409
    assert "Somebody else has decided this meanwhile" in await again.text()
    assert "Refused by" in await asker.text(ASKED)
    assert (await asker.post(f"{ASKED}/{row.id}/open")).status == 404
    assert (await asker.post(f"{ASKED}/{row.id}/tell")).status == 404


@pytest.mark.parametrize("reason", ["", "because", "x" * 2_001])
async def test_a_reason_that_says_nothing_or_too_much_is_refused_and_stays_typed(desk: Desk, reason: str) -> None:
    person, asker = await known(desk), await desk.signed_in(Role.PARTICIPATION_OFFICER)
    await asker.get(f"{DECIDE}/ask/{person.conversation_id}")
    answer = await asker.post(f"{DECIDE}/ask/{person.conversation_id}", reason=reason)
    assert answer.status == 400
    assert reason in await answer.text()


async def test_an_approval_runs_out_after_a_week(desk: Desk) -> None:
    person, asker = await known(desk), await desk.account(Role.PARTICIPATION_OFFICER)
    await asks(await desk.signed_in(asker), person)
    row = await the_ask(desk.store)
    second = await desk.signed_in(Role.MANAGER)
    await second.get(f"{DECIDE}/{row.id}")
    await second.post(f"{DECIDE}/{row.id}", decision="approve")
    desk.clock.ahead += timedelta(days=8)
    later = await desk.signed_in(asker)
    assert "Ask again if you still need it" in await later.text(ASKED)
    assert (await later.post(f"{ASKED}/{row.id}/open")).status == 404


async def test_whoever_was_ruled_out_neither_asks_nor_decides_nor_learns_of_it(desk: Desk) -> None:
    person = await known(desk)
    asker, manager = await desk.signed_in(Role.PARTICIPATION_OFFICER), await desk.signed_in(Role.MANAGER)
    await asks(asker, person)
    row = await the_ask(desk.store)
    other = await desk.signed_in(Role.PARTICIPATION_OFFICER)
    request = await person.asks("about them")
    assert manager.account is not None
    assert other.account is not None
    async with desk.store.begin() as work:
        await request_changes.hide(work, request.id, [manager.account.id, other.account.id])
    assert person.designation not in await manager.text(DECIDE)
    nothing = await (await manager.get(f"{DECIDE}/{'0' * 32}")).text()
    hidden = await manager.get(f"{DECIDE}/{row.id}")
    assert (hidden.status, await hidden.text()) == (404, nothing)
    assert (await manager.post(f"{DECIDE}/{row.id}", decision="approve")).status == 404
    assert await asks(other, person) == 404


async def test_without_a_case_and_a_name_it_says_so(desk: Desk) -> None:
    person, asker = await young_person(desk.store), await desk.signed_in(Role.PARTICIPATION_OFFICER)
    await asks(asker, person)
    assert await asks(asker, person) == 303
    row = await the_ask(desk.store)
    second = await desk.signed_in(Role.MANAGER)
    await second.get(f"{DECIDE}/{row.id}")
    await second.post(f"{DECIDE}/{row.id}", decision="approve")
    await asker.get(ASKED)
    page = await (await asker.post(f"{ASKED}/{row.id}/open")).text()
    assert "The chat is not linked to a case" in page
