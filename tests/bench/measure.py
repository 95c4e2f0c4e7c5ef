"""What the bench measures on a served brain, and on the whole service through its web chat."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bot.store import Store, conversations, messages
from bot.store.keys import load_keys
from bot.store.messages import NewMessage
from bot.store.migrate import migrate
from bot.store.models import Channel
from connectors.intake.brain import BrainClient, TurnRequest
from ovos.evaluate import ENTITLEMENT, Held
from ovos.run import HouseKeeper
from ovos.settings import Settings
from tests.bench.plain import PlainServed, RestClient
from tests.bench.sides import Served

Ask = Callable[[TurnRequest], Awaitable[Sequence[str]]]

SAYINGS = (
    "hiya",
    "how often should my social worker come and see me",
    "whats a pathway plan",
    "do i have to pay council tax when i get my flat",
    "who can see what i write here",
    "thanks for that",
    "can you help me with my maths homework",
    "my cousin says i can get money for uni off the council",
    "what can you do",
    "any news on what i asked for",
)
WARM_UP = 5


@dataclass(frozen=True)
class Speed:
    median_ms: float
    p95_ms: float
    a_second: float


@dataclass(frozen=True)
class TurnSpeed(Speed):
    """Of the brain: also the CPU time of brain and action server for a turn."""

    cpu_ms: float


async def accuracy(settings: Settings, held: list[Held]) -> float:
    """Share of held-out messages whose goal is read right; for card questions, read as a card question."""
    brain = BrainClient(settings.brain_address, settings.brain_token)
    right = 0
    try:
        for begin in range(0, len(held), 64):
            batch = held[begin : begin + 64]
            for one, parsed in zip(batch, await brain.parse([one.text for one in batch]), strict=True):
                best = next((intent.name for intent in parsed.ranking if intent.name != "nlu_fallback"), None)
                right += best == one.goal
    finally:
        await brain.close()
    return right / len(held)


def goals_only(held: list[Held]) -> list[Held]:
    return [one for one in held if one.card is None]


def cards_only(held: list[Held]) -> list[Held]:
    return [one for one in held if one.goal == ENTITLEMENT and one.card is not None]


async def answers(served: Served) -> dict[str, Sequence[str]]:
    """What each saying gets for an answer. Warms both processes up."""
    async with _talking_to(served) as (ask, store):
        said = await _conversation(store, SAYINGS)
        return {one.text: await ask(one) for one in said}


async def brain_speed(served: Served, users: int, count: int, sayings: Sequence[str] = SAYINGS) -> TurnSpeed:
    """About so many turns, shared by this many young people at once, each waiting for an answer before going on.

    Each message is in the store before the clock starts, because actions refer to it.
    """
    each = max(1, round(count / users / len(sayings)))
    times: list[float] = []
    async with _talking_to(served) as (ask, store):
        talks = [[await _conversation(store, sayings) for _ in range(each)] for _ in range(users)]

        async def talk(conversations: list[list[TurnRequest]]) -> None:
            for request in (request for one in conversations for request in one):
                at = time.monotonic()
                await ask(request)
                times.append(time.monotonic() - at)

        began, used = time.monotonic(), served.cpu_seconds
        await asyncio.gather(*(talk(conversations) for conversations in talks))
        took, used = time.monotonic() - began, served.cpu_seconds - used
    speed = _speed(times, took)
    return TurnSpeed(speed.median_ms, speed.p95_ms, speed.a_second, used * 1000 / len(times))


@asynccontextmanager
async def _talking_to(served: Served) -> AsyncIterator[tuple[Ask, Store]]:
    store = Store(served.settings.database, load_keys(served.settings.key_file))
    try:
        await migrate(store)
        async with _asking(served) as ask:
            yield ask, store
    finally:
        await store.close()


@asynccontextmanager
async def _asking(served: Served) -> AsyncIterator[Ask]:
    """A message in, the texts of its answer out."""
    if isinstance(served, PlainServed):
        async with RestClient(served.settings.brain_address) as rest:
            yield rest.texts
        return
    brain = BrainClient(served.settings.brain_address, served.settings.brain_token, turn_seconds=60)

    async def texts(request: TurnRequest) -> Sequence[str]:
        return [reply.text for reply in (await brain.turn(request)).replies if reply.text]

    try:
        yield texts
    finally:
        await brain.close()


async def _conversation(store: Store, sayings: Sequence[str]) -> list[TurnRequest]:
    """A new conversation in which each is said once."""
    conversation = await _open(store)
    return [await _stored(store, conversation, text) for text in sayings]


async def _open(store: Store) -> str:
    async with store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.CONVERSE, [f"bench {uuid.uuid4().hex}"])
    return opened.conversation.id


async def _stored(store: Store, conversation: str, text: str) -> TurnRequest:
    new = NewMessage(conversation, Channel.CONVERSE, uuid.uuid4().hex, text)
    async with store.begin() as work:
        stored = await messages.store(work, new)
    return TurnRequest(conversation, stored.id, text, None, {"message_id": stored.id})


def _speed(times: list[float], took: float) -> Speed:
    ordered = sorted(times)
    return Speed(statistics.median(ordered) * 1000, ordered[int(len(ordered) * 0.95)] * 1000, len(ordered) / took)


@asynccontextmanager
async def whole_house(settings: Settings) -> AsyncIterator[None]:
    settings.home.mkdir(exist_ok=True)
    house = HouseKeeper(settings, settings.home)
    house.start()
    try:
        if not await house.wait_for_all(180):
            raise SystemExit("The house did not start.")
        yield
    finally:
        await house.stop()


async def web_speed(settings: Settings, turns: int) -> Speed:
    """From a message leaving the page to its answer arriving: stored, screened and answered on the way."""
    times: list[float] = []
    began = time.monotonic()
    async with aiohttp.ClientSession() as session:
        for number in range(turns):
            if number % len(SAYINGS) == 0:
                socket = await session.ws_connect(f"http://127.0.0.1:{settings.port}/chat/ws")
                await socket.send_json({"type": "hello", "token": None, "after": 0})
                await _item(socket, 3)
                position = 3
            at = time.monotonic()
            await socket.send_json({"type": "say", "id": uuid.uuid4().hex, "text": SAYINGS[number % len(SAYINGS)]})
            position = await _answer(socket, position)
            if number >= WARM_UP:
                times.append(time.monotonic() - at)
            # Longer than all the bubbles of one answer take, and slower than the rate limit.
            await asyncio.sleep(0.8)
            position = await _drain(socket, position)
    return _speed(times, time.monotonic() - began)


async def _item(socket: aiohttp.ClientWebSocketResponse, position: int) -> None:
    while True:
        frame = json.loads((await socket.receive(timeout=20)).data)
        if frame["type"] == "item" and frame["position"] == position:
            return


async def _answer(socket: aiohttp.ClientWebSocketResponse, after: int) -> int:
    """The position of the first line that the service says past this one."""
    while True:
        frame = json.loads((await socket.receive(timeout=20)).data)
        if frame["type"] == "item" and frame["from"] != "me" and frame["position"] > after:
            return int(frame["position"])


async def _drain(socket: aiohttp.ClientWebSocketResponse, position: int) -> int:
    while True:
        try:
            frame = json.loads((await socket.receive(timeout=0.05)).data)
        except TimeoutError:
            return position
        if frame["type"] == "item":
            position = max(position, frame["position"])
