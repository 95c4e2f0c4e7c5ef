"""The allocation list and link codes: nothing is imported from a bad file, and a code is shown once."""

from __future__ import annotations

import re

import pytest
from aiohttp import ClientResponse, FormData

from bot.requests import codes
from bot.store import allocations, audit, requests
from bot.store.models import Request
from bot.store.requests import Viewer
from bot.store.staff_models import Role
from tests.console.casework import HEADINGS, allocated, young_person
from tests.console.conftest import Client, Desk

LIST = "/console/allocations"
CODES = "/console/link-codes"


async def uploads(client: Client, data: bytes | str) -> ClientResponse:
    await client.get(LIST)
    form = FormData({"csrf": client.csrf})
    body = data.encode() if isinstance(data, str) else data
    form.add_field("file", body, filename="list.csv", content_type="text/csv")
    return await client.session.post(client.address + LIST, data=form, allow_redirects=False)


def seen_on(page: str) -> str:
    found = re.search(r'name="seen" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found.group(1)


async def cases(desk: Desk) -> int:
    async with desk.store.look() as work:
        return len(await allocations.everything(work))


@pytest.mark.parametrize("role", [Role.PARTICIPATION_OFFICER, Role.ADMINISTRATOR])
async def test_a_list_is_shown_before_it_is_imported_and_then_counts(desk_on_both: Desk, role: Role) -> None:
    desk = desk_on_both
    client = await desk.signed_in(role)
    assert "No list has been imported yet" in await client.text(LIST)
    sent = await uploads(client, f"{HEADINGS}\nA1,w@council.example,,,,North\nA2,,,,,South\n")
    assert (sent.status, sent.headers["Location"]) == (303, f"{LIST}/preview")
    assert await cases(desk) == 0
    page = await client.text(f"{LIST}/preview")
    assert re.search(r"Added</dt><dd[^>]*>2<", page)
    assert "council.example" not in page
    done = await client.post(f"{LIST}/confirm", seen=seen_on(page))
    assert done.headers["Location"] == LIST
    page = await client.text(LIST)
    assert "Imported: 2 added, 0 changed, 0 taken out" in page
    assert "2 cases, last imported on" in page
    async with desk.store.look() as work:
        (line,) = await audit.newest(work, audit.Filter(action="allocation_imported"))
    assert line.details == {"lines": 2, "added": 2, "changed": 0, "removed": 0}
    await uploads(client, f"{HEADINGS}\nA1,x@council.example,,,,North\n")
    page = await client.text(f"{LIST}/preview")
    assert re.search(r"Changed</dt><dd[^>]*>1<", page)
    assert re.search(r"Taken out</dt><dd[^>]*>1<", page)


BAD = [
    ("reference,worker,iro,pa,manager,shoe\nA1,,,,,\n", ["1", "The heading is not known: shoe"]),
    ("reference,worker\nA1,\n", ["1", "There is no column for: manager"]),
    (f"{HEADINGS}\nA1,,,,,\nA2,,,,,\na 1,,,,,\n", ["4", "on an earlier line too: line 2"]),
    (f"{HEADINGS}\nA1,=cmd(),,,,\n,,,,,x\n", ["2", "This is not one e-mail address: worker", "3", "no reference"]),
    (f"{HEADINGS}\nA1,,,\n", ["2", "more or fewer cells"]),
    (b"\x00\x01\x02\xff\xfe\x81\x8d" * 40, ["The whole file", "not text in UTF-8"]),
    ("\u0410\u043b\u043b\u043e,\u0431".encode("utf-32"), ["The whole file", "not text in UTF-8"]),
    (HEADINGS, ["The whole file", "no lines below its headings"]),
]


@pytest.mark.parametrize(("data", "said"), BAD)
async def test_of_a_bad_file_every_fault_is_listed_by_line_and_nothing_is_imported(
    desk: Desk, data: bytes | str, said: list[str]
) -> None:
    client = await desk.signed_in(Role.PARTICIPATION_OFFICER)
    answer = await uploads(client, data)
    page = await answer.text()
    assert answer.status == 400
    for text in said:
        assert text in page, text
    assert "Nothing was imported" in page
    assert "cmd()" not in page
    assert (await client.get(f"{LIST}/preview")).headers["Location"] == LIST
    assert await cases(desk) == 0


async def test_no_file_and_a_file_that_is_far_too_large_are_refused(desk: Desk) -> None:
    client = await desk.signed_in(Role.PARTICIPATION_OFFICER)
    assert (await uploads(client, b"")).status == 400
    assert (await uploads(client, b"x" * 5_200_000)).status in (400, 413)
    assert await cases(desk) == 0


async def test_the_second_of_two_who_import_is_told_and_nothing_of_theirs_is_written(desk: Desk) -> None:
    first, second = [await desk.signed_in(Role.PARTICIPATION_OFFICER) for _ in range(2)]
    await uploads(first, f"{HEADINGS}\nA1,,,,,North\n")
    await uploads(second, f"{HEADINGS}\nB1,,,,,South\n")
    mine, theirs = seen_on(await first.text(f"{LIST}/preview")), seen_on(await second.text(f"{LIST}/preview"))
    assert (await first.post(f"{LIST}/confirm", seen=mine)).status == 303
    answer = await second.post(f"{LIST}/confirm", seen=theirs)
    assert answer.status == 409
    page = await answer.text()
    assert "Somebody else changed the list meanwhile" in page
    assert re.search(r"Taken out</dt><dd[^>]*>1<", page)
    assert await cases(desk) == 1
    assert (await second.post(f"{LIST}/drop")).status == 303
    assert (await second.get(f"{LIST}/preview")).headers["Location"] == LIST


async def test_a_code_is_made_for_ones_own_case_shown_once_and_links_a_chat(desk_on_both: Desk) -> None:
    desk = desk_on_both
    worker, officer = await desk.account(Role.WORKER), await desk.account(Role.PARTICIPATION_OFFICER)
    await allocated(desk.store, {"A1": {"worker": worker.email}, "B2": {"worker": "other@council.example"}}, officer)
    client = await desk.signed_in(worker)
    answer = await client.post(CODES, reference="a 1")
    page = await answer.text()
    assert answer.status == 200
    found = re.search(r"console-code--large\">([0-9A-Z]{4}-[0-9A-Z]{4})<", page)
    assert found is not None
    assert "You do not have to use it" in page
    assert "It works once, until" in page
    assert found.group(1) not in await client.text(CODES)
    person = await young_person(desk.store)
    async with desk.store.begin() as work:
        tried = await codes.try_code(work, person.conversation_id, found.group(1), desk.clock())
    assert tried.result is codes.Tried.LINKED
    request: Request = await person.asks(who="social_worker")
    async with desk.store.look() as work:
        page_of_it = await requests.one(work, Viewer(worker.id, Role.WORKER), request.id, desk.clock().date())
    assert page_of_it.line.assigned_to == worker.id
    async with desk.store.look() as work:
        (line,) = await audit.newest(work, audit.Filter(action="link_code_made"))
    assert line.actor == worker.id


async def test_a_reference_of_somebody_else_is_refused_like_one_that_is_not_there(desk: Desk) -> None:
    worker, officer = await desk.account(Role.WORKER), await desk.account(Role.PARTICIPATION_OFFICER)
    await allocated(desk.store, {"B2": {"worker": "other@council.example"}}, officer)
    client = await desk.signed_in(worker)
    answers = [await client.post(CODES, reference=reference) for reference in ("B2", "Z9")]
    pages = [(await answer.text()).replace("B2", "").replace("Z9", "") for answer in answers]
    assert [answer.status for answer in answers] == [400, 400]
    assert pages[0] == pages[1]
    assert (await client.post(CODES, reference="x" * 65)).status == 400
