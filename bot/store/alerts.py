"""Alerts: raised once for a message, never closed by silence."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, select

from bot.store.database import Work
from bot.store.messages import Screened
from bot.store.models import Alert, AlertState, Conversation, Severity

UNREAD = "none"
"""The category of a message that the detector could not read. What it did read as an alert has a category always."""
BY_PERSON = "person"
"""Stands for the detector's version in an alert that a person raised. The chat said nothing to that message."""


async def raise_alert(work: Work, message_id: str, conversation_id: str, screened: Screened) -> None:
    """Raise an alert for a message, unless it has one. Whoever has an earlier one of the conversation is told first."""
    known = await work.session.scalar(select(Alert.id).where(Alert.message_id == message_id))
    if known is not None:
        return
    holder = await work.session.scalar(
        select(Alert.holder_id)
        .where(Alert.conversation_id == conversation_id, Alert.holder_id.is_not(None))
        .order_by(Alert.raised_at.desc(), Alert.id)
        .limit(1)
    )
    work.session.add(
        Alert(
            message_id=message_id,
            conversation_id=conversation_id,
            severity=screened.severity,
            category=screened.category,
            score=screened.score,
            screening_version=screened.version,
            first_to=holder,
        )
    )
    await work.session.flush()


def answered_severity() -> ColumnElement[Any]:
    """How severe an alert was when the chat answered it."""
    return func.coalesce(Alert.answered_severity, Alert.severity)


def answered_category() -> ColumnElement[Any]:
    """What an alert was about when the chat answered it."""
    return func.coalesce(Alert.answered_category, Alert.category)


async def of_conversation(work: Work, conversation_id: str) -> list[Alert]:
    rows = await work.session.scalars(
        select(Alert).where(Alert.conversation_id == conversation_id).order_by(Alert.raised_at)
    )
    return list(rows)


async def severities_since(work: Work, conversation_id: str, since: datetime) -> set[Severity]:
    """How severe the alerts were that this conversation raised since then, and that the chat answered."""
    rows = await work.session.scalars(
        select(answered_severity()).where(
            Alert.conversation_id == conversation_id,
            Alert.raised_at >= since,
            answered_category() != UNREAD,
            Alert.screening_version != BY_PERSON,
        )
    )
    return {Severity(severity) for severity in rows}


async def has_unread_since(work: Work, conversation_id: str, since: datetime) -> bool:
    """Has this conversation had a message since then that the detector could not read?"""
    found = await work.session.scalar(
        select(Alert.id)
        .where(Alert.conversation_id == conversation_id, Alert.raised_at >= since, answered_category() == UNREAD)
        .limit(1)
    )
    return found is not None


async def waiting_count(work: Work) -> int:
    """Alerts that nobody has acknowledged; those of our own checks are not counted."""
    query = select(func.count()).select_from(Alert).join(Conversation, Conversation.id == Alert.conversation_id)
    return (
        await work.session.scalar(query.where(Alert.state == AlertState.RAISED, Conversation.synthetic.is_(False))) or 0
    )
