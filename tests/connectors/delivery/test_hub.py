"""Being told of news, and being told to stop in the same moment."""

from __future__ import annotations

import asyncio

from connectors.delivery.hub import Listener


async def test_who_waits_for_news_stops_when_told_to_also_in_the_moment_when_news_comes() -> None:
    listener, heard = Listener(), 0

    async def listens() -> None:
        nonlocal heard
        while True:
            await listener.wait(30)
            heard += 1

    waiting = asyncio.create_task(listens())
    await asyncio.sleep(0)
    listener.wake()
    await asyncio.sleep(0.01)
    assert heard == 1
    for turns in range(3):
        task = asyncio.create_task(listens())
        await asyncio.sleep(0.01)
        listener.wake()
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        done, _ = await asyncio.wait([task], timeout=1)
        assert done, "it must not go on for ever"
    waiting.cancel()
    await asyncio.wait([waiting], timeout=1)
