"""Nobody can be picked out: whatever the numbers are, each keeps three possible answers for a reader of everything.

The reader here knows the rules and this very code: all tables that would have been published alike are told apart by
nothing, so the possible answers of a value are those that it has in any of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.cells import ANSWERS, Cell, Shown, first_cell, possible, rounded, up_to
from bot.reports.disclosure import Figures, Table, protect
from bot.reports.inference import Relation, conclude

N = Shown.NUMBER


def sums(*parts: int) -> Table:
    """A whole and parts that add up to it."""
    people = {"all": sum(parts), **{f"p{n}": part for n, part in enumerate(parts)}}
    return Table(people, [Relation(kind="sum", whole="all", parts=tuple(f"p{n}" for n in range(len(parts))))])


def overlaps(whole: int, *parts: int) -> Table:
    """A domain and its themes, of a hundred people: people may be in several themes, and each is in one at least."""
    names = tuple(f"p{n}" for n in range(len(parts)))
    people = {"all": 100, "domain": whole, **dict(zip(names, parts, strict=True))}
    inside = Relation(kind="inside", whole="all", parts=(*names, "domain"))
    return Table(people, [inside, Relation(kind="cover", whole="domain", parts=names)])


def seen(figures: Figures) -> str:
    return figures.model_dump_json()


def assert_three_answers(tables: Iterable[Table], whole: str, *, up_to_people: int) -> None:
    """Among the tables that look alike, each value has three answers. Tables near the end of the enumeration, whose
    look-alikes were not made, are left out."""
    alike: dict[str, list[dict[str, int]]] = defaultdict(list)
    for table in tables:
        alike[seen(protect(table, "all"))].append(table.people)
    for look, tables_alike in alike.items():
        if max(one[whole] for one in tables_alike) > up_to_people - 3 or look == seen(Figures()):
            continue
        for name in tables_alike[0].keys() - ({"all"} - {whole}):
            assert len({one[name] for one in tables_alike}) >= ANSWERS, (look, name)


def test_parts_of_a_sum_keep_three_answers_each_for_a_reader_who_knows_the_method() -> None:
    assert_three_answers((sums(a, b) for a, b in product(range(46), repeat=2) if a + b <= 45), "all", up_to_people=45)
    three = (sums(a, b, c) for a, b, c in product(range(31), repeat=3) if a + b + c <= 30)
    assert_three_answers(three, "all", up_to_people=30)


def test_themes_that_overlap_in_a_domain_keep_three_answers_each() -> None:
    tables = (overlaps(whole, a, b) for whole, a, b in product(range(31), repeat=3) if max(a, b) <= whole <= a + b)
    assert_three_answers(tables, "domain", up_to_people=30)


@settings(max_examples=150, deadline=None)
@given(parts=st.lists(st.integers(0, 400), min_size=1, max_size=8))
def test_what_the_reader_concludes_is_true_and_never_too_narrow(parts: list[int]) -> None:
    table = sums(*parts)
    figures = protect(table, "all")
    if figures.words_only:
        assert sum(parts) < 10
        return
    known = conclude(figures.known(), figures.relations)
    for name, interval in known.items():
        assert interval.low <= table.people[name] <= interval.high
        assert interval.answers >= ANSWERS, (name, figures)
    hidden = [name for name in table.people if name != "all" and figures.cells[name].number is None]
    assert len(hidden) != 1 or len(parts) == 1


@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_conclusions_are_those_of_counting_every_table(data: st.DataObject) -> None:
    """The arithmetic against brute force: two sums that share a whole, and overlapping themes in a domain."""
    parts = data.draw(st.tuples(*[st.integers(0, 14)] * 3))
    shown = {name: first_cell(people) for name, people in sums(*parts).people.items()}
    known = {name: possible(cell) for name, cell in shown.items()}
    found = conclude(known, sums(*parts).relations)
    every = [
        (sum(table), *table)
        for table in product(*(range(known[f"p{n}"].low, known[f"p{n}"].high + 1) for n in range(3)))
        if known["all"].low <= sum(table) <= known["all"].high
    ]
    for n, name in enumerate(["all", "p0", "p1", "p2"]):
        values = {one[n] for one in every}
        assert (found[name].low, found[name].high) == (min(values), max(values))


@pytest.mark.parametrize(
    ("people", "looks"),
    [(0, None), (1, None), (9, None), (10, 10), (11, 10), (12, 10), (13, 15), (17, 15), (18, 20)],
)
def test_below_ten_there_is_no_figure_and_the_rest_is_to_the_nearest_five(people: int, looks: int | None) -> None:
    assert protect(Table({"all": people}), "all").cells == (
        {} if looks is None else {"all": Cell(shown=N, number=looks)}
    )
    assert first_cell(people).number == looks


def test_the_whole_is_rounded_by_itself_and_need_not_be_the_sum_of_its_parts() -> None:
    cells = protect(sums(22, 22, 22), "all").cells
    assert [cells[name].number for name in ("p0", "p1", "p2", "all")] == [20, 20, 20, 65]


def test_a_hidden_part_does_not_stand_alone() -> None:
    cells = protect(sums(4, 30, 55), "all").cells
    assert (cells["p0"].shown, cells["p1"].shown, cells["p2"].number) == (Shown.FEWER, Shown.HELD_BACK, 55)


def test_when_everybody_says_the_same_the_page_does_not_say_all() -> None:
    inside = Relation(kind="inside", whole="all", parts=("money", "housing"))
    cells = protect(Table({"all": 11, "money": 11, "housing": 0}, [inside]), "all").cells
    assert (cells["all"].number, cells["money"].shown, cells["housing"].shown) == (10, Shown.MOST, Shown.FEWER)


def test_a_domain_speaks_only_where_all_of_its_themes_are_silent() -> None:
    assert protect(overlaps(14, 8, 9), "all").cells["domain"].number == 15
    assert protect(overlaps(18, 9, 9), "all").cells["domain"].shown is Shown.NOT_GIVEN
    assert protect(overlaps(19, 10, 9), "all").cells["domain"].shown is Shown.NOT_GIVEN


def test_nobody_looks_like_fewer_than_ten() -> None:
    assert first_cell(0) == first_cell(9) == Cell(shown=Shown.FEWER)
    assert (up_to(0), up_to(10), up_to(11), up_to(16)) == (10, 10, 15, 20)
    assert [rounded(n) for n in (12, 13, 17, 18)] == [10, 15, 15, 20]
