"""A page beside every earlier one: quarters are frozen, and a renamed or merged theme gives nobody away."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from bot.reports.cells import ANSWERS, first_cell, possible
from bot.reports.content import Retired
from bot.reports.differencing import Why, compare
from bot.reports.disclosure import Figures

MERGED = (Retired(id="money", into="housing"), Retired(id="council_tax", into="housing"))


def figures(quarter: str = "2026Q2", **themes: int) -> Figures:
    cells = {f"{quarter}/all": first_cell(100)}
    return Figures(cells=cells | {f"{quarter}/theme:{name}": first_cell(people) for name, people in themes.items()})


def test_another_quarter_says_nothing_about_this_one() -> None:
    assert compare(figures("2026Q3", money=30), [figures("2026Q2", money=10)]) == []


def test_a_quarter_is_not_published_with_another_figure() -> None:
    (found,) = compare(figures(money=13), [figures(money=12)])
    assert (found.why, found.figure) == (Why.CHANGED, "2026Q2/theme:money")
    assert compare(figures(money=12), [figures(money=11)]) == [], "both print 10"


def test_a_merged_theme_whose_parts_were_hidden_must_not_reach_where_they_end() -> None:
    before = figures(money=9, council_tax=9)
    assert compare(figures(housing=12), [before], MERGED) == []
    found = compare(figures(housing=18), [before], MERGED)
    assert {one.why for one in found} == {Why.TOO_FEW_ANSWERS}
    assert "2026Q2/theme:money" in {one.figure for one in found}


def test_a_renamed_theme_has_the_same_people() -> None:
    renamed = (Retired(id="money", into="housing"),)
    assert compare(figures(housing=20), [figures(money=20)], renamed) == []
    assert compare(figures(housing=40), [figures(money=20)], renamed) != []


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 30), st.integers(0, 30), st.data())
def test_what_passes_leaves_three_answers_to_whoever_counts_every_possibility(
    a: int, b: int, data: st.DataObject
) -> None:
    whole = data.draw(st.integers(max(a, b), a + b))
    new, before = figures(housing=whole), figures(money=a, council_tax=b)
    if compare(new, [before], MERGED):
        return
    known = [possible(first_cell(people)) for people in (whole, a, b)]
    every = product(*(range(one.low, one.high + 1) for one in known))
    alike = [one for one in every if max(one[1:]) <= one[0] <= one[1] + one[2]]
    assert all(len({one[n] for one in alike}) >= ANSWERS for n in range(3))
