"""Holds that stop deletion, and what is in the child's case record already."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.exc import IntegrityError

from bot.store.database import Work
from bot.store.models import Alert, Conversation, Request, RequestKind, RequestState, now
from bot.store.privacy_models import RecordHandover, RetentionHold
from bot.store.requests import Viewer
from bot.store.sight import readable_by

MOST = 200


@dataclass(frozen=True)
class Held:
    """A hold with its reason. `lifted_at` is None while it stands."""

    id: str
    conversation_id: str
    designation: str
    reason: str
    set_by: str
    set_at: datetime


@dataclass(frozen=True)
class ForRecord:
    """Something that must be put into the case record before the copy here can go."""

    kind: str  # alert or request
    id: str
    conversation_id: str
    designation: str
    what: str  # the alert's category, or the request's kind
    at: datetime


async def hold(work: Work, conversation_id: str, reason: str, by: str) -> str:
    """Stop every deletion of the conversation; the hold's id."""
    made = RetentionHold(conversation_id=conversation_id, reason_sealed=work.keys.encrypt(reason), set_by=by)
    work.session.add(made)
    await work.session.flush()
    return made.id


async def lift(work: Work, hold_id: str, by: str) -> str | None:
    """Let deletion go on; the conversation's id, or None when the hold is not there or was lifted."""
    return await work.session.scalar(
        update(RetentionHold)
        .where(RetentionHold.id == hold_id, RetentionHold.lifted_at.is_(None))
        .values(lifted_by=by, lifted_at=now())
        .returning(RetentionHold.conversation_id)
        .execution_options(synchronize_session=False)
    )


async def standing(work: Work) -> list[Held]:
    """Every hold that stands, newest first."""
    rows = await work.session.execute(
        select(RetentionHold, Conversation.designation)
        .join(Conversation, Conversation.id == RetentionHold.conversation_id)
        .where(RetentionHold.lifted_at.is_(None))
        .order_by(RetentionHold.set_at.desc())
    )
    return [
        Held(one.id, one.conversation_id, name, work.keys.decrypt(one.reason_sealed), one.set_by, one.set_at)
        for one, name in rows
    ]


async def for_the_record(work: Work, viewer: Viewer) -> list[ForRecord]:
    """Alerts, and requests that have ended, which nobody has put into the case record yet; oldest first.

    Those of conversations that the viewer may not read are not among them.
    """
    handed_alerts = select(RecordHandover.alert_id).where(RecordHandover.alert_id.is_not(None))
    handed_requests = select(RecordHandover.request_id).where(RecordHandover.request_id.is_not(None))
    alerts = await work.session.execute(
        select(Alert.id, Alert.conversation_id, Conversation.designation, Alert.category, Alert.raised_at)
        .join(Conversation, Conversation.id == Alert.conversation_id)
        .where(Alert.id.not_in(handed_alerts), readable_by(viewer))
        .order_by(Alert.raised_at)
        .limit(MOST)
    )
    requests = await work.session.execute(
        select(Request.id, Request.conversation_id, Conversation.designation, Request.kind, Request.state_at)
        .join(Conversation, Conversation.id == Request.conversation_id)
        .where(
            Request.state.in_([RequestState.DONE, RequestState.CLOSED_NO_REPLY]),
            Request.id.not_in(handed_requests),
            readable_by(viewer),
        )
        .order_by(Request.state_at)
        .limit(MOST)
    )
    found = [ForRecord("alert", *row) for row in alerts.tuples()]
    found += [ForRecord("request", a, b, c, RequestKind(d).value, e) for a, b, c, d, e in requests.tuples()]
    return sorted(found, key=lambda one: one.at)


async def hand_over(work: Work, kind: str, subject_id: str, by: str) -> bool:
    """It is in the case record. False when it was before, or is not there."""
    model = Alert if kind == "alert" else Request
    if await work.session.get(model, subject_id) is None:
        return False
    row = RecordHandover(by=by, **{f"{kind}_id": subject_id})
    try:
        async with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError:
        return False
    return True


async def take_back_handover(work: Work, kind: str, subject_id: str, by: str) -> bool:
    """It is not in the record after all. False when it was not marked, or by somebody else."""
    column = RecordHandover.alert_id if kind == "alert" else RecordHandover.request_id
    found = await work.session.scalar(select(RecordHandover).where(column == subject_id, RecordHandover.by == by))
    if found is None:
        return False
    await work.session.delete(found)
    await work.session.flush()
    return True


async def by_designation(work: Work, designation: str) -> Conversation | None:
    """The conversation under this two-word name, in whatever case it is typed."""
    return await work.session.scalar(
        select(Conversation).where(func.lower(Conversation.designation) == " ".join(designation.lower().split()))
    )
