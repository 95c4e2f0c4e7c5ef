"""The addresses for receipts. Plain requests work where sockets are blocked; words are never in an address."""

from __future__ import annotations

import asyncio
import math
from datetime import datetime
from typing import Any
from weakref import WeakKeyDictionary

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from bot.privacy.guessing import Visitor
from bot.store import conversations
from connectors.webchat.lending import Copy, LentTooOften
from connectors.webchat.page import HERE
from connectors.webchat.receipts import MayRead, NoReceipt
from connectors.webchat.session import Services

LONGEST_TOKEN = 128
STATUS = {
    "return_unreadable": 400,
    "return_suggest": 400,
    "return_refused": 404,
    "return_wait": 429,
    "receipt_too_many": 429,
}


class Typed(BaseModel):
    """What somebody typed to come back."""

    words: str = Field(max_length=1000)


class ReceiptRoutes:
    """Make, save, come back; lend, see what is lent, take it back."""

    def __init__(self, services: Services) -> None:
        self._services = services
        # By connection, and gone with it: no address is looked at.
        self._visitors: WeakKeyDictionary[asyncio.BaseTransport, Visitor] = WeakKeyDictionary()

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/chat/api/receipt", self.make)
        app.router.add_post("/chat/api/receipt/saved", self.saved)
        app.router.add_post("/chat/api/return", self.come_back)
        app.router.add_post("/chat/api/lend", self.lend)
        app.router.add_post("/chat/api/lent", self.lent)
        app.router.add_post("/chat/api/lent/back", self.take_back)

    async def make(self, request: web.Request) -> web.StreamResponse:
        conversation_id = await self._conversation(request)
        if conversation_id is None:
            return self._no_chat()
        try:
            words = await self._services.receipts.make(conversation_id)
        except NoReceipt as no:
            return self._answer(no)
        return web.json_response({"words": words})

    async def saved(self, request: web.Request) -> web.StreamResponse:
        conversation_id = await self._conversation(request)
        if conversation_id is None or not await self._services.receipts.mark_saved(conversation_id):
            return self._no_chat()
        return web.json_response({})

    async def come_back(self, request: web.Request) -> web.StreamResponse:
        try:
            typed = Typed.model_validate_json(await request.text())
        except ValidationError:
            return self._answer(NoReceipt("return_unreadable"))
        try:
            let_in = await self._services.receipts.open(typed.words, self._visitor(request), token_of(request))
        except NoReceipt as no:
            return self._answer(no)
        if isinstance(let_in, MayRead):
            self._services.hub.wake(let_in.conversation_id)
            return web.json_response({"copy": _for_the_page(let_in.copy)})
        return web.json_response({"token": let_in.token, "seen": let_in.seen})

    async def lend(self, request: web.Request) -> web.StreamResponse:
        conversation_id = await self._conversation(request)
        if conversation_id is None:
            return self._no_chat()
        try:
            words, until = await self._services.receipts.lending.lend(conversation_id)
        except LentTooOften:
            return self._answer(NoReceipt("receipt_too_many"))
        self._services.hub.wake(conversation_id)
        return web.json_response({"words": words, "until": _day(until)})

    async def lent(self, request: web.Request) -> web.StreamResponse:
        """What is lent now: until when, and how often it was opened. A POST, so that nothing keeps the answer."""
        conversation_id = await self._conversation(request)
        if conversation_id is None:
            return self._no_chat()
        lent = await self._services.receipts.lending.standing(conversation_id)
        return web.json_response({"lent": lent and {"until": _day(lent.until), "opened": lent.opened}})

    async def take_back(self, request: web.Request) -> web.StreamResponse:
        conversation_id = await self._conversation(request)
        if conversation_id is None:
            return self._no_chat()
        await self._services.receipts.lending.take_back(conversation_id)
        self._services.hub.wake(conversation_id)
        return web.json_response({"lent": None})

    def _visitor(self, request: web.Request) -> Visitor:
        if request.transport is None:
            return Visitor()
        return self._visitors.setdefault(request.transport, Visitor())

    async def _conversation(self, request: web.Request) -> str | None:
        token = token_of(request)
        if token is None:
            return None
        async with self._services.store.look() as work:
            conversation = await conversations.by_token(work, token)
        return None if conversation is None else conversation.id

    def _answer(self, no: NoReceipt) -> web.StreamResponse:
        seconds = math.ceil(no.seconds)
        text = self._services.page.words[no.reason].text.replace("{seconds}", str(seconds))
        suggested = {"suggested": " ".join(no.suggested)} if no.suggested else {}
        return web.json_response({"text": text, "seconds": seconds, **suggested}, status=STATUS[no.reason])

    def _no_chat(self) -> web.StreamResponse:
        return web.json_response({"text": self._services.wording.notices.errors.unknown_session}, status=409)


def _day(at: datetime) -> str:
    local = at.astimezone(HERE)
    return f"{local:%A} {local.day} {local:%B}"


def _for_the_page(copy: Copy) -> dict[str, Any]:
    """Who said what, and when. No position, no button, nothing that an answer could be sent to."""
    lines = [
        {"from": line.author, "role": line.signed, "text": line.text, "at": line.at.isoformat(timespec="seconds")}
        for line in copy.lines
    ]
    return {"until": _day(copy.until), "lines": lines}


def token_of(request: web.Request) -> str | None:
    """The token of the chat that a request comes from; it is in a header and never in an address."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" and 0 < len(token) <= LONGEST_TOKEN else None
