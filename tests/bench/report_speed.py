"""How long the summary of a quarter takes: a million pieces of feedback on PostgreSQL, 20,000 on SQLite, and the PDF.

Feedback is put in by SQL, then counted by the roll-up that sorting keeps up to date. The bare aggregate is what the
page cannot do without, as plain SQL through the same driver; the page is everything else besides: reading groups and
requests, disclosure control, promises, earlier pages, words.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path

from cryptography.fernet import Fernet
from sqlalchemy import text

from bot.reports.content import load_board, load_taxonomy, load_words
from bot.reports.page import Page, Written
from bot.reports.pdf import Sheet, as_pdf
from bot.reports.quarters import Quarter
from bot.reports.said import say
from bot.store import KeyRing, Store, Work
from bot.store.counted_themes import roll_up
from bot.store.database import sqlite_url
from bot.store.migrate import migrate
from console.summary_work import look_at, taxonomy_ready
from tests.databases import new_database, postgresql_server

QUARTER = Quarter.named("2026Q2")
NOW = datetime(2026, 7, 6, 12, tzinfo=UTC)
MANY, SOME = 1_000_000, 20_000
PEOPLE_OF = 5  # pieces of feedback for each person
TIMES = 7
TARGETS = {"postgresql": 1.0, "sqlite": 0.2, "ratio": 2.5, "pdf": 2.0}  # seconds; times the bare aggregate

SERIES = {
    "postgresql": "select n from generate_series(1, :count) as s(n)",
    "sqlite": "with recursive s(n) as (select 1 union all select n + 1 from s where n < :count) select n from s",
}
HASH = {
    "postgresql": "md5(n % :people || 'a') || md5(n % :people || 'b')",
    "sqlite": "printf('%064x', (n % :people) * 2654435761)",
}
ID = {"postgresql": "md5(n::text)", "sqlite": "printf('%032x', n)"}
BARE = """
select scope, linked, checked, feeling, count(*), sum(messages), sum(reviewed)
from theme_people where quarter = '2026Q2' group by scope, linked, checked, feeling
"""
BARE_GROUPS = """
select age_band, home_kind, good_news, count(*)
from theme_people where quarter = '2026Q2' and scope = 'all' and linked group by age_band, home_kind, good_news
"""


def main() -> int:
    return asyncio.run(measure())


async def measure() -> int:
    """0 when every target is met."""
    await taxonomy_ready()
    met: list[bool] = []
    with tempfile.TemporaryDirectory(prefix="ovos-bench-") as folder, postgresql_server() as server:
        keys = KeyRing([Fernet.generate_key().decode()])
        sqlite = Store(sqlite_url(Path(folder) / "ovos.db"), keys)
        page = await one_side("sqlite", sqlite, SOME, met)
        await one_side("postgresql", Store(new_database(server, "bench"), keys), MANY, met)
    met.append(pdf_speed(page))
    return 0 if all(met) else 1


async def one_side(name: str, store: Store, count: int, met: list[bool]) -> Page:
    await migrate(store)
    began = time.perf_counter()
    async with store.begin() as work:
        await fill(work, name, count)
    filled = time.perf_counter()
    async with store.begin() as work:
        await roll_up(work, QUARTER.name)
    rolled = time.perf_counter()
    if name == "postgresql":
        async with store.engine.connect() as connection:
            autocommit = await connection.execution_options(isolation_level="AUTOCOMMIT")
            await autocommit.execute(text("vacuum analyze theme_people"))
    say_line(f"{name}: {count:,} pieces put in in {filled - began:.1f} s, counted in {rolled - filled:.1f} s")
    async with store.look() as work:
        bare = await middle(lambda: aggregate(work))
        whole = await middle(lambda: build_page(work))
        page = await build_page(work)
    await store.close()
    met.append(whole <= TARGETS[name])
    say_line(f"{name}: page {whole * 1000:.0f} ms (at most {TARGETS[name] * 1000:.0f}), bare {bare * 1000:.0f} ms")
    if name == "postgresql":
        met.append(whole <= TARGETS["ratio"] * bare)
        say_line(f"{name}: {whole / bare:.2f} times the bare aggregate (at most {TARGETS['ratio']})")
    return page


async def fill(work: Work, name: str, count: int) -> None:
    """One to two themes for each piece, of all themes by turns; one chat in ten belongs to nobody."""
    themes = [(one.id, one.domain) for one in load_taxonomy().themes]
    await work.session.execute(text("create table bench_themes (place integer primary key, theme text, domain text)"))
    rows = [{"n": n, "theme": theme, "domain": domain} for n, (theme, domain) in enumerate(themes)]
    await work.session.execute(text("insert into bench_themes values (:n, :theme, :domain)"), rows)
    for shift, every in ((0, 1), (14, 3)):
        place = f"(s.n + s.n / {count // PEOPLE_OF} * 11 + {shift}) % {len(themes)}"
        statement = f"""
            insert into counted_themes (feedback_id, theme, domain, conversation_id, person_key, quarter, sentiment,
              source, reviewed, age_band, home_kind, good_news, created_at)
            select {ID[name]}, t.theme, t.domain, {ID[name]}, case when n % 10 = 0 then null else {HASH[name]} end,
              '2026Q2', case n % 4 when 0 then 'positive' when 1 then 'mixed' else 'negative' end, 'officer',
              n % 9 > 0, case n % 3 when 0 then '16_17' when 1 then '11_15' end, case n % 2 when 0 then 'foster' end,
              n % 8 = 0, '2026-05-04 12:00:00+00:00'
            from ({SERIES[name]}) s join bench_themes t on t.place = {place}
            where s.n % {every} = 0
        """  # noqa: S608  # only our own constants are put together
        await work.session.execute(text(statement), {"count": count, "people": count // PEOPLE_OF})


async def aggregate(work: Work) -> None:
    """The two questions that the page asks, as plain SQL."""
    for statement in (BARE, BARE_GROUPS):
        (await work.session.execute(text(statement))).all()


async def build_page(work: Work) -> Page:
    return await look_at(work, QUARTER, Written(), {}, NOW)


async def middle(run: Callable[[], Awaitable[object]]) -> float:
    """The median of several runs, in seconds, after one that warms up."""
    await run()
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        await run()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


def pdf_speed(page: Page) -> bool:
    sheet = Sheet(say(page, load_words()), load_words(), load_board())
    as_pdf(sheet)
    began = time.perf_counter()
    as_pdf(sheet)
    taken = time.perf_counter() - began
    say_line(f"pdf: {taken:.2f} s (at most {TARGETS['pdf']:.0f})")
    return taken <= TARGETS["pdf"]


def say_line(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
