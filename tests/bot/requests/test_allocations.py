"""Importing the allocation list: all of it or nothing, every fault by its line, and shown before it is applied."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.requests import allocations
from bot.requests.allocations import MOST_BYTES, MOST_LINES, Fault, Faulty, Line, read_list
from bot.requests.steps import Changed
from bot.staff import audit
from bot.store import Store
from bot.store import allocations as stored
from tests.bot.requests.county import MONDAY, County, log, staffed, with_case

HEADINGS = "reference,worker,personal_adviser,iro,manager,team"
GOOD = f"{HEADINGS}\nLCS 1,Wren@Council.gov.uk,,iro@council.gov.uk,m@council.gov.uk,North Team\nLCS 2,,,,,\n"


def faults(data: bytes | str) -> list[tuple[int, str, str]]:
    with pytest.raises(Faulty) as found:
        read_list(data.encode() if isinstance(data, str) else data)
    assert all(fault.text() for fault in found.value.faults)
    return [(fault.line, fault.what, fault.column) for fault in found.value.faults]


def one_line(*cells: str) -> str:
    return f"{HEADINGS}\n{','.join(cells)}\n"


def test_a_list_is_read_with_e_mails_in_lower_case_and_empty_cells_as_nobody() -> None:
    first, second = read_list(GOOD.encode())
    assert first.reference == "LCS 1"
    assert first.values == {
        "worker": "wren@council.gov.uk",
        "personal_adviser": None,
        "iro": "iro@council.gov.uk",
        "manager": "m@council.gov.uk",
        "team": "North Team",
    }
    assert set(second.values.values()) == {None}


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode(),
        codecs.BOM_UTF8 + GOOD.encode(),
        codecs.BOM_UTF16_LE + GOOD.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + GOOD.encode("utf-16-be"),
        GOOD.replace("\n", "\r\n").encode(),
        GOOD.replace("\n", "\r").encode(),
        GOOD.replace(",", ";").encode(),
        GOOD.replace(",", "\t").encode(),
        GOOD.replace("\n", "\n\n,,,,,\n").encode(),
        GOOD.replace("personal_adviser", "Personal Advisor").replace("worker,", "SOCIAL-WORKER,", 1).encode(),
        GOOD.replace("North Team", '"North Team"').encode(),
    ],
    ids=[
        "utf-8",
        "with mark",
        "utf-16",
        "utf-16 big",
        "crlf",
        "cr",
        "semicolons",
        "tabs",
        "empty",
        "aliases",
        "quoted",
    ],
)
def test_what_councils_export_is_read_the_same(data: bytes) -> None:
    assert read_list(data) == read_list(GOOD.encode())


def test_windows_1252_is_read_when_it_is_honest_text() -> None:
    (first, _) = read_list(GOOD.replace("North Team", "Zoë’s – Team").encode("cp1252"))
    assert first.values["team"] == "Zoë’s – Team"


@pytest.mark.parametrize(
    "data",
    [
        GOOD.encode("utf-16-le"),
        GOOD.encode("utf-16")[:-1],
        GOOD.encode().replace(b"North", b"N\x81rth\x8d"),
        GOOD.encode().replace(b"North", b"N\x00rth"),
        b"\x50\x4b\x03\x04" + bytes(range(256)),
        codecs.BOM_UTF8 + b"\xff\xfe",
    ],
    ids=["utf-16 without mark", "half a letter", "undefined bytes", "NUL", "a workbook", "wrong mark"],
)
def test_what_is_not_text_is_one_clear_fault(data: bytes) -> None:
    assert faults(data) == [(0, "not_text", "")]


def test_unknown_missing_and_double_columns_are_all_listed() -> None:
    found = faults("ref,reference,worker,iro,manager,shoe size,team\n")
    assert found == [
        (1, "unknown_column", "shoe size"),
        (1, "twice_column", "reference"),
        (1, "missing_column", "personal_adviser"),
    ]


def test_every_fault_is_listed_by_its_line() -> None:
    data = "\n".join(
        [
            HEADINGS,
            "LCS 1,a@b.uk,,,,",
            ",a@b.uk,,,,",
            "LCS 3,not an e-mail,,,two@at@b.uk,",
            "lcs1,,,,,",
            "LCS 5,a@b.uk,,,",
            f"{'x' * 65},,,,,{'t' * 121}",
            'LCS 7,,,,,"North\nTeam"',
            "LCS 8,a@b.uk,b@c.uk,,,Team,",
        ]
    )
    assert faults(data) == [
        (3, "no_reference", "reference"),
        (4, "not_an_email", "worker"),
        (4, "not_an_email", "manager"),
        (5, "twice_reference", "reference"),
        (6, "cells", ""),
        (7, "too_long", "reference"),
        (7, "too_long", "team"),
        (8, "control", "team"),
        (10, "cells", ""),
    ]


def test_the_first_of_two_lines_with_one_reference_is_named() -> None:
    with pytest.raises(Faulty) as found:
        read_list(f"{HEADINGS}\nLCS 1,,,,,\nLCS 2,,,,,\nlcs 1,,,,,\n".encode())
    (fault,) = found.value.faults
    assert fault == Fault(4, "twice_reference", "reference", first=2)
    assert "line 2" in fault.text()


@pytest.mark.parametrize(
    "cell", ["=cmd()@x.uk", "+1@x.uk", "@SUM(A1)", "-2@x.uk", "a@b", "a b@c.uk", "a@b.uk,c@d.uk", "a@b..uk"]
)
def test_what_looks_like_a_formula_is_no_e_mail(cell: str) -> None:
    quoted = f'"{cell}"'
    assert faults(one_line("LCS 1", quoted, "", "", "", "")) == [(2, "not_an_email", "worker")]


def test_a_formula_as_the_name_of_a_team_is_kept_as_the_text_that_it_is() -> None:
    (line,) = read_list(one_line("LCS 1", "", "", "", "", "=HYPERLINK(1)").encode())
    assert line.values["team"] == "=HYPERLINK(1)"


@pytest.mark.parametrize("row", ['LCS 1,"a@b.uk,,,,', 'LCS 1,"a@b.uk"x,,,,'])
def test_quotation_marks_that_do_not_close_are_a_fault(row: str) -> None:
    assert (2, "quotes", "") in faults(f"{HEADINGS}\n{row}\nLCS 2,,,,,\n")


@pytest.mark.parametrize("data", ["", "   \n", HEADINGS, f"{HEADINGS}\n\n,,,,,\n"])
def test_a_list_without_lines_is_a_fault_and_would_empty_nothing(data: str) -> None:
    assert faults(data) == [(0, "no_lines", "")]


def test_a_list_that_is_too_big_is_refused_at_once() -> None:
    assert faults(b"x" * (MOST_BYTES + 1)) == [(0, "too_big", "")]
    assert faults(HEADINGS + "\n" + "r,,,,,\n" * (MOST_LINES + 1)) == [(0, "too_big", "")]


def test_no_fault_quotes_what_is_in_a_cell() -> None:
    with pytest.raises(Faulty) as found:
        read_list(one_line("LCS 1", "Jamie Smith", "", "", "", "").encode())
    assert "Jamie" not in " ".join(fault.text() for fault in found.value.faults)
    assert "Jamie" not in str(found.value)


def read_or_faults(data: bytes) -> list[Line] | list[Fault]:
    try:
        return read_list(data)
    except Faulty as found:
        return found.faults


@given(st.binary(max_size=300))
def test_whatever_bytes_come_it_is_read_or_refused(data: bytes) -> None:
    assert read_or_faults(data)


@given(st.lists(st.text(max_size=20), min_size=6, max_size=6))
def test_whatever_stands_in_the_cells_it_is_read_or_refused_by_line(cells: list[str]) -> None:
    row = ",".join('"' + cell.replace('"', '""') + '"' for cell in cells)
    assert read_or_faults(f"{HEADINGS}\n{row}\n".encode("utf-8", "replace"))


# --- Against what is there ---


async def applied(county: County, lines: list[Line]) -> allocations.Applied:
    async with county.store.begin() as work:
        seen = (await allocations.preview(work, lines)).seen
        done = await allocations.apply(work, lines, seen, county.staff["administrator"].staff_id, MONDAY)
        await log(work, done.happened)
        await audit.note_line(work, done.line)
    return done


async def test_an_import_is_counted_before_it_is_applied(store: Store) -> None:
    county = await staffed(store)
    await applied(county, read_list(GOOD.encode()))
    changed = GOOD.replace("LCS 2,,,,,", "LCS 3,,,,,").replace("North", "South")
    async with store.begin() as work:
        preview = await allocations.preview(work, read_list(changed.encode()))
    assert (preview.added, preview.changed, preview.removed, preview.unchanged) == (1, 1, 0, 0)
    async with store.look() as work:
        assert "South Team" not in {line.team for line in (await stored.everything(work)).values()}
    done = await applied(county, read_list(changed.encode()))
    assert done.line.details == {"lines": 2, "added": 1, "changed": 1, "removed": 0}
    again = await applied(county, read_list(changed.encode()))
    assert (again.preview.unchanged, again.preview.added, again.preview.changed) == (2, 0, 0)


async def test_a_case_that_is_not_on_the_list_any_more_is_emptied_and_stays_linked(store: Store) -> None:
    county, case_hash, chat = await with_case(store)
    done = await applied(county, read_list(GOOD.encode()))
    assert done.preview.removed == 1
    async with store.look() as work:
        link, line = await stored.link_of(work, chat), await stored.by_reference(work, case_hash)
    assert link is not None
    assert line is not None
    assert (line.worker, line.manager, line.team) == (None, None, None)
    assert (await applied(county, read_list(GOOD.encode()))).preview.removed == 0
    back = read_list(one_line("LCS 100", "other@council.gov.uk", "", "", "", "").encode())
    assert (await applied(county, back)).preview.changed == 1


async def test_open_requests_follow_the_new_worker(store: Store) -> None:
    county, _, chat = await with_case(store)
    request_id = await county.ask(chat)
    await applied(county, read_list(one_line("lcs100", "other@council.gov.uk", "", "", "", "").encode()))
    assert (await county.look(request_id)).assigned_to == county.staff["other"].staff_id


async def test_a_list_that_has_changed_since_the_preview_is_not_applied(store: Store) -> None:
    county = await staffed(store)
    lines = read_list(GOOD.encode())
    async with store.begin() as work:
        seen = (await allocations.preview(work, lines)).seen
    await applied(county, read_list(one_line("LCS 9", "", "", "", "", "").encode()))
    async with store.begin() as work:
        with pytest.raises(Changed):
            await allocations.apply(work, lines, seen, county.staff["administrator"].staff_id, MONDAY)
    async with store.look() as work:
        assert len(await stored.everything(work)) == 1


async def test_references_are_stored_sealed_and_found_by_their_hash(store: Store) -> None:
    county = await staffed(store)
    await applied(county, read_list(GOOD.encode()))
    async with store.look() as work:
        lines = await stored.everything(work)
        opened = {work.keys.decrypt(line.reference_sealed) for line in lines.values()}
    assert opened == {"LCS 1", "LCS 2"}
    for reference_hash, line in lines.items():
        assert "LCS" not in reference_hash + line.reference_sealed
