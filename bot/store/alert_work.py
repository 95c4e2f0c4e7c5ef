"""What the clock and the people who answer do with alerts. Every change is made under the alert's lock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from bot.store.alert_models import NO_OUTCOME, AlertEvent, AlertEventKind, AlertHop, AlertOutcome
from bot.store.casework_models import Allocation, ConversationLink, RequestHidden
from bot.store.database import Work
from bot.store.models import Alert, AlertState, Conversation, Message, Request, Severity
from bot.store.staff_models import Role, Staff

ALLEGATION = "carer_or_staff_conduct"
"""The category of an alert that may be about somebody who works here or cares for the young person."""


@dataclass(frozen=True)
class NewEvent:
    """Something that a person did, to be added to the list of an alert."""

    alert_id: str
    kind: AlertEventKind
    staff_id: str
    at: datetime
    to_id: str | None = None
    up_to: int | None = None
    outcome: AlertOutcome | None = None
    severity: Severity | None = None
    reference: str | None = None
    facts: str | None = None
    opinion: str | None = None


async def locked(work: Work, alert_id: str) -> Alert | None:
    return await work.session.get(Alert, alert_id, with_for_update=True, populate_existing=True)


async def conversation_of(work: Work, alert: Alert) -> Conversation:
    return await work.session.get_one(Conversation, alert.conversation_id, populate_existing=True)


async def unacknowledged(work: Work) -> list[str]:
    """The ids of the alerts that nobody has, the oldest first."""
    rows = await work.session.scalars(
        select(Alert.id).where(Alert.state == AlertState.RAISED).order_by(Alert.raised_at, Alert.id)
    )
    return list(rows)


async def unopened(work: Work) -> list[str]:
    """The ids of the alerts that somebody has and whose words they have not opened."""
    rows = await work.session.scalars(
        select(Alert.id)
        .join(Conversation, Conversation.id == Alert.conversation_id)
        .where(Alert.state == AlertState.ACKNOWLEDGED, Alert.opened_at.is_(None), Conversation.synthetic.is_(False))
        .order_by(Alert.raised_at, Alert.id)
    )
    return list(rows)


async def undecided(work: Work) -> list[str]:
    """The ids of the alerts whose words have been opened and that have no outcome."""
    rows = await work.session.scalars(
        select(Alert.id)
        .join(Conversation, Conversation.id == Alert.conversation_id)
        .where(Alert.state == AlertState.ACKNOWLEDGED, Alert.opened_at.is_not(None), Conversation.synthetic.is_(False))
        .order_by(Alert.raised_at, Alert.id)
    )
    return list(rows)


def is_overdue() -> ColumnElement[bool]:
    """The condition that somebody has an alert, and that it has gone up because they recorded no outcome in time."""
    gone_up = exists().where(
        AlertHop.alert_id == Alert.id, AlertHop.duty == NO_OUTCOME, AlertHop.at >= Alert.acknowledged_at
    )
    return and_(Alert.state == AlertState.ACKNOWLEDGED, gone_up.correlate(Alert))


async def has_gone_up(work: Work, alert: Alert) -> bool:
    """Has this one gone up for want of an outcome, since whoever has it took it?"""
    return await work.session.scalar(select(Alert.id).where(Alert.id == alert.id, is_overdue())) is not None


async def with_news(work: Work) -> list[str]:
    """The ids of alerts that somebody has and in whose conversation the young person has written since they were told.

    One for each conversation and holder: the newest, so that one person is told once.
    """
    rows = await work.session.execute(
        select(Alert.id, Alert.conversation_id, Alert.holder_id)
        .join(Conversation, Conversation.id == Alert.conversation_id)
        .where(
            Alert.holder_id.is_not(None),
            Conversation.ended_at.is_(None),
            Conversation.said_position > Alert.told_position,
        )
        .order_by(Alert.raised_at.desc(), Alert.id)
    )
    newest: dict[tuple[str, str | None], str] = {}
    for alert_id, conversation_id, holder_id in rows:
        newest.setdefault((conversation_id, holder_id), alert_id)
    return list(newest.values())


async def hops_taken(work: Work, alert_id: str) -> set[str]:
    """The keys of the steps that have been taken."""
    return set(await work.session.scalars(select(AlertHop.step).where(AlertHop.alert_id == alert_id)))


async def add_hop(
    work: Work, alert_id: str, step: str, duty: str, staff_id: str, why: str, due_at: datetime, at: datetime
) -> None:
    """Raises IntegrityError when this person was told at this step already."""
    work.session.add(
        AlertHop(alert_id=alert_id, step=step, duty=duty, staff_id=staff_id, why=why, due_at=due_at, at=at)
    )
    await work.session.flush()


async def add_event(work: Work, new: NewEvent) -> AlertEvent:
    """The next one of this alert. The alert must be locked."""
    last = await work.session.scalar(select(func.max(AlertEvent.n)).where(AlertEvent.alert_id == new.alert_id))

    def sealed(words: str | None) -> str | None:
        return work.keys.encrypt(words) if words else None

    event = AlertEvent(
        alert_id=new.alert_id,
        n=(last or 0) + 1,
        kind=new.kind,
        staff_id=new.staff_id,
        at=new.at,
        to_id=new.to_id,
        up_to=new.up_to,
        outcome=new.outcome,
        severity=new.severity,
        reference_sealed=sealed(new.reference),
        facts_sealed=sealed(new.facts),
        opinion_sealed=sealed(new.opinion),
    )
    work.session.add(event)
    await work.session.flush()
    return event


async def opened_up_to(work: Work, conversation_id: str, staff_id: str) -> int:
    """How far this person has opened the words of this conversation's alerts; 0 when not at all."""
    found = await work.session.scalar(
        select(func.max(AlertEvent.up_to))
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(
            Alert.conversation_id == conversation_id,
            AlertEvent.staff_id == staff_id,
            AlertEvent.kind == AlertEventKind.WORDS_OPENED,
        )
    )
    return found or 0


async def same_holder(work: Work, alert: Alert) -> Sequence[Alert]:
    """All alerts of this conversation that the same person has, this one too, locked."""
    rows = await work.session.scalars(
        select(Alert)
        .where(Alert.conversation_id == alert.conversation_id, Alert.holder_id == alert.holder_id)
        .order_by(Alert.raised_at, Alert.id)
        .with_for_update()
    )
    return rows.all()


@dataclass(frozen=True)
class Barred:
    """Who must not be told of a conversation's alerts, nor see them. `leads_only`: it may be about staff or a carer."""

    staff_ids: frozenset[str]
    leads_only: bool

    def may(self, staff_id: str, role: Role) -> bool:
        return staff_id not in self.staff_ids and (not self.leads_only or role == Role.SAFEGUARDING_LEAD)


async def barred(work: Work, conversation_id: str) -> Barred:
    """From whom the young person's requests are hidden, who has been named, and for an allegation whoever works with
    the young person: social worker, personal adviser, reviewing officer, manager."""
    about_staff = await work.session.scalar(
        select(Alert.id)
        .where(Alert.conversation_id == conversation_id)
        # A person who found it more urgent may have named another category: who is kept from it does not grow less.
        .where(or_(Alert.category == ALLEGATION, Alert.answered_category == ALLEGATION))
        .limit(1)
    )
    named = await work.session.scalars(
        select(AlertEvent.to_id)
        .join(Alert, Alert.id == AlertEvent.alert_id)
        .where(Alert.conversation_id == conversation_id, AlertEvent.kind == AlertEventKind.NAMED)
    )
    hidden = select(RequestHidden.whom).join(Request, Request.id == RequestHidden.request_id)
    whom = set(await work.session.scalars(hidden.where(Request.conversation_id == conversation_id)))
    if about_staff is not None:
        whom |= await _works_with(work, conversation_id)
    people = await work.session.execute(select(Staff.id, Staff.email, Staff.role))
    kept_from = {one.id for one in people if whom & {one.id, one.email, str(one.role)}}
    return Barred(frozenset(kept_from | {one for one in named if one}), about_staff is not None)


async def _works_with(work: Work, conversation_id: str) -> set[str]:
    line = await work.session.scalar(
        select(Allocation)
        .join(ConversationLink, ConversationLink.reference_hash == Allocation.reference_hash)
        .where(ConversationLink.conversation_id == conversation_id)
    )
    if line is None:
        return set()
    return {email.lower() for email in (line.worker, line.personal_adviser, line.iro, line.manager) if email}


async def long_unacknowledged(work: Work, before: datetime, after: datetime | None) -> int:
    """Immediate and same-day alerts raised before one moment, and after another, that nobody has. Checks of our own
    are not counted."""
    conditions = [
        Alert.state == AlertState.RAISED,
        Alert.severity.in_([Severity.IMMEDIATE, Severity.SAME_DAY]),
        func.coalesce(Alert.clock_from, Alert.raised_at) <= before,
        Conversation.synthetic.is_(False),
    ]
    if after is not None:
        conditions.append(Alert.raised_at > after)
    query = select(func.count()).select_from(Alert).join(Conversation, Conversation.id == Alert.conversation_id)
    return await work.session.scalar(query.where(and_(*conditions))) or 0


async def of_message(work: Work, message_id: str) -> Alert | None:
    return await work.session.scalar(select(Alert).where(Alert.message_id == message_id))


async def newest_typed(work: Work, conversation_id: str, up_to: int) -> Message | None:
    """The young person's last message up to a position."""
    found = await work.session.scalars(
        select(Message)
        .where(Message.conversation_id == conversation_id, Message.position <= up_to)
        .order_by(Message.position.desc())
        .limit(1)
    )
    return found.first()


def told_of(staff_id: str) -> Any:
    """The condition that somebody was told of an alert, has it, or had it handed on to them."""
    told = select(AlertHop.alert_id).where(AlertHop.staff_id == staff_id)
    return or_(Alert.holder_id == staff_id, Alert.first_to == staff_id, Alert.id.in_(told))
