"""Deleting a conversation because somebody asked: a short time to undo it, then for good, and never what must stay."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.privacy.happened import SERVICE, LogLine, Record
from bot.privacy.retention import Rules
from bot.store import Store, Work, erasure, erasures
from bot.store.erasure import OnHold


class Asked(StrEnum):
    """What came of asking."""

    WAITS = "waits"
    HELD = "held"


@dataclass(frozen=True)
class Preview:
    """What a deletion would do, before anybody confirms it."""

    held: bool
    record_stays: bool
    requests: int


@dataclass(frozen=True)
class Done:
    """One conversation that is gone, with the ids of its texts for the search in memory."""

    conversation_id: str
    texts: frozenset[str]
    record_kept: bool


async def preview(work: Work, conversation_id: str) -> Preview:
    return Preview(
        held=await erasure.is_held(work, conversation_id),
        record_stays=bool(await erasure.safeguarding_record(work, conversation_id)),
        requests=await erasure.requests_in(work, conversation_id),
    )


async def ask(work: Work, conversation_id: str, by: str, at: datetime, rules: Rules, record: Record) -> Asked:
    """Ask for the deletion, which runs once the time to undo it is over. With a hold nothing is asked for."""
    if await erasure.is_held(work, conversation_id):
        return Asked.HELD
    before = await erasures.waiting_for(work, conversation_id)
    asked = await erasures.ask(work, conversation_id, by, at, at + timedelta(minutes=rules.undo_minutes))
    if before is None:
        await record(work, LogLine(by, "erasure_asked", "conversation", asked.conversation_id))
    return Asked.WAITS


async def undo(work: Work, conversation_id: str, by: str, at: datetime, record: Record) -> bool:
    """Take it back. False when it is too late or was never asked for."""
    undone = await erasures.undo(work, conversation_id, at)
    if undone:
        await record(work, LogLine(by, "erasure_undone", "conversation", conversation_id))
    return undone


async def run_due(store: Store, at: datetime, record: Record) -> list[Done]:
    """Carry out every deletion whose time has come. Two processes never do one twice: the row is taken first."""
    async with store.look() as work:
        waiting = await erasures.due(work, at)
    done = [await _run(store, one, at, record) for one in waiting]
    return [one for one in done if one is not None]


async def _run(store: Store, erasure_id: str, at: datetime, record: Record) -> Done | None:
    try:
        async with store.begin() as work:
            taken = await erasures.take(work, erasure_id, at)
            if taken is None:
                return None
            taken.tokens = await erasures.tokens_of(work, taken.conversation_id)
            return await carry_out(work, taken.conversation_id, taken.id, record)
    except OnHold:
        return None  # it waits until the hold is lifted: nothing of the transaction is kept


async def carry_out(work: Work, conversation_id: str, erasure_id: str, record: Record) -> Done:
    """Delete now, and log that it was done. Raises OnHold."""
    await work.session.flush()
    gone = await erasure.erase(work, conversation_id)
    await erasures.note_kept(work, erasure_id, kept=gone.record_kept)
    details = {"rows": sum(gone.rows.values()), "messages": gone.rows.get("messages", 0), "kept": gone.record_kept}
    await record(work, LogLine(SERVICE, "erased", "conversation", conversation_id, details))
    return Done(conversation_id, gone.texts, gone.record_kept)
