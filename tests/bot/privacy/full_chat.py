"""A chat with a row in every table that belongs to one, whatever tables there are: what is added later is covered."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time
from typing import Any

from sqlalchemy import JSON, Boolean, Column, Date, Float, Integer, String, Table, Text, Time, insert, select

from bot.store import Store, Work, erasure
from bot.store.models import UtcDateTime, new_id
from bot.store.tables import every_table

WORDS = "saxophone-rhubarb-lantern"
_TELLING = re.compile(r"_sealed$|_hash$|^designation$")
_SHORTEST = 8  # characters of what can be looked for


def belongs_to_a_chat() -> list[Table]:
    """Tables from whose rows foreign keys lead to a conversation, parents first."""
    found: list[Table] = []
    for one in every_table():
        parents = {key.column.table for key in one.foreign_keys}
        if one.name == "conversations" or parents & set(found):
            found.append(one)
    return found


async def fill(
    work: Work, staff_id: str, at: datetime | None = None, skip: frozenset[str] = frozenset()
) -> dict[str, str]:
    """One row in each of them; their ids by table. Sealed columns hold WORDS."""
    at = at or datetime.now(UTC)
    ids: dict[str, str] = {"staff": staff_id}
    mine = belongs_to_a_chat()
    parents = {key.column.table for one in mine for key in one.foreign_keys}
    outside = [one for one in every_table() if one in parents and one not in mine and one.name != "staff"]
    for one in [*outside, *mine]:
        if one.name in skip:
            continue
        row = {column.name: _value(work, column, ids, at) for column in one.columns}
        row |= {"designation": f"Test {new_id()[:12]}", "token_hash": new_id()} if one.name == "conversations" else {}
        row |= {"synthetic": False, "last_at": at} if one.name == "conversations" else {}
        row |= {"state": "sent", "n": 1} if one.name in ("requests", "request_events") else {}
        row |= {"state": "yes"} if one.name == "quotes" else {}
        row |= {"undone_at": None} if one.name == "redactions" else {}
        row |= {"lifted_at": None, "lifted_by": None} if one.name == "retention_holds" else {}
        row = {name: value for name, value in row.items() if name in one.c}
        await work.session.execute(insert(one), [row])
        (key, *_) = one.primary_key.columns
        ids[one.name] = str(row[key.name])
    return ids


def _value(work: Work, column: Column[Any], ids: dict[str, str], at: datetime) -> Any:
    for key in column.foreign_keys:
        parent = key.column.table.name
        return ids.get(parent)
    if column.name.endswith("_sealed"):
        return work.keys.encrypt(WORDS)
    match column.type:
        case UtcDateTime():
            return at
        case JSON():
            return []
        case Boolean():
            return False
        case Integer() | Float():
            return 1
        case Date():
            return date(2026, 1, 5)
        case Time():
            return time(9)
        case String() | Text():
            return new_id()[: getattr(column.type, "length", None) or 32]
    raise AssertionError(f"{column}: a type that the test does not know")


async def as_stored(store: Store) -> dict[str, str]:
    """Every column of every row of each table, as whoever copies the database would read it."""
    async with store.look() as work:
        return {
            one.name: "\n".join(repr(tuple(row)) for row in await work.session.execute(select(one)))
            for one in every_table()
        }


async def traces_of(store: Store, conversation_id: str) -> list[str]:
    """What the rows of a chat are known by: every id, hash, name and sealed text of it, but not the chat's own id."""
    async with store.look() as work:
        found = []
        for one, mine in (await erasure.rows_of(work, conversation_id)).items():
            kept = [column for column in one.columns if column.primary_key or _TELLING.search(column.name)]
            for row in await work.session.execute(select(*kept).where(mine)):
                found += [value for value in row if isinstance(value, str) and len(value) > _SHORTEST]
    return sorted(set(found) - {conversation_id})


async def rows_left(work: Work, ids: dict[str, str]) -> dict[str, int]:
    """How many rows of the chat are left, by table."""
    left = {}
    for one in belongs_to_a_chat():
        if one.name in ids:
            (key, *_) = one.primary_key.columns
            found = (await work.session.execute(select(key).where(key == ids[one.name]))).all()
            if found:
                left[one.name] = len(found)
    return left
