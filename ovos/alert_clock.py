"""Runs the clock of alerts every few seconds: telling people, free text, the daily check, the second look."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.alerts import second_look
from bot.alerts.clock_work import Means, Ticked, tick
from bot.alerts.free_text import turn_off_when_nobody_answers
from bot.alerts.happened import Happened
from bot.alerts.ladder import read_ladder
from bot.alerts.told import read_told
from bot.requests.clocks import clocks
from bot.staff import audit
from bot.store import Store, Work
from connectors.intake.measures import Measures
from ovos.probe import Prober, daily_occasion, give_up_on_old_ones, read_probe_text

EVERY_SECONDS = 5.0
SLOW_EVERY = 12  # rounds: what need not be looked at every five seconds

log = structlog.get_logger()


@dataclass(frozen=True)
class ClockSettings:
    """`address` is where the service listens, for its checks. `pager`: is one set? `daily_check`: is there one by
    itself?"""

    address: str
    pager: bool = False
    daily_check: bool = True


class AlertClock:
    """One in each web process: two of them do nothing twice."""

    def __init__(self, store: Store, measures: Measures, settings: ClockSettings) -> None:
        """Raises ContentError when a content file of alerts is wrong: then the service does not start."""
        ladder, text = read_ladder(), read_probe_text()
        read_told()
        self._store = store
        self._measures = measures
        self._settings = settings
        self._ladder = ladder
        self._means = Means(ladder, clocks().calendar.is_working, settings.pager)
        self._prober = Prober(store, settings.address, ladder, text)
        self._task: asyncio.Task[None] | None = None
        self._probing: asyncio.Task[object] | None = None
        self._asked: set[asyncio.Task[object]] = set()

    def start(self, *, by_itself: bool = True) -> None:
        """The demonstration turns nothing off by itself and checks nothing."""
        self._task = asyncio.create_task(self._run(by_itself=by_itself))

    async def stop(self) -> None:
        for task in (self._task, self._probing, *self._asked):
            if task is not None:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    async def _run(self, *, by_itself: bool) -> None:
        count = 0
        while True:
            await self._guarded(self.round)
            if by_itself and count % SLOW_EVERY == 0:
                for doing in (self.look_at_free_text, self.draw_second_looks, self.look_at_probes):
                    await self._guarded(doing)
            count += 1
            await asyncio.sleep(EVERY_SECONDS)

    async def _guarded(self, doing: Callable[[datetime], Awaitable[object]]) -> None:
        try:
            await doing(datetime.now(UTC))
        except Exception as error:  # the loop must outlive any fault; each is logged and counted
            self._measures.failures.labels(kind=type(error).__name__).inc()
            log.error("alert_clock_stood_still", exc_info=error)

    async def round(self, at: datetime) -> Ticked:
        """Tell whoever is to be told now."""
        ticked = await tick(self._store, at, self._means, _record)
        if ticked.nobody:
            self._measures.failures.labels(kind="NobodyToTell").inc(ticked.nobody)
            log.error("alert_nobody_to_tell", count=ticked.nobody)
        return ticked

    async def look_at_free_text(self, at: datetime) -> None:
        async with self._store.begin() as work:
            happened = await turn_off_when_nobody_answers(work, self._ladder.free_text, at)
            for one in happened:
                await _record(work, one)
        if happened:
            log.error("free_text_turned_off")

    async def draw_second_looks(self, at: datetime) -> None:
        async with self._store.begin() as work:
            await second_look.draw(work, self._ladder.second_look, at)

    async def look_at_probes(self, at: datetime) -> None:
        await give_up_on_old_ones(self._store, self._ladder, at)
        self._probe_when_due(at)

    async def check_now(self, name: str) -> None:
        """A check of every channel at once. It comes to its end also where whoever asked does not wait for that."""
        task: asyncio.Task[object] = asyncio.create_task(self._prober.run(name))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)
        await asyncio.shield(task)

    def _probe_when_due(self, at: datetime) -> None:
        occasion = daily_occasion(self._ladder, at)
        running = self._probing is not None and not self._probing.done()
        if self._settings.daily_check and occasion is not None and not running:
            self._probing = asyncio.create_task(self._prober.run(occasion))


async def _record(work: Work, happened: Happened) -> None:
    await audit.note_line(work, happened)
