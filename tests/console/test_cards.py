"""Rights and money in the console: what is due, renewing, filling in, correcting by two people, taking back."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from playwright.async_api import Browser, expect

from bot.content import content_folder
from bot.entitlements.library import Library, load_library
from bot.entitlements.live import LOOK_AGAIN_AFTER, LiveLibrary
from bot.store import audit
from bot.store.staff_models import Role
from tests.console.conftest import Client, Desk
from tests.console.test_browser import is_usable, watched

LIST = "/console/cards"
BURSARY = f"{LIST}/figure/he_bursary"
TRAVEL = f"{LIST}/local_fact/travel"
TEAM = f"{LIST}/contact/leaving_care_team"


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(content_folder() / "entitlements")


@pytest.fixture
async def officer(desk: Desk) -> Client:
    return await desk.signed_in(Role.PARTICIPATION_OFFICER)


@pytest.fixture
async def manager(desk: Desk) -> Client:
    return await desk.signed_in(Role.MANAGER)


def today() -> date:
    return datetime.now(UTC).date()


def dates(seen: int = 0, days: int = 90) -> dict[str, str]:
    checked, review = today().isoformat(), (today() + timedelta(days=days)).isoformat()
    return {"seen": str(seen), "checked_on": checked, "review_by": review}


def value(amount: str = "2500", **other: str) -> dict[str, str]:
    return {
        "value": amount,
        "effective_from": today().isoformat(),
        "source_name": "Regulations of the test",
        "section": "reg 1",
        "read": "yes",
        "confidence": "high",
        **dates(),
        **other,
    }


async def send(client: Client, address: str, what: str, **fields: str) -> tuple[int, str]:
    """Send a form of this page; the answer's status, and the text of the page that it leads to."""
    await client.get(address)
    answer = await client.post(f"{address}/{what}", **fields)
    if answer.status == 303:
        return 303, await client.text(answer.headers["Location"])
    return answer.status, await answer.text()


async def told(desk: Desk, library: Library, card: str) -> str:
    live = LiveLibrary(library)
    await live.look(desk.store)
    answer = live.said.answer(card, today())
    return " ".join([answer.text, *answer.local, answer.about or ""])


async def logged(desk: Desk, item: str) -> list[tuple[str, str, dict[str, object]]]:
    async with desk.store.look() as work:
        lines = await audit.newest(work, audit.Filter(subject_id=item))
    return [(line.subject_type, line.action, dict(line.details)) for line in reversed(lines)]


async def test_the_list_shows_what_is_due_first_with_its_owner_and_can_be_narrowed(
    desk: Desk, officer: Client, library: Library
) -> None:
    page = await officer.text(LIST)
    unread = sum(not contact.verified for contact in library.contacts.values())
    assert f"Blank: {len(library.blanks()) + unread}<" in page
    assert re.search(r"/console/cards/(contact|local_fact)/", page)
    desk.clock.ahead = timedelta(days=365)
    late = await (await desk.signed_in(Role.PARTICIPATION_OFFICER)).text(f"{LIST}?kind=figure&state=overdue")
    assert "/console/cards/figure/he_bursary" in late
    assert "/console/cards/card/" not in late
    assert "local offer lead" in late
    desk.clock.ahead = timedelta()
    mine = await officer.text(f"{LIST}?owner=complaints+manager&words=complain")
    assert "/console/cards/card/complaints_process" in mine
    assert "/console/cards/figure/he_bursary" not in mine
    assert "Nothing here" in await officer.text(f"{LIST}?words=no+such+thing")
    assert (await officer.get(f"{LIST}?page=99&kind=nonsense")).status == 200


async def test_a_local_fact_that_is_filled_in_is_said_at_once_and_no_more_when_it_is_taken_back(
    desk: Desk, officer: Client, library: Library
) -> None:
    assert "I do not know yet what there is in Solihull" in await told(desk, library, "travel_costs")
    status, page = await send(
        officer, TRAVEL, "fill", answer="Ask your PA for a bus pass.", source="Travel team, by e-mail", **dates()
    )
    assert status == 303
    assert "The chat says it now" in page
    said = await told(desk, library, "travel_costs")
    assert "Ask your PA for a bus pass. Ask what help there is" in said
    assert "I do not know" not in said
    undo = re.search(r'name="change" value="([0-9a-f]{32})"', page)
    assert undo is not None
    assert (await send(officer, TRAVEL, "take-back", change=undo.group(1)))[0] == 303
    assert "I do not know yet" in await told(desk, library, "travel_costs")
    assert "nothing left to take back" in (await send(officer, TRAVEL, "take-back", change="all"))[1]
    assert await logged(desk, "travel") == [
        ("local_fact", "card_filled", {"n": 1}),
        ("local_fact", "card_change_taken_back", {"n": 1}),
    ]


async def test_a_number_that_is_filled_in_is_given_in_the_cards_and_a_number_of_safety_messages_stays_in_its_file(
    desk: Desk, officer: Client, library: Library
) -> None:
    fields = {"number": "0121 496 0000", "source": "Leaving care team", **dates()}
    assert (await send(officer, TEAM, "fill", **fields))[0] == 303
    live = LiveLibrary(library)
    await live.look(desk.store)
    assert "0121 496 0000" in [one.number for one in live.said.answer("personal_adviser", today()).contacts]
    childline = f"{LIST}/contact/childline"
    assert "changed in <code>contacts.yml</code>" in await officer.text(childline)
    assert (await officer.post(f"{childline}/fill", **fields)).status == 404
    assert (await send(officer, childline, "renew", **dates()))[0] == 303


async def test_a_figure_takes_two_people_and_the_second_never_is_the_first(
    desk: Desk, officer: Client, manager: Client, library: Library
) -> None:
    status, page = await send(officer, BURSARY, "propose", **value())
    assert status == 303
    assert "You proposed it. A second person decides." in page
    assert "£2,000" in await told(desk, library, "he_bursary")
    found = re.search(r'name="change" value="([0-9a-f]{32})"', await manager.text(BURSARY))
    assert found is not None
    change = found.group(1)
    assert (await officer.post(f"{BURSARY}/decide", change=change, decision="approve")).status == 403
    assert (await manager.post(f"{BURSARY}/propose", **value())).status == 403
    assert (await send(officer, BURSARY, "renew", **dates(1)))[0] == 409
    page = await manager.text(BURSARY)
    assert "Regulations of the test" in page
    assert (await manager.post(f"{BURSARY}/decide", change=change, decision="maybe")).status == 400
    status, page = await send(manager, BURSARY, "decide", change=change, decision="approve")
    assert status == 303
    assert "£2,500" in await told(desk, library, "he_bursary")
    assert "£2,000" not in await told(desk, library, "he_bursary")
    assert (await send(manager, BURSARY, "decide", change=change, decision="refuse"))[0] == 409
    assert (await send(officer, BURSARY, "take-back", change="all"))[0] == 303
    assert "£2,000" in await told(desk, library, "he_bursary")
    assert [line[1:] for line in await logged(desk, "he_bursary")] == [
        ("card_change_proposed", {"n": 1}),
        ("card_change_decided", {"n": 1, "decision": "approved"}),
        ("card_change_taken_back", {"n": 1}),
    ]


async def test_what_a_manager_refuses_is_never_said(
    desk: Desk, officer: Client, manager: Client, library: Library
) -> None:
    await send(officer, BURSARY, "propose", **value())
    found = re.search(r'name="change" value="([0-9a-f]{32})"', await manager.text(BURSARY))
    assert found is not None
    await send(manager, BURSARY, "decide", change=found.group(1), decision="refuse")
    assert "£2,000" in await told(desk, library, "he_bursary")
    assert "Refused" in await officer.text(BURSARY)


async def test_renewing_carries_a_withheld_figure_on_with_the_name_of_who_checked_it(desk: Desk) -> None:
    desk.clock.ahead = timedelta(days=300)
    officer = await desk.signed_in(await desk.account(Role.PARTICIPATION_OFFICER, "Ola Officer"))
    on = datetime.now(UTC).date() + timedelta(days=300)
    assert "Withheld" in await officer.text(BURSARY)
    days = {"seen": "0", "checked_on": on.isoformat(), "review_by": (on + timedelta(days=100)).isoformat()}
    status, page = await send(officer, BURSARY, "renew", **days)
    assert status == 303
    assert "£2,000" in page
    assert "Checked again by Ola Officer" in page
    assert "Withheld" not in page


async def test_the_words_of_a_card_are_checked_as_the_files_are_and_take_two_people(
    desk: Desk, officer: Client, manager: Client, library: Library
) -> None:
    card, address = library.cards["siblings"], f"{LIST}/card/siblings"
    texts = {
        name: getattr(card, name) for name in ("answer", "easy", "who_for", "how", "if_told_no") if getattr(card, name)
    }
    assert (await send(officer, address, "propose", **texts, **dates()))[0] == 400
    for bad, says in (
        ("You will get to live with your brother.", "is a promise"),
        ("Your placement is near.", "is a word of the office: home"),
        ("You may have £50.", "belongs in figures.yml"),
        ("It is {no_such_figure}.", "There is no figure"),
        (" ".join(["word"] * 19) + ".", "a sentence of 19 words"),
    ):
        status, page = await send(officer, address, "propose", **{**texts, "answer": bad}, **dates())
        assert status == 400
        assert says.lower() in page.lower()
        assert bad.replace("'", "&#39;") in page
    new = "You should live with your brothers and sisters if that can work. Ask what the plan is."
    assert (await send(officer, address, "propose", **{**texts, "answer": new}, **dates()))[0] == 303
    found = re.search(r'name="change" value="([0-9a-f]{32})"', await manager.text(address))
    assert found is not None
    await send(manager, address, "decide", change=found.group(1), decision="approve")
    assert new in await told(desk, library, "siblings")


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"checked_on": "2099-01-01"}, "It cannot have been checked in the future"),
        ({"checked_on": "2020-01-01"}, "It was last checked on"),
        ({"checked_on": "yesterday"}, "Give the day on which it was checked"),
        ({"review_by": "2020-01-01"}, "The next check must be after today"),
        ({"review_by": "2099-01-01"}, "The next check must be within a year"),
        ({"value": "-5"}, "Give the value as a number"),
        ({"value": "lots"}, "Give the value as a number"),
        ({"source_name": ""}, "Name the law, guidance or page"),
        ({"read": "maybe"}, "Say how far you have read the source"),
    ],
)
async def test_a_figure_that_makes_no_sense_is_refused_with_one_clear_line_and_stays_typed(
    officer: Client, fields: dict[str, str], says: str
) -> None:
    status, page = await send(officer, BURSARY, "propose", **value(**fields))
    assert status == 400
    assert says in page
    assert "Regulations of the test" in page or "source_name" in fields


@pytest.mark.parametrize(
    ("address", "fields", "says"),
    [
        (TRAVEL, {"answer": "You will get a pass.", "source": "x"}, "is a promise"),
        (TRAVEL, {"answer": "It is so. " * 11, "source": "x"}, "33 words, 30 at most"),
        (TRAVEL, {"answer": "Use {he_bursary}.", "source": "x"}, "curly bracket"),
        (TRAVEL, {"answer": "Yes.", "source": ""}, "Say where this is from"),
        (TEAM, {"source": "x"}, "Give a number to ring, or one for texts"),
        (TEAM, {"number": "ring me", "source": "x"}, "A number is digits and blanks"),
    ],
)
async def test_a_local_fact_or_number_that_may_not_be_said_is_refused(
    officer: Client, address: str, fields: dict[str, str], says: str
) -> None:
    status, page = await send(officer, address, "fill", **fields, **dates())
    assert status == 400
    assert says in page


async def test_the_second_of_two_officers_who_saw_the_same_page_is_told(desk: Desk, officer: Client) -> None:
    second = await desk.signed_in(Role.PARTICIPATION_OFFICER)
    await second.get(TRAVEL)
    await send(officer, TRAVEL, "fill", answer="Ask us.", source="x", **dates())
    answer = await second.post(f"{TRAVEL}/fill", answer="Ask them.", source="x", **dates())
    assert answer.status == 409
    assert "Somebody else has changed this meanwhile" in await answer.text()


async def test_there_is_no_such_thing_as_an_unknown_kind_or_item(officer: Client) -> None:
    for address in (f"{LIST}/figure/free_money", f"{LIST}/wish/he_bursary", f"{LIST}/card/.."):
        assert (await officer.get(address)).status == 404
    assert (await officer.post(f"{LIST}/card/siblings/fill", **dates())).status == 404
    assert (await officer.post(f"{LIST}/local_fact/travel/propose", **dates())).status == 404


async def test_a_worker_reads_the_cards_and_changes_nothing(desk: Desk) -> None:
    worker = await desk.signed_in(Role.WORKER)
    page = await worker.text(f"{LIST}/card/setting_up_home")
    assert "£3,000" in page
    assert "What you can do" not in page
    assert (await worker.post(f"{BURSARY}/renew", **dates())).status == 403


async def test_another_process_says_a_change_within_seconds_and_asks_the_store_no_more_than_that(
    desk: Desk, officer: Client, library: Library
) -> None:
    moment = 0.0
    live = LiveLibrary(library, lambda: moment)
    before = (await live.look(desk.store)).library
    await send(officer, TRAVEL, "fill", answer="Ask us.", source="x", **dates())
    assert (await live.look(desk.store)).library is before
    moment = LOOK_AGAIN_AFTER + 1
    assert (await live.look(desk.store)).library is not before
    assert "Ask us." in live.said.answer("travel_costs", today()).text


async def test_the_pages_are_usable_and_a_figure_goes_from_proposal_to_approval_in_the_browser(
    desk: Desk, browser: Browser, library: Library
) -> None:
    officer = await desk.account(Role.PARTICIPATION_OFFICER, "Ola Officer")
    page, wrong = await watched(await desk.browser_of(browser, officer), desk)
    await page.goto(desk.address + LIST)
    await is_usable(page)
    await page.get_by_label("Kind").select_option("figure")
    await page.get_by_role("button", name="Show").click()
    await page.get_by_role("link", name="Higher education bursary from the council, paid once").click()
    await is_usable(page)
    await page.get_by_role("link", name="Correct it: propose another value").click()
    await page.get_by_label("Value (GBP)").fill("2500")
    await page.get_by_role("button", name="Propose").click()
    await expect(page.get_by_role("alert")).to_contain_text("There is a problem")
    await is_usable(page)
    await page.get_by_label("Holds from").fill(today().isoformat())
    await page.get_by_role("button", name="Propose").click()
    await expect(page.get_by_text("You proposed it. A second person decides.")).to_be_visible()
    await is_usable(page)
    manager, faults = await watched(await desk.browser_of(browser, Role.MANAGER), desk)
    await manager.goto(desk.address + BURSARY)
    await manager.get_by_label("Approve").check()
    await manager.get_by_role("button", name="Decide").click()
    await expect(manager.get_by_text("The chat says it now")).to_be_visible()
    await is_usable(manager)
    assert "£2,500" in await told(desk, library, "he_bursary")
    await page.goto(f"{desk.address}{TRAVEL}")
    await is_usable(page)
    expected = "Failed to load resource: the server responded with a status of 400 (Bad Request)"
    assert (wrong, faults) == ([expected], [])
