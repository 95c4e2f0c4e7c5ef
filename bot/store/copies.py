"""Everything that is stored of one conversation, opened: for its young person's copy and for a subject access bundle.

The tables are read by the same way that deletion goes: what can be deleted can be copied, and nothing is left out.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any

from sqlalchemy import Table, select

from bot.store.casework_models import Outcome
from bot.store.database import Work
from bot.store.erasure import rows_of
from bot.store.models import Request
from bot.store.tables import every_table

# Keys, hashes and machinery: they open or order something and say nothing about the person.
_MACHINERY = frozenset({"lease_owner", "lease_until", "next_position", "token_hash", "tokens", "version"})
_ORDER = ("position", "n", "at", "created_at", "received_at", "id")

Row = dict[str, Any]


async def dump(work: Work, conversation_id: str) -> dict[str, list[Row]]:
    """Every row of every table of the conversation, as plain data; sealed words opened, hashes left out."""
    found: dict[str, list[Row]] = {}
    conditions = await rows_of(work, conversation_id)
    for one in every_table():
        if one not in conditions:
            continue
        order = next((one.c[name] for name in _ORDER if name in one.c), None)
        query = select(one).where(conditions[one])
        rows = (await work.session.execute(query if order is None else query.order_by(order))).mappings().all()
        if rows:
            found[one.name] = [_opened(work, one, dict(row)) for row in rows]
    return found


def _opened(work: Work, one: Table, row: Row) -> Row:
    opened: Row = {}
    for column in one.columns:
        name, value = column.name, row[column.name]
        if name in _MACHINERY or name.endswith("_hash"):
            continue
        if name.endswith("_sealed"):
            opened[name.removesuffix("_sealed")] = None if value is None else work.keys.decrypt(value)
        else:
            opened[name] = _plain(value)
    return opened


def _plain(value: Any) -> Any:
    match value:
        case datetime() | date() | time():
            return value.isoformat()
        case _:
            return value


async def outcomes_of(work: Work, conversation_id: str) -> dict[str, list[tuple[str, str | None]]]:
    """What staff said was done about each request, with what the young person answered; by the request's id."""
    rows = await work.session.execute(
        select(Outcome)
        .join(Request, Request.id == Outcome.request_id)
        .where(Request.conversation_id == conversation_id)
        .order_by(Outcome.n)
    )
    found: dict[str, list[tuple[str, str | None]]] = {}
    for outcome in rows.scalars():
        found.setdefault(outcome.request_id, []).append((work.keys.decrypt(outcome.words_sealed), outcome.answer))
    return found
