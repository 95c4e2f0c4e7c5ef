"""The page of a quarter, whatever the quarter holds: few people, loud people, one theme, themes that change names."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pikepdf
import pypdfium2
import pytest

from bot.reports.cells import Shown
from bot.reports.chance import Change
from bot.reports.content import Retired, Taxonomy, load_board, load_taxonomy, load_words
from bot.reports.identifiers import find_identifiers
from bot.reports.page import (
    Decision,
    Entitlement,
    Feeling,
    Page,
    Promise,
    Quote,
    Standing,
    Written,
    read_page,
)
from bot.reports.pdf import Sheet, as_pdf, as_picture
from bot.reports.quarters import NoSuchQuarter, Quarter
from bot.reports.said import Said, say
from bot.reports.sheet import as_csv, harmless
from bot.reports.summary import Around, Known, Rules, build, look_up, settle_counts
from bot.store import Store, denominators, staff
from bot.store.answered import AskedOnce
from bot.store.models import RequestState
from bot.store.report_models import Sentiment
from bot.store.staff_models import Role
from tests.bot.reports.crowd import QUARTER, wrote

SPRING = Quarter.named(QUARTER)
NOW = datetime(2026, 7, 6, 12, tzinfo=UTC)


def rules(taxonomy: Taxonomy | None = None) -> Rules:
    return Rules(taxonomy or load_taxonomy(), load_board(), lambda first, last: (last - first).days, NOW)


async def page(store: Store, earlier: Sequence[Page] = (), quarter: Quarter = SPRING) -> Page:
    async with store.look() as work:
        return build(quarter, await look_up(work, quarter), Around(earlier=earlier), Written(), rules())


def said(of: Page) -> Said:
    return say(of, load_words())


def figure(of: Page, name: str) -> tuple[Shown, int | None]:
    cell = of.figures.cells[f"{of.quarter}/{name}"]
    return cell.shown, cell.number


@pytest.mark.parametrize("people", [0, 1, 9])
async def test_below_ten_people_no_figure_leaves_the_room_however_much_they_write(store: Store, people: int) -> None:
    async with store.begin() as work:
        if people:
            await wrote(work, range(people), ("worker_changes", "money"), messages=500 // people)
        await wrote(work, range(100, 160), ("worker_changes",), linked=False)
    made = await page(store)
    assert made.figures.words_only
    assert (made.everybody, made.chats, made.themes, made.top, made.ages, made.good_news) == (
        None,
        None,
        (),
        (),
        (),
        None,
    )
    words = said(made)
    assert "Fewer than ten" in words.words_only
    text = as_csv(words, load_words())
    assert "60" not in text
    assert "500" not in text


@pytest.mark.parametrize(("people", "looks"), [(10, 10), (11, 10)])
async def test_from_ten_on_there_are_figures_and_one_loud_person_is_one_person(
    sqlite_store: Store, people: int, looks: int
) -> None:
    async with sqlite_store.begin() as work:
        await wrote(work, range(people - 1), ("money",))
        await wrote(work, ["loud"], ("worker_changes",), messages=500)
    made = await page(sqlite_store)
    assert made.everybody is not None
    assert made.everybody.number == looks
    assert figure(made, "theme:worker_changes") == (Shown.FEWER, None)
    assert made.top == (("money",) if people == 11 else ())


async def test_chats_that_may_be_anybodys_stand_apart_and_lift_no_figure_over_ten(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        await wrote(work, range(20), ("money",))
        await wrote(work, range(9), ("housing",))
        await wrote(work, range(100, 143), ("housing",), linked=False)
    made = await page(sqlite_store)
    assert figure(made, "theme:housing") == (Shown.FEWER, None)
    housing = next(one for one in said(made).themes if one.label == "Housing and homelessness")
    assert (housing.people, housing.chats) == ("fewer than 10", "up to 45")
    assert made.top == ("money",)


async def test_when_every_message_is_of_one_theme_nothing_says_all_or_none(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        await wrote(work, range(25), ("money",))
    made = await page(sqlite_store)
    assert figure(made, "theme:money") == (Shown.MOST, None)
    assert {one.people.shown for one in made.themes if one.id != "money"} == {Shown.FEWER}
    (top,) = said(made).top
    assert (top.people, top.feeling) == ("most of them", "mostly bad")


async def test_a_theme_that_is_merged_mid_quarter_counts_each_person_once(
    sqlite_store: Store,
) -> None:
    taxonomy = load_taxonomy()
    merged = taxonomy.model_copy(update={"retired": (Retired(id="old_money", into="money"),)})
    async with sqlite_store.begin() as work:
        await wrote(work, range(30), ("old_money",))
        await wrote(work, range(20, 40), ("money",))
        await settle_counts(work, SPRING, merged)
        made = build(SPRING, await look_up(work, SPRING), Around(), Written(), rules(merged))
    assert figure(made, "theme:money") == (Shown.MOST, None)
    assert made.everybody is not None
    assert made.everybody.number == 40


async def test_what_only_the_machine_suggested_is_not_counted_and_keeps_the_page_a_draft(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        await wrote(work, range(79), ("money",))
        await wrote(work, range(79, 100), ("siblings",), reviewed=False)
    made = await page(sqlite_store)
    assert (made.reviewed, made.reviewed_enough) == (79, False)
    assert figure(made, "theme:siblings") == (Shown.FEWER, None)
    assert said(made).stamp.startswith("Only 79 %")


async def test_a_change_is_clear_only_when_it_beats_chance_and_earlier_figures_stay(
    sqlite_store: Store,
) -> None:
    async with sqlite_store.begin() as work:
        winter = "2026Q1"
        await wrote(work, range(30), ("money",), quarter=winter, feeling=Sentiment.POSITIVE)
        await wrote(work, range(120), ("siblings",), quarter=winter)
        await wrote(work, range(80), ("money",))
        await wrote(work, range(110), ("siblings",))
    before = await page(sqlite_store, quarter=SPRING.before)
    made = await page(sqlite_store, earlier=[before])
    change = {one.id: one.change for one in made.themes}
    assert (change["money"], change["siblings"], change["housing"]) == (Change.UP, Change.FEW, Change.FEW)
    assert next(one for one in made.themes if one.id == "money").feeling is Feeling.NEGATIVE
    assert {one.change for one in before.themes if one.id == "money"} == {Change.FIRST}
    assert made.history[0].themes["money"].number == 30
    assert ("Money and entitlements", "30") in said(made).past.rows


def promised(standing: Standing) -> Promise:
    return Promise(theme="money", words=f"We {standing}", owner="Head of Homes", due_on=NOW.date(), standing=standing)


async def test_five_minutes_are_enough_what_is_not_kept_first_who_is_missing_and_the_law_beside_its_theme(
    sqlite_store: Store,
) -> None:
    async with sqlite_store.begin() as work:
        await wrote(work, range(40), ("money",), age="16_17")
        ola = await staff.add(work, "ola@council.example", "Ola", Role.PARTICIPATION_OFFICER)
    card = Entitlement(card="local_offer", title="The local offer", text="What the council must say in public.")
    around = Around(
        promises=[promised(one) for one in (Standing.PROMISED, Standing.KEPT, Standing.LATE, Standing.NOT_DONE)],
        entitlements={"money": (card,), "housing": (card,)},
    )

    async def looked_at() -> Said:
        async with sqlite_store.look() as work:
            return said(build(SPRING, await look_up(work, SPRING), around, Written(), rules()))

    words = await looked_at()
    assert [one.standing for one in words.promises] == ["not_done", "late", "kept", "promised"]
    assert words.promises_in_words == "1 not done, 1 late, 1 kept, 1 not yet due."
    assert "has not entered how many young people there are, so" in words.heard[1]
    assert words.quiet[0].startswith("The council has not entered how many young people there are of each group")
    (top,) = words.top
    assert (top.entitled, top.finding) == (
        "What they are told: The local offer",
        "2022 scrutiny: the allowance for setting up home. 2025: a better local offer",
    )
    assert [one.label for one in words.themes if one.entitlements] == [top.label], "only beside a figure"
    assert f"{top.label},The local offer,What the council must say in public." in as_csv(words, load_words())

    async with sqlite_store.begin() as work:
        await denominators.enter(work, QUARTER, {"all": 500, "16_17": 90}, ola.id, NOW)
    words = await looked_at()
    assert words.quiet[0] == "From every group that has figures we heard ten or more."
    async with sqlite_store.begin() as work:
        await denominators.enter(work, QUARTER, {"21_plus": 50}, ola.id, NOW)
    words = await looked_at()
    assert words.quiet[0] == "21 and over: fewer than 10 of about 50"


async def test_above_fifty_people_feelings_have_figures_and_below_they_have_words(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        await wrote(work, range(40), ("money", "siblings"), feeling=Sentiment.POSITIVE)
        await wrote(work, range(40, 60), ("money",), feeling=Sentiment.NEGATIVE)
        await wrote(work, range(60, 100), ("housing",))
    made = {one.id: one for one in (await page(sqlite_store)).themes}
    assert made["money"].feelings is not None
    assert made["money"].feelings["positive"].number == 40
    assert (made["siblings"].feelings, made["siblings"].feeling) == (None, Feeling.POSITIVE)


def test_answers_to_requests_are_people_too_and_go_through_the_same_control() -> None:
    begin = datetime(2026, 5, 4, 10, tzinfo=UTC)

    def asked(who: int, days: int | None, state: RequestState = RequestState.SEEN) -> AskedOnce:
        answered = None if days is None else begin + timedelta(days=days)
        return AskedOnce(f"{who}", True, begin, answered, date(2026, 5, 8), state)

    quick = [asked(n, 1) for n in range(25)] * 3
    slow = [asked(n, 9) for n in range(25, 40)]
    made = build(SPRING, Known([], [], {}, [*quick, *slow, asked(50, None)]), Around(), Written(), rules())
    assert made.answered is not None
    assert (made.answered.asked.number, made.answered.within.number, made.answered.late.number) == (40, 25, 15)
    assert made.answered.waiting.shown is Shown.FEWER
    assert made.answered.later.shown is Shown.HELD_BACK, "or the one who waits could be worked out"
    assert made.answered.median_days == 1
    few = build(SPRING, Known([], [], {}, quick[:9]), Around(), Written(), rules())
    assert few.answered is None


async def test_the_same_page_is_the_same_text_and_comes_back_from_it(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        await wrote(work, range(30), ("money",), age="16_17")
    one, other = await page(sqlite_store), await page(sqlite_store)
    assert one.as_json() == other.as_json()
    assert read_page(one.as_json()) == one


@pytest.mark.parametrize("name", ["", "2026", "2026Q5", "Q42026", "2026Q4;drop", "1999Q1"])
def test_what_is_no_quarter_is_said_in_one_line(name: str) -> None:
    with pytest.raises(NoSuchQuarter, match="written like 2026Q4"):
        Quarter.named(name)


@pytest.mark.parametrize("cell", ["=1+1", "+44", "-2", "@SUM(A1)", "\t=1", " =HYPERLINK(1)", "|calc"])
def test_no_cell_of_the_csv_runs_as_a_formula(cell: str) -> None:
    assert harmless(cell).startswith("'")


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("My worker keeps changing. I told my story five times.", False),
        ("they told me on the day and all my things were in bin bags", False),
        ("I waited eight months for someone to talk to", False),
        ("Kayleigh is the best", True),
        ("my social worker dave never comes", True),
        ("i go to hazelwood school", True),
        ("I live near b91 3qb", True),
        ("ring me on 07700 900123", True),
        ("it happened on 12 March 2024", True),
    ],
)
def test_names_schools_postcodes_and_numbers_are_found(words: str, found: bool) -> None:
    assert bool(find_identifiers(words)) is found


# --- The document ---


def full(of: Page) -> Page:
    """As much as an officer may write."""
    long = "A sentence that is as long as the form allows it to be and that says who does what for whom and by when. "
    decision = Decision(
        theme="money",
        action=(long * 2)[:160],
        owner="Director of Children's Services",
        due_on=date(2026, 9, 30),
        cost="x" * 60,
    )
    quotes = tuple(Quote(theme="money", words=(long * 2)[:200]) for _ in range(3))
    written = Written(decisions=(decision,) * 3, going_well=(long * 3)[:280], new=(long * 3)[:280], quotes=quotes)
    return of.model_copy(update={"written": written})


async def test_the_pdf_is_one_page_and_an_annex_tagged_and_named_for_screen_readers(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        await wrote(
            work, range(60), ("money", "worker_changes", "siblings", "mental_health"), age="16_17", home="foster"
        )
        await wrote(work, range(60, 90), ("housing", "delays"))
    made = full(await page(sqlite_store))
    sheet = Sheet(said(made), load_words(), load_board())
    pdf = as_pdf(sheet)
    assert pdf == as_pdf(sheet), "the same page is the same file"
    with pikepdf.open(io.BytesIO(pdf)) as document:
        root = document.Root
        assert (str(root.Lang), bool(root.MarkInfo.Marked)) == ("en-GB", True)
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        with document.open_metadata() as metadata:
            assert metadata["pdfuaid:part"] == "1"
            assert str(metadata["dc:title"]).startswith("What young people told us")
        tags = list(walk(root.StructTreeRoot))
    headings = [int(tag[1]) for tag, _ in tags if tag in ("H1", "H2", "H3", "H4")]
    assert headings[0] == 1
    assert headings.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(headings))
    figures = [alt for tag, alt in tags if tag == "Figure"]
    assert [alt.startswith("Bar chart of the themes") for alt in figures] == [True]
    names = {tag for tag, _ in tags}
    assert {"Table", "TR", "TH", "TD", "L", "LI"} <= names
    document = pypdfium2.PdfDocument(pdf)
    first, second = (document[n].get_textpage().get_text_range() for n in range(2))
    assert "Decisions asked for today" in first
    assert "How sure are we" in first
    assert second.lstrip().startswith("Annex")
    document.close()


def walk(node: pikepdf.Object) -> list[tuple[str, str]]:
    """Tags of the structure tree in reading order, with their alternative texts."""
    found: list[tuple[str, str]] = []
    if isinstance(node, pikepdf.Array):
        for child in node:
            found += walk(child)
    elif isinstance(node, pikepdf.Dictionary):
        if "/S" in node:
            found.append((str(node.S)[1:], str(node.get("/Alt", ""))))
        if "/K" in node:
            found += walk(node.K)
    return found


async def test_a_quarter_of_words_only_still_makes_every_kind_of_file(sqlite_store: Store) -> None:
    made = await page(sqlite_store)
    sheet = Sheet(said(made), load_words(), load_board())
    assert as_pdf(sheet).startswith(b"%PDF-")
    assert as_picture(sheet).startswith(b"\x89PNG")
    rows = list(csv.reader(io.StringIO(as_csv(said(made), load_words()).removeprefix("\ufeff"))))
    assert {len(row) for row in rows} == {4}
