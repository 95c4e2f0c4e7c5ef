"""Who has seen what of a conversation, as the log has it: what a reader did, in which role, when last, how often.

`bot.store.reads` knows how far the readers of transcripts have come. The log knows more: who opened only a part, who
took a copy for a subject access request, and that somebody used the four words that the young person lent.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, func, or_, select

from bot.store.alert_models import SecondLook
from bot.store.database import Work
from bot.store.lending_models import LentReceipt
from bot.store.models import Alert, Feedback, Request
from bot.store.staff_models import AuditEvent, Role, Staff


class How(StrEnum):
    """What was seen; each has a sentence in `content/privacy/chat.yml`."""

    CHAT = "chat"  # lines of it: somebody who is no reader of `bot.store.reads` began in the middle
    COPY = "copy"  # all of it, as a bundle for a subject access request
    LENT = "lent"  # all of it, by the words that the young person lent
    CHECK = "check"  # what was said up to a day, to see whether something was missed
    URGENT = "urgent"  # the words of an alert
    REQUEST = "request"
    FEEDBACK = "feedback"
    KEEPING = "keeping"  # how long it is kept and what a deletion would take: none of its words


# The actions of the log (bot.staff.audit) by which each of them is known.
ACTIONS = {
    "transcript_opened": How.CHAT,
    "subject_access_made": How.COPY,
    "receipt_lent_opened": How.LENT,
    "second_look_opened": How.CHECK,
    "alert_words_opened": How.URGENT,
    "request_opened": How.REQUEST,
    "feedback_opened": How.FEEDBACK,
    "keeping_looked_at": How.KEEPING,
}
WHOLE = frozenset({How.CHAT, How.COPY, How.LENT})


@dataclass(frozen=True)
class Seen:
    """`role` is None for the `ovos` command, and for whoever has the lent words, of whom nothing is known."""

    how: How
    role: Role | None
    at: datetime
    times: int


async def seen(work: Work, conversation_id: str) -> list[Seen]:
    """One entry for each role and what it saw, in the order of `How`."""
    rows = await work.session.execute(
        select(AuditEvent.action, Staff.role, func.max(AuditEvent.at), func.count())
        .outerjoin(Staff, Staff.id == AuditEvent.actor)
        .where(_about(conversation_id))
        .group_by(AuditEvent.action, Staff.role)
    )
    found = [Seen(ACTIONS[action], None if role is None else Role(role), at, times) for action, role, at, times in rows]
    order = list(How)
    return sorted(found, key=lambda one: (order.index(one.how), one.role or ""))


def _about(conversation_id: str) -> ColumnElement[bool]:
    """Lines of the log about the conversation itself, or about something in it."""
    itself = and_(
        AuditEvent.subject_type == "conversation",
        AuditEvent.subject_id == conversation_id,
        AuditEvent.action.in_(["transcript_opened", "subject_access_made", "keeping_looked_at"]),
    )
    return or_(itself, *_parts(conversation_id))


def _parts(conversation_id: str) -> Iterator[ColumnElement[bool]]:
    for action, its_id, its_conversation in (
        ("receipt_lent_opened", LentReceipt.id, LentReceipt.conversation_id),
        ("second_look_opened", SecondLook.id, SecondLook.conversation_id),
        ("alert_words_opened", Alert.id, Alert.conversation_id),
        ("request_opened", Request.id, Request.conversation_id),
        ("feedback_opened", Feedback.id, Feedback.conversation_id),
    ):
        of_it = select(its_id).where(its_conversation == conversation_id)
        yield and_(AuditEvent.action == action, AuditEvent.subject_id.in_(of_it))
