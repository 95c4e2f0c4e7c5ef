"""Wishes to delete a conversation: asked for, undone in time, done, and what a device is told afterwards."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import String, cast, select, update

from bot.store.casework_models import DeviceToken
from bot.store.conversations import token_hash
from bot.store.database import Work
from bot.store.models import Conversation
from bot.store.privacy_models import Erasure

BATCH = 50


async def ask(work: Work, conversation_id: str, by: str, at: datetime, due_at: datetime) -> Erasure:
    """Ask for it. One that waits already is kept as it is: asking twice does not put it off."""
    waiting = await waiting_for(work, conversation_id)
    if waiting is not None:
        return waiting
    made = Erasure(conversation_id=conversation_id, asked_by=by, asked_at=at, due_at=due_at)
    work.session.add(made)
    await work.session.flush()
    return made


async def waiting_for(work: Work, conversation_id: str) -> Erasure | None:
    """The wish that is not undone and not done."""
    return await work.session.scalar(
        select(Erasure).where(
            Erasure.conversation_id == conversation_id, Erasure.undone_at.is_(None), Erasure.done_at.is_(None)
        )
    )


async def undo(work: Work, conversation_id: str, at: datetime) -> bool:
    """Take it back. False when there is none that waits: it is done, or was never asked for."""
    changed = await work.session.execute(
        update(Erasure)
        .where(Erasure.conversation_id == conversation_id, Erasure.undone_at.is_(None), Erasure.done_at.is_(None))
        .values(undone_at=at)
        .returning(Erasure.id)
        .execution_options(synchronize_session=False)
    )
    return changed.first() is not None


async def due(work: Work, at: datetime) -> list[str]:
    """Ids of wishes whose time has come, oldest first."""
    rows = await work.session.scalars(
        select(Erasure.id)
        .where(Erasure.due_at <= at, Erasure.undone_at.is_(None), Erasure.done_at.is_(None))
        .order_by(Erasure.due_at)
        .limit(BATCH)
    )
    return list(rows)


async def take(work: Work, erasure_id: str, at: datetime) -> Erasure | None:
    """Become the one who does it, in the transaction that deletes. None when it is done or was undone."""
    taken = await work.session.execute(
        update(Erasure)
        .where(Erasure.id == erasure_id, Erasure.undone_at.is_(None), Erasure.done_at.is_(None))
        .values(done_at=at)
        .returning(Erasure.id)
        .execution_options(synchronize_session=False)
    )
    if taken.first() is None:
        return None
    return await work.session.get_one(Erasure, erasure_id, populate_existing=True)


async def note_kept(work: Work, erasure_id: str, *, kept: bool) -> None:
    """Whether a safeguarding record stayed."""
    row = await work.session.get_one(Erasure, erasure_id, populate_existing=True)
    row.record_kept = kept
    await work.session.flush()


async def tokens_of(work: Work, conversation_id: str) -> list[str]:
    """Hashes of the tokens that open the conversation now."""
    own = await work.session.scalar(select(Conversation.token_hash).where(Conversation.id == conversation_id))
    devices = await work.session.scalars(
        select(DeviceToken.token_hash).where(DeviceToken.conversation_id == conversation_id)
    )
    return [one for one in (own, *devices) if one]


async def was_erased(work: Work, token: str) -> bool:
    """Did this token open a conversation that was deleted in the last week?"""
    # Hashes are hexadecimal, so one in the list's text is one in the list.
    found = select(Erasure.id).where(
        Erasure.done_at.is_not(None), cast(Erasure.tokens, String).contains(token_hash(token), autoescape=True)
    )
    return await work.session.scalar(found.limit(1)) is not None


async def unforgotten(work: Work) -> list[tuple[str, str]]:
    """Done, and the brain has not yet said that it forgot: id, and the id of the conversation."""
    rows = await work.session.execute(
        select(Erasure.id, Erasure.conversation_id)
        .where(Erasure.done_at.is_not(None), Erasure.brain_forgot_at.is_(None))
        .limit(BATCH)
    )
    return [(one, conversation_id) for one, conversation_id in rows]


async def brain_forgot(work: Work, erasure_id: str, at: datetime) -> None:
    await work.session.execute(
        update(Erasure)
        .where(Erasure.id == erasure_id)
        .values(brain_forgot_at=at)
        .execution_options(synchronize_session=False)
    )


async def done_since(work: Work, since: datetime | None = None) -> list[Erasure]:
    """Deletions that were carried out, oldest first: a backup that is put back is emptied of them again."""
    query = select(Erasure).where(Erasure.done_at.is_not(None)).order_by(Erasure.done_at)
    return list(await work.session.scalars(query if since is None else query.where(Erasure.done_at >= since)))


async def remember(work: Work, conversation_id: str, asked_at: datetime, done_at: datetime) -> None:
    """Note a deletion that an older copy of the database does not know of."""
    known = await work.session.scalar(
        select(Erasure.id).where(Erasure.conversation_id == conversation_id, Erasure.done_at.is_not(None)).limit(1)
    )
    if known is None:
        work.session.add(
            Erasure(
                conversation_id=conversation_id, asked_by="restore", asked_at=asked_at, due_at=asked_at, done_at=done_at
            )
        )
        await work.session.flush()
