"""What is due for deletion: conversations nobody used, words that are old, links, counts, traces of staff, old log
lines.

Nothing is deleted here that `bot/store/erasure.py` would keep. On top of what it says, retention keeps what somebody
still has to work with: a request with its words until it is in the case record (or was taken back), and an alert
until it is. Old words go message by message, so a chat that goes on for years never holds more than its newest days.
Every function looks at one thing, in a transaction of its caller, and does nothing when it is run again.
"""

from __future__ import annotations

import importlib
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, String, Table, cast, delete, func, or_, select, update

from bot.store import erasure, quotable
from bot.store.casework_models import ConversationLink, LinkCode, Outcome
from bot.store.database import Work
from bot.store.erasure import Erased, Keep
from bot.store.models import Alert, Conversation, Message, OutboxItem, Request, RequestState
from bot.store.privacy_models import Erasure, RecordHandover, RetentionHold, RetentionRound
from bot.store.staff_models import Notification, NotificationState, SavedDraft, StaffSession
from bot.store.tables import table

BATCH = 200
_LOOSE = "loose-"  # begins the names that counts have once they are cut loose
_OVER = (RequestState.DONE, RequestState.CLOSED_NO_REPLY, RequestState.WITHDRAWN)


@dataclass(frozen=True)
class OldWords:
    """Old texts of one conversation that may go; `whole` when nothing else is left in it."""

    conversation_id: str
    messages: frozenset[str]
    bubbles: frozenset[str]
    whole: bool


def _held() -> Any:
    return select(RetentionHold.conversation_id).where(RetentionHold.lifted_at.is_(None))


async def unused(work: Work, before: datetime) -> list[str]:
    """Conversations that were opened before then and in which the young person said nothing.

    One whose words have grown old is none of them while something that they said yes to may still be printed.
    """
    said: ColumnElement[bool] = select(Message.id).where(Message.conversation_id == Conversation.id).exists()
    quotes = table("quotes")
    if quotes is not None:
        said = or_(said, select(1).where(quotes.c.conversation_id == Conversation.id).exists())
    rows = await work.session.scalars(
        select(Conversation.id)
        .where(Conversation.started_at < before, Conversation.last_at < before, ~said, Conversation.id.not_in(_held()))
        .order_by(Conversation.started_at)
        .limit(BATCH)
    )
    return list(rows)


async def with_old_words(work: Work, before: datetime, after: str = "") -> list[str]:
    """Conversations that hold anything from before then, by id, beginning behind `after`."""
    said = select(Message.conversation_id).where(Message.received_at < before)
    told = select(OutboxItem.conversation_id).where(OutboxItem.created_at < before)
    rows = await work.session.scalars(
        select(Conversation.id)
        .where(
            Conversation.id > after,
            or_(Conversation.id.in_(said), Conversation.id.in_(told)),
            Conversation.id.not_in(_held()),
        )
        .order_by(Conversation.id)
        .limit(BATCH)
    )
    return list(rows)


@dataclass(frozen=True)
class Before:
    """Moments before which things are old."""

    words: datetime
    handed: datetime
    quotes: datetime


async def old_words(work: Work, conversation_id: str, old: Before) -> OldWords:
    """What of a conversation may go now."""
    before, handed_before = old.words, old.handed
    conversation = await work.session.get(Conversation, conversation_id)
    if conversation is None:  # another process was quicker
        return OldWords(conversation_id, frozenset(), frozenset(), whole=False)
    keep = Keep()
    if not conversation.synthetic:
        keep = await erasure.safeguarding_record(work, conversation_id, handed_before)
        await _keep_requests(work, conversation_id, before, handed_before, keep)
        keep.add("quotes", await _young_quotes(work, conversation_id, old.quotes))
    messages = set(
        await work.session.scalars(
            select(Message.id).where(Message.conversation_id == conversation_id, Message.received_at < before)
        )
    )
    bubbles = set(
        await work.session.scalars(
            select(OutboxItem.id).where(OutboxItem.conversation_id == conversation_id, OutboxItem.created_at < before)
        )
    )
    going = frozenset(messages - keep.ids.get("messages", set()))
    whole = not keep and conversation.last_at < before and len(messages) == await _count(work, Message, conversation_id)
    return OldWords(conversation_id, going, frozenset(bubbles - keep.ids.get("outbox", set())), whole)


async def _count(work: Work, model: Any, conversation_id: str) -> int:
    return await work.session.scalar(select(func.count()).where(model.conversation_id == conversation_id)) or 0


async def _keep_requests(
    work: Work, conversation_id: str, before: datetime, handed_before: datetime, keep: Keep
) -> None:
    """Requests that somebody still works with, or that are in no record yet, keep their words and answers."""
    handed = dict((await work.session.execute(select(RecordHandover.request_id, RecordHandover.at))).tuples().all())
    for request in await work.session.scalars(select(Request).where(Request.conversation_id == conversation_id)):
        taken_back = request.state == RequestState.WITHDRAWN and request.state_at < before
        at = handed.get(request.id)
        if taken_back or (request.state in _OVER and at is not None and at < handed_before):
            continue
        keep.add("requests", [request.id])
        keep.add("messages", [request.message_id, *(str(one) for one in request.words)])
        answered = await work.session.scalars(
            select(Outcome.answer_message_id).where(
                Outcome.request_id == request.id, Outcome.answer_message_id.is_not(None)
            )
        )
        keep.add("messages", [one for one in answered if one is not None])


async def _young_quotes(work: Work, conversation_id: str, before: datetime) -> list[str]:
    """Words that may still be printed: their writer said yes, and the summary of their quarter may not be out yet.

    One that is held back goes with its message: nothing would be left that tells why it was held back.
    """
    quotes = table("quotes")
    if quotes is None:
        return []
    mine = (quotes.c.conversation_id == conversation_id) & (quotes.c.state == "yes") & (quotes.c.state_at >= before)
    agreed = (await work.session.execute(select(quotes.c.feedback_message_id, quotes.c.feedback_id).where(mine))).all()
    permitted = await quotable.still_permitted(work, [str(feedback_id) for _, feedback_id in agreed])
    return [message_id for message_id, feedback_id in agreed if feedback_id in permitted]


async def delete_old_quotes(work: Work, before: datetime) -> int:
    """Quotes that were asked about before then; what was printed stays printed."""
    quotes = table("quotes")
    if quotes is None:
        return 0
    old = (quotes.c.state_at < before) & quotes.c.conversation_id.not_in(_held())
    return await _gone(work, delete(quotes).where(old))


async def delete_old(work: Work, old: OldWords) -> Erased:
    """Delete what may go of one conversation. What was counted of it stays counted."""
    if await erasure.is_held(work, old.conversation_id):
        return Erased({})
    if old.whole:
        return await erasure.delete_whole(work, old.conversation_id, uncount=False)
    if not old.messages and not old.bubbles:
        return Erased({})
    return await erasure.delete_texts(work, old.conversation_id, old.messages, old.bubbles)


async def delete_links(work: Work, before: datetime) -> int:
    """Links of chats to cases that are older than this, where no request is open."""
    still = select(Request.conversation_id).where(Request.state.not_in(_OVER))
    return await _gone(
        work,
        delete(ConversationLink).where(
            ConversationLink.linked_at < before,
            ConversationLink.conversation_id.not_in(still),
            ConversationLink.conversation_id.not_in(_held()),
        ),
    )


async def cut_counts_loose(work: Work, before: datetime) -> int:
    """Counted themes from before then no longer tell which chat or person they are from; people stay counted once.

    Each person of a quarter gets a new random name that is written down nowhere else. How many people were counted.
    """
    counts = table("counted_themes")
    if counts is None:
        return 0
    counted_themes = importlib.import_module("bot.store.counted_themes")
    old = (counts.c.created_at < before) & ~counts.c.conversation_id.startswith(_LOOSE)
    rows = (
        await work.session.execute(
            select(counts.c.quarter, counts.c.person_key, counts.c.conversation_id).where(old).distinct()
        )
    ).all()
    names: dict[tuple[str, str], str] = {}
    for quarter, key, conversation_id in rows:
        name = names.setdefault((quarter, key or conversation_id), _LOOSE + uuid.uuid4().hex[: 32 - len(_LOOSE)])
        mine = old & (counts.c.quarter == quarter) & (counts.c.conversation_id == conversation_id)
        person = {"person_key": None if key is None else name}
        await work.session.execute(update(counts).where(mine).values(conversation_id=name, **person))
    await _rename_feedback(work, counts)
    for quarter in {quarter for quarter, _, _ in rows}:
        await counted_themes.roll_up(work, quarter)
    return len(names)


async def _rename_feedback(work: Work, counts: Table) -> None:
    """The feedback's id led back to a chat too."""
    loose = counts.c.conversation_id.startswith(_LOOSE) & ~counts.c.feedback_id.startswith(_LOOSE)
    for feedback_id in set(await work.session.scalars(select(counts.c.feedback_id).where(loose))):
        name = _LOOSE + uuid.uuid4().hex[: 32 - len(_LOOSE)]
        await work.session.execute(update(counts).where(counts.c.feedback_id == feedback_id).values(feedback_id=name))


async def delete_counts(work: Work, before: datetime) -> int:
    """Counts of themes that are older than this; what was published of them stays."""
    gone = 0
    for name in ("counted_themes", "theme_people"):
        counts = table(name)
        if counts is not None:
            quarter = f"{before.year}Q{(before.month + 2) // 3}"
            gone += await _gone(work, delete(counts).where(counts.c.quarter < quarter))
    return gone


async def delete_traces(work: Work, before: datetime) -> int:
    """What work in the console leaves behind: nudges that were sent, ended sign-ins, old codes, unsent drafts."""
    return sum(
        [
            await _gone(
                work,
                delete(Notification).where(
                    Notification.created_at < before, Notification.state == NotificationState.SENT
                ),
            ),
            await _gone(work, delete(StaffSession).where(StaffSession.last_at < before)),
            await _gone(work, delete(LinkCode).where(LinkCode.expires_at < before)),
            await _gone(work, delete(SavedDraft).where(SavedDraft.saved_at < before)),
        ]
    )


async def forget_tokens(work: Work, before: datetime) -> int:
    """Deletions that were done before then no longer know which tokens they answered."""
    changed = await work.session.execute(
        update(Erasure)
        .where(Erasure.done_at < before, cast(Erasure.tokens, String) != "[]")
        .values(tokens=[])
        .execution_options(synchronize_session=False)
    )
    return int(getattr(changed, "rowcount", 0))


async def _gone(work: Work, statement: Any) -> int:
    done = await work.session.execute(statement.execution_options(synchronize_session=False))
    return int(getattr(done, "rowcount", 0))


# --- Rounds ---


async def note_round(work: Work, at: datetime, counts: dict[str, int]) -> None:
    work.session.add(RetentionRound(at=at, counts=counts))
    await work.session.flush()


async def latest_rounds(work: Work, limit: int) -> list[RetentionRound]:
    return list(await work.session.scalars(select(RetentionRound).order_by(RetentionRound.at.desc()).limit(limit)))


async def kept_counts(work: Work) -> dict[str, int]:
    """How much is stored now: conversations, messages, requests, alerts, holds."""
    counts: dict[str, int] = {}
    for name, model in (
        ("conversations", Conversation),
        ("messages", Message),
        ("requests", Request),
        ("alerts", Alert),
    ):
        counts[name] = await work.session.scalar(select(func.count()).select_from(model)) or 0
    held = select(func.count()).where(RetentionHold.lifted_at.is_(None))
    counts["holds"] = await work.session.scalar(held) or 0
    return counts


async def oldest_message_at(work: Work, conversation_id: str) -> datetime | None:
    """When the oldest words that are stored of a conversation were written."""
    return await work.session.scalar(
        select(func.min(Message.received_at)).where(Message.conversation_id == conversation_id)
    )
