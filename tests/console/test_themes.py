"""Sorting feedback in the console: decide, undo, split, second reader, the codebook, measures; and promises."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser, expect

from bot.store import promises, themes
from bot.store.counted_themes import quarter_of
from bot.store.models import Feedback
from bot.store.staff_models import Role, Staff
from bot.store.theme_models import DecisionKind, FeedbackDetail, PromiseState
from bot.store.themes import NewDecision, NewDetail, Tagged
from tests.bot.store.test_themes import said
from tests.console.casework import YoungPerson, young_person
from tests.console.conftest import Client, Desk
from tests.console.test_browser import is_usable, watched

LIST = "/console/themes"


@pytest.fixture
async def ola(desk: Desk) -> Staff:
    return await desk.account(Role.PARTICIPATION_OFFICER, "Ola Officer")


@pytest.fixture
async def officer(desk: Desk, ola: Staff) -> Client:
    return await desk.signed_in(ola)


@pytest.fixture
async def person(desk: Desk) -> YoungPerson:
    return await young_person(desk.store)


async def as_sample(desk: Desk, feedback_id: str, *, blind: bool = False, second: bool = False) -> None:
    async with desk.store.begin() as work:
        detail = await work.session.get_one(FeedbackDetail, feedback_id)
        detail.blind, detail.second_coder = blind, second


async def decided(desk: Desk, feedback_id: str) -> list[tuple[str, list[str], bool]]:
    async with desk.store.look() as work:
        rows = await themes.decisions_of(work, feedback_id)
    return [(row.kind, [one["theme"] for one in row.themes], row.blind) for row in rows]


async def test_the_suggestion_is_shown_accepted_and_undone_and_nothing_is_overwritten(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    one = await said(person, "where is my pocket money")
    await as_sample(desk, one)
    assert "1 piece of feedback waits" in await officer.text(LIST)
    there = await officer.get(f"{LIST}/next")
    page = await officer.text(there.headers["Location"])
    assert "where is my pocket money" in page
    assert "Suggested by the computer" in page
    assert (await officer.post(f"{LIST}/feedback/{one}/decide", feeling="negative")).status == 400
    assert (await officer.post(f"{LIST}/feedback/{one}/decide", themes="money")).status == 400
    sent = {"themes": "money", "feeling": "negative", "feeling-money": "mixed"}
    assert (await officer.post(f"{LIST}/feedback/{one}/decide", **sent)).headers["Location"] == LIST
    assert "Nothing is left in the queue" in await officer.text(LIST)
    await officer.post(f"{LIST}/feedback/{one}/undo")
    assert await decided(desk, one) == [("decided", ["money"], False), ("undone", [], False)]
    assert "1 piece of feedback waits" in await officer.text(LIST)
    assert (await officer.post(f"{LIST}/feedback/{one}/none")).status == 303
    assert (await decided(desk, one))[-1] == ("decided", [], False)


async def test_one_in_five_hides_what_the_machine_and_the_young_person_said_and_a_second_reader_sees_nothing(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    one = await said(person, "where is my pocket money")
    await as_sample(desk, one, blind=True, second=True)
    page = await officer.text(f"{LIST}/feedback/{one}")
    assert "the suggestion is hidden" in page
    assert "Suggested by the computer" not in page
    assert " checked" not in page
    await officer.post(f"{LIST}/feedback/{one}/decide", themes="money", feeling="negative")
    assert (await officer.post(f"{LIST}/feedback/{one}/none", second="1")).status == 404, "not one's own"
    eve = await desk.signed_in(Role.PARTICIPATION_OFFICER)
    page = await eve.text(f"{LIST}/feedback/{one}?second=1")
    assert "You are the second reader" in page
    assert "Decided by" not in page
    await eve.post(f"{LIST}/feedback/{one}/decide", themes="delays", feeling="negative", second="1")
    assert await decided(desk, one) == [("decided", ["money"], True), ("second", ["delays"], True)]
    measures = await officer.text(f"{LIST}/measures")
    assert "1 read twice" in measures
    assert "F1 1.00" in measures


async def test_a_feedback_is_split_good_news_is_passed_on_and_what_others_may_not_see_is_not_there(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    one = await said(person, "i passed", "my room is cold", detail=NewDetail(pass_on_to="iro"))
    await as_sample(desk, one)
    page = await officer.text(f"{LIST}/feedback/{one}")
    assert "Two things in one?" in page
    assert "your IRO" in page
    assert (await officer.post(f"{LIST}/feedback/{one}/passed-on")).status == 303
    assert "Your good news was passed on to your IRO." in [line.text for line in await person.timeline()]
    assert (await officer.post(f"{LIST}/feedback/{one}/passed-on")).status == 404
    async with desk.store.look() as work:
        second = (await work.session.get_one(Feedback, one)).words[1]
    await officer.post(f"{LIST}/feedback/{one}/split", message=second)
    assert "2 pieces of feedback wait" in await officer.text(LIST)
    councillor = await desk.signed_in(Role.COUNCILLOR)
    assert (await councillor.get(f"{LIST}/feedback/{one}")).status == 403


async def test_themes_are_merged_and_proposed_and_learning_anew_says_what_came_of_it(
    desk: Desk, officer: Client, ola: Staff, person: YoungPerson, tmp_path: Path
) -> None:
    desk.services.theme_model = tmp_path / "themes.npz"
    one = await said(person, "where is my pocket money")
    await as_sample(desk, one)
    await officer.get(f"{LIST}/codebook")
    assert (await officer.post(f"{LIST}/codebook/merge", theme="money", into="money")).status == 400
    await officer.post(f"{LIST}/codebook/merge", theme="money", into="delays")
    assert "1 pieces of feedback of this quarter were counted again" in await officer.text(f"{LIST}/codebook")
    await officer.post(f"{LIST}/codebook/unmerge", theme="money")
    await officer.post(f"{LIST}/codebook/propose", name="Our phones", why="phones are taken at night")
    assert "Our phones" in await officer.text(f"{LIST}/codebook")
    await officer.post(f"{LIST}/measures/retrain")
    assert "No decided feedback has a yes" in await officer.text(f"{LIST}/measures")
    await officer.post(f"{LIST}/measures/rollback")
    assert "There is no model to go back to" in await officer.text(f"{LIST}/measures")
    assert "Nothing stands out" in await officer.text(f"{LIST}/new")


async def test_a_promise_is_made_told_and_closed_by_ovos_and_never_by_staff(
    desk: Desk, officer: Client, person: YoungPerson
) -> None:
    await said(person, "where is my pocket money")
    quarter = quarter_of(datetime.now(UTC))
    await officer.get("/console/promises/new")
    sent = {"quarter": quarter, "themes": "money", "action": "Pocket money comes on Fridays", "owner": "Head of Homes"}
    assert (await officer.post("/console/promises", **sent, state="planned")).status == 400
    assert (await officer.post("/console/promises", **sent, state="cannot")).status == 400
    made = await officer.post("/console/promises", **sent, state="planned", due_on="2031-03-31")
    address = made.headers["Location"]
    assert "1 chat raised this and asked to hear" in await officer.text(address)
    await officer.post(f"{address}/tell")
    assert "1 told" in await officer.text(address)
    ovos = await desk.signed_in(Role.OVOS_REPRESENTATIVE)
    await ovos.get(address)
    assert (await ovos.post(f"{address}/close", version="2")).status == 303
    assert "Only what is done" in await ovos.text(address)
    await officer.post(f"{address}/state", version="2", state="closed")
    assert "Somebody else changed it" in await officer.text(address)
    await officer.post(f"{address}/state", version="2", state="done")
    await officer.post(f"{address}/tell")
    assert "promise_question" in [line.key for line in await person.timeline()]
    assert (await officer.post(f"{address}/close", version="4")).status == 403
    await ovos.get(address)
    await ovos.post(f"{address}/close", version="4")
    assert "Closed by OVOS" in await ovos.text(address)
    async with desk.store.look() as work:
        [one] = await promises.promises_of(work, quarter)
        assert one.state is PromiseState.CLOSED
    assert "Closed by young people" in await officer.text("/console/promises")


async def test_the_queue_is_worked_through_with_the_keyboard_and_every_page_can_be_used_by_everybody(
    desk: Desk, browser: Browser, ola: Staff, person: YoungPerson
) -> None:
    first = await said(person, "where is my pocket money", "and the bus is late")
    second = await said(person, "the food is good here")
    for one in (first, second):
        await as_sample(desk, one)
    async with desk.store.begin() as work:
        at = datetime.now(UTC)
        await themes.decide(work, second, NewDecision([Tagged("home_conditions")], ola.id, at))
        await themes.decide(work, second, NewDecision([], ola.id, at, DecisionKind.UNDONE))
    page, wrong = await watched(await desk.browser_of(browser, ola), desk)
    await page.goto(desk.address + LIST)
    await is_usable(page)
    await page.keyboard.press("n")
    await expect(page.locator("h1")).to_have_text("What is this about?")
    await is_usable(page)
    await page.keyboard.press("2")
    await expect(page.locator("#theme-delays")).to_be_checked()
    await page.keyboard.press("a")
    await expect(page.locator("#flash")).to_contain_text("Saved. 1 left")
    await expect(page.get_by_text("the food is good here")).to_be_visible()
    await page.keyboard.press("x")
    await expect(page.locator("#flash")).to_contain_text("Nothing is left in the queue")
    await page.keyboard.press("z")
    await expect(page.locator("#flash")).to_contain_text("It is back in the queue")
    for path in (f"{LIST}/codebook", f"{LIST}/measures", f"{LIST}/new", "/console/promises", "/console/promises/new"):
        await page.goto(desk.address + path)
        await is_usable(page)
    assert await decided(desk, first) == [("decided", ["money", "delays"], False)]
    assert wrong == []
