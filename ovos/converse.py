"""`ovos converse FILE`: whole conversations through intake, brain and actions, one JSON object a line."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from bot.store import alerts, messages, outbox
from bot.store.messages import StoredMessage
from bot.store.models import Channel, MessageKind
from bot.store.outbox import TimelineItem
from connectors.intake.intake import Inbound, Refused
from ovos.cases import ConversationCase, read_cases
from ovos.settings import settings_from_environment
from ovos.temporary import temporary_house
from ovos.train import train
from ovos.web import House, load_designations

TOGETHER = 4
TURN_SECONDS = 30.0
LOOK_SECONDS = 0.02

Line = dict[str, Any]


class StuckTurn(Exception):
    """A turn did not close in time."""


async def converse(file: Path) -> AsyncIterator[Line]:
    """id, turns [{user, replies [{text, buttons}], alert}]. A user line equal to a button's title presses it."""
    cases = read_cases(file, ConversationCase)
    train(settings_from_environment(), quiet=True)
    async with temporary_house() as house:
        for begin in range(0, len(cases), TOGETHER):
            batch = cases[begin : begin + TOGETHER]
            for line in await asyncio.gather(*(hold(house, case) for case in batch)):
                yield line


async def hold(house: House, case: ConversationCase) -> Line:
    """One fresh conversation."""
    opened = await house.intake.open(Channel.CONVERSE, load_designations())
    conversation_id = opened.conversation.id
    seen = await _news(house, conversation_id, 0)
    turns = []
    for turn in case.turns:
        line, seen = await _turn(house, conversation_id, turn.user, seen)
        turns.append(line)
    return {"id": case.id, "turns": turns}


async def _turn(
    house: House, conversation_id: str, user: str, before: list[TimelineItem]
) -> tuple[Line, list[TimelineItem]]:
    pressed = _button(before, user)
    kind = MessageKind.TYPED if pressed is None else MessageKind.BUTTON
    inbound = Inbound(conversation_id, Channel.CONVERSE, uuid.uuid4().hex, user, kind, pressed)
    try:
        stored = await house.intake.receive(inbound)
    except Refused as refused:
        text = getattr(house.wording.notices.errors, refused.reason)
        return {"user": user, "replies": [{"text": text, "buttons": []}], "alert": None}, before
    await _wait_until_closed(house, conversation_id)
    said = [item for item in await _news(house, conversation_id, stored.position) if item.author != "me"]
    replies = [{"text": item.text, "buttons": [button.title for button in item.buttons]} for item in said]
    return {"user": user, "replies": replies, "alert": await _alert(house, conversation_id, stored)}, said


def _button(shown: list[TimelineItem], user: str) -> tuple[int, int] | None:
    """The last shown button with this title."""
    for item in reversed(shown):
        for number, button in enumerate(item.buttons):
            if button.title == user.strip():
                return item.position, number
    return None


async def _wait_until_closed(house: House, conversation_id: str) -> None:
    deadline = asyncio.get_running_loop().time() + TURN_SECONDS
    while asyncio.get_running_loop().time() < deadline:
        async with house.store.look() as work:
            if await messages.next_waiting(work, conversation_id) is None:
                return
        await asyncio.sleep(LOOK_SECONDS)
    raise StuckTurn(f"A turn was not answered within {TURN_SECONDS:.0f} s.")


async def _news(house: House, conversation_id: str, after: int) -> list[TimelineItem]:
    async with house.store.look() as work:
        return await outbox.timeline(work, conversation_id, after)


async def _alert(house: House, conversation_id: str, stored: StoredMessage) -> Line | None:
    async with house.store.look() as work:
        raised = await alerts.of_conversation(work, conversation_id)
    found = next((alert for alert in raised if alert.message_id == stored.id), None)
    return None if found is None else {"severity": found.severity, "category": found.category}
