"""Deletion that really deletes: every table, the file, the log beside it; and what must stay, stays."""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.privacy import erasing
from bot.privacy.erasing import Asked
from bot.privacy.happened import YOUNG_PERSON, LogLine
from bot.privacy.retention import rules
from bot.store import Store, Work, conversations, erasure, erasures, holds, messages, misunderstood, outbox
from bot.store.messages import NewMessage
from bot.store.models import Alert, Author, Channel, Conversation, Message, OutboxItem, Severity
from bot.store.outbox import Bubble, Outgoing
from bot.store.report_models import Publication
from bot.store.staff_models import Role, Staff
from bot.store.tables import every_table
from tests.bot.privacy.full_chat import WORDS, as_stored, belongs_to_a_chat, fill, rows_left

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
RECORD_FREE = frozenset({"alerts", "retention_holds"})


async def a_member_of_staff(work: Work) -> str:
    one = Staff(email="officer@example.org", name="Officer", role=Role.PARTICIPATION_OFFICER)
    work.session.add(one)
    await work.session.flush()
    return one.id


class Log:
    """What was recorded."""

    def __init__(self) -> None:
        self.lines: list[LogLine] = []

    async def __call__(self, _work: Work, line: LogLine) -> None:
        self.lines.append(line)


def below(name: str) -> frozenset[str]:
    """A table and all that hang on its rows."""
    found = {name}
    for one in every_table():
        if {key.column.table.name for key in one.foreign_keys} & (found - {name} | {name}):
            found.add(one.name)
    return frozenset(found)


async def test_a_row_in_every_table_of_a_chat_is_gone_with_it(store: Store) -> None:
    async with store.begin() as work:
        staff_id = await a_member_of_staff(work)
        ids = await fill(work, staff_id, skip=below("alerts") | {"retention_holds"})
        other = await fill(work, staff_id, skip=below("alerts") | {"retention_holds"})
    async with store.begin() as work:
        erased = await erasure.erase(work, ids["conversations"])
        assert await rows_left(work, ids) == {}
        mine = {one.name for one in belongs_to_a_chat()}
        assert set(await rows_left(work, other)) == set(other) & mine, "another chat is untouched"
    assert not erased.record_kept
    assert {"messages", "outbox", "requests", "feedback", "notes", "receipts"} <= set(erased.rows)
    assert "request_attachments" in erased.rows


def test_no_table_holds_words_that_a_chat_does_not_lead_to_unless_it_is_named_here() -> None:
    apart = {
        "allocations",  # the council's list of cases: no words of a chat
        "staff",
        "secrets",
        "saved_drafts",  # staff's unsent words: deleted by the place they were typed in
        "card_changes",
        "free_text_changes",
        "theme_proposals",
        "promises",
        "publications",  # what was agreed to word by word; drafts lose the quotes
        "publication_signatures",
        "board_replies",
    }
    reached = {one.name for one in belongs_to_a_chat()}
    sealed = {one.name for one in every_table() if any(column.name.endswith("_sealed") for column in one.columns)}
    assert sealed - reached - apart == set()


async def chat_with_alert(store: Store) -> tuple[str, str, list[str]]:
    """Nine messages with an answer each; the fifth raised an alert. Conversation, alert, ids of the messages."""
    async with store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.WEB, ["Quiet Otter"])
        sent = []
        for n in range(9):
            one = await messages.store(work, NewMessage(opened.conversation.id, Channel.WEB, f"m{n}", f"{WORDS} {n}"))
            said = Outgoing(opened.conversation.id, one.id, "turn", Author.SERVICE, [Bubble(f"answer {n}")])
            await outbox.say(work, said)
            sent.append(one.id)
        alert = Alert(
            message_id=sent[4],
            conversation_id=opened.conversation.id,
            severity=Severity.IMMEDIATE,
            category="self_harm",
            score=1.0,
            screening_version="t",
        )
        work.session.add(alert)
        await work.session.flush()
        return opened.conversation.id, alert.id, sent


async def test_a_safeguarding_record_stays_with_two_lines_on_either_side_and_nothing_else(store: Store) -> None:
    conversation_id, alert_id, sent = await chat_with_alert(store)
    async with store.begin() as work:
        erased = await erasure.erase(work, conversation_id)
    assert erased.record_kept
    async with store.look() as work:
        left = set(await work.session.scalars(select(Message.id).where(Message.conversation_id == conversation_id)))
        assert left == {sent[3], sent[4], sent[5]}
        bubbles = await work.session.scalars(select(OutboxItem.position).order_by(OutboxItem.position))
        assert list(bubbles) == [8, 10], "the lines before and after, and no more"
        conversation = await conversations.by_id(work, conversation_id)
        assert (conversation.token_hash, conversation.draft) == (None, None), "nothing opens it any more"
        assert await work.session.get(Alert, alert_id) is not None


async def test_once_it_is_in_the_case_record_all_of_it_goes(store: Store) -> None:
    conversation_id, alert_id, _ = await chat_with_alert(store)
    async with store.begin() as work:
        staff_id = await a_member_of_staff(work)
        assert await holds.hand_over(work, "alert", alert_id, staff_id)
        assert not await holds.hand_over(work, "alert", alert_id, staff_id), "twice is once"
    async with store.begin() as work:
        assert not (await erasure.erase(work, conversation_id)).record_kept
        assert await work.session.get(Conversation, conversation_id) is None


async def test_a_deletion_can_be_undone_until_it_runs_and_runs_once(store: Store) -> None:
    conversation_id, _, _ = await chat_with_alert(store)
    log, by = Log(), rules()
    async with store.begin() as work:
        assert await erasing.ask(work, conversation_id, YOUNG_PERSON, NOW, by, log) is Asked.WAITS
        assert await erasing.undo(work, conversation_id, YOUNG_PERSON, NOW, log)
        assert not await erasing.undo(work, conversation_id, YOUNG_PERSON, NOW, log)
        await erasing.ask(work, conversation_id, YOUNG_PERSON, NOW, by, log)
    soon = NOW + timedelta(minutes=by.undo_minutes)
    assert await erasing.run_due(store, soon - timedelta(seconds=1), log) == []
    (done,) = await erasing.run_due(store, soon, log)
    assert (done.conversation_id, done.record_kept) == (conversation_id, True)
    assert await erasing.run_due(store, soon, log) == []
    assert [line.action for line in log.lines] == ["erasure_asked", "erasure_undone", "erasure_asked", "erased"]
    assert all(WORDS not in repr(line) for line in log.lines)


async def test_a_hold_stops_it_and_the_wish_waits_until_it_is_lifted(store: Store) -> None:
    conversation_id, alert_id, _ = await chat_with_alert(store)
    log = Log()
    async with store.begin() as work:
        await erasing.ask(work, conversation_id, YOUNG_PERSON, NOW, rules(), log)
        staff_id = await a_member_of_staff(work)
        hold_id = await holds.hold(work, conversation_id, "a court asked for it", staff_id)
        await holds.hand_over(work, "alert", alert_id, staff_id)
        assert await erasing.ask(work, conversation_id, YOUNG_PERSON, NOW, rules(), log) is Asked.HELD
    later = NOW + timedelta(days=1)
    assert await erasing.run_due(store, later, log) == []
    async with store.begin() as work:
        with pytest.raises(erasure.OnHold):
            await erasure.erase(work, conversation_id)
        assert await holds.lift(work, hold_id, staff_id) == conversation_id
    (done,) = await erasing.run_due(store, later, log)
    assert not done.record_kept


async def test_the_device_that_asked_can_be_told_and_no_other(store: Store) -> None:
    async with store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.WEB, ["Quiet Otter"])
        second = await conversations.let_in(work, opened.conversation.id)
        await erasing.ask(work, opened.conversation.id, YOUNG_PERSON, NOW, rules(), Log())
    await erasing.run_due(store, NOW + timedelta(hours=1), Log())
    async with store.look() as work:
        assert await erasures.was_erased(work, opened.token)
        assert await erasures.was_erased(work, second)
        assert not await erasures.was_erased(work, "somebody-else")


async def test_neither_the_file_nor_the_log_beside_it_holds_what_was_deleted(
    sqlite_store: Store, tmp_path: Path
) -> None:
    """Looked for as it was stored: encrypted, and what stood beside it in the clear."""
    conversation_id, alert_id, sent = await chat_with_alert(sqlite_store)
    async with sqlite_store.begin() as work:
        await holds.hand_over(work, "alert", alert_id, await a_member_of_staff(work))
        sealed = list(await work.session.scalars(select(Message.text_sealed)))
    files = [tmp_path / "ovos.db", tmp_path / "ovos.db-wal"]
    traces = [one.encode() for one in (*sealed, *sent, "Quiet Otter")]
    assert any(trace in b"".join(path.read_bytes() for path in files) for trace in traces), "it was there before"
    async with sqlite_store.begin() as work:
        await erasure.erase(work, conversation_id)
    assert await erasure.settle(sqlite_store)
    held = b"".join(path.read_bytes() for path in files if path.exists())
    assert [trace for trace in traces if trace in held] == []


async def test_after_a_deletion_no_column_of_any_table_holds_it_in_either_database(store: Store) -> None:
    conversation_id, alert_id, sent = await chat_with_alert(store)
    async with store.begin() as work:
        await holds.hand_over(work, "alert", alert_id, await a_member_of_staff(work))
        sealed = list(await work.session.scalars(select(Message.text_sealed)))
        await erasure.erase(work, conversation_id)
    assert await erasure.settle(store)
    left = "".join((await as_stored(store)).values())
    assert [trace for trace in (*sealed, *sent, "Quiet Otter", WORDS) if trace in left] == []


async def test_a_quote_leaves_a_draft_summary_and_stays_where_it_was_published(sqlite_store: Store) -> None:
    page = {"written": {"quotes": [{"words": WORDS, "theme": "food"}, {"words": "other words", "theme": "home"}]}}
    async with sqlite_store.begin() as work:
        staff_id = await a_member_of_staff(work)
        ids = await fill(work, staff_id, skip=below("alerts") | {"retention_holds"})
        for state, quarter in (("draft", "2026Q3"), ("published", "2026Q2")):
            one = Publication(
                quarter=quarter,
                state=state,
                page_sealed=work.keys.encrypt(json.dumps(page)),
                page_hash="0" * 64,
                quotes_of=[ids["feedback"], "somebody else's"],
                prepared_by=staff_id,
            )
            work.session.add(one)
    async with sqlite_store.begin() as work:
        await erasure.erase(work, ids["conversations"])
    async with sqlite_store.look() as work:
        pages = {one.state: one for one in await work.session.scalars(select(Publication))}
        left = {state: work.keys.decrypt(one.page_sealed) for state, one in pages.items()}
    assert WORDS not in left["draft"]
    assert "other words" in left["draft"]
    assert pages["draft"].quotes_of == ["somebody else's"]
    assert pages["draft"].page_hash == hashlib.sha256(left["draft"].encode()).hexdigest(), "and must be signed again"
    assert WORDS in left["published"]


async def test_what_an_officer_wrote_because_of_a_message_goes_on_teaching(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        staff_id = await a_member_of_staff(work)
        ids = await fill(work, staff_id, skip=below("alerts") | {"retention_holds"})
    async with sqlite_store.begin() as work:
        before = await misunderstood.taught(work)
        assert len(before) == 1
        await erasure.erase(work, ids["conversations"])
        assert await misunderstood.taught(work) == before
