"""Deleting what a young person said: what goes, what stays, and why that is safe.

**What goes.** A conversation is the root of everything that belongs to it. Each table that refers to it, or to
something that refers to it, by a foreign key (messages, bubbles, requests and their steps and outcomes, feedback and
what was made of it, quotes, alerts, notes, receipts, device tokens, links, ...) loses the rows that hang on it. The
way is read from the tables themselves, so that a table which is added later is emptied too; a test fails when one has
words and no such way. What refers to a conversation without a foreign key is named in `_strays`: drafts that staff
had typed and not sent, nudges to staff, counted themes, a quote in a summary that is not published yet.

**In which order.** Children before parents, in one transaction: either all of it is gone or nothing is. Rows are
found parents first; they are deleted in the opposite order, so no row is ever left that refers to one that is gone. A
row that stays and referred to one that goes loses only the reference.

**What stays.** (1) A safeguarding record that nobody has yet put into the child's case record: each alert with what
was done about it, its message, the two lines on either side, the messages that answered its questions, who read it,
and the notes of staff. Somebody may be in danger, and the law (Children Act 1989, s.47; UK GDPR Art. 17(3)(b)) has
the council keep it. The conversation's row stays with it, and nothing opens it any more. (2) A conversation with a
hold: then nothing at all is deleted. (3) The audit log, which holds no words: that a conversation was deleted, not
what was in it. (4) The examples that an officer wrote afresh because a message was not understood: none of its words
are in them. (5) What was published, which names nobody and was agreed to word by word.

**Why it is really gone.** SQLite overwrites deleted rows (`secure_delete`), and the write-ahead log is folded in and
cut off afterwards (`settle`); PostgreSQL's dead rows are vacuumed. Everything deleted was encrypted. Rasa's rows are
deleted by the brain, the search index forgets what is no longer stored, and backups run out
(`content/privacy/retention.yml`); a backup that is put back is emptied again of what was deleted since.
"""

from __future__ import annotations

import hashlib
import importlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import ColumnElement, Table, and_, delete, false, func, or_, select, text, update

from bot.store.casework_models import DeviceToken, Note
from bot.store.database import Store, Work
from bot.store.models import Alert, Base, Conversation, Message, Misunderstood, OutboxItem, Request, now
from bot.store.privacy_models import RecordHandover, RetentionHold, TaughtExample
from bot.store.staff_models import Notification, SavedDraft
from bot.store.tables import every_table, table

EITHER_SIDE = 2
# What of a conversation belongs to a safeguarding record besides its messages.
WITH_THE_RECORD = frozenset({"alerts", "transcript_reads", "unmaskings", "retention_holds", "notes"})
# Additions to an alert that only say that the chat went on: their messages are no part of the record.
_ONLY_AFTER = "after"
CHUNK = 500


class OnHold(Exception):
    """A hold stops every deletion of this conversation."""


@dataclass(frozen=True)
class Erased:
    """How many rows went, by table; the ids of the texts; and whether a safeguarding record stays."""

    rows: Mapping[str, int]
    texts: frozenset[str] = frozenset()
    record_kept: bool = False


@dataclass
class Keep:
    """Ids of rows that stay, by table."""

    ids: dict[str, set[str]] = field(default_factory=dict)

    def add(self, name: str, ids: Iterable[str]) -> None:
        self.ids.setdefault(name, set()).update(ids)

    def __bool__(self) -> bool:
        return any(self.ids.values())


async def is_held(work: Work, conversation_id: str) -> bool:
    """True while a hold stops the deletion of anything in it."""
    held = select(RetentionHold.id).where(
        RetentionHold.conversation_id == conversation_id, RetentionHold.lifted_at.is_(None)
    )
    return await work.session.scalar(held.limit(1)) is not None


async def erase(work: Work, conversation_id: str) -> Erased:
    """Delete a conversation, but for a safeguarding record that is nowhere else yet.

    Raises OnHold. A conversation that is not there is one of which nothing was left to delete.
    """
    if await is_held(work, conversation_id):
        raise OnHold
    record = await safeguarding_record(work, conversation_id)
    if not record:
        return await delete_whole(work, conversation_id)
    roots = {
        one: one.c.conversation_id == conversation_id
        for one in every_table()
        if one.name not in WITH_THE_RECORD and _refers_to(one, Conversation.__tablename__)
    }
    # Notes about a request go with it; those about the conversation belong to the record.
    notes = await work.session.scalars(
        select(Note.id).where(Note.conversation_id == conversation_id, Note.request_id.is_(None))
    )
    record.add(Note.__tablename__, notes)
    erased = await _delete(work, roots, record, conversation_id)
    await _shut(work, conversation_id)
    return Erased(erased.rows, erased.texts, record_kept=True)


async def delete_whole(work: Work, conversation_id: str, *, uncount: bool = True) -> Erased:
    """Delete a conversation with everything in it. The caller has made sure that nothing of it must be kept.

    With `uncount` what it added to counted themes goes too: when somebody asked for it, not when it only grew old.
    """
    roots = {_table_of(Conversation): Conversation.id == conversation_id}
    return await _delete(work, roots, Keep(), conversation_id, uncount=uncount)


async def delete_texts(work: Work, conversation_id: str, messages: Collection[str], bubbles: Collection[str]) -> Erased:
    """Delete some messages and bubbles of a conversation that goes on, with what hangs on them."""
    roots = {
        _table_of(Message): _among(Message.id, messages),
        _table_of(OutboxItem): _among(OutboxItem.id, bubbles),
    }
    kept = await work.session.scalars(
        select(OutboxItem.id).where(OutboxItem.conversation_id == conversation_id, OutboxItem.id.not_in(list(bubbles)))
    )
    return await _delete(work, roots, Keep({OutboxItem.__tablename__: set(kept)}), None)


def _table_of(model: type[Base]) -> Table:
    return cast(Table, model.__table__)


def _among(column: Any, ids: Collection[str]) -> ColumnElement[bool]:
    pieces = list(ids)
    parts = [column.in_(pieces[n : n + CHUNK]) for n in range(0, len(pieces), CHUNK)]
    return or_(*parts) if parts else false()


def _refers_to(one: Table, name: str) -> bool:
    """By its column `conversation_id`. Others, like who used a link code, are followed from the row itself."""
    column = one.c.get("conversation_id")
    return column is not None and any(key.column.table.name == name for key in column.foreign_keys)


# --- What stays ---


async def safeguarding_record(work: Work, conversation_id: str, handed_before: Any = None) -> Keep:
    """What must stay: alerts that are not in the case record yet, their message, two lines on either side, answers.

    With `handed_before`, an alert that was put into the record after that moment stays as well.
    """
    handed = select(RecordHandover.alert_id).where(RecordHandover.alert_id.is_not(None))
    if handed_before is not None:
        handed = handed.where(RecordHandover.at < handed_before)
    alerts = (
        await work.session.execute(
            select(Alert.id, Alert.message_id).where(Alert.conversation_id == conversation_id, Alert.id.not_in(handed))
        )
    ).all()
    keep = Keep()
    if not alerts:
        return keep
    keep.add("alerts", (one.id for one in alerts))
    keep.add("messages", (one.message_id for one in alerts))
    keep.add("messages", await _answers_to(work, [one.id for one in alerts]))
    await _keep_either_side(work, conversation_id, keep, {one.message_id for one in alerts})
    return keep


async def _answers_to(work: Work, alert_ids: list[str]) -> list[str]:
    """Messages that answered what was asked after an alert: where they are, whom to tell."""
    additions = table("alert_additions")
    if additions is None:
        return []
    rows = await work.session.scalars(
        select(additions.c.message_id).where(additions.c.alert_id.in_(alert_ids), additions.c.kind != _ONLY_AFTER)
    )
    return list(rows)


async def _keep_either_side(work: Work, conversation_id: str, keep: Keep, of: Collection[str]) -> None:
    said = await work.session.execute(
        select(Message.position, Message.id).where(Message.conversation_id == conversation_id)
    )
    told = await work.session.execute(
        select(OutboxItem.position, OutboxItem.id).where(OutboxItem.conversation_id == conversation_id)
    )
    lines = sorted([(at, "messages", one) for at, one in said] + [(at, "outbox", one) for at, one in told])
    for n, (_, _, line) in enumerate(lines):
        if line in of:
            for _, name, near in lines[max(0, n - EITHER_SIDE) : n + EITHER_SIDE + 1]:
                keep.add(name, [near])


async def _shut(work: Work, conversation_id: str) -> None:
    """Nothing opens it any more, and nothing of the young person's choices is left in its row."""
    await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(token_hash=None, ended_at=now(), draft=None, language=None, easy_words=False, held_by=None)
        .execution_options(synchronize_session=False)
    )
    await work.session.execute(delete(DeviceToken).where(DeviceToken.conversation_id == conversation_id))


# --- How it goes ---


async def _delete(
    work: Work,
    roots: Mapping[Table, ColumnElement[bool]],
    keep: Keep,
    conversation_id: str | None,
    *,
    uncount: bool = True,
) -> Erased:
    doomed, ids = await _find(work, roots, keep)
    if conversation_id is not None:
        await _strays(work, conversation_id, ids)
        if uncount:
            await _uncount(work, conversation_id)
    await _keep_taught(work, ids.get("misunderstood", set()))
    rows: dict[str, int] = {}
    await _let_go(work, keep, ids)
    for one in reversed(every_table()):
        if one in doomed:
            gone = await work.session.execute(
                delete(one).where(doomed[one]).execution_options(synchronize_session=False)
            )
            if count := int(getattr(gone, "rowcount", 0)):
                rows[one.name] = count
    work.session.expire_all()
    return Erased(rows, frozenset(ids.get("messages", set()) | ids.get("outbox", set())))


async def _find(
    work: Work, roots: Mapping[Table, ColumnElement[bool]], keep: Keep
) -> tuple[dict[Table, ColumnElement[bool]], dict[str, set[str]]]:
    """Which rows go, parents first: a condition for each table, and the ids of those that others refer to."""
    doomed: dict[Table, ColumnElement[bool]] = {}
    ids: dict[str, set[str]] = {}
    for one in every_table():
        conditions = [roots[one]] if one in roots else []
        for key in one.foreign_keys:
            parent = key.column.table
            if parent.name in ids and parent is not one and ids[parent.name]:
                conditions.append(_among(key.parent, ids[parent.name]))
        if not conditions:
            continue
        doomed[one] = or_(*conditions)
        stay = keep.ids.get(one.name)
        if stay:
            doomed[one] = and_(doomed[one], one.c.id.not_in(list(stay)))
        if len(one.primary_key.columns) == 1:
            (column,) = one.primary_key.columns
            ids[one.name] = set(await work.session.scalars(select(column).where(doomed[one])))
    return doomed, ids


async def rows_of(work: Work, conversation_id: str) -> dict[Table, ColumnElement[bool]]:
    """All that belongs to a conversation, as a condition for each table: what a deletion of it would take."""
    found, _ = await _find(work, {_table_of(Conversation): Conversation.id == conversation_id}, Keep())
    return found


async def _let_go(work: Work, keep: Keep, ids: Mapping[str, set[str]]) -> None:
    """Rows that stay lose their reference to rows that go."""
    for one in every_table():
        stay = keep.ids.get(one.name)
        for key in one.foreign_keys if stay else ():
            gone = ids.get(key.column.table.name)
            if gone and stay and key.parent.nullable:
                await work.session.execute(
                    update(one)
                    .where(_among(key.parent, gone), _among(one.c.id, stay))
                    .values({key.parent.name: None})
                    .execution_options(synchronize_session=False)
                )


async def _keep_taught(work: Work, ids: Collection[str]) -> None:
    """What an officer wrote because of a message that was not understood goes on teaching without the message."""
    found = await work.session.scalars(select(Misunderstood).where(_among(Misunderstood.id, ids)))
    for one in found:
        if one.goal and one.example and one.looked_at:
            kept = TaughtExample(goal=one.goal, card=one.card, example=one.example, looked_at=one.looked_at)
            work.session.add(kept)
    await work.session.flush()


async def _strays(work: Work, conversation_id: str, ids: Mapping[str, set[str]]) -> None:
    """What belongs to the conversation and has no foreign key that says so."""
    named = [conversation_id, *(one for name in ("notes", "requests", "alerts") for one in ids.get(name, ()))]
    for one in named:
        await work.session.execute(delete(SavedDraft).where(SavedDraft.place.contains(one, autoescape=True)))
        await work.session.execute(delete(Notification).where(Notification.key.contains(one, autoescape=True)))
    await unquote(work, ids.get("feedback", set()))


async def _uncount(work: Work, conversation_id: str) -> None:
    """Out of the counted themes, where this version counts them."""
    if table("counted_themes") is not None:
        counted_themes = importlib.import_module("bot.store.counted_themes")
        await counted_themes.forget_conversation(work, conversation_id)


async def unquote(work: Work, feedback_ids: Collection[str]) -> None:
    """Out of the summaries that are not published yet. Whoever signed one has to sign it again: its hash is another."""
    publications = table("publications")
    if publications is None or not feedback_ids:
        return
    drafts = await work.session.execute(select(publications).where(publications.c.state != "published"))
    for draft in drafts.mappings().all():
        if not set(draft["quotes_of"]) & set(feedback_ids):
            continue
        page = json.loads(work.keys.decrypt(draft["page_sealed"]))
        stay = [n for n, source in enumerate(draft["quotes_of"]) if source not in feedback_ids]
        page["written"]["quotes"] = [page["written"]["quotes"][n] for n in stay]
        await _save_page(work, publications, draft["id"], page, [draft["quotes_of"][n] for n in stay])


async def _save_page(work: Work, publications: Table, draft_id: str, page: Any, quotes_of: list[str]) -> None:
    written = json.dumps(page, ensure_ascii=False)
    await work.session.execute(
        update(publications)
        .where(publications.c.id == draft_id)
        .values(
            page_sealed=work.keys.encrypt(written),
            page_hash=hashlib.sha256(written.encode()).hexdigest(),
            quotes_of=quotes_of,
            version=publications.c.version + 1,
        )
    )


async def settle(store: Store) -> bool:
    """Make what was deleted unreadable in the files: True when done, False when readers were in the way.

    SQLite: the write-ahead log is folded into the database and cut off. PostgreSQL: dead rows are vacuumed.
    """
    if store.engine.dialect.name == "sqlite":
        async with store.engine.connect() as connection:
            # Beside SQLAlchemy, which would begin a transaction: the log cannot be cut off inside one.
            driver: Any = (await connection.get_raw_connection()).driver_connection
            cursor = await driver.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            busy, *_ = await cursor.fetchone()
            await cursor.close()
            return bool(busy == 0)
    async with store.engine.connect() as connection:
        outside = await connection.execution_options(isolation_level="AUTOCOMMIT")
        for one in every_table():
            await outside.execute(text(f'VACUUM "{one.name}"'))
    return True


async def requests_in(work: Work, conversation_id: str) -> int:
    """How many requests go with the conversation."""
    return await work.session.scalar(select(func.count()).where(Request.conversation_id == conversation_id)) or 0
