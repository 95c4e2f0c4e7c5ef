"""The log of what staff did: a line that was changed, taken out, put in or cut off is found."""

from __future__ import annotations

import asyncio
import dataclasses
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, update

from bot.store import Store, audit
from bot.store.audit import Broken, Filter, Head, NewEvent
from bot.store.staff_models import AuditEvent, AuditHead

LINE = NewEvent("a" * 32, "transcript_opened", "conversation", "b" * 32, {"up_to": 3})


async def write(store: Store, count: int) -> None:
    for number in range(count):
        async with store.begin() as work:
            await audit.append(work, dataclasses.replace(LINE, details={"up_to": number}))


async def check(store: Store, noted: Head | None = None) -> Head:
    async with store.look() as work:
        return await audit.verify(work, noted)


async def spoil(store: Store, statement: Any) -> None:
    async with store.begin() as work:
        await work.session.execute(statement)


async def test_an_untouched_log_holds(store: Store) -> None:
    await write(store, 5)
    assert (await check(store)).seq == 5


async def test_an_empty_log_holds(store: Store) -> None:
    async with store.begin() as work:
        assert (await audit.verify(work)).seq == 0


CHANGES: dict[str, Callable[[AuditEvent], dict[str, Any]]] = {
    "actor": lambda _row: {"actor": "c" * 32},
    "action": lambda _row: {"action": "note_written"},
    "subject_type": lambda _row: {"subject_type": "request"},
    "subject_id": lambda _row: {"subject_id": "d" * 32},
    "details": lambda _row: {"details": {"up_to": 99}},
    "at": lambda row: {"at": row.at + timedelta(microseconds=1)},
    "previous_hash": lambda _row: {"previous_hash": "e" * 64},
    "hash": lambda _row: {"hash": "f" * 64},
}


@pytest.mark.parametrize("column", sorted(CHANGES))
@pytest.mark.parametrize("seq", [1, 3, 5])
async def test_a_change_of_any_column_of_any_line_is_found(sqlite_store: Store, column: str, seq: int) -> None:
    await write(sqlite_store, 5)
    async with sqlite_store.begin() as work:
        row = await work.session.get_one(AuditEvent, seq)
        changed = CHANGES[column](row)
    await spoil(sqlite_store, update(AuditEvent).where(AuditEvent.seq == seq).values(changed))
    with pytest.raises(Broken):
        await check(sqlite_store)


@pytest.mark.parametrize("seq", [1, 3, 5])
async def test_a_line_that_is_gone_is_found_also_at_the_end(store: Store, seq: int) -> None:
    await write(store, 5)
    await spoil(store, delete(AuditEvent).where(AuditEvent.seq == seq))
    with pytest.raises(Broken):
        await check(store)


async def test_a_log_cut_short_together_with_its_head_does_not_fit_a_noted_head(sqlite_store: Store) -> None:
    await write(sqlite_store, 3)
    async with sqlite_store.look() as work:
        old = await work.session.get_one(AuditHead, audit.HEAD)
    await write(sqlite_store, 2)
    noted = await check(sqlite_store)
    await spoil(sqlite_store, delete(AuditEvent).where(AuditEvent.seq > 3))
    await spoil(sqlite_store, update(AuditHead).values(seq=old.seq, hash=old.hash, seal=old.seal))
    assert (await check(sqlite_store)).seq == 3
    with pytest.raises(Broken, match="noted"):
        await check(sqlite_store, noted)


async def test_a_log_that_was_emptied_is_found(sqlite_store: Store) -> None:
    await write(sqlite_store, 3)
    await spoil(sqlite_store, delete(AuditEvent))
    with pytest.raises(Broken):
        await check(sqlite_store)


async def test_lines_written_at_the_same_moment_stay_one_chain(store: Store) -> None:
    await asyncio.gather(*(write(store, 5) for _ in range(6)))
    assert (await check(store)).seq == 30


async def test_what_is_undone_leaves_no_line(store: Store) -> None:
    async def fail_after_the_line() -> None:
        async with store.begin() as work:
            await audit.append(work, LINE)
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await fail_after_the_line()
    async with store.begin() as work:
        assert (await audit.verify(work)).seq == 0


async def test_the_newest_lines_come_first_and_filters_hold(store: Store) -> None:
    await write(store, 4)
    async with store.look() as work:
        assert [event.seq for event in await audit.newest(work, Filter(limit=2))] == [4, 3]
        assert [event.seq for event in await audit.newest(work, Filter(before=3))] == [2, 1]
        assert await audit.newest(work, Filter(actor="nobody")) == []
