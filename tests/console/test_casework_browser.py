"""Requests, the allocation list, misunderstood messages and unmasking in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from aiohttp import web
from playwright.async_api import Browser, Page, expect
from sqlalchemy import select

from bot.requests import closing, giving
from bot.requests.steps import Change
from bot.store import staff
from bot.store.models import Conversation, RequestKind
from bot.store.requests import Viewer
from bot.store.staff_models import Role, Staff
from ovos.settings import temporary_settings
from ovos.web import House, build_app, build_house
from tests.console.casework import HEADINGS, YoungPerson, allocated, linked, young_person
from tests.console.conftest import Desk
from tests.console.test_browser import is_usable, watched

BOARD = "/console/requests"
LONG = "averyveryverylongwordwithoutanyblanks" * 6


async def tab_of(desk: Desk, browser: Browser, who: Staff) -> tuple[Page, list[str]]:
    return await watched(await desk.browser_of(browser, who), desk)


@pytest.fixture
async def officer(desk: Desk) -> Staff:
    return await desk.account(Role.PARTICIPATION_OFFICER, "Ola Officer")


@pytest.fixture
async def person(desk: Desk) -> YoungPerson:
    return await young_person(desk.store)


async def test_the_board_is_usable_empty_and_full(
    desk: Desk, browser: Browser, officer: Staff, person: YoungPerson
) -> None:
    page, wrong = await tab_of(desk, browser, officer)
    await page.goto(desk.address + BOARD)
    await is_usable(page)
    for number in range(52):
        await person.asks("x", list(RequestKind)[number % 6], "manager", ago=timedelta(days=number))
    await page.goto(desk.address + BOARD)
    await is_usable(page)
    await page.get_by_label("Kind").select_option("complaint")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator("caption").first).to_have_text("9 requests")
    assert "kind=complaint" in page.url
    await page.goto(desk.address + BOARD)
    await page.keyboard.press("]")
    await expect(page.get_by_role("link", name="First page")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_contain_text(person.designation)
    assert wrong == []


async def test_the_page_of_a_complaint_is_usable_keeps_what_is_typed_and_undoes_with_a_key(
    desk: Desk, browser: Browser, officer: Staff, person: YoungPerson
) -> None:
    await desk.account(Role.WORKER, "Wanda Worker")
    request = await person.asks(LONG, RequestKind.COMPLAINT, "manager", ("social_worker",), ago=timedelta(days=90))
    page, wrong = await tab_of(desk, browser, officer)
    await page.goto(f"{desk.address}{BOARD}/{request.id}")
    await is_usable(page)
    await page.get_by_label("What was done").fill("We have begun")
    await expect(page.locator("#outcome-draft")).to_have_text("Draft saved")
    await page.get_by_role("button", name="Take it").click()
    await expect(page.locator("#flash")).to_contain_text("You have this request now")
    await expect(page.get_by_label("What was done")).to_have_value("We have begun")
    await is_usable(page)
    await page.locator("h1").click()
    await page.keyboard.press("z")
    await expect(page.locator("#flash")).to_contain_text("Put back to be given out")
    await page.get_by_label("New note").fill("A note for us")
    await page.get_by_role("button", name="Save note").click()
    await expect(page.get_by_label("Note 1")).to_contain_text("A note for us")
    await page.get_by_label("What was done").fill("We talked with them on Friday.")
    await page.get_by_role("button", name="Send and ask if it is done").click()
    await expect(page.get_by_label("Outcome 1")).to_contain_text("No answer yet")
    await is_usable(page)
    assert wrong == []


async def test_the_page_that_an_iro_only_reads_is_usable_and_has_nothing_to_press(
    desk: Desk, browser: Browser, officer: Staff, person: YoungPerson
) -> None:
    iro = await desk.account(Role.IRO, "Ira Reviewer")
    await allocated(desk.store, {"A1": {"iro": iro.email}}, officer)
    await linked(person, "A1", officer)
    request = await person.asks(LONG, RequestKind.COMPLAINT, "manager", ago=timedelta(days=90))
    page, wrong = await tab_of(desk, browser, iro)
    await page.goto(f"{desk.address}{BOARD}/{request.id}")
    await expect(page.get_by_text("You see this as drift in a case that you review")).to_be_visible()
    assert await page.locator("main button").count() == 0
    await is_usable(page)
    assert wrong == []


async def test_the_page_that_tells_the_second_editor_is_usable(
    desk: Desk, browser: Browser, officer: Staff, person: YoungPerson
) -> None:
    request, other = await person.asks(), await desk.account(Role.PARTICIPATION_OFFICER, "Ottilie Other")
    page, wrong = await tab_of(desk, browser, officer)
    await page.goto(f"{desk.address}{BOARD}/{request.id}")
    await page.get_by_label("What was done").fill("My own words")
    rival, _ = await tab_of(desk, browser, other)
    await rival.goto(f"{desk.address}{BOARD}/{request.id}")
    await rival.get_by_role("button", name="Take it").click()
    await expect(rival.locator("#flash")).to_be_visible()
    await page.get_by_role("button", name="Send and ask if it is done").click()
    await expect(page.locator("#news")).to_contain_text("Ottilie Other took it")
    await expect(page.get_by_label("What was done")).to_have_value("My own words")
    await is_usable(page)
    assert [line for line in wrong if "409" not in line] == []


async def test_the_allocation_list_and_a_link_code_are_usable(desk: Desk, browser: Browser, officer: Staff) -> None:
    page, wrong = await tab_of(desk, browser, officer)
    await page.goto(f"{desk.address}/console/allocations")
    await is_usable(page)
    bad = {"name": "a.csv", "mimeType": "text/csv", "buffer": f"{HEADINGS},shoe\nA1\n".encode()}
    await page.get_by_label("CSV file").set_input_files(bad)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Upload and check").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was imported")
    await is_usable(page)
    good = {"name": "a.csv", "mimeType": "text/csv", "buffer": f"{HEADINGS}\nA1,,,,,North\n".encode()}
    await page.get_by_label("CSV file").set_input_files(good)  # type: ignore[arg-type]
    await page.get_by_role("button", name="Upload and check").click()
    await is_usable(page)
    await page.get_by_role("button", name="Import this list").click()
    await expect(page.locator("#flash")).to_contain_text("1 added")
    await page.goto(f"{desk.address}/console/link-codes")
    await is_usable(page)
    await page.get_by_label("Reference of the case").fill("A1")
    await page.get_by_role("button", name="Make a code").click()
    await expect(page.get_by_role("button", name="Print")).to_be_visible()
    await is_usable(page)
    await page.emulate_media(media="print")
    await expect(page.get_by_role("button", name="Print")).to_be_hidden()
    await expect(page.locator(".console-code")).to_be_visible()
    assert [line for line in wrong if "400" not in line] == []


async def test_misunderstood_messages_are_usable_and_a_card_is_found_by_typing(
    desk: Desk, browser: Browser, officer: Staff, person: YoungPerson
) -> None:
    await person.types("before")
    row_id = await person.misunderstood(LONG, ("/feedback",), ago=timedelta(days=3))
    page, wrong = await tab_of(desk, browser, officer)
    await page.goto(f"{desk.address}/console/misunderstood")
    await is_usable(page)
    await page.goto(f"{desk.address}/console/misunderstood/{row_id}")
    await is_usable(page)
    titles = await page.locator("#cards option").evaluate_all("all => all.map(one => one.value)")
    assert len(titles) == 59
    await page.get_by_label("What did they want?").select_option("entitlement")
    await page.get_by_label("A fresh example").fill(LONG)
    await page.get_by_role("button", name="Save and learn").click()
    await expect(page.get_by_role("alert")).to_contain_text("Choose the card that answers it")
    await expect(page.get_by_role("alert")).to_contain_text("too close to what the young person wrote")
    await is_usable(page)
    await page.get_by_label("Which card answers it?").fill(titles[0])
    await page.get_by_label("A fresh example").fill("how can somebody find out about this")
    await page.get_by_role("button", name="Save and learn").click()
    await expect(page.locator("#flash")).to_contain_text("The next training learns from your example")
    await is_usable(page)
    await page.keyboard.press("z")
    await expect(page.locator("#flash")).to_contain_text("It is back on the list")
    assert [line for line in wrong if "400" not in line] == []


async def test_unmasking_is_usable_from_the_reason_to_the_name(
    desk: Desk, browser: Browser, officer: Staff, person: YoungPerson
) -> None:
    await allocated(desk.store, {"CASE-77": {}}, officer)
    await linked(person, "CASE-77", officer)
    request = await person.asks()
    page, wrong = await tab_of(desk, browser, officer)
    await page.goto(f"{desk.address}{BOARD}/{request.id}")
    await page.get_by_role("link", name="Ask who this is").click()
    await is_usable(page)
    await page.get_by_label("Why do you need to know?").fill("They are not safe where they sleep tonight.")
    await page.get_by_role("button", name="Ask a second person").click()
    await is_usable(page)
    second, _ = await tab_of(desk, browser, await desk.account(Role.MANAGER, "Mara Manager"))
    await second.goto(f"{desk.address}/console/unmasking")
    await is_usable(second)
    await second.get_by_role("link", name=person.designation).click()
    await is_usable(second)
    await second.get_by_label("Approve").check()
    await second.get_by_role("button", name="Decide").click()
    await expect(second.locator("#flash")).to_contain_text("Approved")
    await page.reload()
    await is_usable(page)
    await page.get_by_role("button", name="Open").click()
    await expect(page.locator("dl")).to_contain_text("CASE-77")
    assert "CASE" not in page.url
    await is_usable(page)
    await page.get_by_role("button", name="Tell the young person").click()
    await expect(page.locator("#flash")).to_contain_text("told in the chat")
    assert wrong == []


# --- With the chat beside it ---


@pytest.fixture
async def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[tuple[str, House]]:
    """The whole web process, without a brain: chat and console on one address."""
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    settings = temporary_settings(tmp_path)
    house = build_house(settings)
    runner = web.AppRunner(build_app(settings, house), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", settings.port).start()
    yield settings.address, house
    await runner.cleanup()


async def test_a_script_in_an_outcome_is_only_text_in_the_chat(whole: tuple[str, House], browser: Browser) -> None:
    address, house = whole
    chat = await browser.new_page()
    await chat.goto(f"{address}/chat")
    await expect(chat.locator("#items > li")).to_have_count(3, timeout=20_000)
    await chat.fill("#text", "please ring me")
    await chat.press("#text", "Enter")
    await expect(chat.locator("#items")).to_contain_text("please ring me")
    async with house.store.begin() as work:
        (here,) = await work.session.scalars(select(Conversation))
        officer = await staff.add(work, "o@council.example", "Ola", Role.PARTICIPATION_OFFICER)
    person = YoungPerson(house.store, here.id, here.designation)
    request = await person.asks()
    attack = '<img src=x onerror="document.title=\'taken\'"><script>document.title="taken"</script>'
    async with house.store.begin() as work:
        viewer, at = Viewer(officer.id, Role.PARTICIPATION_OFFICER), request.created_at
        await giving.see(work, viewer, request.id, at)
        version = (await work.session.get_one(type(request), request.id)).version
        await closing.propose(work, Change(viewer, request.id, version, at), attack)
    house.hub.wake(here.id)
    await expect(chat.locator("#items")).to_contain_text(attack)
    assert await chat.title() != "taken"
    assert await chat.locator("#items img[src=x]").count() == 0
