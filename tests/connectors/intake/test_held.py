"""While a person answers, the bot is quiet: everything is kept and screened, and nothing is said in between."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.handover import as_said
from bot.store import conversations, handover, messages, records
from bot.store.models import Channel, Message, MessageKind, RequestKind, Severity, TurnOutcome
from bot.store.records import NewRequest
from bot.store.staff_models import AuditEvent
from connectors.intake.intake import Inbound
from connectors.intake.receipt_offer import offer_receipt
from ovos.settings import temporary_settings
from ovos.web import House
from tests.bot.store.people import hired
from tests.connectors.intake.test_screening_in_intake import (
    alone,  # noqa: F401  # a fixture
    lines,
    misbehaving_brain,
    open_house,
    press,
    pressed,  # noqa: F401  # a fixture
    raised,
    say,
    start,
)


async def hold(house: House, conversation_id: str) -> str:
    officer = await hired(house.store)
    async with house.store.begin() as work:
        notice = as_said(house.wording.handover.taken_over)
        assert await handover.hold(work, conversation_id, officer, notice=notice)
    return officer


async def newest(house: House, conversation_id: str) -> Message:
    async with house.store.look() as work:
        found = await work.session.scalar(
            select(Message).where(Message.conversation_id == conversation_id).order_by(Message.position.desc()).limit(1)
        )
    assert found is not None
    return found


async def test_a_message_is_kept_screened_and_closed_and_the_brain_is_not_asked(alone: House) -> None:  # noqa: F811
    conversation_id = await start(alone)
    await hold(alone, conversation_id)
    assert await say(alone, conversation_id, "I would like my old room back") == []
    kept = await newest(alone, conversation_id)
    # With no brain at all, asking it would have ended in "brain_down".
    assert (kept.outcome, kept.severity) == (TurnOutcome.HELD, Severity.NONE)


async def test_many_messages_in_a_row_are_all_for_the_person(alone: House) -> None:  # noqa: F811
    conversation_id = await start(alone)
    await hold(alone, conversation_id)
    for number in range(25):
        assert await say(alone, conversation_id, f"and another thing, number {number}") == []
    assert (await newest(alone, conversation_id)).outcome == TurnOutcome.HELD


async def test_a_disclosure_gets_its_safety_reply_and_an_alert(alone: House) -> None:  # noqa: F811
    conversation_id = await start(alone)
    await hold(alone, conversation_id)
    said = await say(alone, conversation_id, "im gonna kill myself tonight")
    assert {line.author for line in said} == {"safety"}
    assert await raised(alone, conversation_id) == [Severity.IMMEDIATE]


async def test_who_can_see_this_is_still_answered(alone: House) -> None:  # noqa: F811
    conversation_id = await start(alone)
    await hold(alone, conversation_id)
    who = Inbound(conversation_id, Channel.WEB, "who-held", "Who can see this?", MessageKind.WHO_CAN_SEE)
    stored = await alone.intake.receive(who)
    await asyncio.sleep(0.5)
    said = await lines(alone, conversation_id, stored.position)
    assert "who_can_see_people" in [line.key for line in said]


async def test_stop_leaves_the_person_in_the_chat_and_offers_the_computer(alone: House) -> None:  # noqa: F811
    conversation_id = await start(alone)
    officer = await hold(alone, conversation_id)
    said = await say(alone, conversation_id, "stop")
    assert [line.key for line in said] == ["stopped_held"]
    async with alone.store.look() as work:
        assert await handover.holder(work, conversation_id) == officer
    said = await press(alone, conversation_id, "Talk to the computer again")
    assert [line.key for line in said] == ["held_handed_back"]
    async with alone.store.look() as work:
        assert await handover.holder(work, conversation_id) is None
        line = await work.session.scalar(select(AuditEvent).where(AuditEvent.action == "handed_back"))
    assert line is not None
    assert (line.actor, line.subject_id) == ("young_person", conversation_id)
    said = await say(alone, conversation_id, "hello")
    assert said[0].key == "brain_starting"


@pytest.mark.usefixtures("pressed")
async def test_an_answer_that_was_being_made_when_a_person_took_over_is_not_said(tmp_path: Path) -> None:
    async with misbehaving_brain("slow") as port:
        async with open_house(replace(temporary_settings(tmp_path), brain_port=port)) as house:
            conversation_id = await start(house)
            telling = asyncio.create_task(say(house, conversation_id, "hello"))
            await asyncio.sleep(1)
            await hold(house, conversation_id)
            assert [line.key for line in await telling] == ["held_taken_over"]
            assert (await newest(house, conversation_id)).outcome == TurnOutcome.HELD


async def test_four_words_are_kept_screened_and_answered_with_a_warning(alone: House) -> None:  # noqa: F811
    conversation_id = await start(alone)
    said = await say(alone, conversation_id, "acorn zebra yoga cake")
    assert [line.key for line in said] == ["receipt_pasted"]
    async with alone.store.look() as work:
        assert (await messages.texts(work, [(await newest(alone, conversation_id)).id])) == ["acorn zebra yoga cake"]
    assert (await newest(alone, conversation_id)).severity is not None


@pytest.mark.parametrize("title", ["Get new words", "Open a chat with four words"])
async def test_a_receipt_button_where_no_page_opens_the_panel_says_where_it_is(alone: House, title: str) -> None:  # noqa: F811
    conversation_id = await start(alone)
    await say(alone, conversation_id, "acorn zebra yoga cake")
    assert [line.key for line in await press(alone, conversation_id, title)] == ["receipt_elsewhere"]


async def test_the_words_are_offered_once_when_they_stop(alone: House) -> None:  # noqa: F811
    conversation_id = await start(alone)
    assert [line.key for line in await say(alone, conversation_id, "stop")] == ["stopped", "receipt_offer"]
    assert [line.key for line in await say(alone, conversation_id, "stop")] == ["stopped"]


async def test_the_words_are_offered_after_a_request_was_sent_and_not_after_anything_else(
    alone: House,  # noqa: F811
) -> None:
    conversation_id = await start(alone)
    for text in ("send it please", "what is the weather"):
        await say(alone, conversation_id, text)
    async with alone.store.begin() as work:
        rows = list(await work.session.scalars(select(Message).order_by(Message.position)))
        request = NewRequest(rows[0].id, conversation_id, RequestKind.CONTACT, "social_worker")
        await records.add_request(work, request)
    async with alone.store.look() as work:
        conversation = await conversations.by_id(work, conversation_id)
        offers = []
        for row in rows:
            opened = messages.WaitingMessage(
                row.id, conversation_id, row.position, MessageKind.TYPED, "words", None, row.received_at, None
            )
            offers.append(await offer_receipt(work, alone.wording, opened, conversation))
    assert [[bubble.key for bubble in offer] for offer in offers] == [["receipt_offer"], []]


async def test_other_channels_are_not_offered_words_for_the_web(alone: House) -> None:  # noqa: F811
    conversation_id = (await alone.intake.open(Channel.CONVERSE, ["still heron"])).conversation.id
    assert [line.key for line in await say(alone, conversation_id, "stop")] == ["stopped"]
