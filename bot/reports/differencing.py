"""A page read beside every earlier one: what comes out by comparing them, also where themes were renamed or merged."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from bot.reports.cells import ANSWERS, Cell, Interval, possible
from bot.reports.content import Retired
from bot.reports.disclosure import Figures
from bot.reports.inference import Contradiction, Relation, conclude


class Why(StrEnum):
    CHANGED = "changed"  # a quarter was published with another figure: quarters are frozen
    TOO_FEW_ANSWERS = "too_few_answers"
    CONTRADICTION = "contradiction"


@dataclass(frozen=True)
class Finding:
    """What stands in the way of publication. `figure` is the id of a figure; no number is in it."""

    why: Why
    figure: str


def compare(new: Figures, earlier: Sequence[Figures], retired: Sequence[Retired] = ()) -> list[Finding]:
    """What a reader of all of them could work out. Empty: nothing."""
    changed = [Finding(Why.CHANGED, name) for name in _changed(new, earlier)]
    if changed:
        return changed
    together = new
    for one in earlier:
        together = together.joined(one)
    relations = (*together.relations, *_became(together, retired))
    known = {name: _all_that(name, (new, *earlier)) for name in together.cells}
    try:
        found = conclude(known, relations)
    except Contradiction:
        return [Finding(Why.CONTRADICTION, "")]
    return [Finding(Why.TOO_FEW_ANSWERS, name) for name, interval in found.items() if interval.answers < ANSWERS]


def _changed(new: Figures, earlier: Iterable[Figures]) -> list[str]:
    """Figures that were published before and say something else now."""
    before: dict[str, Cell] = {}
    for one in earlier:
        before.update(one.cells)
    return [name for name, cell in new.cells.items() if name in before and before[name] != cell]


def _all_that(name: str, pages: Iterable[Figures]) -> Interval:
    cells = [page.cells[name] for page in pages if name in page.cells]
    interval = possible(cells[0])
    for cell in cells[1:]:
        other = possible(cell)
        interval = interval.within(other.low, other.high)
    return interval


def _became(together: Figures, retired: Sequence[Retired]) -> list[Relation]:
    """A theme that took the place of others holds their people: all of them, and each at least once. Where only some
    of its parts have a figure, it holds at least those."""
    found = []
    for new in {one.into for one in retired if one.into}:
        olds = [one.id for one in retired if one.into == new]
        for name in together.cells:
            quarter, _, figure = name.partition("/")
            if figure != f"theme:{new}":
                continue
            there = tuple(f"{quarter}/theme:{old}" for old in olds if f"{quarter}/theme:{old}" in together.cells)
            if there:
                found.append(Relation(kind="cover" if len(there) == len(olds) else "inside", whole=name, parts=there))
    return found
