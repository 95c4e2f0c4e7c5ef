"""Work of this process that is done again and again, and outlives any fault."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import structlog

from connectors.intake.measures import Measures

log = structlog.get_logger()


class Repeating:
    """Calls `doing` with the time, now and then every so many seconds; a fault is logged as `failed` and counted."""

    def __init__(
        self, doing: Callable[[datetime], Awaitable[object]], seconds: float, failed: str, measures: Measures
    ) -> None:
        self._doing, self._seconds, self._failed, self._measures = doing, seconds, failed, measures
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
                await self._doing(datetime.now(UTC))
            except Exception as error:  # the loop must outlive any fault; each is logged and counted
                self._measures.failures.labels(kind=type(error).__name__).inc()
                log.error(self._failed, exc_info=error)
            await asyncio.sleep(self._seconds)
