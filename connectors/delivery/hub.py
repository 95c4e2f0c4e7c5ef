"""Tells whoever is connected that a conversation has news. The news itself is always read from the store.

A wake that is missed costs seconds, never a message: listeners also look by themselves now and then.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager


class Listener:
    """One connected device of one conversation."""

    def __init__(self) -> None:
        self._news = asyncio.Event()

    def wake(self) -> None:
        self._news.set()

    async def wait(self, seconds: float) -> None:
        """Return at the next wake, or after this many seconds."""
        try:
            # Not asyncio.wait_for: in Python 3.11 it drops a cancelling that comes with the news, and the loop around
            # this would never end.
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return
        finally:
            self._news.clear()


class Hub:
    """The listeners of this process, by conversation, and those that wait for news of any."""

    def __init__(self) -> None:
        self._of_all: set[Listener] = set()
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._typing: set[str] = set()

    @contextmanager
    def listening(self, conversation_id: str) -> Iterator[Listener]:
        listener = Listener()
        self._listeners[conversation_id].add(listener)
        try:
            yield listener
        finally:
            self._listeners[conversation_id].discard(listener)
            if not self._listeners[conversation_id]:
                del self._listeners[conversation_id]

    @contextmanager
    def listening_to_all(self) -> Iterator[Listener]:
        """For a channel that sends: woken by news of any conversation."""
        listener = Listener()
        self._of_all.add(listener)
        try:
            yield listener
        finally:
            self._of_all.discard(listener)

    @asynccontextmanager
    async def typing(self, conversation_id: str) -> AsyncIterator[None]:
        """While this is open, the service is working on an answer in this conversation."""
        self._typing.add(conversation_id)
        self.wake(conversation_id)
        try:
            yield
        finally:
            self._typing.discard(conversation_id)

    def is_open(self, conversation_id: str) -> bool:
        """Is a device connected to this conversation now?"""
        return conversation_id in self._listeners

    def is_typing(self, conversation_id: str) -> bool:
        return conversation_id in self._typing

    def wake(self, conversation_id: str) -> None:
        for listener in (*self._listeners.get(conversation_id, ()), *self._of_all):
            listener.wake()

    def connected(self) -> int:
        """How many devices are connected, for metrics."""
        return sum(len(listeners) for listeners in self._listeners.values())
