"""How far two readers of the same feedback agree: Krippendorff's alpha with MASI distance, and F1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import krippendorff
import numpy as np

from bot.store.themes import Pair
from bot.themes.measures import score


@dataclass(frozen=True)
class Agreement:
    """`alpha` is None where it is not defined: fewer than two pieces of feedback, or one answer to all of them."""

    pairs: int
    alpha: float | None
    f1: float | None


def agreement(pairs: Sequence[Pair], themes: Sequence[str]) -> Agreement:
    """Of two officers, or of an officer and the machine."""
    if not pairs:
        return Agreement(0, None, None)
    f1 = score([one.first for one in pairs], [one.second for one in pairs], themes).micro
    return Agreement(len(pairs), _alpha(pairs), f1)


def masi(one: frozenset[str], other: frozenset[str]) -> float:
    """Distance of two sets of labels, 0 to 1 (Passonneau 2006): one less Jaccard times how one holds the other."""
    if one == other:
        return 0.0
    shared, union = len(one & other), len(one | other)
    held = 2 / 3 if one <= other or other <= one else (1 / 3 if shared else 0.0)
    return 1 - held * shared / union


def _alpha(pairs: Sequence[Pair]) -> float | None:
    sets = list(dict.fromkeys([*(one.first for one in pairs), *(one.second for one in pairs)]))
    if len(pairs) < 2 or len(sets) < 2:
        return None
    place = {one: n for n, one in enumerate(sets)}
    data = np.array([[place[one.first] for one in pairs], [place[one.second] for one in pairs]], dtype=float)

    def distance(first: Any, second: Any, **_: Any) -> Any:
        apart = np.vectorize(lambda a, b: masi(sets[int(a)], sets[int(b)]))
        return apart(first, second)

    # The package calls it with more than we need, which its own type does not say.
    metric: Any = distance
    return float(krippendorff.alpha(reliability_data=data, level_of_measurement=metric))
