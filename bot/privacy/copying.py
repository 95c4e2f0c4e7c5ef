"""A young person's own copy, and the bundle for a subject access request.

The copy is what the chat itself shows its young person, readable, with all their own data as plain data beside it.
The bundle is everything, staff's words included; names of others are taken out of it as far as redaction finds them,
and a person reads it before it is handed over: words of others, and what could do serious harm, may have to come out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from bot.privacy.redaction import redact
from bot.privacy.retention import Rules, goes_on
from bot.privacy.sight import day_of
from bot.store import Work, attachments, conversations, copies, outbox, reads, records, seen
from bot.store import retention as stored
from bot.store.copies import Row
from bot.store.outbox import TimelineItem
from bot.store.reads import Reader
from bot.store.seen import Seen

# What is the young person's own: what they wrote or chose, what was said to them, and who looked.
OWN = (
    "conversations",
    "messages",
    "outbox",
    "feedback",
    "feedback_details",
    "theme_choices",
    "quotes",
    "requests",
    "request_attachments",
    "outcomes",
    "request_hidden",
    "receipts",
    "conversation_links",
    "promises_told",
)
_STAFF = frozenset(
    {"by", "staff_id", "asked_by", "decided_by", "set_by", "lifted_by", "proposed_by", "held_by", "looked_by"}
)


@dataclass(frozen=True)
class AskedFor:
    """A request as its young person knows it.

    `attached` is the note that they sent along; `outcomes` are what staff said was done, and the answer to that.
    """

    number: int
    kind: str
    who: str
    state: str
    attached: str | None
    outcomes: Sequence[tuple[str, str | None]]


@dataclass(frozen=True)
class MyCopy:
    """`data` is the same and more as plain data."""

    made_at: datetime
    lines: Sequence[TimelineItem]
    requests: Sequence[AskedFor]
    readers: Sequence[Reader]
    seen: Sequence[Seen]
    goes: str | None  # the day on which the oldest words are deleted
    data: Mapping[str, Sequence[Row]]


async def my_copy(work: Work, conversation_id: str, at: datetime, rules: Rules) -> MyCopy:
    """For whoever holds the chat's token."""
    outcomes = await copies.outcomes_of(work, conversation_id)
    attached = await attachments.of_conversation(work, conversation_id)
    oldest = await stored.oldest_message_at(work, conversation_id)
    everything = await copies.dump(work, conversation_id)
    return MyCopy(
        made_at=at,
        lines=await outbox.timeline(work, conversation_id, 0),
        requests=[
            AskedFor(one.number, one.kind, one.who, one.state, attached.get(one.id), outcomes.get(one.id, ()))
            for one in await records.requests_of(work, conversation_id)
        ],
        readers=await reads.readers(work, conversation_id),
        seen=await seen.seen(work, conversation_id),
        goes=None if oldest is None else day_of(goes_on(oldest, rules)),
        data={name: [_without_staff(row) for row in everything[name]] for name in OWN if name in everything},
    )


def _without_staff(row: Row) -> Row:
    """Ids of staff tell the young person nothing; who opened the chat is told by role."""
    return {name: value for name, value in row.items() if name not in _STAFF}


@dataclass(frozen=True)
class Bundle:
    """Everything that is stored of one conversation."""

    designation: str
    made_at: datetime
    tables: Mapping[str, Sequence[Row]]
    redacted: bool

    @property
    def rows(self) -> int:
        return sum(len(rows) for rows in self.tables.values())

    def as_data(self) -> dict[str, Any]:
        return {
            "of": self.designation,
            "made_at": self.made_at.isoformat(timespec="seconds"),
            "names_of_others_taken_out": self.redacted,
            "tables": {name: list(rows) for name, rows in self.tables.items()},
        }


async def bundle(work: Work, conversation_id: str, at: datetime, *, take_out_others: bool) -> Bundle:
    """For the data protection officer. Raises NoResultFound when there is no such conversation."""
    conversation = await conversations.by_id(work, conversation_id)
    tables = await copies.dump(work, conversation_id)
    if take_out_others:
        tables = {name: [_others_out(name, row) for row in rows] for name, rows in tables.items()}
    return Bundle(conversation.designation, at, tables, take_out_others)


_TEXTS = frozenset({"text", "easy", "words", "reason", "facts", "opinion", "reference"})


def _others_out(name: str, row: Row) -> Row:
    """Names, places, numbers and addresses out of every text: of others, and so also the young person's own."""
    return {key: redact(value) if key in _TEXTS and isinstance(value, str) else value for key, value in row.items()}
