"""Disclosure control: from numbers of people to figures that nobody can be picked out of.

1. Below ten people in all there are no figures at all; the page has words only.
2. Below ten is "fewer than 10"; the rest is rounded to the nearest 5, wholes apart from their parts.
3. Where a part would read as "all of them", it is "most".
4. A sum whose parts might all be hidden just where they end, like 18 people in two parts of nine, is not split.
5. A group of overlapping parts has a figure of its own only where all of its parts are hidden, to stand for them.
6. Secondary suppression: while a hidden part of a sum stands alone, or a value has fewer than three possible answers
   for a reader who has the whole page, the next smallest part is held back, and when none is left, all of them.

Every choice here depends on figures as they are shown or on which of them are hidden, so that what was chosen tells
no more than the page does; the tests enumerate all small tables to prove it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel, ConfigDict

from bot.reports.cells import ANSWERS, THRESHOLD, Cell, Interval, Shown, first_cell, possible
from bot.reports.inference import Relation, conclude


class Figures(BaseModel):
    """Figures that are fit to be shown, by id, and how they hang together. Empty: words only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cells: dict[str, Cell] = {}
    relations: tuple[Relation, ...] = ()

    @property
    def words_only(self) -> bool:
        return not self.cells

    def known(self) -> dict[str, Interval]:
        return {name: possible(cell) for name, cell in self.cells.items()}

    def joined(self, other: Figures) -> Figures:
        return Figures(cells={**self.cells, **other.cells}, relations=(*self.relations, *other.relations))


@dataclass
class Table:
    """True numbers of people by id, and how they hang together. Never leaves this room."""

    people: dict[str, int]
    relations: list[Relation] = field(default_factory=list)


def protect(table: Table, everybody: str) -> Figures:
    """The figures that may be shown. `everybody` is the id of the number of people in all."""
    if table.people[everybody] < THRESHOLD:
        return Figures()
    cells = {name: first_cell(people) for name, people in table.people.items()}
    for relation in table.relations:
        _do_not_split(cells, relation)
        _only_for_hidden_parts(cells, relation)
        _no_all(cells, relation)
    while (weak := _weak(cells, table.relations)) is not None:
        _hold_back(cells, weak)
    return Figures(cells=cells, relations=tuple(table.relations))


def _do_not_split(cells: dict[str, Cell], relation: Relation) -> None:
    """Were all parts hidden, the whole could be at most nine times their number. Where that would cut into what its
    figure leaves open, no split is given, whatever the parts are: so that it is not given tells nothing."""
    if relation.kind == "sum" and _is_edge(cells[relation.whole], len(relation.parts)):
        cells.update({part: Cell(shown=Shown.NOT_GIVEN) for part in relation.parts})


def _only_for_hidden_parts(cells: dict[str, Cell], relation: Relation) -> None:
    """Whether a figure is not given because it is small, or because it would tell too much, looks the same."""
    if relation.kind != "cover":
        return
    hidden = all(cells[part].shown is Shown.FEWER for part in relation.parts)
    whole = cells[relation.whole]
    if not hidden or whole.number is None or _is_edge(whole, len(relation.parts)):
        cells[relation.whole] = Cell(shown=Shown.NOT_GIVEN)


def _is_edge(whole: Cell, parts: int) -> bool:
    interval, most = possible(whole), (THRESHOLD - 1) * parts
    return interval.low <= most < interval.high


def _no_all(cells: dict[str, Cell], relation: Relation) -> None:
    """A part that is shown as large as its whole becomes `most`."""
    whole = cells[relation.whole]
    for part in relation.parts:
        cell = cells[part]
        if cell.number is not None and whole.number is not None and cell.number >= whole.number:
            cells[part] = Cell(shown=Shown.MOST)


def _weak(cells: Mapping[str, Cell], relations: Sequence[Relation]) -> Relation | None:
    """A relation from which too much can be worked out, and in which something can still be held back."""
    known = conclude({name: possible(cell) for name, cell in cells.items()}, relations)
    for relation in relations:
        parts = [cells[part] for part in relation.parts]
        if all(cell.number is None for cell in parts):
            continue
        alone = relation.kind == "sum" and sum(cell.number is None for cell in parts) == 1
        if alone or any(known[name].answers < ANSWERS for name in (relation.whole, *relation.parts)):
            return relation
    return None


def _hold_back(cells: dict[str, Cell], relation: Relation) -> None:
    shown = [part for part in relation.parts if cells[part].number is not None]
    smallest = min(shown, key=lambda part: (cells[part].number, relation.parts.index(part)))
    cells[smallest] = Cell(shown=Shown.HELD_BACK)
