"""The desk for receipts, on both databases: what opens, what does not, and how fast it may be tried."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from bot.privacy.guessing import GUESSES_FOR_SLOWEST, Visitor
from bot.privacy.receipts import load_word_list
from bot.store import Store, audit, conversations, messages, receipts
from bot.store.casework_models import Receipt
from bot.store.messages import NewMessage
from bot.store.models import Channel
from bot.store.staff_models import AuditEvent
from connectors.intake.wording import load_wording
from connectors.webchat.receipts import MOST_AN_HOUR, LetIn, NoReceipt, ReceiptDesk

WORDS = load_word_list()
WORDING = load_wording()


async def opened(store: Store) -> conversations.OpenedConversation:
    async with store.begin() as work:
        return await conversations.open_conversation(work, Channel.WEB, ["calm otter", "bright fern", "still heron"])


async def refusal(desk: ReceiptDesk, typed: str, visitor: Visitor | None = None) -> NoReceipt:
    with pytest.raises(NoReceipt) as no:
        await desk.open(typed, visitor or Visitor(), None)
    return no.value


async def test_words_made_in_one_process_open_the_chat_in_another_and_the_log_tells(store: Store) -> None:
    conversation_id = (await opened(store)).conversation.id
    words = await ReceiptDesk(store, WORDS, WORDING).make(conversation_id)
    let_in = await ReceiptDesk(store, WORDS, WORDING).open(" ".join(words).upper(), Visitor(), None)
    assert isinstance(let_in, LetIn)
    async with store.look() as work:
        found = await conversations.by_token(work, let_in.token)
        kept = (await work.session.scalars(select(Receipt))).one()
        told = [(event.action, event.subject_id) for event in await work.session.scalars(select(AuditEvent))]
        await audit.verify(work)
    assert found is not None
    assert found.id == conversation_id
    assert told == [("receipt_made", kept.id), ("receipt_used", kept.id)]
    # Ids, hashes and days hold digits and a to f: a word of these letters alone can stand there by chance.
    telling = [word for word in words if set(word) - set("abcdef")]
    kept_values = [str(getattr(kept, column.key)) for column in Receipt.__table__.columns if getattr(kept, column.key)]
    assert telling
    assert not any(word in value for word in telling for value in kept_values)


async def test_an_empty_chat_that_is_left_for_the_old_one_is_ended_and_one_with_words_stays(store: Store) -> None:
    desk = ReceiptDesk(store, WORDS, WORDING)
    words = " ".join(await desk.make((await opened(store)).conversation.id))
    empty, spoken = await opened(store), await opened(store)
    async with store.begin() as work:
        name = f"{spoken.conversation.id}:a"
        await messages.store(work, NewMessage(spoken.conversation.id, Channel.WEB, name, "hello"))
    for token in (empty.token, spoken.token):
        await desk.open(words, Visitor(), token)
    async with store.look() as work:
        assert await conversations.by_token(work, empty.token) is None
        assert await conversations.by_token(work, spoken.token) is not None


async def test_words_that_cannot_be_read_are_no_guess_and_wrong_ones_are_counted(store: Store) -> None:
    desk = ReceiptDesk(store, WORDS, WORDING)
    assert (await refusal(desk, "hello")).reason == "return_unreadable"
    misspelt = await refusal(desk, "Acorm zebra, YOGA cake")
    assert (misspelt.reason, misspelt.suggested) == ("return_suggest", ("acorn", "zebra", "yoga", "cake"))
    assert (await refusal(desk, "acorn zebra yoga cake")).reason == "return_refused"
    async with store.look() as work:
        assert await receipts.guesses_since(work, datetime.now(UTC) - timedelta(hours=1)) == 1


async def test_guesses_made_in_other_processes_slow_this_one_down_for_everybody(store: Store) -> None:
    desk = ReceiptDesk(store, WORDS, WORDING)
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    async with store.begin() as work:
        for _ in range(GUESSES_FOR_SLOWEST):
            await receipts.note_guess(work, hour_ago)
    assert (await refusal(desk, "acorn zebra yoga cake")).reason == "return_refused"
    second = await refusal(desk, "acorn zebra yoga cake")
    assert second.reason == "return_wait"
    assert 5 < second.seconds <= 10


async def test_one_chat_is_not_given_new_words_without_end(sqlite_store: Store) -> None:
    desk, conversation_id = ReceiptDesk(sqlite_store, WORDS, WORDING), (await opened(sqlite_store)).conversation.id
    for _ in range(MOST_AN_HOUR):
        await desk.make(conversation_id)
    with pytest.raises(NoReceipt, match="receipt_too_many"):
        await desk.make(conversation_id)
