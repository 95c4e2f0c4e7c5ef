"""The three addresses for receipts. Plain requests work where sockets are blocked; words are never in an address."""

from __future__ import annotations

import asyncio
import math
from weakref import WeakKeyDictionary

from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from bot.privacy.guessing import Visitor
from bot.store import conversations
from connectors.webchat.receipts import NoReceipt
from connectors.webchat.session import Services

LONGEST_TOKEN = 128
STATUS = {"return_unreadable": 400, "return_refused": 404, "return_wait": 429, "receipt_too_many": 429}


class Typed(BaseModel):
    """What somebody typed to come back."""

    words: str = Field(max_length=1000)


class ReceiptRoutes:
    """Make, save, and come back."""

    def __init__(self, services: Services) -> None:
        self._services = services
        # By connection, and gone with it: no address is looked at.
        self._visitors: WeakKeyDictionary[asyncio.BaseTransport, Visitor] = WeakKeyDictionary()

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/chat/api/receipt", self.make)
        app.router.add_post("/chat/api/receipt/saved", self.saved)
        app.router.add_post("/chat/api/return", self.come_back)

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
        return web.json_response({"token": let_in.token, "seen": let_in.seen})

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
        return web.json_response({"text": text, "seconds": seconds}, status=STATUS[no.reason])

    def _no_chat(self) -> web.StreamResponse:
        return web.json_response({"text": self._services.wording.notices.errors.unknown_session}, status=409)


def token_of(request: web.Request) -> str | None:
    """The token of the chat that a request comes from; it is in a header and never in an address."""
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme == "Bearer" and 0 < len(token) <= LONGEST_TOKEN else None
