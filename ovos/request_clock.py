"""Runs the clocks once a minute: dates of requests, covers, climbing, reminders, closing without a reply; and the
reminder of a board's slip that has not come back."""

from __future__ import annotations

from datetime import datetime

from bot.reports.reminding import remind_of_slips
from bot.requests.allocations import allocation_columns
from bot.requests.clock_work import Ticked, tick
from bot.requests.clocks import clocks, local_day
from bot.requests.happened import Happened
from bot.requests.words import words
from bot.staff import audit
from bot.store import Store, Work
from connectors.delivery import Hub
from connectors.intake.measures import Measures
from connectors.repeating import Repeating

EVERY_SECONDS = 60.0


class RequestClock(Repeating):
    """One in each web process: two of them do nothing twice."""

    def __init__(self, store: Store, hub: Hub, measures: Measures) -> None:
        """Raises ContentError when a content file of requests is wrong: then the service does not start."""
        clocks(), words(), allocation_columns()
        super().__init__(self.round, EVERY_SECONDS, "request_clock_stood_still", measures)
        self._store, self._hub = store, hub

    async def round(self, at: datetime) -> Ticked:
        """One round, and the young people who are connected see at once what it said to them."""
        ticked = await tick(self._store, at, _record)
        async with self._store.begin() as work:
            await remind_of_slips(work, local_day(at), at)
        for conversation_id in ticked.conversations:
            self._hub.wake(conversation_id)
        return ticked


async def _record(work: Work, happened: Happened) -> None:
    await audit.note_line(work, happened.line())
