"""Feedback becomes people in quarters: one young person counts once, whatever they send and however often."""

from __future__ import annotations

from datetime import UTC, datetime

from bot.store import Store, Work
from bot.store.casework_models import Allocation, ConversationLink, Receipt
from bot.store.counted_themes import (
    ALL,
    NO_THEME,
    CountedRow,
    count_feedback,
    counted,
    counted_groups,
    forget_conversation,
    move_theme,
    quarter_of,
    renew_keys,
)
from bot.store.models import Channel, Consent, Conversation, Feedback, FeedbackKind, Message, MessageKind
from bot.store.report_models import DecidedBy, Sentiment

MAY = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUARTER = "2026Q2"


async def chat(work: Work, name: str, *, receipt: bool = True, case: str | None = None) -> str:
    """A conversation, with a receipt or linked to a case."""
    made = Conversation(channel=Channel.WEB, designation=name)
    work.session.add(made)
    await work.session.flush()
    if receipt:
        work.session.add(Receipt(conversation_id=made.id, words_hash=name.rjust(64, "0")))
    if case is not None:
        if await work.session.get(Allocation, case) is None:
            work.session.add(Allocation(reference_hash=case, reference_sealed=work.keys.encrypt(case)))
        await work.session.flush()
        work.session.add(ConversationLink(conversation_id=made.id, reference_hash=case))
    await work.session.flush()
    return made.id


async def says(work: Work, conversation_id: str, n: int, *, at: datetime = MAY) -> str:
    """A piece of feedback; its id."""
    message = Message(
        conversation_id=conversation_id,
        position=n,
        channel=Channel.WEB,
        channel_message_id=f"{conversation_id}:{n}",
        kind=MessageKind.TYPED,
        text_sealed=work.keys.encrypt("words"),
        received_at=at,
    )
    work.session.add(message)
    await work.session.flush()
    made = Feedback(
        message_id=message.id,
        conversation_id=conversation_id,
        kind=FeedbackKind.FEEDBACK,
        words=[message.id],
        consent=Consent.NO,
        created_at=at,
    )
    work.session.add(made)
    await work.session.flush()
    return made.id


def row(theme: str, feeling: Sentiment = Sentiment.NEGATIVE, *, reviewed: bool = True) -> CountedRow:
    domain = {"money": "moving_on", "housing": "moving_on", "siblings": "family"}.get(theme)
    return CountedRow(theme, domain, feeling, DecidedBy.OFFICER if reviewed else DecidedBy.MACHINE, reviewed)


async def people(work: Work, scope: str, *, linked: bool = True) -> int:
    return sum(one.people for one in await counted(work, QUARTER) if one.scope == scope and one.linked == linked)


async def test_one_person_who_sends_500_messages_over_two_chats_of_one_case_is_one_person(store: Store) -> None:
    async with store.begin() as work:
        one, other = await chat(work, "a", case="case"), await chat(work, "b", case="case", receipt=False)
        for n in range(25):  # 500 rows in all
            for where in (one, other):
                feedback = await says(work, where, n + 1)
                await count_feedback(work, feedback, [row("money"), row("housing", Sentiment.POSITIVE)])
        assert [await people(work, scope) for scope in ("money", "housing", "domain:moving_on", ALL)] == [1, 1, 1, 1]
        (in_all,) = [one for one in await counted(work, QUARTER) if one.scope == ALL]
        assert (in_all.feeling, in_all.messages, in_all.reviewed) == (Sentiment.MIXED, 50, 50)


async def test_a_chat_that_belongs_to_nobody_is_counted_apart_until_it_has_a_receipt_or_a_case(store: Store) -> None:
    async with store.begin() as work:
        unlinked = await chat(work, "a", receipt=False)
        await count_feedback(work, await says(work, unlinked, 1), [row("money")])
        assert (await people(work, "money"), await people(work, "money", linked=False)) == (0, 1)
        work.session.add(Receipt(conversation_id=unlinked, words_hash="1" * 64))
        await work.session.flush()
        assert await renew_keys(work, QUARTER) == 1
        assert await renew_keys(work, QUARTER) == 0
        assert (await people(work, "money"), await people(work, "money", linked=False)) == (1, 0)


async def test_a_later_decision_takes_the_place_of_the_earlier_and_the_quarter_stays(store: Store) -> None:
    async with store.begin() as work:
        feedback = await says(work, await chat(work, "a"), 1)
        await count_feedback(work, feedback, [row("money", reviewed=False)], age_band="16_17")
        await count_feedback(work, feedback, [row("siblings"), row("housing")], age_band="16_17")
        scopes = {one.scope for one in await counted(work, QUARTER)}
        assert scopes == {"siblings", "housing", "domain:family", "domain:moving_on", ALL}
        assert [(one.age_band, one.people) for one in await counted_groups(work, QUARTER)] == [("16_17", 1)]
        await count_feedback(work, feedback, [CountedRow(NO_THEME, None, None, DecidedBy.OFFICER, True)])
        assert {one.scope for one in await counted(work, QUARTER)} == {ALL}
        await count_feedback(work, feedback, [])
        assert await counted(work, QUARTER) == []


async def test_a_theme_that_is_merged_mid_quarter_counts_nobody_twice(store: Store) -> None:
    async with store.begin() as work:
        both, only_old = await chat(work, "a"), await chat(work, "b")
        await count_feedback(work, await says(work, both, 1), [row("money"), row("housing")])
        await count_feedback(work, await says(work, both, 2), [row("money")])
        await count_feedback(work, await says(work, only_old, 1), [row("money", reviewed=False)])
        await move_theme(work, QUARTER, "money", ("housing", "moving_on"))
        assert [await people(work, scope) for scope in ("money", "housing", ALL)] == [0, 2, 2]
        checked = {one.checked: one.people for one in await counted(work, QUARTER) if one.scope == "housing"}
        assert checked == {True: 1, False: 1}


async def test_what_somebody_takes_back_is_not_counted_any_more(store: Store) -> None:
    async with store.begin() as work:
        stays, goes = await chat(work, "a"), await chat(work, "b")
        for where in (stays, goes):
            await count_feedback(work, await says(work, where, 1), [row("money")])
        await forget_conversation(work, goes)
        assert await people(work, "money") == 1


def test_a_quarter_is_the_one_by_the_clocks_in_england() -> None:
    assert quarter_of(datetime(2026, 6, 30, 23, 30, tzinfo=UTC)) == "2026Q3"
    assert quarter_of(datetime(2026, 12, 31, 23, 30, tzinfo=UTC)) == "2026Q4"
