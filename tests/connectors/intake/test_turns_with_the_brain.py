"""Turns with the real brain: answered once, tried again with the same words, drafts kept, records never doubled."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

from sqlalchemy import select

from bot.store import messages
from bot.store.models import Channel, Conversation, Feedback, Message, MessageState, OutboxItem, Request, TurnOutcome
from connectors.intake.brain import BrainClient
from connectors.intake.intake import Inbound
from ovos.settings import Settings, free_ports
from ovos.web import House, build_house
from tests.connectors.intake.test_screening_in_intake import lines, open_house, press, say, settle, start


async def test_try_again_answers_the_words_that_could_not_be_answered(living: Settings) -> None:
    away = replace(living, brain_port=free_ports(1)[0])
    async with open_house(away) as house:
        conversation_id = await start(house)
        said = await say(house, conversation_id, "my social worker keeps changing and nobody tells me")
        assert said[0].key == "brain_starting"
    async with open_house(living) as house:
        said = await press(house, conversation_id, "Try again")
        assert "I have kept your words" in " ".join(line.text for line in said)
        for title in ("That's all", "Bad", "Skip", "Skip the rest", "No, thanks"):
            await press(house, conversation_id, title)
        async with house.store.look() as work:
            kept = await work.session.scalar(select(Feedback).where(Feedback.conversation_id == conversation_id))
            assert kept is not None
            words = await messages.texts(work, kept.words)
        assert words[0] == "my social worker keeps changing and nobody tells me"


async def test_a_turn_run_again_after_a_crash_says_and_writes_nothing_twice(house: House) -> None:
    conversation_id = await start(house)
    for text in ("can my social worker ring me", "about my plan"):
        await say(house, conversation_id, text)
    for title in ("Here in this chat", "Skip"):
        await press(house, conversation_id, title)
    await press(house, conversation_id, "Send it")
    before = await lines(house, conversation_id)
    async with house.store.begin() as work:
        # As if the process had died after the brain answered and before the answer was committed.
        newest = select(Message).where(Message.conversation_id == conversation_id).order_by(Message.position.desc())
        sent = await work.session.scalar(newest.limit(1))
        assert sent is not None
        for item in await work.session.scalars(select(OutboxItem).where(OutboxItem.answers == sent.id)):
            await work.session.delete(item)
        sent.state = MessageState.RECEIVED
    house.turns.wake(conversation_id)
    await settle(house, conversation_id)
    after = await lines(house, conversation_id)
    async with house.store.look() as work:
        requests = (await work.session.scalars(select(Request).where(Request.conversation_id == conversation_id))).all()
    assert len(requests) == 1
    assert [line.text for line in after] == [line.text for line in before]


async def test_what_was_started_is_kept_through_stop_and_small_talk(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, "can my pa ring me")
    await say(house, conversation_id, "it is about my flat")
    said = await say(house, conversation_id, "stop")
    assert said[0].key == "stopped_with_draft"
    await say(house, conversation_id, "thanks")
    async with house.store.look() as work:
        conversation = await work.session.get_one(Conversation, conversation_id)
    assert conversation.draft is not None
    said = await press(house, conversation_id, "Carry on with it")
    assert "How should they answer you" in " ".join(line.text for line in said)


async def test_the_status_check_leaves_no_draft_and_goes_into_none(house: House) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, "am i a care leaver")
    for title in ("Check what I am", "I am 17", "Yes, I am in care"):
        await press(house, conversation_id, title)
    assert await _draft(house, conversation_id) is None
    for title in ("4 months or more", "Yes, in England"):
        said = await press(house, conversation_id, title)
    assert "probably an eligible child" in said[0].text
    await press(house, conversation_id, "Ask, and attach my result")
    draft = await _draft(house, conversation_id)
    assert draft is not None
    assert draft["name"] == "contact_form"
    assert not any(name.startswith("status_") for name in draft["slots"])
    assert draft["slots"]["attach"] == "status", "that it is to go along, and nothing of what it says"
    assert "eligible" not in str(draft)


async def _draft(house: House, conversation_id: str) -> dict[str, Any] | None:
    async with house.store.look() as work:
        return (await work.session.get_one(Conversation, conversation_id)).draft


async def test_messages_sent_in_one_breath_are_answered_in_order(house: House) -> None:
    conversation_id = await start(house)
    texts = ["hello", "what is a pathway plan", "thanks", "what can you do", "bye"]
    for number, text in enumerate(texts):
        await house.intake.receive(Inbound(conversation_id, Channel.WEB, f"breath-{number}", text))
    await settle(house, conversation_id, 30)
    async with house.store.look() as work:
        rows = await work.session.scalars(
            select(Message).where(Message.conversation_id == conversation_id).order_by(Message.position)
        )
        closed = [(row.goal, row.closed_at) for row in rows]
    assert [goal for goal, _ in closed] == ["greet", "entitlement", "thanks", "help_menu", "goodbye"]
    assert [at for _, at in closed] == sorted(at for _, at in closed if at is not None)


async def test_different_conversations_are_answered_side_by_side(house: House) -> None:
    ids = [await start(house) for _ in range(6)]
    answers = await asyncio.gather(*(say(house, one, "what is a pathway plan") for one in ids))
    assert all("plan for your future" in said[0].text for said in answers)


async def test_two_web_processes_share_the_work_and_answer_once(living: Settings) -> None:
    first, second = build_house(living, "web-a"), build_house(living, "web-b")
    await first.open()
    await second.open()
    try:
        conversation_id = await start(first)
        sends = [
            house.intake.receive(Inbound(conversation_id, Channel.WEB, f"both-{number}", "thanks"))
            for number, house in enumerate([first, second, first, second])
        ]
        await asyncio.gather(*sends)
        await settle(first, conversation_id, 30)
        async with first.store.look() as work:
            rows = (await work.session.scalars(select(Message).where(Message.conversation_id == conversation_id))).all()
        assert [row.outcome for row in rows] == [TurnOutcome.ANSWERED] * 4
        said = [line for line in await lines(first, conversation_id) if line.author == "service"]
        assert len({line.position for line in said}) == len(said) == 3 + 4
    finally:
        await first.close()
        await second.close()


async def test_leaving_makes_rasa_forget_the_conversation(house: House, living: Settings) -> None:
    conversation_id = await start(house)
    await say(house, conversation_id, "hello")
    raw = Path(living.home / "brain.db")
    assert conversation_id.encode() in raw.read_bytes() + Path(f"{raw}-wal").read_bytes()
    brain = BrainClient(living.brain_address, living.brain_token)
    await brain.forget(conversation_id)
    await brain.forget(conversation_id)
    await brain.close()
