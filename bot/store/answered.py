"""Requests of a quarter and when a person first answered them: what the summary says of the council's own answers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import func, select

from bot.store.casework_models import Answer, ConversationLink, Outcome, Receipt
from bot.store.database import Work
from bot.store.models import Author, OutboxItem, Request, RequestState
from bot.store.theme_models import PromiseTold


@dataclass(frozen=True)
class AskedOnce:
    """One request. `who` is the same for requests of one person; `linked` False where it may be anybody."""

    who: str
    linked: bool
    asked_at: datetime
    answered_at: datetime | None
    due_on: date | None
    state: RequestState


async def asked_between(work: Work, begin: datetime, end: datetime) -> list[AskedOnce]:
    """Requests made from `begin` on and before `end`. A first answer is words of staff in the chat after the request,
    or an outcome that staff proposed for it. Withdrawn ones are left out: nobody had to answer them."""
    by_chat = (
        select(func.min(OutboxItem.created_at))
        .where(
            OutboxItem.conversation_id == Request.conversation_id,
            OutboxItem.author == Author.STAFF,
            OutboxItem.created_at > Request.created_at,
        )
        .correlate(Request)
        .scalar_subquery()
    )
    by_outcome = (
        select(func.min(Outcome.proposed_at))
        .where(Outcome.request_id == Request.id)
        .correlate(Request)
        .scalar_subquery()
    )
    has_receipt = select(1).where(Receipt.conversation_id == Request.conversation_id).correlate(Request).exists()
    rows = await work.session.execute(
        select(
            Request.conversation_id,
            ConversationLink.reference_hash,
            has_receipt,
            Request.created_at,
            by_chat,
            by_outcome,
            Request.due_on,
            Request.state,
        )
        .outerjoin(ConversationLink, ConversationLink.conversation_id == Request.conversation_id)
        .where(Request.created_at >= begin, Request.created_at < end, Request.state != RequestState.WITHDRAWN)
    )
    return [
        AskedOnce(
            who=reference or conversation,
            linked=bool(reference or receipt),
            asked_at=asked,
            answered_at=min((at for at in (chat, outcome) if at is not None), default=None),
            due_on=due,
            state=RequestState(state),
        )
        for conversation, reference, receipt, asked, chat, outcome, due, state in rows
    ]


async def said_of_promises(work: Work, promise_ids: Sequence[str]) -> dict[str, Counter[Answer]]:
    """By promise, what people say to "was that good enough?": by person, their newest answer. Chats that belong to
    nobody who can be told apart are left out."""
    has_receipt = select(1).where(Receipt.conversation_id == PromiseTold.conversation_id).exists()
    rows = await work.session.execute(
        select(PromiseTold.promise_id, PromiseTold.conversation_id, ConversationLink.reference_hash, PromiseTold.answer)
        .outerjoin(ConversationLink, ConversationLink.conversation_id == PromiseTold.conversation_id)
        .where(PromiseTold.promise_id.in_(list(promise_ids)))
        .where(ConversationLink.reference_hash.is_not(None) | has_receipt)
        .order_by(PromiseTold.answered_at)
    )
    newest: dict[str, dict[str, Answer]] = {}
    for promise_id, conversation_id, reference, answer in rows:
        if answer is not None:
            newest.setdefault(promise_id, {})[reference or conversation_id] = Answer(answer)
    return {promise_id: Counter(by_person.values()) for promise_id, by_person in newest.items()}
