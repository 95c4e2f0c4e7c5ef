"""Runs the clocks once a minute: dates of requests, covers, climbing, reminders, closing without a reply; and the
reminder of a board's slip that has not come back."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import structlog

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

EVERY_SECONDS = 60.0

log = structlog.get_logger()


class RequestClock:
    """One in each web process: two of them do nothing twice."""

    def __init__(self, store: Store, hub: Hub, measures: Measures) -> None:
        """Raises ContentError when a content file of requests is wrong: then the service does not start."""
        clocks(), words(), allocation_columns()
        self._store = store
        self._hub = hub
        self._measures = measures
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        self._task = asyncio.create_task(self._run())

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        while True:
            try:
                await self.round(datetime.now(UTC))
            except Exception as error:  # the loop must outlive any fault; each is logged and counted
                self._measures.failures.labels(kind=type(error).__name__).inc()
                log.error("request_clock_stood_still", exc_info=error)
            await asyncio.sleep(EVERY_SECONDS)

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
