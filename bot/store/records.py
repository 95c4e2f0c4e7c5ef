"""What actions write: feedback, requests, misunderstood messages. Each is keyed on the message it came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from bot.store.database import Work
from bot.store.models import Consent, Feedback, FeedbackKind, Misunderstood, Request, RequestKind


@dataclass(frozen=True)
class NewFeedback:
    message_id: str
    conversation_id: str
    kind: FeedbackKind
    words: Sequence[str]
    consent: Consent


@dataclass(frozen=True)
class NewRequest:
    message_id: str
    conversation_id: str
    kind: RequestKind
    who: str
    words: Sequence[str] = ()
    how_to_reach: str | None = None
    card: str | None = None
    about: Sequence[str] = ()
    """Whom it is about, as `who` ids: they never see it."""
    hide_from: Sequence[str] = ()


async def add_feedback(work: Work, new: NewFeedback) -> Feedback:
    """Keep feedback. The same message again returns what was kept the first time."""
    known = await work.session.scalar(select(Feedback).where(Feedback.message_id == new.message_id))
    if known is not None:
        return known
    feedback = Feedback(
        message_id=new.message_id,
        conversation_id=new.conversation_id,
        kind=new.kind,
        words=list(new.words),
        consent=new.consent,
    )
    work.session.add(feedback)
    await work.session.flush()
    return feedback


async def add_request(work: Work, new: NewRequest) -> Request:
    """Keep a request under the next number of its conversation. The same message again returns the first one."""
    known = await work.session.scalar(select(Request).where(Request.message_id == new.message_id))
    if known is not None:
        return known
    highest = await work.session.scalar(
        select(func.max(Request.number)).where(Request.conversation_id == new.conversation_id)
    )
    request = Request(
        message_id=new.message_id,
        conversation_id=new.conversation_id,
        number=(highest or 0) + 1,
        kind=new.kind,
        who=new.who,
        words=list(new.words),
        how_to_reach=new.how_to_reach,
        card=new.card,
        about=list(new.about),
        hide_from=list(new.hide_from),
    )
    work.session.add(request)
    await work.session.flush()
    return request


async def requests_of(work: Work, conversation_id: str) -> list[Request]:
    """The conversation's requests, oldest first."""
    rows = await work.session.scalars(
        select(Request).where(Request.conversation_id == conversation_id).order_by(Request.number)
    )
    return list(rows)


async def add_misunderstood(work: Work, message_id: str, conversation_id: str, offered: Sequence[str]) -> None:
    """Put a message on the list that a person looks at. The same message again only adds what else was offered."""
    known = await work.session.scalar(select(Misunderstood).where(Misunderstood.message_id == message_id))
    if known is None:
        work.session.add(Misunderstood(message_id=message_id, conversation_id=conversation_id, offered=list(offered)))
    else:
        known.offered = [*known.offered, *(one for one in offered if one not in known.offered)]
    await work.session.flush()
