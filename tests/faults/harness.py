"""A whole house that is killed again and again while conversations run, and the proof that nothing was lost.

Everything stays on loopback and stops by itself: the number of kills, conversations and messages is fixed.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import signal
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from sqlalchemy import select

from bot.store import Store
from bot.store.keys import load_keys
from bot.store.models import Feedback, Message, MessageState, Misunderstood, OutboxItem, Request
from ovos.run import HouseKeeper
from ovos.settings import Settings

SAYINGS = [
    "hello",
    "my social worker keeps changing",
    "how often should my social worker visit me",
    "no that's all",
    "what is a pathway plan",
    "can someone ring me please",
    "thanks",
    "stop",
    "i passed my maths test",
    "what can you do",
]
PAUSE = (2.0, 5.0)  # seconds; faster than this would only meet the rate limit
KILLED = ("web", "actions", "brain")


@dataclass
class Young:
    """One young person's page: sends in order, keeps what is not saved, reconnects and sends it again."""

    address: str
    number: int
    token: str | None = None
    conversation: str | None = None
    sent: list[tuple[str, str]] = field(default_factory=list)
    saved: set[str] = field(default_factory=set)
    seen: dict[int, dict[str, Any]] = field(default_factory=dict)
    doubled: list[int] = field(default_factory=list)
    out_of_order: int = 0

    @property
    def after(self) -> int:
        return max(self.seen, default=0)

    async def talk(self, messages: int, stop: asyncio.Event) -> None:
        """Say this many things, and stay until all are saved or time is up."""
        writer = asyncio.create_task(self._say(messages))
        while not (stop.is_set() and writer.done() and len(self.saved) == len(self.sent)):
            try:
                await self._connected(stop, writer)
            except (aiohttp.ClientError, ConnectionError, TimeoutError):
                await asyncio.sleep(0.3)

    async def _say(self, messages: int) -> None:
        chance = random.Random(self.number)
        for _ in range(messages):
            self.sent.append((uuid.uuid4().hex, chance.choice(SAYINGS)))
            await asyncio.sleep(chance.uniform(*PAUSE))

    async def _connected(self, stop: asyncio.Event, writer: asyncio.Task[None]) -> None:
        async with aiohttp.ClientSession() as session, session.ws_connect(self.address, timeout=_wait()) as socket:
            await socket.send_json({"type": "hello", "token": self.token, "after": self.after})
            offered: set[str] = set()
            while not (stop.is_set() and writer.done() and len(self.saved) == len(self.sent)):
                for client_id, text in list(self.sent):
                    if client_id not in self.saved and client_id not in offered:
                        offered.add(client_id)
                        await socket.send_json({"type": "say", "id": client_id, "text": text})
                try:
                    received = await socket.receive(timeout=0.3)
                except TimeoutError:
                    continue
                if received.type is not aiohttp.WSMsgType.TEXT:
                    raise ConnectionError
                self._take(json.loads(received.data))

    def _take(self, frame: dict[str, Any]) -> None:
        match frame["type"]:
            case "welcome":
                self.token = frame["token"]
            case "saved":
                self.saved.add(frame["id"])
            case "item":
                position = frame["position"]
                if position in self.seen:
                    self.doubled.append(position)
                if position < self.after:
                    self.out_of_order += 1
                self.seen[position] = frame


def _wait() -> Any:
    return aiohttp.ClientWSTimeout(ws_close=2)


@dataclass(frozen=True)
class Result:
    kills: Counter[str]
    sent: int
    stored: int
    problems: list[str]
    outcomes: Counter[str]
    seconds: float


async def kill_and_check(settings: Settings, kills: int, conversations: int, seconds_between: float) -> Result:
    """Run the house, kill its processes in turn at random moments, and compare what was said with what is kept."""
    began = time.monotonic()
    house = HouseKeeper(settings, settings.home)
    house.start()
    try:
        if not await house.wait_for_all(180):
            raise AssertionError("the house did not start")
        address = f"http://127.0.0.1:{settings.port}/chat/ws"
        young = [Young(address, number) for number in range(conversations)]
        stop = asyncio.Event()
        messages = int(kills * seconds_between / sum(PAUSE) * 2)
        talking = [asyncio.create_task(one.talk(messages, stop)) for one in young]
        killed = await _kill(house, kills, seconds_between)
        stop.set()
        await asyncio.wait_for(asyncio.gather(*talking), 120 + messages * sum(PAUSE))
        await _wait_until_answered(settings)
    finally:
        await house.stop()
    problems, outcomes, stored = await check(settings, young)
    return Result(killed, sum(len(one.sent) for one in young), stored, problems, outcomes, time.monotonic() - began)


async def _kill(house: HouseKeeper, kills: int, seconds_between: float) -> Counter[str]:
    chance = random.Random(7)
    killed: Counter[str] = Counter()
    for number in range(kills):
        await asyncio.sleep(chance.uniform(0.3, 2 * seconds_between - 0.3))
        name = KILLED[number % len(KILLED)]
        os.kill(await _alive(house, name), signal.SIGKILL)
        killed[name] += 1
    return killed


async def _alive(house: HouseKeeper, name: str) -> int:
    """The process's id, once it runs: after an earlier kill it may still be in the pause before its restart."""
    for _ in range(300):
        running = house.keepers[name].running
        if running is not None and running.alive:
            return running.process.pid
        await asyncio.sleep(0.1)
    raise AssertionError(f"{name} was not restarted")


async def _wait_until_answered(settings: Settings) -> None:
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        for _ in range(600):
            async with store.look() as work:
                waiting = await work.session.scalar(
                    select(Message.id).where(Message.state == MessageState.RECEIVED).limit(1)
                )
            if waiting is None:
                return
            await asyncio.sleep(0.1)
        raise AssertionError("a message was never answered")
    finally:
        await store.close()


async def check(settings: Settings, young: list[Young]) -> tuple[list[str], Counter[str], int]:
    """Everything that is wrong with what the store kept; nothing, when all is well."""
    store = Store(settings.database, load_keys(settings.key_file))
    problems: list[str] = []
    outcomes: Counter[str] = Counter()
    try:
        async with store.look() as work:
            rows = list(await work.session.scalars(select(Message).order_by(Message.conversation_id, Message.position)))
            said = list(await work.session.scalars(select(OutboxItem)))
            records = [
                list(await work.session.scalars(select(table.message_id)))
                for table in (Feedback, Request, Misunderstood)
            ]
    finally:
        await store.close()
    by_client = {row.channel_message_id.rpartition(":")[2]: row for row in rows}
    answered = {item.answers for item in said}
    outcomes.update(row.outcome or "none" for row in rows)
    for one in young:
        problems += _check_young(one, by_client)
    problems += [f"message {row.position} of a conversation was not answered" for row in rows if row.id not in answered]
    problems += [f"message {row.position} was never screened" for row in rows if row.severity is None]
    keys = Counter((item.answers, item.part, item.n) for item in said if item.answers)
    problems += ["a bubble was said twice" for count in keys.values() if count > 1]
    problems += ["a record was written twice" for ids in records if len(ids) != len(set(ids))]
    return problems, outcomes, len(rows)


def _check_young(one: Young, by_client: dict[str, Message]) -> list[str]:
    problems = []
    missing = [client_id for client_id, _text in one.sent if client_id not in by_client]
    if missing:
        problems.append(f"{len(missing)} messages of conversation {one.number} were lost")
    places = [by_client[client_id].position for client_id, _text in one.sent if client_id in by_client]
    if places != sorted(places):
        problems.append(f"the order of conversation {one.number} was not kept")
    if len({by_client[client_id].conversation_id for client_id, _text in one.sent if client_id in by_client}) > 1:
        problems.append(f"conversation {one.number} was torn in two")
    if one.doubled or one.out_of_order:
        problems.append(f"conversation {one.number} was shown a line twice or out of order")
    return problems
