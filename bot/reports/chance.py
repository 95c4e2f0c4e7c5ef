"""Whether a change between two quarters beats chance, from figures as they were published and nothing else.

Fisher's exact test (R. A. Fisher, The Design of Experiments, 1935; `scipy.stats.fisher_exact`, two-sided) on people
with and without the theme. A published figure stands for several numbers: the change is clear only when it is for each
corner of what they leave open, so the words tell no more than the figures do.
"""

from __future__ import annotations

from enum import StrEnum
from itertools import product

from bot.reports.cells import Cell, Interval, possible

FIVE_PER_CENT_OF_FIVE = 0.01  # five themes are tested at once (Bonferroni)


class Change(StrEnum):
    UP = "change_up"
    DOWN = "change_down"
    CHANCE = "change_chance"
    FEW = "change_few"
    FIRST = "change_first"


def change(now: Cell, all_now: Cell, before: Cell | None, all_before: Cell | None) -> Change:
    """How the share of people with a theme moved."""
    if before is None or all_before is None:
        return Change.FIRST
    cells = (now, all_now, before, all_before)
    if any(cell.number is None for cell in cells):
        return Change.FEW
    here, there = _ends(now, all_now), _ends(before, all_before)
    ups = {a * m > b * n for (a, n), (b, m) in product(here, there)}
    if len(ups) == 2 or any(_p(*one, *other) >= FIVE_PER_CENT_OF_FIVE for one, other in product(here, there)):
        return Change.CHANCE
    return Change.UP if ups == {True} else Change.DOWN


def _ends(part: Cell, whole: Cell) -> list[tuple[int, int]]:
    """The corners of what two figures leave open, as people with the theme and people in all."""
    some, everybody = possible(part), possible(whole)
    return [(low, max(low, high)) for low, high in product(_both(some), _both(everybody))]


def _both(interval: Interval) -> tuple[int, int]:
    return interval.low, interval.high


def _p(some: int, of: int, others: int, of_others: int) -> float:
    from scipy.stats import fisher_exact  # half a second, and only here

    return float(fisher_exact([[some, of - some], [others, of_others - others]]).pvalue)
