"""How many tries to sign in are taken: from all together, and from one account before it is locked for a while."""

from __future__ import annotations

from datetime import datetime, timedelta

FREE_FAILURES = 5
LONGEST_LOCK = timedelta(hours=1)


class TooManyTries(Exception):
    """This process has had more tries than it takes; it says nothing about any account."""


def locked_until(failures: int, at: datetime) -> datetime | None:
    """After five failures in a row an account is locked for 1 minute, then 2, 4, ... up to an hour."""
    if failures < FREE_FAILURES:
        return None
    minutes = 2 ** min(failures - FREE_FAILURES, 10)
    return at + min(timedelta(minutes=minutes), LONGEST_LOCK)


class Tries:
    """A bucket of tries that fills up again with time (token bucket)."""

    def __init__(self, most: int = 30, a_minute: int = 30) -> None:
        self._most = float(most)
        self._a_second = a_minute / 60
        self._left = float(most)
        self._filled_at: datetime | None = None

    def take(self, at: datetime) -> None:
        """Raises TooManyTries when the bucket is empty."""
        if self._filled_at is not None:
            passed = max(0.0, (at - self._filled_at).total_seconds())
            self._left = min(self._most, self._left + passed * self._a_second)
        self._filled_at = at
        if self._left < 1:
            raise TooManyTries
        self._left -= 1
