"""Inbox, transcript and search with 50,000 messages stored: the server's time for a page, on both databases."""

from __future__ import annotations

import statistics
import time
from collections.abc import AsyncIterator

import pytest

from bot.store import Store, staff
from bot.store.inbox import Show
from tests.bot.store.crowd import RARE, Crowd, fill
from tests.console.conftest import Client, Desk, open_desk

MOST_MS = 150
TIMES = 15


@pytest.fixture
async def crowded(store: Store) -> AsyncIterator[tuple[Desk, Crowd]]:
    crowd = await fill(store)
    async for desk in open_desk(store):
        await desk.services.search.read_all()
        yield desk, crowd


async def median_ms(client: Client, path: str) -> float:
    took = []
    for _ in range(TIMES):
        begin = time.perf_counter()
        answer = await client.get(path)
        took.append((time.perf_counter() - begin) * 1_000)
        assert answer.status == 200, path
    return statistics.median(took)


@pytest.mark.slow
async def test_no_page_takes_long_however_much_is_stored(crowded: tuple[Desk, Crowd]) -> None:
    desk, crowd = crowded
    async with desk.store.look() as work:
        person = await staff.by_id(work, crowd.staff[0])
    assert person is not None
    officer = await desk.signed_in(person)
    pages = {f"inbox, {show}": f"/console/inbox?show={show}" for show in Show}
    pages["inbox, goal and days"] = "/console/inbox?goal=feedback&since=2026-02-01&until=2026-08-01"
    pages["transcript"] = f"/console/inbox/{crowd.conversations[7]}"
    took = {name: await median_ms(officer, path) for name, path in pages.items()}
    for words in ("the", "social worker", "the and my", RARE[77], "nowhere"):
        await officer.post("/console/search", asked=words)
        took[f"search, {words}"] = await median_ms(officer, "/console/search")
    for name, ms in took.items():
        print(f"{desk.store.engine.dialect.name:12} {name:26} {ms:6.1f} ms")
    assert {name: ms for name, ms in took.items() if ms > MOST_MS} == {}
