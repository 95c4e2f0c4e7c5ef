"""The address that makes a link for going on in Telegram. It is there only while Telegram is on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Literal

from aiohttp import web
from pydantic import BaseModel, ValidationError

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import conversations, telegram_starts
from connectors.webchat.receipt_routes import token_of
from connectors.webchat.session import Services

OPENS = "https://t.me/{bot}?start={code}"  # core.telegram.org/api/links, "Bot links"
MINUTES = int(telegram_starts.LASTS.total_seconds() // 60)


class Asked(BaseModel):
    """The question of age was answered on the page; anything but 16 or over makes no link."""

    sixteen: Literal[True]


class TelegramRoutes:
    """`bot_name` is the bot's user name as Telegram itself told it; None while it has not."""

    def __init__(self, services: Services, bot_name: Callable[[], str | None]) -> None:
        self._services = services
        self._bot_name = bot_name

    def add_to(self, app: web.Application) -> None:
        app.router.add_post("/chat/api/telegram", self.make)

    async def make(self, request: web.Request) -> web.StreamResponse:
        """A link for this chat that works once; those made before it work no more."""
        errors = self._services.wording.notices.errors
        try:
            Asked.model_validate_json(await request.text())
        except ValidationError:
            return web.json_response({"text": errors.not_understood_frame}, status=400)
        bot, token = self._bot_name(), token_of(request)
        if bot is None:
            return self._say("telegram_off", 503)
        async with self._services.store.begin() as work:
            conversation = None if token is None else await conversations.by_token(work, token)
            if conversation is None:
                return web.json_response({"text": errors.unknown_session}, status=409)
            code = await telegram_starts.make(work, conversation.id, datetime.now(UTC))
            if code is None:
                return self._say("telegram_too_many", 429)
            await audit.note(work, audit.YOUNG_PERSON, Action.TELEGRAM_LINK_MADE, "conversation", conversation.id)
        return web.json_response({"address": OPENS.format(bot=bot, code=code), "minutes": MINUTES})

    def _say(self, key: str, status: int) -> web.StreamResponse:
        return web.json_response({"text": self._services.page.words[key].text}, status=status)
