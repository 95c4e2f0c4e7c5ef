"""The page of one request: what it shows, what each role may do there, and two people who do it at once."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.async_api import Browser

from bot.requests import closing, complaints
from bot.requests.closing import Answered
from bot.store import Store, attachments, audit, redactions, requests
from bot.store.casework_models import Answer, RedactionKind
from bot.store.models import Message, Request, RequestKind, RequestState
from bot.store.redactions import Hide, Why
from bot.store.requests import RequestPage, Viewer
from bot.store.staff_models import Role, Staff
from tests.console.casework import YoungPerson, allocated, linked, young_person
from tests.console.conftest import Client, Desk

BOARD = "/console/requests"


async def as_stored(desk: Desk, request: Request) -> Request:
    async with desk.store.look() as work:
        return await work.session.get_one(Request, request.id)


async def as_seen(desk: Desk, who: Staff, request: Request) -> RequestPage:
    async with desk.store.look() as work:
        return await requests.one(work, Viewer(who.id, Role(who.role)), request.id, desk.clock().date())


async def sends(client: Client, request: Request, action: str, **fields: str) -> int:
    """Open the page, do it with the version that the page has, and say what came."""
    page = await client.text(f"{BOARD}/{request.id}")
    answer = await client.post(f"{BOARD}/{request.id}/{action}", **{**version_on(page), **fields})
    return answer.status


def version_on(page: str) -> dict[str, str]:
    return {
        name: found.group(1)
        for name in ("version", "last")
        if (found := re.search(rf'name="{name}" value="(\d+)"', page))
    }


async def actions_logged(store: Store, request: Request) -> list[str]:
    async with store.look() as work:
        lines = await audit.newest(work, audit.Filter(subject_id=request.id))
    return [line.action for line in reversed(lines)]


@pytest.fixture
async def officer(desk: Desk) -> Client:
    return await desk.signed_in(Role.PARTICIPATION_OFFICER)


@pytest.fixture
async def person(desk: Desk) -> YoungPerson:
    return await young_person(desk.store)


async def test_the_page_shows_what_was_asked_and_opening_it_tells_the_young_person_that_it_was_seen(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    request = await person.asks("i want to see my nan\nnot the other one", who="social_worker")
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "i want to see my nan\nnot the other one" in page
    assert person.designation in page
    assert "In this chat" in page
    assert "Nobody was ruled out" in page
    assert "The young person sent it" in page
    assert (await as_stored(desk, request)).state == RequestState.SEEN
    assert officer.account is not None
    assert f"{officer.account.name} saw it first" in await officer.text(f"{BOARD}/{request.id}")
    assert await actions_logged(desk.store, request) == ["request_state_changed", "request_opened", "request_opened"]
    assert "asked us to attach" not in page
    async with desk.store.begin() as work:
        await attachments.attach(work, request.id, "A note for my PA\nMy age: 19.")
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "What the young person asked us to attach" in page
    assert "A note for my PA\nMy age: 19." in page


async def test_who_may_not_see_it_is_named_by_role_and_never_by_name(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    worker = await desk.account(Role.WORKER, "Wanda Worker")
    assert officer.account is not None
    await allocated(desk.store, {"A1": {"worker": worker.email}}, officer.account)
    await linked(person, "A1", officer.account)
    request = await person.asks("x", RequestKind.COMPLAINT, "manager", ("social_worker",), ("home_staff",))
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "Social worker (it is about them)" in page
    assert "Staff where they live (ruled out by the young person)" in page
    assert "Wanda" not in page
    assert worker.email not in page
    assert worker.id not in page


async def test_an_officer_moves_a_complaint_through_its_stages_and_a_worker_cannot(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    complaint = await person.asks("he shouts", RequestKind.COMPLAINT, "manager")
    async with desk.store.begin() as work:
        await complaints.ask_next(work, person.conversation_id, complaint.number, desk.clock())
    page = await officer.text(f"{BOARD}/{complaint.id}")
    assert "Stage 1: local resolution" in page
    assert "Wants the next stage" in page
    assert "Start stage 2, the investigation" in page
    today = desk.clock().date()
    for wrong in ("", "yesterday", (today + timedelta(days=2)).isoformat(), "2020-01-01"):
        assert await sends(officer, complaint, "next-stage", counts_from=wrong) == 400
    worker = await desk.account(Role.WORKER)
    assert await sends(officer, complaint, "give", to=worker.id) in (303, 400)
    assert await sends(await desk.signed_in(worker), complaint, "next-stage", counts_from=today.isoformat()) >= 400
    for stage, says in (("investigation", "25 working days"), ("panel", "30 working"), ("panel_report", "5 working")):
        assert await sends(officer, complaint, "next-stage", counts_from=today.isoformat()) == 303
        assert (await as_stored(desk, complaint)).stage == stage
        page = await officer.text(f"{BOARD}/{complaint.id}")
        assert says in page
        assert ("still has to read this" in page) == (stage != "panel")
        assert "Wants the next stage" not in page
    assert await sends(officer, complaint, "next-stage", counts_from=today.isoformat()) == 303
    assert "next-stage" not in await officer.text(f"{BOARD}/{complaint.id}")
    assert (await actions_logged(desk.store, complaint)).count("complaint_moved_on") == 4
    assert "outcome_advocate" in [one.key for one in await person.timeline()]


async def test_a_complaint_shows_the_clock_of_the_law_and_the_advocate_and_can_take_the_longer_time_once(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    complaint = await person.asks("he shouts", RequestKind.COMPLAINT, "manager")
    page = await officer.text(f"{BOARD}/{complaint.id}")
    assert "The law gives 10 working days to settle it, and 20 in all" in page
    assert "right to an advocate" in page
    before = (await as_stored(desk, complaint)).due_on
    assert await sends(officer, complaint, "extend") == 303
    assert before is not None
    after = (await as_stored(desk, complaint)).due_on
    assert after is not None
    assert after > before
    assert "takes longer" in (await person.timeline())[-1].text
    assert await sends(officer, complaint, "extend") == 400
    other = await person.asks("ring me")
    page = await officer.text(f"{BOARD}/{other.id}")
    assert "right to an advocate" not in page
    assert "longer time" not in page


async def test_an_officer_takes_a_request_gives_it_on_and_can_undo_it(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    worker, request = await desk.account(Role.WORKER, "Wanda Worker"), await person.asks(who="social_worker")
    assert officer.account is not None
    assert await sends(officer, request, "take") == 303
    assert (await as_stored(desk, request)).assigned_to == officer.account.id
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "You have this request now" in page
    given = await officer.post(f"{BOARD}/{request.id}/give", to=worker.id, **version_on(page))
    assert given.status == 303
    assert (await as_stored(desk, request)).assigned_to == worker.id
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "Given to Wanda Worker" in page
    assert f"{officer.account.name} gave it to Wanda Worker" in page
    undo = re.search(r'console-flash">.*?</form>', page, re.DOTALL)
    assert undo is not None
    fields = dict(re.findall(r'name="(to|version|last)" value="(\w+)"', undo.group(0)))
    assert fields["to"] == officer.account.id
    await officer.post(f"{BOARD}/{request.id}/give", **fields)
    assert (await as_stored(desk, request)).assigned_to == officer.account.id
    assert await sends(officer, request, "give", to="triage") == 303
    assert (await as_stored(desk, request)).assigned_to is None
    assert (await actions_logged(desk.store, request)).count("request_assigned") == 4


async def test_whoever_is_ruled_out_is_not_offered_and_is_refused_like_somebody_who_does_not_exist(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    named, other = await desk.account(Role.WORKER, "Wanda Worker"), await desk.account(Role.WORKER, "Will Worker")
    auditor = await desk.account(Role.AUDITOR)
    assert officer.account is not None
    await allocated(desk.store, {"A1": {"worker": named.email}}, officer.account)
    await linked(person, "A1", officer.account)
    request = await person.asks(who="manager", hide_from=("social_worker",))
    page = await officer.text(f"{BOARD}/{request.id}")
    assert other.id in page
    assert named.id not in page
    assert auditor.id not in page
    for to in (named.id, auditor.id, "0" * 32):
        answer = await officer.post(f"{BOARD}/{request.id}/give", to=to, **version_on(page))
        assert answer.status == 400
        assert "cannot be given to this person" in await answer.text()
    assert (await as_stored(desk, request)).assigned_to is None


async def test_an_officer_who_finds_out_whom_it_is_about_names_them_and_others_in_the_role_can_have_it(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    named, other = await desk.account(Role.WORKER, "Wanda Worker"), await desk.account(Role.WORKER, "Will Worker")
    request = await person.asks("x", RequestKind.COMPLAINT, "manager", ("social_worker",))
    page = await officer.text(f"{BOARD}/{request.id}")
    takers = page[page.index('id="to"') : page.index('id="person"')]
    assert named.id not in takers
    assert other.id not in takers
    assert "nobody with such a role sees it" in page
    assert await sends(officer, request, "about", person=named.id) == 303
    page = await officer.text(f"{BOARD}/{request.id}")
    takers = page[page.index('id="to"') : page.index('id="person"')]
    assert named.id not in takers
    assert other.id in takers
    assert "It has been found out who that is" in page
    assert await sends(officer, request, "about", person="0" * 32) == 400


async def test_an_outcome_reaches_the_young_person_in_plain_words_and_a_no_opens_the_request_again(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    request = await person.asks()
    assert await sends(officer, request, "propose", outcome="We rang your nan.\r\nShe can come on Friday.") == 303
    said = [item for item in await person.timeline() if item.author == "staff"]
    assert [(item.text, item.signed) for item in said] == [
        ("We rang your nan.\nShe can come on Friday.", "participation_officer")
    ]
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "No answer yet" in page
    assert 'name="outcome"' not in page
    message_id = await person.types("no")
    async with desk.store.begin() as work:
        await closing.answer(
            work, person.conversation_id, Answered(request.number, 1, Answer.NO, message_id), desk.clock()
        )
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "No, it is not done" in page
    assert "The young person says that it is not done" in page
    assert 'name="outcome"' in page
    assert await sends(officer, request, "propose", outcome="She came on Friday.") == 303
    assert len((await as_seen(desk, officer.account, request)).outcomes) == 2  # type: ignore[arg-type]


async def test_a_request_that_was_taken_back_says_so_and_offers_nothing_more_to_do(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    request = await person.asks()
    page = await officer.text(f"{BOARD}/{request.id}")
    async with desk.store.begin() as work:
        await closing.withdraw(work, person.conversation_id, request.number, desk.clock())
    late = await officer.post(f"{BOARD}/{request.id}/propose", outcome="done", **version_on(page))
    assert late.status == 409
    page = await late.text()
    assert "The young person took it back" in page
    assert "Take it</button>" not in page
    assert 'action="' + f"{BOARD}/{request.id}/propose" not in page


async def test_the_second_of_two_editors_is_told_sees_the_others_outcome_and_keeps_what_they_typed(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    request, second = await person.asks(), await desk.signed_in(Role.PARTICIPATION_OFFICER)
    await officer.get(f"{BOARD}/{request.id}")
    mine, theirs = [version_on(await one.text(f"{BOARD}/{request.id}")) for one in (officer, second)]
    first = await officer.post(f"{BOARD}/{request.id}/propose", outcome="We rang on Monday.", **mine)
    assert first.status == 303
    answer = await second.post(f"{BOARD}/{request.id}/propose", outcome="Somebody will ring.", **theirs)
    page = await answer.text()
    assert answer.status == 409
    assert "Somebody changed this request while you were looking at it" in page
    assert officer.account is not None
    assert f"{officer.account.name} proposed an outcome" in page
    assert "We rang on Monday." in page
    assert "Somebody will ring." in page
    texts = [item.text for item in await person.timeline()]
    assert "We rang on Monday." in texts
    assert "Somebody will ring." not in texts
    gone = await second.post(f"{BOARD}/{request.id}/take", **theirs)
    assert gone.status == 409
    assert (await as_stored(desk, request)).assigned_to is None


async def test_an_outcome_that_is_too_long_or_empty_is_not_sent_and_is_still_in_the_box(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    request = await person.asks()
    version = version_on(await officer.text(f"{BOARD}/{request.id}"))
    long = await officer.post(f"{BOARD}/{request.id}/propose", outcome="word " * 401, **version)
    page = await long.text()
    assert long.status == 400
    assert "2,000 characters or fewer" in page
    assert "word word word" in page
    lines = "\r\n".join(["x" * 99] * 20)
    assert (await officer.post(f"{BOARD}/{request.id}/propose", outcome="  \r\n ", **version)).status == 400
    huge = await officer.post(f"{BOARD}/{request.id}/propose", outcome="x" * 300_000, **version)
    assert huge.status == 413
    assert all(item.author != "staff" for item in await person.timeline())
    assert (await officer.post(f"{BOARD}/{request.id}/propose", outcome=lines, **version)).status == 303


async def test_what_was_typed_and_not_sent_is_there_again_and_goes_when_it_is_sent(
    officer: Client, person: YoungPerson
) -> None:
    request = await person.asks()
    page = await officer.text(f"{BOARD}/{request.id}")
    assert f'data-draft="outcome:{request.id}"' in page
    await officer.post("/console/draft", place=f"outcome:{request.id}", text="We have begun to")
    assert "We have begun to" in await officer.text(f"{BOARD}/{request.id}")
    assert await sends(officer, request, "propose", outcome="We rang.") == 303
    assert "We have begun to" not in await officer.text(f"{BOARD}/{request.id}")


async def test_a_script_in_an_outcome_a_note_or_a_request_is_only_text(
    desk: Desk, officer: Client, person: YoungPerson, browser: Browser
) -> None:
    attack = '<script>document.title="taken"</script><img src=x onerror="document.title=\'taken\'">'
    request = await person.asks(attack)
    assert await sends(officer, request, "notes", text=attack) == 303
    assert await sends(officer, request, "propose", outcome=attack) == 303
    page = await officer.text(f"{BOARD}/{request.id}")
    assert attack not in page
    assert page.count("&lt;script&gt;") == 3
    assert [item.text for item in await person.timeline() if item.author == "staff"] == [attack]
    assert officer.account is not None
    context = await desk.browser_of(browser, officer.account)
    tab = await context.new_page()
    await tab.goto(f"{desk.address}{BOARD}/{request.id}")
    assert await tab.title() == f"{person.designation}, number 1 - OVOS console"
    assert await tab.locator(".console-said", has_text="<script>").count() == 3
    await context.close()


async def test_redacted_words_are_covered_on_the_page(desk: Desk, officer: Client, person: YoungPerson) -> None:
    request = await person.asks("my friend Bella was there")
    assert officer.account is not None
    async with desk.store.begin() as work:
        message = await work.session.get_one(Message, request.message_id)
        hide = Hide("Bella", RedactionKind.TEMPORARY, Why.NAME, officer.account.id)
        await redactions.hide(work, message, hide)
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "Bella" not in page
    assert "my friend █████ was there" in page


async def test_a_note_can_be_deleted_and_brought_back_by_whoever_wrote_it_and_nobody_else(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    request, other = await person.asks(), await desk.signed_in(Role.PARTICIPATION_OFFICER)
    assert await sends(officer, request, "notes", text="Rang, no answer.") == 303
    page = await officer.text(f"{BOARD}/{request.id}")
    assert "Rang, no answer." in page
    delete = re.search(r"/notes/([0-9a-f]{32})/delete", page)
    assert delete is not None
    seen_by_other = await other.text(f"{BOARD}/{request.id}")
    assert "Rang, no answer." in seen_by_other
    assert "/delete" not in seen_by_other
    path = f"{BOARD}/{request.id}/notes/{delete.group(1)}"
    assert (await other.post(f"{path}/delete")).status == 404
    assert (await officer.post(f"{path}/delete")).status == 303
    assert "Rang, no answer." not in await officer.text(f"{BOARD}/{request.id}")
    assert (await other.post(f"{path}/bring-back")).status == 404
    assert (await officer.post(f"{path}/bring-back")).status == 303
    assert "Rang, no answer." in await officer.text(f"{BOARD}/{request.id}")
    assert (await officer.post(f"{BOARD}/{request.id}/notes", text="x" * 5_001)).status == 400


async def test_a_worker_proposes_and_does_not_give_out(desk: Desk, officer: Client, person: YoungPerson) -> None:
    worker = await desk.account(Role.WORKER)
    assert officer.account is not None
    await allocated(desk.store, {"A1": {"worker": worker.email}}, officer.account)
    await linked(person, "A1", officer.account)
    request = await person.asks(who="social_worker", ago=timedelta(days=2))
    client = await desk.signed_in(worker)
    page = await client.text(f"{BOARD}/{request.id}")
    assert "Give it to" not in page
    assert "Ask who this is" not in page
    assert await sends(client, request, "give", to=officer.account.id) == 400
    assert await sends(client, request, "propose", outcome="I rang you today.") == 303
    (said,) = [item for item in await person.timeline() if item.author == "staff"]
    assert said.signed == "worker"


async def test_a_request_that_leaves_ones_sight_when_it_is_given_away_ends_on_the_board(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    manager = await desk.account(Role.MANAGER)
    request = await person.asks()
    assert await sends(officer, request, "give", to=manager.id) == 303
    boss = await desk.signed_in(manager)
    page = await boss.text(f"{BOARD}/{request.id}")
    answer = await boss.post(f"{BOARD}/{request.id}/give", to="triage", **version_on(page))
    assert answer.headers["Location"] == BOARD
    assert "not yours to see any more" in await boss.text(BOARD)
    assert (await boss.get(f"{BOARD}/{request.id}")).status == 404
