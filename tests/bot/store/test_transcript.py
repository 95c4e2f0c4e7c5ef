"""A transcript in windows, words hidden in it, and notes on it."""

from __future__ import annotations

import asyncio

import pytest

from bot.store import Store, messages, notes, outbox, reads, redactions, transcript
from bot.store.casework_models import RedactionKind
from bot.store.models import MessageKind, Severity
from bot.store.notes import LONGEST_NOTE, ChangedMeanwhile
from bot.store.redactions import MARK, Hide, NotInMessage, SafeguardingCopy, Why
from bot.store.requests import NotThere
from bot.store.staff_models import Role
from bot.store.staff_replies import say_as_staff
from bot.store.transcript import Speaker, Window
from tests.bot.store.people import hired
from tests.bot.store.talk import TAKEN, asked_for, chat, flagged, officer, wrote


def text_of(line: transcript.Line) -> str:
    return "".join(f"[{part.gap.why}]" if part.gap else part.text for part in line.parts)


async def end_of(store: Store, conversation_id: str) -> Window:
    async with store.look() as work:
        return await transcript.before(work, conversation_id, None)


async def hide(store: Store, staff_id: str, message_id: str, words: str, kind: RedactionKind) -> list[str]:
    async with store.begin() as work:
        conversation_id = (await work.session.get_one(messages.Message, message_id)).conversation_id
        message = await redactions.message_for(work, officer(staff_id), conversation_id, message_id)
        return await redactions.hide(work, message, Hide(words, kind, Why.NAME, staff_id))


async def undo(store: Store, staff_id: str, conversation_id: str, message_id: str, ids: list[str]) -> list[str]:
    async with store.begin() as work:
        message = await redactions.message_for(work, officer(staff_id), conversation_id, message_id)
        return await redactions.undo(work, message, ids)


async def test_both_sides_stand_in_order_with_who_spoke_and_what_was_pressed(store: Store) -> None:
    me, conversation_id = await hired(store), await chat(store)
    await wrote(store, conversation_id, "hello", goal="greet")
    message_id = await wrote(store, conversation_id, "I don't feel safe", kind=MessageKind.NOT_SAFE)
    await flagged(store, conversation_id, message_id, Severity.SAME_DAY)
    async with store.begin() as work:
        await say_as_staff(work, conversation_id, me, Role.PARTICIPATION_OFFICER, "I am here", notice=TAKEN)
    lines = (await end_of(store, conversation_id)).lines
    them, bot, staff = Speaker.YOUNG_PERSON, Speaker.SERVICE, Speaker.STAFF
    assert [line.speaker for line in lines] == [them, bot, them, bot, bot, staff]
    assert (lines[0].goal, lines[2].pressed, lines[5].signed) == ("greet", True, Role.PARTICIPATION_OFFICER)
    assert lines[2].alert == transcript.AlertMark(Severity.SAME_DAY, "self_harm", acknowledged=False)


async def test_windows_follow_one_another_from_the_end_from_a_place_and_around_one(store: Store) -> None:
    conversation_id = await chat(store)
    for number in range(10):
        await wrote(store, conversation_id, f"message {number}")
    async with store.look() as work:
        end = await transcript.before(work, conversation_id, None, 6)
        above = await transcript.before(work, conversation_id, end.first, 6)
        start = await transcript.after(work, conversation_id, 0, 6)
        middle = await transcript.around(work, conversation_id, 10, 6)
    spans = [(window.first, window.last, window.has_older, window.has_newer) for window in (end, above, start, middle)]
    assert spans == [(15, 20, True, False), (9, 14, True, True), (1, 6, False, True), (7, 12, True, True)]


async def test_a_reader_goes_on_where_they_stopped_so_that_nothing_unread_is_passed_over(store: Store) -> None:
    conversation_id = await chat(store)
    for number in range(30):
        await wrote(store, conversation_id, f"message {number}")
    async with store.look() as work:
        fresh = await transcript.opened_at(work, conversation_id, 0, 20)
        later = await transcript.opened_at(work, conversation_id, 40, 60)
        done = await transcript.opened_at(work, conversation_id, 60, 20)
    assert (fresh.first, fresh.last, fresh.has_newer) == (1, 20, True)
    assert (later.first, later.last, later.has_newer) == (41 - transcript.BEFORE_NEW, 60, False)
    assert (done.first, done.last) == (41, 60)


async def test_a_jump_into_the_middle_does_not_follow_on_what_was_read(store: Store) -> None:
    me, conversation_id = await hired(store), await chat(store)
    for number in range(10):
        await wrote(store, conversation_id, f"message {number}")
    async with store.begin() as work:
        await reads.note_read(work, conversation_id, me, 6)
        middle = await transcript.after(work, conversation_id, 10, 4)
        start = await transcript.after(work, conversation_id, 3, 8)
        assert not await transcript.follows_on(work, conversation_id, me, middle)
        assert await transcript.follows_on(work, conversation_id, me, start)
        who = await transcript.read_by(work, conversation_id)
    assert [(one.name, one.role, one.up_to) for one in who] == [("Asha Patel", Role.PARTICIPATION_OFFICER, 6)]


async def test_words_hidden_for_now_leave_a_marked_gap_for_every_reader_and_come_back(store: Store) -> None:
    me, conversation_id = await hired(store), await chat(store)
    message_id = await wrote(store, conversation_id, "Ask Kim. KIM   Lee knows, and kim too.")
    made = await hide(store, me, message_id, "kim", RedactionKind.TEMPORARY)
    assert text_of((await end_of(store, conversation_id)).lines[0]) == "Ask [name]. [name]   Lee knows, and [name] too."
    async with store.look() as work:
        said = await outbox.timeline(work, conversation_id, 0)
    assert said[0].text == "Ask Kim. KIM   Lee knows, and kim too.", "the young person still sees what they wrote"
    assert len(await undo(store, me, conversation_id, message_id, made)) == 3
    assert await undo(store, me, conversation_id, message_id, made) == []
    assert text_of((await end_of(store, conversation_id)).lines[0]) == "Ask Kim. KIM   Lee knows, and kim too."


async def test_words_hidden_for_good_are_not_stored_any_more_and_cannot_be_brought_back(store: Store) -> None:
    me, conversation_id = await hired(store), await chat(store)
    message_id = await wrote(store, conversation_id, "I live at 5 High Street with Kim and Lee")
    later = await hide(store, me, message_id, "kim and", RedactionKind.TEMPORARY)
    gone = await hide(store, me, message_id, "5 high street", RedactionKind.PERMANENT)
    assert text_of((await end_of(store, conversation_id)).lines[0]) == "I live at [name] with [name] Lee"
    assert await undo(store, me, conversation_id, message_id, gone) == []
    assert await undo(store, me, conversation_id, message_id, later) == later
    async with store.look() as work:
        assert await messages.texts(work, [message_id]) == [f"I live at {MARK} with Kim and Lee"]
    assert text_of((await end_of(store, conversation_id)).lines[0]) == "I live at [name] with Kim and Lee"


@pytest.mark.parametrize(
    ("hidden", "gone", "left"),
    [
        ("b c", "c d", "a [name] e"),
        ("c", "b c d", "a [name] e"),
        ("b c d", "c", "a [name] e"),
        ("a", "c", "[name] b [name] d e"),
        ("e", "c", "a b [name] d [name]"),
        ("b", "b", "a [name] c d e"),
    ],
)
async def test_gaps_stay_in_their_place_when_words_beside_or_inside_them_go_for_good(
    sqlite_store: Store, hidden: str, gone: str, left: str
) -> None:
    me, conversation_id = await hired(sqlite_store), await chat(sqlite_store)
    message_id = await wrote(sqlite_store, conversation_id, "a b c d e")
    await hide(sqlite_store, me, message_id, hidden, RedactionKind.TEMPORARY)
    await hide(sqlite_store, me, message_id, gone, RedactionKind.PERMANENT)
    shown = text_of((await end_of(sqlite_store, conversation_id)).lines[0])
    assert shown.replace("[name][name]", "[name]") == left


@pytest.mark.parametrize("kind", list(RedactionKind))
async def test_a_message_with_an_alert_is_kept_whole(store: Store, kind: RedactionKind) -> None:
    me, conversation_id = await hired(store), await chat(store)
    message_id = await wrote(store, conversation_id, "Kim hurts me")
    earlier = await hide(store, me, message_id, "Kim", RedactionKind.TEMPORARY)
    await flagged(store, conversation_id, message_id, Severity.IMMEDIATE)
    with pytest.raises(SafeguardingCopy):
        await hide(store, me, message_id, "hurts", kind)
    assert text_of((await end_of(store, conversation_id)).lines[0]) == "Kim hurts me"
    assert earlier


@pytest.mark.parametrize("words", ["Sam", "", "  ", "Ki.", "hurts Kim"])
async def test_words_that_are_not_in_the_message_hide_nothing(sqlite_store: Store, words: str) -> None:
    me, conversation_id = await hired(sqlite_store), await chat(sqlite_store)
    message_id = await wrote(sqlite_store, conversation_id, "Kim hurts me")
    with pytest.raises(NotInMessage):
        await hide(sqlite_store, me, message_id, words, RedactionKind.PERMANENT)
    assert text_of((await end_of(sqlite_store, conversation_id)).lines[0]) == "Kim hurts me"


async def test_a_message_of_another_conversation_or_one_that_is_not_theirs_cannot_be_changed(store: Store) -> None:
    me, conversation_id, other = await hired(store), await chat(store), await chat(store, "brave heron")
    message_id = await wrote(store, conversation_id, "Kim hurts me")
    async with store.begin() as work:
        with pytest.raises(NotThere):
            await redactions.message_for(work, officer(me), other, message_id)
    await asked_for(store, conversation_id, message_id, me)
    with pytest.raises(NotThere):
        await hide(store, me, message_id, "Kim", RedactionKind.TEMPORARY)


async def test_of_two_who_change_a_note_the_second_is_told_what_it_says_now(store: Store) -> None:
    me, other, conversation_id = await hired(store), await hired(store), await chat(store)
    async with store.begin() as work:
        note_id = await notes.write(work, conversation_id, me, "first")

    async def change(staff_id: str, text: str) -> None:
        async with store.begin() as work:
            await notes.change(work, conversation_id, note_id, 1, staff_id, text)

    results = await asyncio.gather(change(me, "mine"), change(other, "theirs"), return_exceptions=True)
    refused = [one for one in results if isinstance(one, ChangedMeanwhile)]
    assert len(refused) == 1
    async with store.look() as work:
        kept = await notes.one(work, conversation_id, note_id)
    assert refused[0].present == kept
    assert (kept.text, kept.version) in (("mine", 2), ("theirs", 2))


async def test_a_note_that_is_deleted_comes_back_and_one_that_was_changed_is_not_deleted_unread(store: Store) -> None:
    me, conversation_id = await hired(store), await chat(store)
    async with store.begin() as work:
        note_id = await notes.write(work, conversation_id, me, "first")
        await notes.change(work, conversation_id, note_id, 1, me, "second")
        with pytest.raises(ChangedMeanwhile):
            await notes.remove(work, conversation_id, note_id, 1)
        await notes.remove(work, conversation_id, note_id, 2)
        assert await notes.of_conversation(work, conversation_id) == []
        with pytest.raises(ChangedMeanwhile):
            await notes.change(work, conversation_id, note_id, 2, me, "third")
        await notes.put_back(work, conversation_id, note_id)
        assert [note.text for note in await notes.of_conversation(work, conversation_id)] == ["second"]
        with pytest.raises(NotThere):
            await notes.put_back(work, conversation_id, note_id)


@pytest.mark.parametrize("text", ["", " \n ", "x" * (LONGEST_NOTE + 1)])
async def test_an_empty_or_oversized_note_is_refused(sqlite_store: Store, text: str) -> None:
    me, conversation_id = await hired(sqlite_store), await chat(sqlite_store)
    async with sqlite_store.begin() as work:
        with pytest.raises(ValueError, match="5,000"):
            await notes.write(work, conversation_id, me, text)
