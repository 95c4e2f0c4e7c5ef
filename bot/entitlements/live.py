"""The cards as they are said now: the files, with what staff have changed since, read again every few seconds."""

from __future__ import annotations

import time
from collections.abc import Callable

from bot.entitlements.changes import Overlaid, overlaid
from bot.entitlements.library import Library
from bot.store import Store, card_changes

LOOK_AGAIN_AFTER = 10.0  # seconds: a change made in another process is said within that time


class LiveLibrary:
    """One per process. `said` is what was found at the last look; `look` looks again when it is time."""

    def __init__(self, files: Library, clock: Callable[[], float] = time.monotonic) -> None:
        self._files = files
        self._clock = clock
        self._looked_at: float | None = None
        self._stamp: str | None = None
        self._overlaid = Overlaid(files)

    @property
    def files(self) -> Library:
        return self._files

    @property
    def said(self) -> Library:
        return self._overlaid.library

    async def look(self, store: Store, *, at_once: bool = False) -> Overlaid:
        """What is said now. Asks the store at most every LOOK_AGAIN_AFTER seconds, unless it is to be `at_once`."""
        now = self._clock()
        if not at_once and self._looked_at is not None and now - self._looked_at < LOOK_AGAIN_AFTER:
            return self._overlaid
        async with store.look() as work:
            stamp = await card_changes.stamp(work)
            if stamp != self._stamp:
                self._overlaid = overlaid(self._files, await card_changes.in_force(work))
        self._stamp, self._looked_at = stamp, now
        return self._overlaid
