"""Waiting one's turn at the database: what keeps a young person safe goes before all that can wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

URGENT_IN_A_ROW = 4  # then one of the others, so that nothing waits for ever


class Line:
    """One at a time: the urgent first, and otherwise in the order in which they came."""

    def __init__(self) -> None:
        self._taken = False
        self._urgent: deque[asyncio.Future[None]] = deque()
        self._others: deque[asyncio.Future[None]] = deque()
        self._in_a_row = 0

    @asynccontextmanager
    async def turn(self, *, urgent: bool) -> AsyncIterator[None]:
        """Inside the block it is this one's turn."""
        if self._taken:
            await self._wait(self._urgent if urgent else self._others)
        self._taken = True
        try:
            yield
        finally:
            self._hand_on()

    async def _wait(self, line: deque[asyncio.Future[None]]) -> None:
        mine = asyncio.get_running_loop().create_future()
        line.append(mine)
        try:
            await mine
        except asyncio.CancelledError:
            if mine.done() and not mine.cancelled():
                self._hand_on()  # it had just become our turn
            raise

    def _hand_on(self) -> None:
        """Whoever is next has the turn from this moment: nobody who comes now slips in between."""
        while (one := self._next()) is not None:
            if not one.done():
                one.set_result(None)
                return
        self._taken = False

    def _next(self) -> asyncio.Future[None] | None:
        others_turn = bool(self._others) and (not self._urgent or self._in_a_row >= URGENT_IN_A_ROW)
        self._in_a_row = 0 if others_turn else self._in_a_row + 1
        line = self._others if others_turn else self._urgent
        return line.popleft() if line else None


class Seats:
    """So many at a time; the urgent need no seat, and find one of those that are kept free for them."""

    def __init__(self, seats: int) -> None:
        self._free = asyncio.Semaphore(seats)
        self._inside: set[asyncio.Task[object] | None] = set()

    @asynccontextmanager
    async def seat(self, *, urgent: bool) -> AsyncIterator[None]:
        """Whoever has a seat already gets no second one: nobody waits for what they hold themselves."""
        me = asyncio.current_task()
        if urgent or me in self._inside:
            yield
            return
        async with self._free:
            self._inside.add(me)
            try:
                yield
            finally:
                self._inside.discard(me)
