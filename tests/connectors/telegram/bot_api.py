"""A server of our own on loopback that speaks Telegram's Bot API, with its limits, its refusals and its faults.

It has nothing in common with python-telegram-bot, which talks to it as it would talk to Telegram.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import random
import time
from collections import defaultdict, deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from ovos.settings import free_ports

TOKEN = "4242:AAtestTOKENtestTOKENtestTOKENtestT"
BOT = {"id": 4242, "is_bot": True, "first_name": "Messages", "username": "messages_test_bot"}
Json = dict[str, Any]


@dataclass
class Taken:
    """A message that the server accepted."""

    chat: int
    text: str
    given: Json
    message_id: int
    at: float

    @property
    def keys(self) -> list[Json]:
        markup = json.loads(self.given.get("reply_markup", "{}"))
        return [key for row in markup.get("inline_keyboard", []) for key in row]


@dataclass
class Limits:
    """Telegram's: 30 messages a second to everybody, 1 a second to one chat. `speed` presses time together."""

    speed: float = 1.0
    everybody: deque[float] = field(default_factory=deque)
    last: dict[int, float] = field(default_factory=dict)

    def refuses(self, chat: int, at: float) -> bool:
        while self.everybody and self.everybody[0] < at - 1 / self.speed:
            self.everybody.popleft()
        # A tenth is let through: both sides measure time for themselves.
        if len(self.everybody) >= 33 or at - self.last.get(chat, 0) < 0.9 / self.speed:
            return True
        self.everybody.append(at)
        self.last[chat] = at
        return False


class BotApi:
    """The server's memory. `answers` are refusals for the next calls of a method, used up in order."""

    def __init__(self, speed: float = 1.0, seed: int = 7) -> None:
        self.port = free_ports(1)[0]
        self.limits = Limits(speed)
        self.enforces = False
        self.fault_rate = 0.0
        self.twice_rate = 0.0
        self.faults = 0
        self.too_fast = 0
        self.pushed = 0
        self.random = random.Random(seed)
        self.updates: list[Json] = []
        self.taken: list[Taken] = []
        self.taken_by: dict[int, list[Taken]] = defaultdict(list)
        self.calls: list[tuple[str, Json]] = []
        self.answers: dict[str, deque[tuple[int, Json]]] = {}
        self.blocked: set[int] = set()
        self.left: list[int] = []
        self.edited: dict[int, str] = {}
        self.pressed: dict[str, Json] = {}
        self.hook: Json = {}
        self.commands: Json = {}
        self._ids = itertools.count(1)
        self._update_ids = itertools.count(9_000)
        self._news = asyncio.Event()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self.port}/bot"

    # -- what people do

    def push(self, **update: Any) -> Json:
        made = {"update_id": next(self._update_ids), **update}
        self.updates.append(made)
        self.pushed += 1
        if self.random.random() < self.twice_rate:
            self.updates.append({**made, "update_id": next(self._update_ids)})
        self._news.set()
        return made

    def refuse(self, method: str, status: int, description: str, **parameters: Any) -> None:
        body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
        self.answers.setdefault(method, deque()).append((status, body))

    def new_id(self) -> int:
        return next(self._ids)

    # -- the protocol

    async def handle(self, request: web.Request) -> web.StreamResponse:
        token, method = request.match_info["token"], request.match_info["method"]
        if token != TOKEN:
            return _no(401, "Unauthorized")
        given = dict(await request.post())
        self.calls.append((method, given))
        if self.answers.get(method):
            status, body = self.answers[method].popleft()
            return web.json_response(body, status=status)
        if (fault := self._fault(request)) is not None:
            return fault
        act = getattr(self, f"do_{method}", None)
        return _no(404, "Not Found") if act is None else await act(given)

    def _fault(self, request: web.Request) -> web.StreamResponse | None:
        if self.random.random() >= self.fault_rate:
            return None
        self.faults += 1
        kind = self.random.choice(["gateway", "wait", "cut", "broken"])
        if kind == "gateway":
            return web.Response(status=502, text="<html>Bad Gateway</html>")
        if kind == "wait":
            return _no(429, "Too Many Requests: retry after 1", retry_after=1)
        if kind == "broken":
            return _no(500, "Internal Server Error")
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def do_getMe(self, _given: Json) -> web.Response:
        return _yes(BOT)

    async def do_getUpdates(self, given: Json) -> web.Response:
        """Those before the offset are confirmed and gone; the others are handed out again each time."""
        offset = int(given.get("offset", 0))
        self.updates = [one for one in self.updates if one["update_id"] >= offset]
        if not self.updates:
            self._news.clear()
            try:
                await asyncio.wait_for(self._news.wait(), min(float(given.get("timeout", 0)), 2.0))
            except TimeoutError:
                return _yes([])
        return _yes(self.updates[: int(given.get("limit", 100))])

    async def do_sendMessage(self, given: Json) -> web.Response:
        chat, text = int(given["chat_id"]), given["text"]
        if chat in self.blocked:
            return _no(403, "Forbidden: bot was blocked by the user")
        if not text.strip():
            return _no(400, "Bad Request: message text is empty")
        if len(text.encode("utf-16-le")) // 2 > 4096:
            return _no(400, "Bad Request: message is too long")
        taken = Taken(chat, text, given, self.new_id(), time.monotonic())
        if any(len(key.get("callback_data", "").encode()) > 64 for key in taken.keys):
            return _no(400, "Bad Request: BUTTON_DATA_INVALID")
        if self.enforces and self.limits.refuses(chat, taken.at):
            self.too_fast += 1
            return _no(429, "Too Many Requests: retry after 1", retry_after=1)
        self.taken.append(taken)
        self.taken_by[chat].append(taken)
        return _yes(_message(taken.message_id, chat, text=text))

    async def do_answerCallbackQuery(self, given: Json) -> web.Response:
        self.pressed[given["callback_query_id"]] = given
        return _yes(True)

    async def do_editMessageText(self, given: Json) -> web.Response:
        self.edited[int(given["message_id"])] = given["text"]
        return _yes(_message(int(given["message_id"]), int(given["chat_id"]), text=given["text"]))

    async def do_leaveChat(self, given: Json) -> web.Response:
        self.left.append(int(given["chat_id"]))
        return _yes(True)

    async def do_setWebhook(self, given: Json) -> web.Response:
        self.hook = given
        return _yes(True)

    async def do_deleteWebhook(self, given: Json) -> web.Response:
        self.hook = {}
        return _yes(True)

    async def do_getWebhookInfo(self, _given: Json) -> web.Response:
        return _yes({"url": self.hook.get("url", ""), "has_custom_certificate": False, "pending_update_count": 0})

    async def do_setMyCommands(self, given: Json) -> web.Response:
        self.commands = json.loads(given["commands"])
        return _yes(True)


@dataclass
class Person:
    """Somebody with a phone. Names are there to be dropped."""

    api: BotApi
    chat: int
    names: Json = field(
        default_factory=lambda: {"first_name": "Wilhelmina", "last_name": "Quartermain", "username": "willy_q_1999"}
    )

    said_at: float = 0.0

    @property
    def user(self) -> Json:
        return {"id": self.chat, "is_bot": False, "language_code": "xq", **self.names}

    def says(self, text: str, message_id: int | None = None) -> Json:
        return self.sends(message_id, text=text)

    def sends(self, message_id: int | None = None, **content: Any) -> Json:
        number = message_id or self.api.new_id()
        return self.api.push(message={**_message(number, self.chat, **content), "from": self.user})

    def edits(self, message_id: int, text: str) -> Json:
        made = {**_message(message_id, self.chat, text=text), "from": self.user, "edit_date": int(time.time())}
        return self.api.push(edited_message=made)

    def presses(self, title: str) -> Json:
        """The newest button with this title. Raises AssertionError when there is none."""
        for message in reversed(self.inbox):
            for key in message.keys:
                if key["text"] == title:
                    return self.presses_data(key["callback_data"], message)
        raise AssertionError(f"there is no button {title!r}")

    def presses_data(self, data: str, below: Taken | None = None) -> Json:
        query: Json = {"id": str(self.api.new_id()), "from": self.user, "chat_instance": "1", "data": data}
        if below is not None:
            query["message"] = {**_message(below.message_id, self.chat, text=below.text), "from": BOT}
        return self.api.push(callback_query=query)

    @property
    def inbox(self) -> list[Taken]:
        return self.api.taken_by[self.chat]

    @property
    def texts(self) -> str:
        return "\n".join(one.text for one in self.inbox)

    async def hears(self, words: str, seconds: float = 15, after: int = 0) -> Taken:
        """The first message with these words, once it is there."""
        try:
            await until(lambda: any(words in one.text for one in self.inbox[after:]), seconds)
        except AssertionError:
            raise AssertionError(f"{words!r} was not said, but: {[one.text for one in self.inbox]}") from None
        return next(one for one in self.inbox[after:] if words in one.text)


async def until(is_so: Callable[[], bool], seconds: float = 15, every: float = 0.02) -> None:
    """Wait until it is so. Raises AssertionError when the time is up."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not come to be"
        await asyncio.sleep(every)


def _message(message_id: int, chat: int, **content: Any) -> Json:
    kind = {"type": "private", "first_name": "Wilhelmina"}
    return {"message_id": message_id, "date": int(time.time()), "chat": {"id": chat, **kind}, **content}


def _yes(result: Any) -> web.Response:
    return web.json_response({"ok": True, "result": result})


def _no(status: int, description: str, **parameters: Any) -> web.Response:
    body = {"ok": False, "error_code": status, "description": description, "parameters": parameters}
    return web.json_response(body, status=status)


@asynccontextmanager
async def bot_api(speed: float = 1.0) -> AsyncIterator[BotApi]:
    """Running on loopback until the end of the block."""
    api = BotApi(speed)
    app = web.Application()
    app.router.add_post("/bot{token}/{method}", api.handle)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", api.port).start()
    try:
        yield api
    finally:
        await runner.cleanup()


async def call_hook(address: str, secret: str | None, update: Json) -> int:
    """Call a webhook as Telegram does; the status that it answers."""
    headers = {} if secret is None else {"X-Telegram-Bot-Api-Secret-Token": secret}
    async with aiohttp.ClientSession() as session, session.post(address, json=update, headers=headers) as answer:
        return answer.status
