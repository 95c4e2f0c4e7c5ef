"""What is the same for everybody in the chat at this moment: who covers now, and whether the text box is there.

Read from the store every few seconds for the whole process, and not for each device.
"""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.alerts.cover import CoveredBy, CoverNow, cover_now
from bot.store import Store, free_text
from connectors.intake.wording import Wording
from connectors.webchat.page import PageWords

FRESH_SECONDS = 4.0


@dataclass(frozen=True)
class NowInChat:
    """`reading` is the line above the text box; `free_text` is False while nobody can type."""

    reading: str
    free_text: bool


class ChatState:
    """One for each web process."""

    def __init__(self, store: Store, wording: Wording, page: PageWords) -> None:
        self._store = store
        self._wording = wording
        self._page = page
        self._known: NowInChat | None = None
        self._until = 0.0
        self._lock = asyncio.Lock()

    async def now(self) -> NowInChat:
        """At most a few seconds old."""
        async with self._lock:
            if self._known is None or time.monotonic() >= self._until:
                self._known = await self._read(datetime.now(UTC))
                self._until = time.monotonic() + FRESH_SECONDS
            return self._known

    async def _read(self, at: datetime) -> NowInChat:
        async with self._store.look() as work:
            covers = await cover_now(work, at, self._wording.hours)
            off = await free_text.is_off(work)
        return NowInChat(self._reading(covers, at), not off)

    def _reading(self, covers: CoverNow, at: datetime) -> str:
        """By the team's hours. Outside of them the line says that nobody reads, with the numbers, and whether somebody
        is told of what is urgent."""
        by_hours = self._wording.reading(at)
        team_reads = self._wording.hours is not None and self._wording.hours.is_open(at)
        if covers.by is CoveredBy.ON_CALL and not team_reads:
            return f"{by_hours} {self._page.words['reading_on_call'].text}"
        return by_hours
