"""Alerts as the people who answer for them see them: the list, one alert, its words, who did what. Queries only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select, true

from bot.store.alert_models import AlertEvent, AlertEventKind, AlertHop, AlertOutcome
from bot.store.alert_work import ALLEGATION, is_overdue, told_of
from bot.store.alerts import BY_PERSON
from bot.store.casework_models import Allocation, ConversationLink
from bot.store.database import Work
from bot.store.models import Alert, AlertState, Conversation, Message, OutboxItem, Severity
from bot.store.requests import NotThere, Viewer
from bot.store.sight import readable_by
from bot.store.staff_models import Role, Staff

BESIDE = 2  # the young person's messages that are shown on either side of the one that raised the alert
MOST = 200


class Show(StrEnum):
    """Which alerts the list shows, of those that its reader may see."""

    OPEN = "open"  # nobody has it, or no outcome is recorded
    WAITING = "waiting"
    MINE = "mine"
    OVERDUE = "overdue"  # no outcome was recorded in time, and it has gone up
    DECIDED = "decided"


@dataclass(frozen=True)
class AlertLine:
    """An alert as a line of the list. `new` counts messages since this reader opened the words."""

    id: str
    conversation_id: str
    designation: str
    severity: Severity
    category: str
    state: AlertState
    raised_at: datetime
    clock_from: datetime
    holder_id: str | None
    holder_name: str | None
    acknowledged_at: datetime | None
    opened_at: datetime | None
    decided_at: datetime | None
    score: float
    screening_version: str
    message_id: str
    quiet: bool
    is_check: bool
    said_position: int
    overdue: bool

    @property
    def about_staff(self) -> bool:
        return self.category == ALLEGATION

    @property
    def by_person(self) -> bool:
        """Raised by a person after reading, and not by the detector."""
        return self.screening_version == BY_PERSON


@dataclass(frozen=True)
class Hop:
    """One person told at one step; `name` is None when there was nobody."""

    step: str
    duty: str
    why: str
    name: str | None
    due_at: datetime
    at: datetime


@dataclass(frozen=True)
class Event:
    """What somebody did. Words are opened only for whoever may see the alert."""

    n: int
    kind: AlertEventKind
    staff_id: str
    name: str
    role: Role
    at: datetime
    to_name: str | None
    up_to: int | None
    outcome: AlertOutcome | None
    severity: Severity | None
    reference: str | None
    facts: str | None
    opinion: str | None


@dataclass(frozen=True)
class Words:
    """One line of the conversation, exactly as it was written: never redacted here."""

    position: int
    at: datetime
    by_young_person: bool
    raised_it: bool
    text: str


def visible_to(viewer: Viewer) -> ColumnElement[bool]:
    """The rule. A safeguarding lead sees every alert, others those that they were told of or have; nobody sees one that
    is hidden from them by a request, by name, or because it may be about a worker and they work with the young person.
    """
    email = select(func.lower(Staff.email)).where(Staff.id == viewer.staff_id, Staff.disabled_at.is_(None))
    allegation = select(Alert.conversation_id).where(Alert.category == ALLEGATION)
    people = (Allocation.worker, Allocation.personal_adviser, Allocation.iro, Allocation.manager)
    theirs = (
        select(ConversationLink.conversation_id)
        .join(Allocation, Allocation.reference_hash == ConversationLink.reference_hash)
        .where(or_(*(func.lower(one) == email.scalar_subquery() for one in people)))
    )
    is_lead = viewer.role == Role.SAFEGUARDING_LEAD
    of_staff = Conversation.id.in_(theirs) if is_lead else true()
    return and_(
        readable_by(viewer),
        ~and_(Conversation.id.in_(allegation), of_staff),
        true() if is_lead else told_of(viewer.staff_id),
    )


def _shown(show: Show, viewer: Viewer) -> ColumnElement[bool]:
    match show:
        case Show.OPEN:
            return Alert.state != AlertState.DECIDED
        case Show.WAITING:
            return Alert.state == AlertState.RAISED
        case Show.MINE:
            return and_(Alert.holder_id == viewer.staff_id, Alert.state != AlertState.DECIDED)
        case Show.OVERDUE:
            return is_overdue()
        case Show.DECIDED:
            return Alert.state == AlertState.DECIDED


_URGENCY = case(
    {Severity.IMMEDIATE.value: 0, Severity.SAME_DAY.value: 1, Severity.ONE_WORKING_DAY.value: 2},
    value=Alert.severity,
    else_=3,
)


async def lines(
    work: Work, viewer: Viewer, show: Show, severity: Severity | None = None, limit: int = MOST
) -> list[AlertLine]:
    """The most urgent first; of the same urgency those that nobody has, and then the oldest."""
    conditions = [visible_to(viewer), Conversation.synthetic.is_(False), _shown(show, viewer)]
    if severity is not None:
        conditions.append(Alert.severity == severity)
    order = [Alert.decided_at.desc()] if show is Show.DECIDED else [_URGENCY, Alert.state.desc(), Alert.raised_at]
    rows = await work.session.execute(_query().where(*conditions).order_by(*order, Alert.id).limit(limit))
    return [_line(*row) for row in rows]


def _query() -> Select[Alert, Conversation, str | None, bool]:
    return (
        select(Alert, Conversation, Staff.name, is_overdue())
        .join(Conversation, Conversation.id == Alert.conversation_id)
        .outerjoin(Staff, Staff.id == Alert.holder_id)
    )


def _line(alert: Alert, conversation: Conversation, name: str | None, overdue: bool) -> AlertLine:
    return AlertLine(
        id=alert.id,
        conversation_id=conversation.id,
        designation=conversation.designation,
        severity=Severity(alert.severity),
        category=alert.category,
        state=AlertState(alert.state),
        raised_at=alert.raised_at,
        clock_from=alert.clock_from or alert.raised_at,
        holder_id=alert.holder_id,
        holder_name=name,
        acknowledged_at=alert.acknowledged_at,
        opened_at=alert.opened_at,
        decided_at=alert.decided_at,
        score=alert.score,
        screening_version=alert.screening_version,
        message_id=alert.message_id,
        quiet=conversation.quiet_since is not None,
        is_check=conversation.synthetic,
        said_position=conversation.said_position,
        overdue=bool(overdue),
    )


async def counts(work: Work, viewer: Viewer) -> dict[Show, int]:
    """How many each choice of the list would show."""
    columns = [func.count().filter(_shown(show, viewer)).label(show.value) for show in Show]
    query = select(*columns).select_from(Alert).join(Conversation, Conversation.id == Alert.conversation_id)
    row = (await work.session.execute(query.where(visible_to(viewer), Conversation.synthetic.is_(False)))).one()
    return dict(zip(Show, row, strict=True))


async def one(work: Work, viewer: Viewer, alert_id: str) -> AlertLine:
    """Raises NotThere, also when it is there and not theirs to see."""
    found = (await work.session.execute(_query().where(Alert.id == alert_id, visible_to(viewer)))).first()
    if found is None:
        raise NotThere
    return _line(*found)


async def hops(work: Work, alert_id: str) -> list[Hop]:
    rows = await work.session.execute(
        select(AlertHop, Staff.name)
        .outerjoin(Staff, Staff.id == AlertHop.staff_id)
        .where(AlertHop.alert_id == alert_id)
        .order_by(AlertHop.at, AlertHop.step, AlertHop.id)
    )
    return [Hop(hop.step, hop.duty, hop.why, name, hop.due_at, hop.at) for hop, name in rows]


async def events(work: Work, alert_id: str) -> list[Event]:
    rows = (
        await work.session.execute(
            select(AlertEvent, Staff.name, Staff.role)
            .join(Staff, Staff.id == AlertEvent.staff_id)
            .where(AlertEvent.alert_id == alert_id)
            .order_by(AlertEvent.n)
        )
    ).all()
    others = {event.to_id for event, _, _ in rows if event.to_id}
    names = dict((await work.session.execute(select(Staff.id, Staff.name).where(Staff.id.in_(others)))).all())

    def opened(sealed: str | None) -> str | None:
        return None if sealed is None else work.keys.decrypt(sealed)

    return [
        Event(
            event.n,
            AlertEventKind(event.kind),
            event.staff_id,
            name,
            Role(role),
            event.at,
            names.get(event.to_id or ""),
            event.up_to,
            None if event.outcome is None else AlertOutcome(event.outcome),
            None if event.severity is None else Severity(event.severity),
            opened(event.reference_sealed),
            opened(event.facts_sealed),
            opened(event.opinion_sealed),
        )
        for event, name, role in rows
    ]


async def words(work: Work, line: AlertLine) -> list[Words]:
    """The message that raised it, two of the young person's on either side, all that came after it, and what was
    replied between them. What somebody asked to have hidden stands here all the same: this copy is never redacted."""
    raised = await work.session.get_one(Message, line.message_id)
    first = await work.session.scalar(
        select(func.min(Message.position)).where(
            Message.id.in_(
                select(Message.id)
                .where(Message.conversation_id == line.conversation_id, Message.position < raised.position)
                .order_by(Message.position.desc())
                .limit(BESIDE)
            )
        )
    )
    begin = first or raised.position
    said = await work.session.scalars(
        select(Message).where(Message.conversation_id == line.conversation_id, Message.position >= begin)
    )
    replied = await work.session.scalars(
        select(OutboxItem).where(OutboxItem.conversation_id == line.conversation_id, OutboxItem.position >= begin)
    )
    shown = [
        Words(one.position, one.received_at, True, one.id == raised.id, work.keys.decrypt(one.text_sealed))
        for one in said
    ] + [Words(one.position, one.created_at, False, False, work.keys.decrypt(one.text_sealed)) for one in replied]
    return sorted(shown, key=lambda one: one.position)


@dataclass(frozen=True)
class Needing:
    """How many alerts nobody has, and how many have gone up for want of an outcome."""

    waiting: int = 0
    overdue: int = 0


async def needing(work: Work, viewer: Viewer) -> Needing:
    """Of the alerts that this person may see: for the banners on every page."""
    query = (
        select(func.count().filter(Alert.state == AlertState.RAISED), func.count().filter(is_overdue()))
        .select_from(Alert)
        .join(Conversation, Conversation.id == Alert.conversation_id)
        .where(Alert.state != AlertState.DECIDED, Conversation.synthetic.is_(False), visible_to(viewer))
    )
    return Needing(*(await work.session.execute(query)).one())


async def others_of(work: Work, viewer: Viewer, line: AlertLine) -> Sequence[AlertLine]:
    """The other alerts of the same conversation that this person may see."""
    rows = await work.session.execute(
        _query()
        .where(Alert.conversation_id == line.conversation_id, Alert.id != line.id, visible_to(viewer))
        .order_by(Alert.raised_at, Alert.id)
    )
    return [_line(*row) for row in rows]


def alerted() -> ColumnElement[bool]:
    """Has this conversation raised an alert?"""
    return exists().where(Alert.conversation_id == Conversation.id)
