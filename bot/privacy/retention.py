"""The rules of `content/privacy/retention.yml`, and one round of keeping to them.

A round deletes in this order: conversations that nobody used; old words that nobody needs any more; links of chats to
cases; what ties counts to chats; old quotes and counts; traces of staff's work; log lines past their years. Each
conversation is a transaction of its own, so a round that is cut off has done whole things, and the next goes on. Why
deleting them is safe, and what never goes, is told at the head of `bot/store/erasure.py` and `bot/store/retention.py`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import Field, model_validator

from bot.content import Content, content_folder, read_content
from bot.privacy.happened import SERVICE, LogLine, Record
from bot.store import Store, Work, audit, conversations, erasure, retention
from bot.store.retention import Before, OldWords

Count = Annotated[int, Field(ge=1, le=36_500)]


class Rules(Content):
    """`content/privacy/retention.yml`. Days, hours, minutes and years as the names say."""

    version: int
    unused_session_hours: Count
    chat_days: Count
    identity_link_days: Count
    quote_days: Count
    count_link_days: Count
    theme_count_days: Count
    after_handover_days: Count
    audit_years: Count
    staff_traces_days: Count
    backup_days: Count
    undo_minutes: Annotated[int, Field(ge=0, le=1440)]

    @model_validator(mode="after")
    def links_die_first(self) -> Rules:
        """A count must never outlive in a form that still tells whose it is."""
        if not (self.identity_link_days <= self.chat_days and self.count_link_days < self.theme_count_days):
            raise ValueError("identity links must end before the words, and what ties counts before the counts")
        return self


@cache
def rules(folder: Path | None = None) -> Rules:
    """Read once per process. Raises ContentError that names every fault."""
    return read_content((folder or content_folder()) / "privacy" / "retention.yml", Rules)


@dataclass
class Ran:
    """How many rows went, by what they were; and the ids of texts, for the search in memory."""

    counts: Counter[str] = field(default_factory=Counter)
    texts: set[str] = field(default_factory=set)

    def add(self, name: str, count: int) -> None:
        if count:
            self.counts[name] += count


class _Undo(Exception):
    """Ends a dry run's transaction without keeping it."""


async def run_round(store: Store, at: datetime, by: Rules, record: Record, *, dry: bool = False) -> Ran:
    """Delete all that is due. With `dry` everything is done and nothing is kept: the counts are what would go."""
    ran = Ran()
    await _unused(store, at, by, ran, dry)
    await _old_words(store, at, by, ran, dry)
    for name, one in _CHORES:
        ran.add(name, await _in_one(store, lambda work, one=one: one(work, at, by), dry))  # type: ignore[misc]
    if ran.counts and not dry:
        async with store.begin() as work:
            await retention.note_round(work, at, dict(ran.counts))
            details = {"rows": sum(ran.counts.values())}
            await record(work, LogLine(SERVICE, "retention_ran", "retention", "round", details))
    return ran


async def _in_one(store: Store, chore: Callable[[Work], Awaitable[int]], dry: bool) -> int:
    count = 0
    try:
        async with store.begin() as work:
            count = await chore(work)
            if dry:
                raise _Undo
    except _Undo:
        pass
    return count


async def _unused(store: Store, at: datetime, by: Rules, ran: Ran, dry: bool) -> None:
    before = at - timedelta(hours=by.unused_session_hours)
    while True:
        async with store.look() as work:
            ids = await retention.unused(work, before)
        for conversation_id in ids:
            await _in_one(store, lambda work, one=conversation_id: _delete_unused(work, one), dry)  # type: ignore[misc]
        ran.add("unused_sessions", len(ids))
        if dry or len(ids) < retention.BATCH:
            return


async def _delete_unused(work: Work, conversation_id: str) -> int:
    if not await _is_unused(work, conversation_id):
        return 0
    return sum((await erasure.delete_whole(work, conversation_id)).rows.values())


async def _is_unused(work: Work, conversation_id: str) -> bool:
    """Still: somebody may have begun to write, or a hold may have been set, since it was looked for."""
    empty = await conversations.is_empty(work, conversation_id)
    return empty and not await erasure.is_held(work, conversation_id)


async def _old_words(store: Store, at: datetime, by: Rules, ran: Ran, dry: bool) -> None:
    old = Before(
        words=at - timedelta(days=by.chat_days),
        handed=at - timedelta(days=by.after_handover_days),
        quotes=at - timedelta(days=by.quote_days),
    )
    last = ""
    while True:
        async with store.look() as work:
            ids = await retention.with_old_words(work, old.words, last)
        for conversation_id in ids:
            await _one_chat(store, conversation_id, old, ran, dry)
        if len(ids) < retention.BATCH:
            return
        last = ids[-1]


async def _one_chat(store: Store, conversation_id: str, old: Before, ran: Ran, dry: bool) -> None:
    found: OldWords | None = None

    async def chore(work: Work) -> int:
        nonlocal found
        found = await retention.old_words(work, conversation_id, old)
        gone = await retention.delete_old(work, found)
        ran.texts.update(() if dry else gone.texts)
        ran.add("messages", gone.rows.get("messages", 0))
        ran.add("bubbles", gone.rows.get("outbox", 0))
        ran.add("whole_chats", gone.rows.get("conversations", 0))
        return 0

    await _in_one(store, chore, dry)


# --- One statement each ---


async def _links(work: Work, at: datetime, by: Rules) -> int:
    return await retention.delete_links(work, at - timedelta(days=by.identity_link_days))


async def _loose(work: Work, at: datetime, by: Rules) -> int:
    return await retention.cut_counts_loose(work, at - timedelta(days=by.count_link_days))


async def _quotes(work: Work, at: datetime, by: Rules) -> int:
    return await retention.delete_old_quotes(work, at - timedelta(days=by.quote_days))


async def _counts(work: Work, at: datetime, by: Rules) -> int:
    return await retention.delete_counts(work, at - timedelta(days=by.theme_count_days))


async def _traces(work: Work, at: datetime, by: Rules) -> int:
    return await retention.delete_traces(work, at - timedelta(days=by.staff_traces_days))


async def _tokens(work: Work, at: datetime, _by: Rules) -> int:
    return await retention.forget_tokens(work, at - timedelta(days=7))


async def _log(work: Work, at: datetime, by: Rules) -> int:
    return await audit.cut(work, years_before(at, by.audit_years))


_CHORES: tuple[tuple[str, Callable[[Work, datetime, Rules], Awaitable[int]]], ...] = (
    ("identity_links", _links),
    ("counts_cut_loose", _loose),
    ("quotes", _quotes),
    ("theme_counts", _counts),
    ("staff_traces", _traces),
    ("erasure_tokens", _tokens),
    ("log_lines", _log),
)


def years_before(at: datetime, years: int) -> datetime:
    """The same day of that earlier year; 29 February becomes 1 March."""
    at = at.astimezone(UTC)
    try:
        return at.replace(year=at.year - years)
    except ValueError:
        return at.replace(year=at.year - years, month=3, day=1)


def goes_on(said_at: datetime, by: Rules) -> datetime:
    """The moment from which words that were written then are deleted."""
    return said_at + timedelta(days=by.chat_days)
