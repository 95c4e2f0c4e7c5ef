"""How right a set of tags is: F1 over all tags and by theme, and the confidence that a sample allows."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Tags:
    """Tags found right, found wrong, and not found."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    @property
    def f1(self) -> float:
        """The harmonic mean of precision and recall; 0 where there is nothing."""
        return 2 * self.right / max(1, 2 * self.right + self.wrong + self.missed)

    @property
    def support(self) -> int:
        return self.right + self.missed


@dataclass(frozen=True)
class Scores:
    """`macro` is the mean over the themes that occur in what is right."""

    micro: float
    macro: float
    by_theme: Mapping[str, Tags]


def score(right: Sequence[Collection[str]], found: Sequence[Collection[str]], themes: Sequence[str]) -> Scores:
    """Compare sets of themes, text by text. Raises ValueError when there are not as many of one as of the other."""
    by_theme = {theme: _tags(theme, right, found) for theme in themes}
    total = Tags(
        sum(one.right for one in by_theme.values()),
        sum(one.wrong for one in by_theme.values()),
        sum(one.missed for one in by_theme.values()),
    )
    present = [one.f1 for one in by_theme.values() if one.support]
    return Scores(total.f1, sum(present) / max(1, len(present)), by_theme)


def _tags(theme: str, right: Sequence[Collection[str]], found: Sequence[Collection[str]]) -> Tags:
    pairs = [(theme in wanted, theme in given) for wanted, given in zip(right, found, strict=True)]
    return Tags(pairs.count((True, True)), pairs.count((False, True)), pairs.count((True, False)))
