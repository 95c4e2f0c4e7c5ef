"""How fast receipts may be tried: a growing wait for each visitor, and one limit for everybody together.

No address of a device is looked at or kept. A visitor is a connection, and anybody can open another one, so what makes
guessing hopeless is the limit for all: about 660 tries an hour at the very most in each process, over 2 to the 40
receipts.
"""

from __future__ import annotations

from dataclasses import dataclass

FREE_TRIES = 3
FIRST_WAIT, LONGEST_WAIT = 5.0, 120.0  # seconds, for one visitor
BUCKET = 10  # tries that may come in one go
GUESSES_FOR_SLOWEST = 300  # refused tries in the last hour, over all processes
SLOWEST = 10.0  # seconds between tries once there are so many


@dataclass
class Visitor:
    """One connection's tries so far. `not_before` is a reading of the clock that the gate is given."""

    refused: int = 0
    not_before: float = 0.0


class Gate:
    """A bucket of tries that fills up again (token bucket): slower, the more has been guessed in the last hour."""

    def __init__(self) -> None:
        self._left = float(BUCKET)
        self._at: float | None = None

    def seconds_to_wait(self, visitor: Visitor, guessed: int, at: float) -> float:
        """0 when this try may be made now, and then it counts; else how long to wait. `at` is a monotonic clock."""
        if at < visitor.not_before:
            return visitor.not_before - at
        gap = max(1.0, SLOWEST * min(1.0, guessed / GUESSES_FOR_SLOWEST))
        most = BUCKET if guessed < GUESSES_FOR_SLOWEST else 1
        passed = 0.0 if self._at is None else max(0.0, at - self._at)
        self._left, self._at = min(most, self._left + passed / gap), at
        if self._left < 1:
            return (1 - self._left) * gap
        self._left -= 1
        return 0.0

    def refused(self, visitor: Visitor, at: float) -> None:
        """The try opened nothing: after three of them this visitor waits 5 seconds, then 10, 20, up to 2 minutes."""
        visitor.refused += 1
        if visitor.refused >= FREE_TRIES:
            wait = FIRST_WAIT * 2 ** min(visitor.refused - FREE_TRIES, 10)
            visitor.not_before = at + min(wait, LONGEST_WAIT)
