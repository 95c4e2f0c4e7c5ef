"""Adding to an alert what came after it, so that one person has all of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import case, select

from bot.store.addition_models import Added, AlertAddition
from bot.store.alerts import BY_PERSON, answered_severity
from bot.store.database import Work
from bot.store.models import Alert, AlertState, Severity


@dataclass(frozen=True)
class Addition:
    """What was added, by which message. `value` only for kinds that have one."""

    kind: Added
    value: str | None
    message_id: str
    at: datetime


async def standing_alert(work: Work, conversation_id: str) -> Alert | None:
    """The alert that what comes next belongs to: the newest that nobody has decided, else the newest of all."""
    decided = case((Alert.state == AlertState.DECIDED, 1), else_=0)
    return await work.session.scalar(
        select(Alert)
        .where(Alert.conversation_id == conversation_id)
        .order_by(decided, Alert.raised_at.desc(), Alert.id)
        .limit(1)
    )


async def was_answered(work: Work, conversation_id: str) -> bool:
    """Has the chat answered an alert of this conversation? It says nothing to one that a person raised."""
    found = select(Alert.id).where(Alert.conversation_id == conversation_id, Alert.screening_version != BY_PERSON)
    return await work.session.scalar(found.limit(1)) is not None


async def alert_of(work: Work, message_id: str) -> Alert | None:
    """The alert that a message raised."""
    return await work.session.scalar(select(Alert).where(Alert.message_id == message_id))


async def has_immediate(work: Work, conversation_id: str, except_message: str | None = None) -> bool:
    """Has the conversation raised an immediate alert that the chat answered, by another message than this one?"""
    found = select(Alert.id).where(
        Alert.conversation_id == conversation_id,
        answered_severity() == Severity.IMMEDIATE,
        Alert.screening_version != BY_PERSON,
    )
    if except_message is not None:
        found = found.where(Alert.message_id != except_message)
    return await work.session.scalar(found.limit(1)) is not None


async def add(work: Work, alert_id: str, message_id: str, kind: Added, value: str | None = None) -> None:
    """Add something, unless this message has added its like to this alert already."""
    known = await work.session.scalar(
        select(AlertAddition.id).where(
            AlertAddition.alert_id == alert_id, AlertAddition.message_id == message_id, AlertAddition.kind == kind
        )
    )
    if known is None:
        work.session.add(AlertAddition(alert_id=alert_id, message_id=message_id, kind=kind, value=value))
        await work.session.flush()


async def of_alert(work: Work, alert_id: str) -> list[Addition]:
    """Everything that was added, oldest first."""
    rows = await work.session.scalars(
        select(AlertAddition)
        .where(AlertAddition.alert_id == alert_id)
        .order_by(AlertAddition.created_at, AlertAddition.id)
    )
    return [Addition(Added(row.kind), row.value, row.message_id, row.created_at) for row in rows]
