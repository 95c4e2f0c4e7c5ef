"""Runs deletions that were asked for every minute, and what has grown old every half hour. One in each web process."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from bot.privacy import erasing, retention
from bot.privacy.happened import LogLine
from bot.privacy.retention import Ran
from bot.staff import audit
from bot.store import Store, Work, erasure, erasures
from bot.store.search import Search
from connectors.delivery import Hub
from connectors.intake.brain import BrainClient, BrainDown, BrainFailed, BrainSlow
from connectors.intake.measures import Measures
from connectors.repeating import Repeating
from ovos.erased_file import note_erased

EVERY_SECONDS = 60.0
OLD_EVERY = timedelta(minutes=30)

Forgets = Callable[[Store, datetime], Awaitable[None]]
"""Makes anew what was learned from words that are gone."""

log = structlog.get_logger()


class RetentionClock(Repeating):
    """Two of them do nothing twice: a deletion takes its row first, and what is gone is not found again."""

    def __init__(self, store: Store, brain: BrainClient, hub: Hub, measures: Measures, home: Path) -> None:
        """Raises ContentError when retention.yml is wrong: then the service does not start."""
        super().__init__(self.round, EVERY_SECONDS, "retention_stood_still", measures)
        self._rules = retention.rules()
        self._store, self._brain, self._hub, self._home = store, brain, hub, home
        self._old_at: datetime | None = None
        self._unsettled = False
        self._grows_old = True
        self.search: Search | None = None  # what else in this process remembers texts
        self.learned: Forgets | None = None  # and what has learned from them

    def start(self, *, by_itself: bool = True) -> None:
        """The demonstration is a quarter long: nothing in it grows old."""
        self._grows_old = by_itself
        super().start()

    async def round(self, at: datetime) -> Ran:
        """Deletions that are due, and when it is time, what has grown old."""
        learned = await self._asked_for(at)
        ran = Ran()
        if self._grows_old and (self._old_at is None or at - self._old_at >= OLD_EVERY):
            ran = await retention.run_round(self._store, at, self._rules, record)
            self._old_at = at
            self._unsettled = self._unsettled or bool(ran.counts)
            learned = learned or bool(ran.texts)
            if self.search is not None:
                await self.search.forget_what_is_gone()
        if self._unsettled:
            self._unsettled = not await erasure.settle(self._store)
        if learned and self.learned is not None:
            await self.learned(self._store, at)
        return ran

    async def _asked_for(self, at: datetime) -> bool:
        """Deletions that somebody asked for; whether there was one."""
        erased = await erasing.run_due(self._store, at, record)
        for done in erased:
            self._unsettled = True
            self._forget(done.texts)
            self._hub.wake(done.conversation_id)
        await self._brain_forgets(at)
        async with self._store.look() as work:
            note_erased(self._home, await erasures.done_since(work))
        return bool(erased)

    async def _brain_forgets(self, at: datetime) -> None:
        """Rasa's rows. While the brain is away they are asked for again in the next round."""
        async with self._store.look() as work:
            waiting = await erasures.unforgotten(work)
        for erasure_id, conversation_id in waiting:
            try:
                await self._brain.forget(conversation_id)
            except (BrainDown, BrainSlow, BrainFailed) as error:
                log.warning("brain_did_not_forget", reason=type(error).__name__)
                return
            async with self._store.begin() as work:
                await erasures.brain_forgot(work, erasure_id, at)

    def _forget(self, texts: Collection[str]) -> None:
        if self.search is not None and texts:
            self.search.forget(texts)


async def record(work: Work, line: LogLine) -> None:
    await audit.note_line(work, line)
