"""The log of what staff did: only ever added to, each line chained to the one before by a keyed hash.

Method: a hash chain (Schneier and Kelsey, "Secure audit logs to support computer forensics", 1999) with HMAC-SHA-256
under a secret of this installation, and a head under the same key, so that a line changed, taken out, put in or cut off
at the end is found. Somebody who holds the keys and the database can still forge it: note the head elsewhere.
"""

from __future__ import annotations

import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select, text

from bot.store.database import Work
from bot.store.models import now
from bot.store.secrets import SecretName, keyed_hash, secret
from bot.store.staff_models import AuditEvent, AuditHead

NOTHING_BEFORE = "0" * 64
HEAD = 1
BATCH = 500
LOCK = 7_301_955  # a number of our own for PostgreSQL's advisory lock: one writer of the chain at a time


@dataclass(frozen=True)
class NewEvent:
    actor: str
    action: str
    subject_type: str
    subject_id: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Head:
    """The newest line: how many lines there are, and its hash."""

    seq: int
    hash: str


class Broken(Exception):
    """The chain does not hold. `seq` is the first line that does not fit."""

    def __init__(self, seq: int, why: str) -> None:
        super().__init__(f"line {seq}: {why}")
        self.seq = seq


async def append(work: Work, new: NewEvent) -> AuditEvent:
    """Add a line in the caller's transaction: it is there if and only if what it tells of is."""
    key = await secret(work, SecretName.AUDIT)
    if work.session.get_bind().dialect.name == "postgresql":
        await work.session.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
    head = await work.session.get(AuditHead, HEAD, populate_existing=True)
    if head is None:
        head = AuditHead(id=HEAD, seq=0, hash=NOTHING_BEFORE, seal="")
        work.session.add(head)
    event = AuditEvent(
        seq=head.seq + 1,
        at=now(),
        actor=new.actor,
        action=new.action,
        subject_type=new.subject_type,
        subject_id=new.subject_id,
        details=dict(new.details),
        previous_hash=head.hash,
    )
    event.hash = keyed_hash(key, canonical(event))
    head.seq, head.hash = event.seq, event.hash
    head.seal = _seal(key, head.seq, head.hash)
    work.session.add(event)
    await work.session.flush()
    return event


def canonical(event: AuditEvent) -> str:
    """The line as the one text that its hash covers."""
    moment = event.at.astimezone(UTC).isoformat(timespec="microseconds")
    parts = [event.seq, moment, event.actor, event.action, event.subject_type, event.subject_id, event.details]
    return json.dumps([*parts, event.previous_hash], sort_keys=True, ensure_ascii=True, separators=(",", ":"))


def _seal(key: bytes, seq: int, line_hash: str) -> str:
    return keyed_hash(key, f"head:{seq}:{line_hash}")


async def verify(work: Work, noted: Head | None = None) -> Head:
    """Read the whole chain; its head. Raises Broken at the first line that does not fit.

    `noted` is a head that was written down earlier: it must still be in the chain.
    """
    key = await secret(work, SecretName.AUDIT)
    seq, last = 0, NOTHING_BEFORE
    async for event in _in_order(work):
        seq += 1
        if event.seq != seq:
            raise Broken(seq, "it is missing")
        if event.previous_hash != last:
            raise Broken(seq, "it does not follow the line before it")
        if not hmac.compare_digest(event.hash, keyed_hash(key, canonical(event))):
            raise Broken(seq, "it was changed")
        last = event.hash
        if noted is not None and noted.seq == seq and noted.hash != last:
            raise Broken(seq, "it is not the line that was noted")
    if noted is not None and noted.seq > seq:
        raise Broken(seq + 1, "it was noted and is gone")
    await _check_head(work, key, Head(seq, last))
    return Head(seq, last)


async def _check_head(work: Work, key: bytes, found: Head) -> None:
    head = await work.session.get(AuditHead, HEAD)
    if head is None:
        if found.seq:
            raise Broken(found.seq, "the head is gone")
        return
    if not hmac.compare_digest(head.seal, _seal(key, head.seq, head.hash)):
        raise Broken(head.seq, "the head was changed")
    if (head.seq, head.hash) != (found.seq, found.hash):
        raise Broken(found.seq + 1, "lines at the end are gone")


async def first(work: Work) -> AuditEvent | None:
    """The line that the log began with."""
    return await work.session.get(AuditEvent, 1)


async def _in_order(work: Work) -> AsyncIterator[AuditEvent]:
    after = 0
    while True:
        rows = await work.session.scalars(
            select(AuditEvent).where(AuditEvent.seq > after).order_by(AuditEvent.seq).limit(BATCH)
        )
        batch = list(rows)
        for event in batch:
            yield event
        if len(batch) < BATCH:
            return
        after = batch[-1].seq
        work.session.expunge_all()


@dataclass(frozen=True)
class Filter:
    """Which lines to show. An empty filter shows the newest."""

    actor: str | None = None
    action: str | None = None
    subject_type: str | None = None
    subject_id: str | None = None
    before: int | None = None
    since: datetime | None = None
    until: datetime | None = None
    """The first moment that is not shown any more."""
    limit: int = 50


async def newest(work: Work, wanted: Filter) -> list[AuditEvent]:
    """Lines that fit the filter, newest first."""
    query = select(AuditEvent).order_by(AuditEvent.seq.desc()).limit(wanted.limit)
    for column in ("actor", "action", "subject_type", "subject_id"):
        if (value := getattr(wanted, column)) is not None:
            query = query.where(getattr(AuditEvent, column) == value)
    if wanted.before is not None:
        query = query.where(AuditEvent.seq < wanted.before)
    if wanted.since is not None:
        query = query.where(AuditEvent.at >= wanted.since)
    if wanted.until is not None:
        query = query.where(AuditEvent.at < wanted.until)
    return list(await work.session.scalars(query))
