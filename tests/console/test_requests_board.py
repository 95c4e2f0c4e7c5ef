"""The board of requests: what each person finds on it, in its counts and in the file that can be taken."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta

import pytest

from bot.requests import clock_work, closing
from bot.requests.closing import Answered
from bot.requests.happened import Happened
from bot.requests.steps import Change
from bot.store import Work, audit, requests
from bot.store.casework_models import Answer
from bot.store.models import Request, RequestKind
from bot.store.requests import Viewer
from bot.store.staff_models import Role, Staff
from console.sheet import harmless
from console.views.requests import PAGE_SIZE
from tests.console.casework import YoungPerson, allocated, linked, young_person
from tests.console.conftest import Desk

NOBODY = "0" * 32
LONG_AGO = timedelta(days=60)


def counts_on(page: str) -> dict[str, int]:
    found = re.findall(r'console-views__link" href="[^"]*"[^>]*>([^<]+) <span class="console-views__count">(\d+)', page)
    return {name.replace("&#39;", "'"): int(count) for name, count in found}


async def proposed(desk: Desk, request: Request, by: Staff, words: str = "We rang you on Monday.") -> int:
    """The version after it."""
    viewer = Viewer(by.id, Role(by.role))
    async with desk.store.begin() as work:
        today = desk.clock().date()
        version = (await requests.one(work, viewer, request.id, today)).line.version
        await closing.propose(work, Change(viewer, request.id, version, desk.clock()), words)
        return (await requests.one(work, viewer, request.id, today)).line.version


async def answers(desk: Desk, person: YoungPerson, request: Request, said: Answer) -> None:
    message_id = await person.types(said.value)
    async with desk.store.begin() as work:
        answered = Answered(request.number, 1, said, message_id)
        await closing.answer(work, person.conversation_id, answered, desk.clock())


async def test_an_officer_sees_what_is_open_and_how_it_stands_in_words_and_not_only_in_colours(
    desk_on_both: Desk,
) -> None:
    person = await young_person(desk_on_both.store)
    await person.asks("first", ago=LONG_AGO)
    await person.asks("second", kind=RequestKind.COMPLAINT, who="manager")
    officer = await desk_on_both.signed_in(Role.PARTICIPATION_OFFICER)
    page = await officer.text("/console/requests")
    assert counts_on(page) == {
        "Open": 2,
        "To give out": 2,
        "Mine": 0,
        "Late": 1,
        "Waiting for an answer": 0,
        "Finished": 0,
    }
    assert page.index(f"{person.designation}, number 1") < page.index(f"{person.designation}, number 2")
    assert "Very late" in page
    assert re.search(r"Was due on \w+day \d+ \w+, \d+ working days ago", page)
    assert re.search(r"Due on \w+day \d+ \w+, in \d+ working days", page)
    assert "please" not in page


async def test_filters_stand_in_the_address_and_narrow_the_list_and_its_counts(desk_on_both: Desk) -> None:
    person = await young_person(desk_on_both.store)
    await person.asks()
    await person.asks(kind=RequestKind.COMPLAINT, who="manager", ago=LONG_AGO)
    officer = await desk_on_both.signed_in(Role.PARTICIPATION_OFFICER)
    page = await officer.text("/console/requests?view=late&kind=complaint&who=manager")
    assert "number 2" in page
    assert "number 1" not in page
    assert counts_on(page)["Open"] == 1
    assert "view=open" in page
    assert "kind=complaint" in page
    empty = await officer.text("/console/requests?kind=privacy")
    assert "No requests here" in empty
    odd = await officer.get("/console/requests?view=nonsense&after=x&kind=%00&since=32&page=-1")
    assert odd.status == 200
    assert (await officer.get("/console/triage")).headers["Location"] == "/console/requests?view=triage"


async def test_the_pages_of_a_long_list_hold_every_request_once(desk_on_both: Desk) -> None:
    person = await young_person(desk_on_both.store)
    for number in range(PAGE_SIZE + 7):
        await person.asks(f"request {number}", ago=timedelta(days=number % 5))
    officer = await desk_on_both.signed_in(Role.PARTICIPATION_OFFICER)
    first = await officer.text("/console/requests?view=triage")
    onward = re.search(r'href="([^"]*after=[^"]*)" rel="next"', first)
    assert onward is not None
    second = await officer.text(onward.group(1).replace("&amp;", "&"))
    assert 'rel="next"' not in second
    numbers = [*re.findall(r", number (\d+)</a>", first), *re.findall(r", number (\d+)</a>", second)]
    assert len(numbers) == PAGE_SIZE + 7
    assert len(set(numbers)) == PAGE_SIZE + 7


async def test_finished_requests_are_listed_by_their_end_page_by_page(desk: Desk) -> None:
    officer_account = await desk.account(Role.PARTICIPATION_OFFICER)
    person = await young_person(desk.store)
    for _ in range(PAGE_SIZE + 1):
        request = await person.asks()
        async with desk.store.begin() as work:
            await closing.withdraw(work, person.conversation_id, request.number, desk.clock())
    officer = await desk.signed_in(officer_account)
    first = await officer.text("/console/requests?view=closed")
    onward = re.search(r'href="([^"]*after=[^"]*)" rel="next"', first)
    assert onward is not None
    second = await officer.text(onward.group(1).replace("&amp;", "&"))
    assert re.findall(r", number (\d+)</a>", second) == ["1"]
    assert f", number {PAGE_SIZE + 1}</a>" in first


async def test_a_worker_sees_theirs_and_nothing_of_a_request_about_them_on_the_board_or_in_its_counts(
    desk_on_both: Desk,
) -> None:
    desk = desk_on_both
    worker, officer = await desk.account(Role.WORKER), await desk.account(Role.PARTICIPATION_OFFICER)
    await allocated(desk.store, {"A1": {"worker": worker.email}}, officer)
    person = await young_person(desk.store)
    await linked(person, "A1", officer)
    mine = await person.asks("ring me", who="social_worker")
    against = await person.asks("she never comes", RequestKind.COMPLAINT, "manager", about=("social_worker",))
    await proposed(desk, against, officer)
    client = await desk.signed_in(worker)
    page = await client.text("/console/requests")
    assert counts_on(page) == {"Open": 1, "Mine": 1, "Late": 0, "Waiting for an answer": 0, "Finished": 0}
    assert mine.id in page
    assert against.id not in page
    assert "No outcome was proposed in these days" in page
    for view in ("open", "mine", "people", "climbed", "triage", "late", "proposed", "closed"):
        assert against.id not in await client.text(f"/console/requests?view={view}")
    exported = await (await client.get("/console/requests/export?kind=complaint")).text()
    assert exported.splitlines()[1:] == []


@pytest.mark.parametrize(
    ("method", "action"),
    [
        ("get", ""),
        ("post", "/take"),
        ("post", "/give"),
        ("post", "/propose"),
        ("post", "/extend"),
        ("post", "/about"),
        ("post", "/notes"),
    ],
)
async def test_a_worker_who_was_ruled_out_gets_the_same_answer_as_for_a_request_that_is_not_there(
    desk: Desk, method: str, action: str
) -> None:
    worker, officer = await desk.account(Role.WORKER), await desk.account(Role.PARTICIPATION_OFFICER)
    await allocated(desk.store, {"A1": {"worker": worker.email}}, officer)
    person = await young_person(desk.store)
    await linked(person, "A1", officer)
    hidden = await person.asks(who="social_worker", hide_from=("social_worker",))
    client = await desk.signed_in(worker)
    await client.get("/console/requests")
    seen = []
    for request_id in (hidden.id, NOBODY):
        for fields in ({}, {"version": "1", "to": worker.id, "outcome": "x", "person": worker.id, "text": "x"}):
            path = f"/console/requests/{request_id}{action}"
            answer = await (client.get(path) if method == "get" else client.post(path, **fields))
            seen.append((answer.status, await answer.text(), sorted(answer.headers.keys())))
    assert {status for status, _, _ in seen} == {404}
    assert all(one == seen[0] for one in seen)


async def test_a_manager_sees_what_climbed_and_an_iro_reads_drift_and_changes_nothing(desk: Desk) -> None:
    officer, worker = await desk.account(Role.PARTICIPATION_OFFICER), await desk.account(Role.WORKER)
    manager, iro = await desk.account(Role.MANAGER), await desk.account(Role.IRO)
    people = {"worker": worker.email, "manager": manager.email, "iro": iro.email}
    await allocated(desk.store, {"A1": people}, officer)
    person = await young_person(desk.store)
    await linked(person, "A1", officer)
    request = await person.asks("ring me", who="social_worker", ago=LONG_AGO)
    await person.asks("ring me soon", who="social_worker")
    await climb_what_is_late(desk)
    boss = await desk.signed_in(manager)
    page = await boss.text("/console/requests?view=climbed")
    assert counts_on(page)["Climbed to me"] == 1
    assert counts_on(page)["My young people's"] == 2
    assert request.id in page
    reviewer = await desk.signed_in(iro)
    drift = await reviewer.text("/console/requests?view=people")
    assert counts_on(drift)["Drift"] == 1
    assert "You can read it, and not change it" in drift
    opened = await reviewer.text(f"/console/requests/{request.id}")
    assert "You see this as drift" in opened
    assert "What was done" not in opened
    assert "It was late, and climbed to" in opened
    tried = await reviewer.post(f"/console/requests/{request.id}/propose", version=str(9), outcome="done")
    assert tried.status == 400
    assert (await reviewer.post(f"/console/requests/{request.id}/notes", text="x")).status == 404


async def climb_what_is_late(desk: Desk) -> None:
    async def record(_work: Work, _happened: Happened) -> None:
        return None

    assert (await clock_work.tick(desk.store, desk.clock(), record)).failed == 0


async def test_the_panel_of_answers_counts_no_reply_and_waiting_beside_yes_over_all_that_was_proposed(
    desk_on_both: Desk,
) -> None:
    desk = desk_on_both
    officer, person = await desk.account(Role.PARTICIPATION_OFFICER), await young_person(desk.store)
    for said in (Answer.YES, Answer.HALF, Answer.NO, None, None):
        request = await person.asks()
        await proposed(desk, request, officer)
        if said is not None:
            await answers(desk, person, request, said)
    page = await (await desk.signed_in(officer)).text("/console/requests")
    assert "Of 5 outcomes proposed" in page
    cells = re.findall(r"numeric\">(\d of 5)</td>", page)
    assert cells == ["1 of 5", "1 of 5", "1 of 5", "0 of 5", "2 of 5"]
    assert "%" not in page
    earlier = await (await desk.signed_in(officer)).text("/console/requests?since=2020-01-01&until=2020-02-01")
    assert "No outcome was proposed in these days" in earlier


async def test_the_list_can_be_taken_as_a_file_and_that_is_logged(desk_on_both: Desk) -> None:
    desk = desk_on_both
    person = await young_person(desk.store)
    await person.asks("=cmd|' /C calc'!A0", ago=LONG_AGO)
    client = await desk.signed_in(await desk.account(Role.PARTICIPATION_OFFICER, '=HYPERLINK("http://x","y")'))
    page = await client.text("/console/requests?view=late")
    assert "/console/requests/export?view=late" in page
    request_id = re.findall(r"/console/requests/([0-9a-f]{32})", page)[0]
    await client.get(f"/console/requests/{request_id}")
    await client.post(f"/console/requests/{request_id}/take", version="2")
    answer = await client.get("/console/requests/export?view=late")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="requests.csv"'
    body = await answer.read()
    assert body.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(body.decode("utf-8-sig"))))
    assert len(rows) == 2
    assert rows[1][0] == person.designation
    assert rows[1][-1].startswith("'=HYPERLINK")
    assert "cmd" not in body.decode()
    async with desk.store.look() as work:
        (line,) = await audit.newest(work, audit.Filter(action="exported"))
        assert line.details == {"found": 1}
        assert client.account is not None
        assert line.actor == client.account.id


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "  =1", "\u200b=1", "\r=1", "|x", "%0A=1"])
def test_what_a_spreadsheet_could_take_for_a_formula_is_made_harmless(cell: str) -> None:
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["Amber Fox", "2026-12-03", "12", "", "a=b"])
def test_other_cells_stay_as_they_are(cell: str) -> None:
    assert harmless(cell) == cell
