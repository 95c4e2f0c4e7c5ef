"""Telegram's own limits: 30 messages a second to everybody, 1 a second to one chat; when it says wait, all wait.

Source: core.telegram.org/bots/faq, "My bot is hitting limits, how do I avoid this?".
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from dataclasses import dataclass
from enum import IntEnum

EVERYBODY = 30.0  # messages a second
ONE_CHAT = 1.0
KEPT_CHATS = 5_000


class Rank(IntEnum):
    """Who goes first when many wait."""

    SAFETY = 0
    MESSAGE = 1
    NICETY = 2


@dataclass(order=True)
class _Waiting:
    rank: Rank
    turn: int
    chat: str
    ready: asyncio.Future[None]


class Pace:
    """Gives out turns to send. `speed` presses time together for tests: at 10, a second takes a tenth of one."""

    def __init__(self, speed: float = 1.0) -> None:
        self._speed = speed
        self._waiting: list[_Waiting] = []
        self._turns = itertools.count()
        self._next = 0.0
        self._next_of: dict[str, float] = {}
        self._ticker: asyncio.Task[None] | None = None

    async def turn(self, chat: str, rank: Rank = Rank.MESSAGE) -> None:
        """Return when this chat may be sent one message now. `chat` is any name of it that stays the same."""
        one = _Waiting(rank, next(self._turns), chat, asyncio.get_running_loop().create_future())
        heapq.heappush(self._waiting, one)
        if self._ticker is None or self._ticker.done():
            self._ticker = asyncio.create_task(self._tick())
        await one.ready

    def hurry(self, chat: str) -> None:
        """A safety reply waits behind what this chat has in line, so that goes first as well."""
        slow = [one for one in self._waiting if one.chat == chat and one.rank is Rank.MESSAGE]
        for one in slow:
            one.rank = Rank.SAFETY
        if slow:
            heapq.heapify(self._waiting)

    def hold(self, seconds: float) -> None:
        """Telegram says that there is too much: nothing goes to anybody for so long."""
        self._next = max(self._next, _now() + seconds / self._speed)

    def in_line(self) -> int:
        return len(self._waiting)

    async def _tick(self) -> None:
        while self._waiting:
            at = _now()
            if at < self._next:
                await asyncio.sleep(self._next - at)
                continue
            one = self._first_ready(at)
            if one is None:
                await asyncio.sleep(max(0.0, min(self._next_of[one.chat] for one in self._waiting) - at))
                continue
            if one.ready.cancelled():
                continue
            self._next = at + 1 / (EVERYBODY * self._speed)
            self._next_of[one.chat] = at + 1 / (ONE_CHAT * self._speed)
            self._forget_old(at)
            one.ready.set_result(None)

    def _first_ready(self, at: float) -> _Waiting | None:
        """Take out the first in line whose chat may be sent something; None when every chat has just had something."""
        for one in sorted(self._waiting) if self._has_busy(at) else self._waiting[:1]:
            if self._next_of.get(one.chat, 0.0) <= at:
                self._waiting.remove(one)
                heapq.heapify(self._waiting)
                return one
        return None

    def _has_busy(self, at: float) -> bool:
        return self._next_of.get(self._waiting[0].chat, 0.0) > at

    def _forget_old(self, at: float) -> None:
        if len(self._next_of) > KEPT_CHATS:
            self._next_of = {chat: until for chat, until in self._next_of.items() if until > at}


def _now() -> float:
    return asyncio.get_running_loop().time()
