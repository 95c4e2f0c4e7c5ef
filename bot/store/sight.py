"""Who may read a conversation. Inbox, transcript, search, notes and redaction all go through this one rule."""

from __future__ import annotations

from sqlalchemy import ColumnElement, and_, or_, select

from bot.store.alert_models import AlertEvent, AlertEventKind
from bot.store.casework_models import RequestHidden
from bot.store.database import Work
from bot.store.models import Alert, Conversation, Request
from bot.store.requests import NotThere, Viewer
from bot.store.staff_models import Staff


def readable_by(viewer: Viewer) -> ColumnElement[bool]:
    """The rule, for somebody whose role reads transcripts.

    When one request of a conversation is hidden from them, by id, e-mail or role, the whole conversation is: the words
    of the request stand in it. So is one of whose alerts somebody said that it may be about them. An account that is
    disabled reads none, and nobody reads the messages of our own checks.
    """
    email = select(Staff.email).where(Staff.id == viewer.staff_id, Staff.disabled_at.is_(None)).scalar_subquery()
    from_them = or_(*(RequestHidden.whom == one for one in (viewer.staff_id, viewer.role.value, email)))
    hidden = select(Request.conversation_id).join(RequestHidden, RequestHidden.request_id == Request.id)
    named = (
        select(Alert.conversation_id)
        .join(AlertEvent, AlertEvent.alert_id == Alert.id)
        .where(AlertEvent.kind == AlertEventKind.NAMED, AlertEvent.to_id == viewer.staff_id)
    )
    return and_(
        email.is_not(None),
        Conversation.synthetic.is_(False),
        Conversation.id.not_in(hidden.where(from_them)),
        Conversation.id.not_in(named),
    )


async def conversation_for(work: Work, viewer: Viewer, conversation_id: str) -> Conversation:
    """Raises NotThere, also when it is there and not theirs to read."""
    found = await work.session.scalar(
        select(Conversation).where(Conversation.id == conversation_id, readable_by(viewer))
    )
    if found is None:
        raise NotThere
    return found
