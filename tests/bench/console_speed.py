"""How long the server takes for the console's pages with 50,000 messages, on SQLite and on PostgreSQL.

Measured in the server, by a middleware round every page, while a real HTTP client asks on loopback: reading, deciding,
rendering and writing to the log are in it, the network is not. Search has read everything that is stored before.
"""

from __future__ import annotations

import asyncio
import logging
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path

from aiohttp import ClientSession, CookieJar, web
from cryptography.fernet import Fernet

from bot.store import KeyRing, Store, staff_sessions
from bot.store.database import sqlite_url
from bot.store.inbox import Show
from bot.store.migrate import migrate
from bot.store.request_board import View
from connectors.delivery import Hub
from console.app import Console, ConsoleServices, ConsoleSettings
from ovos.settings import free_ports
from tests.bench.console_data import LINES, RARE, Filled, fill
from tests.console.conftest import CHEAP, TOKEN
from tests.databases import new_database, postgresql_server

MESSAGES, REQUESTS = 50_000, 1_000
TIMES = 30  # of each page
WARM_UP = 3
TARGET_MS = 150.0
SEARCHED = (*RARE, "brother", "social worker", "review sunday", "calm otter 12")


@dataclass
class Stopwatch:
    """Seconds that the server took for each request, in order."""

    taken: list[float] = field(default_factory=list)

    def middleware(self) -> Callable[..., Awaitable[web.StreamResponse]]:
        @web.middleware
        async def timed(
            request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
        ) -> web.StreamResponse:
            began = time.perf_counter()
            try:
                return await handler(request)
            finally:
                self.taken.append(time.perf_counter() - began)

        return timed


@dataclass
class Visitor:
    """A participation officer with a real HTTP client."""

    address: str
    session: ClientSession
    services: ConsoleServices
    watch: Stopwatch

    async def get(self, path: str) -> str:
        async with self.session.get(self.address + path) as answer:
            if answer.status != 200:
                raise RuntimeError(f"{path}: {answer.status}")
            return await answer.text()

    async def searches(self, words: str) -> str:
        """Say what is searched for, as the form does; the page of hits is then at the same address."""
        found = TOKEN.search(await self.get("/console/account"))
        fields = {"csrf": "" if found is None else found.group(1), "asked": words}
        async with self.session.post(f"{self.address}/console/search", data=fields, allow_redirects=False) as answer:
            if answer.status != 303:
                raise RuntimeError(f"search: {answer.status}")
        return "/console/search"


@asynccontextmanager
async def visiting(store: Store, filled: Filled) -> AsyncIterator[Visitor]:
    """The console of this store on loopback, and its officer, signed in."""
    port, watch = free_ports(1)[0], Stopwatch()
    address = f"http://127.0.0.1:{port}"
    services = ConsoleServices(store, Hub(), ConsoleSettings(address=address, password_cost=CHEAP))
    app = web.Application(middlewares=[watch.middleware()])
    Console(services).add_to(app)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    async with store.begin() as work:
        opened = await staff_sessions.start(work, filled.officer.id, datetime.now(UTC), second_factor=True)
    jar = CookieJar(unsafe=True)
    jar.update_cookies({"ovos-staff": opened.token})
    try:
        async with ClientSession(cookie_jar=jar) as session:
            yield Visitor(address, session, services, watch)
    finally:
        await runner.cleanup()


def pages(filled: Filled) -> Iterator[tuple[str, list[str]]]:
    """The name of each page and the addresses that stand for it."""
    for show in Show:
        yield f"inbox: {show.value}", [f"/console/inbox?show={show.value}"]
    yield "inbox: by goal", ["/console/inbox?goal=complaint"]
    yield "transcript", [f"/console/inbox/{one}" for one in filled.conversation_ids[:TIMES]]
    for view in View:
        yield f"board: {view.value}", [f"/console/requests?view={view.value}"]
    yield "request", [f"/console/requests/{one}" for one in filled.request_ids[:TIMES]]


@dataclass(frozen=True)
class Row:
    name: str
    median_ms: float
    p95_ms: float


async def measure(store: Store, filled: Filled) -> list[Row]:
    rows = []
    async with visiting(store, filled) as visitor:
        for name, addresses in pages(filled):
            rows.append(_row(name, [await _timed(visitor, one) for one in islice(cycle(addresses), TIMES + WARM_UP)]))
        # A second reading ahead would find nothing: this returns when the first is through.
        await visitor.services.search.read_all()
        taken = [await _timed(visitor, await visitor.searches(w)) for w in islice(cycle(SEARCHED), TIMES + WARM_UP)]
        rows.append(_row("search", taken))
    return rows


async def _timed(visitor: Visitor, address: str) -> float:
    await visitor.get(address)
    return visitor.watch.taken[-1]


def _row(name: str, taken: list[float]) -> Row:
    kept = sorted(taken[WARM_UP:])
    return Row(name, 1000 * statistics.median(kept), 1000 * kept[int(0.95 * (len(kept) - 1))])


async def on(url: str) -> list[Row]:
    store = Store(url, KeyRing([Fernet.generate_key().decode()]))
    try:
        await migrate(store)
        conversations, began = MESSAGES // LINES, time.monotonic()
        filled = await fill(store, conversations, REQUESTS)
        made = f"  {MESSAGES} messages, {conversations} conversations and {REQUESTS} requests made"
        say(f"{made} in {time.monotonic() - began:.0f} s")
        return await measure(store, filled)
    finally:
        await store.close()


def main() -> int:
    logging.disable(logging.INFO)
    with tempfile.TemporaryDirectory(prefix="ovos-bench-") as folder:
        say("SQLite ...")
        sqlite = asyncio.run(on(sqlite_url(Path(folder) / "ovos.db")))
    with postgresql_server() as server:
        say("PostgreSQL ...")
        postgresql = asyncio.run(on(new_database(server, "bench")))
    return report(sqlite, postgresql)


def report(sqlite: list[Row], postgresql: list[Row]) -> int:
    print(f"\n{'server time, ms':<24} {'SQLite':>16} {'PostgreSQL':>18}")
    print(f"{'':<24} {'median':>8} {'95 %':>7} {'median':>10} {'95 %':>7}")
    for one, other in zip(sqlite, postgresql, strict=True):
        met = "met" if max(one.median_ms, other.median_ms) < TARGET_MS else "MISSED"
        numbers = f"{one.median_ms:>8.0f} {one.p95_ms:>7.0f} {other.median_ms:>10.0f} {other.p95_ms:>7.0f}"
        print(f"{one.name:<24} {numbers}   {met}")
    worst = max(row.median_ms for row in (*sqlite, *postgresql))
    verdict = "met   " if worst < TARGET_MS else "MISSED"
    print(f"\n  {verdict}  every median under {TARGET_MS:.0f} ms (worst: {worst:.0f} ms)")
    return 0 if worst < TARGET_MS else 1


def say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
