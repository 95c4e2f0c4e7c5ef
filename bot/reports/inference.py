"""What a reader can work out from everything that was published, by arithmetic.

Figures hang together in two ways: parts that add up to a whole, and groups that overlap inside a whole, where each
person of the whole is in at least one. From the interval of each figure the others' are narrowed until nothing changes
(bounds consistency; for sums and maxima of whole numbers whose relations form a tree, as here, each end of each
interval is then an answer that can really occur). The tests compare it with the enumeration of every table.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from bot.reports.cells import Interval


class Contradiction(Exception):
    """No numbers at all fit what was published."""


class Relation(BaseModel):
    """`sum`: the parts add up to the whole. `cover`: they overlap; together they are the whole. `inside`: they are in
    it. Figures are named by their ids."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["sum", "cover", "inside"]
    whole: str
    parts: tuple[str, ...]


def conclude(known: Mapping[str, Interval], relations: Sequence[Relation]) -> dict[str, Interval]:
    """The narrowest intervals. Raises Contradiction."""
    found = dict(known)
    changed = True
    while changed:
        changed = False
        for relation in relations:
            for name, interval in _narrowed(relation, found):
                if interval.answers == 0:
                    raise Contradiction
                if interval != found[name]:
                    found[name] = interval
                    changed = True
    return found


def _narrowed(relation: Relation, found: Mapping[str, Interval]) -> Iterable[tuple[str, Interval]]:
    whole, parts = found[relation.whole], [found[part] for part in relation.parts]
    lows, highs = sum(one.low for one in parts), sum(one.high for one in parts)
    if relation.kind == "sum":
        yield relation.whole, whole.within(lows, highs)
        for name, part in zip(relation.parts, parts, strict=True):
            yield name, part.within(whole.low - (highs - part.high), whole.high - (lows - part.low))
        return
    highest = highs if relation.kind == "cover" else whole.high
    yield relation.whole, whole.within(max((one.low for one in parts), default=0), highest)
    for name, part in zip(relation.parts, parts, strict=True):
        least = whole.low - (highs - part.high) if relation.kind == "cover" else 0
        yield name, part.within(least, whole.high)
