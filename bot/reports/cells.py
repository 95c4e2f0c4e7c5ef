"""What may be shown of a number of people, and what a reader can conclude from it.

Rule: the "10-5" rule of the Office for National Statistics (below 10 hidden, the rest to the nearest 5), as an ONS
comparison of post-tabular methods describes it. Never mixed with another threshold: under "hide below 6 and round to
5" a printed 5 could only be 6 or 7.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pydantic import BaseModel, ConfigDict

THRESHOLD = 10  # people; below it no number is shown
STEP = 5
ANSWERS = 3  # a hidden value keeps at least so many possible answers
TWO_WAY = 50  # people behind a figure before it is split a second time
UNBOUNDED = 10**9


class Shown(StrEnum):
    """How a number of people is shown. 0 is "fewer than ten" too: that nobody said a thing is a statement as well."""

    NUMBER = "number"  # to the nearest 5
    FEWER = "fewer"  # fewer than ten, or nobody
    HELD_BACK = "held_back"  # ten or more, not shown so that no other figure can be worked out
    MOST = "most"  # of the whole: where the number would read as "all of them"
    NOT_GIVEN = "not_given"  # may be any number


class Cell(BaseModel):
    """A published figure. `number` is there for NUMBER only."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    shown: Shown
    number: int | None = None


@dataclass(frozen=True)
class Interval:
    """The whole numbers that a value can be, both ends included."""

    low: int
    high: int

    @property
    def answers(self) -> int:
        return max(0, self.high - self.low + 1)

    def within(self, low: int, high: int) -> Interval:
        return Interval(max(self.low, low), min(self.high, high))


def rounded(people: int) -> int:
    """To the nearest 5. A whole number is never half way."""
    return STEP * ((people + STEP // 2) // STEP)


def first_cell(people: int) -> Cell:
    """The figure by itself, before anything is compared with it. Raises ValueError below 0."""
    if people < 0:
        raise ValueError("Fewer than nobody.")
    return Cell(shown=Shown.FEWER) if people < THRESHOLD else Cell(shown=Shown.NUMBER, number=rounded(people))


def possible(cell: Cell) -> Interval:
    """What a reader who knows the rules knows of the value from this figure alone."""
    match cell.shown:
        case Shown.FEWER:
            return Interval(0, THRESHOLD - 1)
        case Shown.HELD_BACK | Shown.MOST:
            return Interval(THRESHOLD, UNBOUNDED)
        case Shown.NOT_GIVEN:
            return Interval(0, UNBOUNDED)
        case Shown.NUMBER:
            number = cell.number or 0
            return Interval(max(THRESHOLD, number - STEP // 2), number + STEP // 2)


def up_to(chats: int) -> int:
    """Chats that may be anybody's: at most so many people. Rounded up to 5, and never below ten."""
    return max(THRESHOLD, STEP * -(-chats // STEP))
