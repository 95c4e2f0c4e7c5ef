"""A quarter, from counted feedback to what councillors read and what the board answers. Nothing slips past two."""

from __future__ import annotations

import re
from datetime import date

import pytest
from playwright.async_api import Browser

from bot.reports.reminding import remind_of_slips
from bot.store import Store, audit, erasure, publications, quotes
from bot.store.models import Feedback
from bot.store.staff_models import Role
from tests.bot.reports.crowd import QUARTER, may_be_quoted, wrote
from tests.console.conftest import Client, Desk, axe_violations, too_wide

CHECKS = ("one_family", "worker_knows", "news", "small_group", "earlier", "no_free_text")
SAID = "I have told my story five times this year"


async def quarter(desk: Desk, people: int = 40, *, reviewed: int | None = None) -> str:
    """People who wrote in the spring, and one who may be quoted; that feedback's id."""
    async with desk.store.begin() as work:
        await wrote(work, range(people), ("worker_changes", "delays"), age="16_17", home="foster")
        if reviewed is not None:
            await wrote(work, range(people), ("money",), reviewed=False, messages=100 // reviewed)
        return await may_be_quoted(work, SAID)


async def begun(desk: Desk, officer: Client) -> str:
    """A draft; its address."""
    await officer.get("/console/summaries")
    answer = await officer.post(f"/console/summaries/begin/{QUARTER}")
    return answer.headers["Location"].removesuffix("/edit")


async def written(officer: Client, draft: str, *quotes: str, checks: tuple[str, ...] = CHECKS) -> int:
    """The officer asks for one decision and ticks the list."""
    page = await officer.text(f"{draft}/edit")
    version = re.search(r'name="version" value="(\d+)"', page)
    assert version is not None
    fields = {
        "version": version[1],
        "theme1": "worker_changes",
        "action1": "Every child has a named worker within five working days",
        "owner1": "Head of Children in Care",
        "due1": "2026-09-30",
        "going_well": "Young people who live with foster carers want them thanked.",
        "meeting_on": "2026-07-20",
    }
    many = [*(("quotes", one) for one in quotes), *(("checks", one) for one in checks)]
    body = [("csrf", officer.csrf), *fields.items(), *many]
    answer = await officer.session.post(f"{officer.address}{draft}/edit", data=body, allow_redirects=False)
    return answer.status


async def hash_of(store: Store) -> str:
    async with store.look() as work:
        return (await publications.drafts(work))[0].page_hash


async def signed(desk: Desk, client: Client, draft: str) -> None:
    await client.get(draft)
    await client.post(f"{draft}/sign", seen=await hash_of(desk.store))


async def published(desk: Desk, officer: Client, draft: str) -> str:
    """Where publishing leads to."""
    await officer.get(draft)
    answer = await officer.post(f"{draft}/publish", seen=await hash_of(desk.store))
    return answer.headers["Location"]


async def test_a_quarter_is_written_signed_by_a_second_person_published_and_answered_by_the_board(
    desk_on_both: Desk,
) -> None:
    desk = desk_on_both
    quote = await quarter(desk)
    officer, lead = await desk.signed_in(Role.PARTICIPATION_OFFICER), await desk.signed_in(Role.SAFEGUARDING_LEAD)
    ovos, councillor = await desk.signed_in(Role.OVOS_REPRESENTATIVE), await desk.signed_in(Role.COUNCILLOR)
    await officer.get(f"/console/summaries/people/{QUARTER}")
    assert (await officer.post(f"/console/summaries/people/{QUARTER}", all="56O")).status == 400
    assert (await officer.post(f"/console/summaries/people/{QUARTER}", all="560", group_foster="310")).status == 303
    draft = await begun(desk, officer)
    assert await written(officer, draft, quote) == 303
    page = await officer.text(draft)
    assert "40 of about 560 young people" in page
    assert SAID in page
    assert "A second person has not signed it" in page
    assert await published(desk, officer, draft) == draft, "not without a second signature"
    await signed(desk, officer, draft)
    assert "You prepared this page. Somebody else signs it" in await officer.text(draft)
    await signed(desk, lead, draft)
    await ovos.get(draft)
    against = {
        "names": "yes",
        "page": "no",
        "page_dissent": "It leaves out how long we wait.",
        "seen": await hash_of(desk.store),
    }
    assert (await ovos.post(f"{draft}/ovos", **against)).status == 303
    assert "Nothing has been published yet" in await councillor.text("/console/publications")
    assert await published(desk, officer, draft) == f"/console/publications/{QUARTER}"

    page = await councillor.text("/console/publications")
    assert page.index("Every child has a named worker") < page.index("Who we heard from")
    assert "OVOS does not agree with this page: It leaves out how long we wait." in page
    assert (await councillor.get(draft)).status == 403
    pdf = await (await councillor.get(f"/console/publications/{QUARTER}/summary.pdf")).read()
    csv = await councillor.text(f"/console/publications/{QUARTER}/figures.csv")
    assert pdf.startswith(b"%PDF-")
    assert '"Changes of worker, and having none",People,most of them' in csv

    async with desk.store.begin() as work:
        meeting, late = date(2026, 7, 20), date(2026, 8, 4)
        assert await remind_of_slips(work, meeting, desk.clock()) == 0
        assert await remind_of_slips(work, late, desk.clock()) == 1
        assert await remind_of_slips(work, late, desk.clock()) == 0, "once a week"
    assert "has not come back" in await officer.text("/console/summaries")
    await councillor.get(f"/console/publications/{QUARTER}/slip")
    refused = await councillor.post(f"/console/publications/{QUARTER}/slip", answer1="amend", due1="2026-10-31")
    assert refused.status == 400
    slip = {
        "answer1": "amend",
        "words1": "Within ten working days",
        "owner1": "Head of Children in Care",
        "due1": "2026-10-31",
    }
    assert (await councillor.post(f"/console/publications/{QUARTER}/slip", **slip)).status == 303
    async with desk.store.begin() as work:
        assert await remind_of_slips(work, late, desk.clock()) == 0
        await wrote(work, range(12), quarter="2026Q3")
        actions = {line.action for line in await audit.newest(work, audit.Filter())}
    await officer.get("/console/summaries")
    assert (await officer.post(f"/console/summaries/begin/{QUARTER}")).headers["Location"] == "/console/summaries"
    begin = await officer.post("/console/summaries/begin/2026Q3")
    assert "Within ten working days" in await officer.text(begin.headers["Location"].removesuffix("/edit"))
    assert {"people_entered", "summary_begun", "summary_changed", "summary_opened", "summary_signed"} <= actions
    assert {"summary_published", "publication_read", "exported", "board_replied"} <= actions


async def test_a_quote_that_is_taken_back_after_signing_is_off_the_page_at_once_and_never_published(desk: Desk) -> None:
    quote = await quarter(desk)
    officer, second = await desk.signed_in(Role.PARTICIPATION_OFFICER), await desk.signed_in(Role.DATA_PROTECTION)
    draft = await begun(desk, officer)
    await written(officer, draft, quote)
    await signed(desk, second, draft)
    assert "Nothing stands in the way" in await officer.text(draft)
    async with desk.store.begin() as work:
        feedback = await work.session.get_one(Feedback, quote)
        await quotes.take_back(work, feedback.conversation_id, quote)
    page = await officer.text(draft)
    assert SAID not in page
    assert "A quote was taken back" in page
    assert await published(desk, officer, draft) == draft
    assert await written(officer, draft, quote) == 303
    assert "A second person has not signed it as it is now" in await officer.text(draft)
    await signed(desk, second, draft)
    await published(desk, officer, draft)
    async with desk.store.look() as work:
        (kept,) = await publications.published(work)
    assert SAID not in kept.page


async def test_words_that_their_writer_has_deleted_are_gone_from_the_draft_itself(desk: Desk) -> None:
    quote = await quarter(desk)
    officer = await desk.signed_in(Role.PARTICIPATION_OFFICER)
    draft = await begun(desk, officer)
    await written(officer, draft, quote)
    async with desk.store.begin() as work:
        assert SAID in (await publications.drafts(work))[0].page
        feedback = await work.session.get_one(Feedback, quote)
        await erasure.delete_whole(work, feedback.conversation_id)
    async with desk.store.look() as work:
        (kept,) = await publications.drafts(work)
    assert SAID not in kept.page
    assert kept.quotes_of == ()


@pytest.mark.parametrize(
    "words", ["My worker Dervla never rings", "it is loud near B91 3QB", "i hate going to thornfield academy"]
)
async def test_words_that_may_name_somebody_cannot_be_chosen(desk: Desk, words: str) -> None:
    await quarter(desk)
    async with desk.store.begin() as work:
        named = await may_be_quoted(work, words, who="named")
    officer = await desk.signed_in(Role.PARTICIPATION_OFFICER)
    draft = await begun(desk, officer)
    assert words not in await officer.text(f"{draft}/edit")
    await written(officer, draft, named)
    assert words not in await officer.text(draft)


async def test_below_eighty_per_cent_checked_it_is_stamped_and_stays_a_draft(desk: Desk) -> None:
    await quarter(desk, reviewed=50)
    officer, second = await desk.signed_in(Role.PARTICIPATION_OFFICER), await desk.signed_in(Role.SAFEGUARDING_LEAD)
    draft = await begun(desk, officer)
    await written(officer, draft)
    await signed(desk, second, draft)
    page = await officer.text(draft)
    assert "Draft.</strong> Only" in page or "DRAFT.</strong> Only" in page
    assert "Too few messages have been checked" in page
    assert await published(desk, officer, draft) == draft


async def test_nine_people_are_words_and_no_figures_also_for_the_officer(desk: Desk) -> None:
    async with desk.store.begin() as work:
        await wrote(work, range(9), ("worker_changes",), messages=60)
        await wrote(work, range(100, 300), ("worker_changes",), linked=False)
    officer = await desk.signed_in(Role.PARTICIPATION_OFFICER)
    draft = await begun(desk, officer)
    page = await officer.text(draft)
    assert "Fewer than ten young people that we can tell apart" in page
    main = page[page.index("<main") : page.index("How sure are we")]
    assert not re.search(r"fewer than 10\b|up to \d|Changes of worker", main)


async def test_the_pages_are_for_everybody_with_a_keyboard_a_phone_or_a_screen_reader(
    desk: Desk, browser: Browser
) -> None:
    quote = await quarter(desk)
    officer = await desk.account(Role.PARTICIPATION_OFFICER)
    client, second = await desk.signed_in(officer), await desk.signed_in(Role.SAFEGUARDING_LEAD)
    draft = await begun(desk, client)
    context = await desk.browser_of(browser, officer)
    page = await context.new_page()
    for path in (f"{draft}/edit", draft, "/console/summaries", f"/console/summaries/people/{QUARTER}"):
        await page.goto(desk.address + path)
        assert await axe_violations(page) == [], path
    await written(client, draft, quote)
    await signed(desk, second, draft)
    await published(desk, client, draft)
    for path in ("/console/publications", f"/console/publications/{QUARTER}/slip"):
        await page.goto(desk.address + path)
        assert await axe_violations(page) == [], path
        assert not await too_wide(page), path
    await page.goto(f"{desk.address}/console/publications")
    top = await page.locator("#decisions").bounding_box()
    assert top is not None
    assert top["y"] < 700, "the decision is on the first screen"
    await context.close()
