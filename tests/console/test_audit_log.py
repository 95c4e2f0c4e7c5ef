"""The log in the console: who may read it, what it shows, its filters, its file, and whether it is whole."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from playwright.async_api import Browser, expect
from sqlalchemy import update

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import audit as chain
from bot.store.staff_models import AuditEvent, Role
from console.views.audit import PAGE_SIZE
from console.wording import load_words
from tests.console.conftest import Desk
from tests.console.test_browser import is_usable, watched

LOG = "/console/audit"
REQUEST = "a" * 32


async def write(desk: Desk, count: int, actor: str = "service", subject: str = REQUEST) -> None:
    async with desk.store.begin() as work:
        for _ in range(count):
            await audit.note(work, actor, Action.REQUEST_CLIMBED, "request", subject, {"staff_id": None})


def test_every_action_of_the_log_has_a_name() -> None:
    words = load_words()
    assert [action for action in Action if not words.knows(f"audit.action_{action.value}")] == []


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.DATA_PROTECTION])
async def test_it_is_read_page_by_page_and_says_that_it_was_read(desk: Desk, role: Role) -> None:
    reader = await desk.signed_in(role)
    await write(desk, PAGE_SIZE + 5)
    page = await reader.text(LOG)
    assert page.count("A late request climbed</th>") == PAGE_SIZE
    assert f"{LOG}?before=6" in page
    older = await reader.text(f"{LOG}?before=6")
    assert older.count("A late request climbed</th>") == 5
    assert "First page" in older
    read = await reader.text(f"{LOG}?action=audit_read")
    assert read.count("Read the log</th>") == 0, "names have their details under them"
    assert read.count("found: ") == 2
    async with desk.store.look() as work:
        lines = await chain.newest(work, chain.Filter(action="audit_read"))
    assert reader.account is not None
    assert {line.actor for line in lines} == {reader.account.id}


async def test_filters_stand_in_the_address_and_what_makes_no_sense_is_as_if_it_was_not_there(desk: Desk) -> None:
    reader, ada = await desk.signed_in(Role.AUDITOR), await desk.account(Role.WORKER, "Ada Adviser")
    await write(desk, 2)
    await write(desk, 1, actor=ada.id, subject="b" * 32)
    climbed = "A late request climbed</th>"
    assert (await reader.text(f"{LOG}?who={ada.id}")).count(climbed) == 1
    assert (await reader.text(f"{LOG}?who=service&action=request_climbed")).count(climbed) == 2
    assert (await reader.text(f"{LOG}?subject={'b' * 32}")).count(climbed) == 1
    today = desk.clock().date()
    assert (await reader.text(f"{LOG}?since={today - timedelta(days=1)}&until={today}")).count(climbed) == 3
    nothing = await reader.text(f"{LOG}?until={today - timedelta(days=3)}")
    assert "No line of the log fits" in nothing
    assert "Choose fewer things above" in nothing
    wrong = "action=nonsense&who=';--&before=-1&since=yesterday&until=9999-12-31&subject=<script>"
    answer = await reader.get(f"{LOG}?{wrong}")
    assert answer.status == 200
    assert (await answer.text()).count(climbed) == 3


async def test_the_file_has_what_the_filters_show_no_formula_and_is_logged(desk: Desk) -> None:
    reader = await desk.signed_in(Role.AUDITOR)
    villain = await desk.account(Role.WORKER, "=cmd|' /C calc'!A0")
    await write(desk, 3)
    await write(desk, 1, actor=villain.id)
    answer = await reader.get(f"{LOG}/export?action=request_climbed")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="log.csv"'
    rows = list(csv.DictReader(io.StringIO((await answer.read()).decode("utf-8-sig"))))
    assert [row["who"] for row in rows] == ["'=cmd|' /C calc'!A0", *["The service"] * 3]
    assert all(len(row["hash"]) == 64 and row["id"] == REQUEST for row in rows)
    async with desk.store.look() as work:
        [line] = await chain.newest(work, chain.Filter(action="exported"))
    assert (line.subject_type, line.details) == ("audit", {"found": 4})


async def test_it_says_whether_the_chain_is_whole_and_where_it_is_not(desk_on_both: Desk) -> None:
    desk = desk_on_both
    reader = await desk.signed_in(Role.DATA_PROTECTION)
    await write(desk, 4)
    async with desk.store.look() as work:
        head = await chain.verify(work)
    page = await reader.text(f"{LOG}/check")
    assert "The log is whole" in page
    assert f"{head.seq}:{head.hash}" in page
    async with desk.store.begin() as work:
        await work.session.execute(update(AuditEvent).where(AuditEvent.seq == 2).values(actor="young_person"))
    async with desk.store.look() as work:
        before = len(await chain.newest(work, chain.Filter()))
    assert "Line 2 is the first that does not fit" in await reader.text(f"{LOG}/check")
    async with desk.store.look() as work:
        assert len(await chain.newest(work, chain.Filter())) == before, "a broken log is left as it is"


async def test_the_log_and_its_check_are_usable(desk: Desk, browser: Browser) -> None:
    account = await desk.account(Role.AUDITOR)
    page, wrong = await watched(await desk.browser_of(browser, account), desk)
    await page.goto(desk.address + LOG)
    await expect(page.get_by_text("No line of the log fits")).to_be_visible()
    await is_usable(page)
    await write(desk, PAGE_SIZE + 1)
    await page.goto(desk.address + LOG)
    await is_usable(page)
    await page.get_by_label("What", exact=True).select_option("request_climbed")
    await page.get_by_role("button", name="Show").click()
    assert "action=request_climbed" in page.url
    await page.get_by_role("link", name="Check that the whole log").click()
    await expect(page.locator("h1")).to_have_text("The log is whole")
    await is_usable(page)
    assert wrong == []
