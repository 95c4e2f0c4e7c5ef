"""Keeping to the rules: what grows old goes by itself, what is needed stays, and a dry run changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from bot.content import ContentError
from bot.privacy.retention import Rules, rules, run_round, years_before
from bot.staff import audit as staff_audit
from bot.staff.audit import Action
from bot.store import Store, attachments, audit, conversations, holds, outbox, quotable, redactions
from bot.store.attachment_models import RequestAttachment
from bot.store.audit import Broken
from bot.store.casework_models import ConversationLink, RedactionKind
from bot.store.messages import NewMessage, store
from bot.store.models import (
    Alert,
    Author,
    Channel,
    Conversation,
    Feedback,
    Message,
    OutboxItem,
    Request,
    RequestKind,
    RequestState,
    Severity,
    pretending,
)
from bot.store.outbox import Bubble, Outgoing
from bot.store.redactions import Hide, Why
from bot.store.report_models import CountedTheme
from bot.store.staff_models import AuditEvent
from bot.store.tables import every_table, table
from bot.store.theme_models import Quote
from tests.bot.privacy.full_chat import fill
from tests.bot.privacy.test_erasure import Log, a_member_of_staff
from tests.bot.store.test_themes import quoted
from tests.console.casework import young_person

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
OLD = timedelta(days=rules().chat_days, hours=1)


async def chat(one: Store, name: str, ages: Iterable[timedelta]) -> tuple[str, list[str]]:
    """A chat with a message and an answer of each age; its id and those of the messages."""
    conversation_id, sent = "", []
    for n, age in enumerate(ages):
        with pretending(NOW - age):
            async with one.begin() as work:
                if not conversation_id:
                    opened = await conversations.open_conversation(work, Channel.WEB, [name])
                    conversation_id = opened.conversation.id
                stored = await store(work, NewMessage(conversation_id, Channel.WEB, f"{name}{n}", f"words {n}"))
                said = Outgoing(conversation_id, stored.id, "turn", Author.SERVICE, [Bubble("yes")])
                await outbox.say(work, said)
                sent.append(stored.id)
    return conversation_id, sent


async def notes_of_requests(one: Store) -> list[str]:
    async with one.look() as work:
        return [work.keys.decrypt(row) for row in await work.session.scalars(select(RequestAttachment.text_sealed))]


async def left(one: Store, conversation_id: str) -> list[str] | None:
    """The messages that are left, in order; None when the chat is gone."""
    async with one.look() as work:
        if await work.session.get(Conversation, conversation_id) is None:
            return None
        query = select(Message.id).where(Message.conversation_id == conversation_id).order_by(Message.position)
        return list(await work.session.scalars(query))


async def test_a_chat_in_which_nothing_was_said_goes_after_a_day_and_one_with_words_stays(store: Store) -> None:
    async with store.begin() as work:
        with pretending(NOW - timedelta(hours=rules().unused_session_hours, minutes=1)):
            empty = (await conversations.open_conversation(work, Channel.WEB, ["Quiet Otter"])).conversation.id
            await outbox.say(work, Outgoing(empty, None, "opening", Author.SERVICE, [Bubble("Hi.")]))
        with pretending(NOW - timedelta(hours=1)):
            young = (await conversations.open_conversation(work, Channel.WEB, ["Busy Bee"])).conversation.id
    used, _ = await chat(store, "Red Kite", [timedelta(days=2)])
    ran = await run_round(store, NOW, rules(), Log())
    assert ran.counts["unused_sessions"] == 1
    assert [await left(store, one) for one in (empty, young)] == [None, []]
    assert await left(store, used) is not None


async def test_old_words_go_one_by_one_and_a_chat_with_nothing_else_goes_whole(store: Store) -> None:
    old, _ = await chat(store, "Quiet Otter", [OLD, OLD])
    both, sent = await chat(store, "Busy Bee", [OLD, timedelta(days=1)])
    log = Log()
    ran = await run_round(store, NOW, rules(), log)
    assert await left(store, old) is None
    assert await left(store, both) == sent[1:]
    async with store.look() as work:
        bubbles = await work.session.scalar(select(func.count()).select_from(OutboxItem))
    assert (bubbles, ran.counts["messages"], ran.counts["whole_chats"]) == (1, 3, 1)
    assert [line.action for line in log.lines] == ["retention_ran"]
    assert not (await run_round(store, NOW, rules(), log)).counts, "a second round finds nothing"


async def test_a_dry_run_says_what_would_go_and_deletes_nothing(store: Store) -> None:
    old, sent = await chat(store, "Quiet Otter", [OLD])
    log = Log()
    ran = await run_round(store, NOW, rules(), log, dry=True)
    assert ran.counts["whole_chats"] == 1
    assert await left(store, old) == sent
    assert log.lines == []


async def test_a_request_and_an_alert_stay_until_they_are_in_the_case_record_and_then_run_out(store: Store) -> None:
    asked, sent = await chat(store, "Quiet Otter", [OLD] * 4)
    alerted, said = await chat(store, "Busy Bee", [OLD] * 9)
    async with store.begin() as work:
        request = Request(
            message_id=sent[1],
            conversation_id=asked,
            number=1,
            kind=RequestKind.CONTACT,
            who="social_worker",
            words=[sent[0]],
            state=RequestState.DONE,
        )
        alert = Alert(
            message_id=said[4],
            conversation_id=alerted,
            severity=Severity.IMMEDIATE,
            category="self_harm",
            score=1,
            screening_version="t",
        )
        work.session.add_all([request, alert])
        await work.session.flush()
        await attachments.attach(work, request.id, "A note for my PA")
        ids, staff_id = {"request": request.id, "alert": alert.id}, await a_member_of_staff(work)
    await run_round(store, NOW, rules(), Log())
    assert await left(store, asked) == sent[:2]
    assert await left(store, alerted) == said[3:6]
    with pretending(NOW):
        async with store.begin() as work:
            assert all([await holds.hand_over(work, kind, one, staff_id) for kind, one in ids.items()])
    soon = NOW + timedelta(days=rules().after_handover_days)
    await run_round(store, soon - timedelta(hours=1), rules(), Log())
    assert await left(store, asked) == sent[:2], "there is time to see that it arrived"
    assert await notes_of_requests(store) == ["A note for my PA"], "what was sent along stays with its request"
    await run_round(store, soon + timedelta(hours=1), rules(), Log())
    assert [await left(store, one) for one in (asked, alerted)] == [None, None]
    assert await notes_of_requests(store) == []


async def test_a_request_that_was_taken_back_is_not_kept_for_the_record(sqlite_store: Store) -> None:
    asked, sent = await chat(sqlite_store, "Quiet Otter", [OLD])
    async with sqlite_store.begin() as work:
        taken_back = Request(
            message_id=sent[0],
            conversation_id=asked,
            number=1,
            kind=RequestKind.CONTACT,
            who="iro",
            words=sent,
            state=RequestState.WITHDRAWN,
            state_at=NOW - OLD,
        )
        work.session.add(taken_back)
    await run_round(sqlite_store, NOW, rules(), Log())
    assert await left(sqlite_store, asked) is None


async def test_a_hold_keeps_all_of_it(store: Store) -> None:
    held, sent = await chat(store, "Quiet Otter", [OLD])
    async with store.begin() as work:
        staff_id = await a_member_of_staff(work)
        hold_id = await holds.hold(work, held, "a court asked", staff_id)
    await run_round(store, NOW, rules(), Log())
    assert await left(store, held) == sent
    async with store.begin() as work:
        await holds.lift(work, hold_id, staff_id)
    await run_round(store, NOW, rules(), Log())
    assert await left(store, held) is None


async def test_the_link_to_a_case_ends_before_the_words_do_unless_a_request_is_open(sqlite_store: Store) -> None:
    age = timedelta(days=rules().identity_link_days, hours=1)
    linked, _ = await chat(sqlite_store, "Quiet Otter", [timedelta(days=1)])
    asking, sent = await chat(sqlite_store, "Busy Bee", [timedelta(days=1)])
    async with sqlite_store.begin() as work:
        allocations = table("allocations")
        assert allocations is not None
        row = {"reference_hash": "h", "reference_sealed": work.keys.encrypt("LAC-1"), "imported_at": NOW}
        await work.session.execute(insert(allocations), [row])
        work.session.add_all(
            ConversationLink(conversation_id=one, reference_hash="h", linked_at=NOW - age) for one in (linked, asking)
        )
        work.session.add(
            Request(
                message_id=sent[0],
                conversation_id=asking,
                number=1,
                kind=RequestKind.CONTACT,
                who="iro",
                words=sent,
            )
        )
    ran = await run_round(sqlite_store, NOW, rules(), Log())
    assert ran.counts["identity_links"] == 1
    async with sqlite_store.look() as work:
        assert list(await work.session.scalars(select(ConversationLink.conversation_id))) == [asking]


async def test_counts_are_tied_to_nobody_in_time_and_people_stay_counted(sqlite_store: Store) -> None:
    counts, people = table("counted_themes"), table("theme_people")
    assert counts is not None
    assert people is not None
    old = NOW - timedelta(days=rules().count_link_days, hours=1)
    base = {"domain": "home", "quarter": "2026Q2", "sentiment": "negative", "source": "officer", "reviewed": True}
    base |= {"good_news": False, "created_at": old, "age_band": None, "home_kind": None}
    rows = [
        base | {"feedback_id": f"f{n}", "theme": "food", "conversation_id": f"c{n}", "person_key": key}
        for n, key in enumerate(["same", "same", None])
    ]
    from bot.store import counted_themes

    async with sqlite_store.begin() as work:
        await work.session.execute(insert(counts), rows)
        await counted_themes.roll_up(work, "2026Q2")
    before = await _people(sqlite_store)
    ran = await run_round(sqlite_store, NOW, rules(), Log())
    assert ran.counts["counts_cut_loose"] == 2
    assert await _people(sqlite_store) == before
    async with sqlite_store.look() as work:
        kept = repr(
            (await work.session.execute(select(counts))).all() + (await work.session.execute(select(people))).all()
        )
    assert not [trace for trace in ("'same'", "'c0'", "'c2'", "'f0'") if trace in kept]


async def _people(one: Store) -> list[tuple[str, int, int]]:
    people = table("theme_people")
    assert people is not None
    async with one.look() as work:
        query = select(people.c.scope, func.count(), func.sum(people.c.messages)).group_by(people.c.scope)
        return [(scope, n, int(said)) for scope, n, said in await work.session.execute(query.order_by(people.c.scope))]


async def test_old_lines_of_the_log_go_and_the_rest_is_still_proved(store: Store) -> None:
    for years in (7, 7, 1, 0):
        with pretending(years_before(NOW, years)):
            async with store.begin() as work:
                await staff_audit.note(work, staff_audit.SERVICE, Action.SIGN_OUT, "staff", "x")
    ran = await run_round(store, NOW, rules(), Log())
    assert ran.counts["log_lines"] == 2
    async with store.begin() as work:
        assert (await audit.verify(work)).seq == 4
        await staff_audit.note(work, staff_audit.SERVICE, Action.SIGN_OUT, "staff", "x")
        assert (await audit.verify(work)).seq == 5
    async with store.begin() as work:
        third = await work.session.get_one(AuditEvent, 3)
        await work.session.delete(third)
        await work.session.flush()
        with pytest.raises(Broken):
            await audit.verify(work)


async def test_two_rounds_at_once_delete_everything_once(store: Store) -> None:
    for n in range(5):
        await chat(store, f"Quiet Otter {n}", [OLD])
    rounds = await asyncio.gather(*(run_round(store, NOW, rules(), Log()) for _ in range(2)), return_exceptions=True)
    assert [one for one in rounds if isinstance(one, BaseException)] == []
    async with store.look() as work:
        assert await work.session.scalar(select(func.count()).select_from(Conversation)) == 0


async def test_after_its_time_nothing_of_a_full_chat_is_left_in_any_table(sqlite_store: Store) -> None:
    """The generic chat of the erasure test, without what must be kept; what is later added to a chat is in it too."""
    skip = {"alerts", "retention_holds", "requests"}
    for one in every_table():
        if {key.column.table.name for key in one.foreign_keys} & skip:
            skip.add(one.name)
    async with sqlite_store.begin() as work:
        ids = await fill(work, await a_member_of_staff(work), NOW - OLD, frozenset(skip))
    await run_round(sqlite_store, NOW + timedelta(days=rules().quote_days), rules(), Log())
    assert await left(sqlite_store, ids["conversations"]) is None


async def test_a_yes_to_being_printed_outlives_the_words_and_one_with_a_hidden_name_does_not(store: Store) -> None:
    with pretending(NOW - OLD):
        free = await quoted(await young_person(store), "it is loud here")
        named = await quoted(await young_person(store), "zenvara shouts")
    async with store.begin() as work:
        feedback = await work.session.get_one(Feedback, named)
        message = await work.session.get_one(Message, feedback.words[0])
        by = await a_member_of_staff(work)
        await redactions.hide(work, message, Hide("zenvara", RedactionKind.TEMPORARY, Why.NAME, by))
    for _ in range(2):
        await run_round(store, NOW, rules(), Log())
    async with store.look() as work:
        assert await work.session.get(Feedback, free) is None
        to_print = await quotable.still_permitted(work, [free, named])
        assert [one.words for one in to_print.values()] == ["it is loud here"]
        assert await work.session.scalar(select(func.count()).select_from(Quote)) == 1
        counted = set(await work.session.scalars(select(CountedTheme.feedback_id)))
        assert counted == {free, named}, "what was counted stays counted"


def test_rules_that_would_keep_an_identity_longer_than_the_words_are_refused(tmp_path: Path) -> None:
    told = rules().model_dump() | {"identity_link_days": rules().chat_days + 1}
    with pytest.raises(ValueError, match="identity links must end"):
        Rules.model_validate(told)
    (tmp_path / "privacy").mkdir()
    (tmp_path / "privacy" / "retention.yml").write_text("version: 1\nchat_days: soon\n")
    with pytest.raises(ContentError, match="chat_days"):
        rules(tmp_path)
