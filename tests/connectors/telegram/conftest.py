"""A house with the Telegram channel on, and a Telegram of our own beside it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from itertools import count
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

from bot.store import conversations, outbox, telegram
from bot.store.models import Conversation
from bot.store.outbox import TimelineItem
from connectors.telegram.room import Joined, Telegram
from connectors.webchat.page import load_page_words, role_names
from ovos.settings import Settings, TelegramEnvironment, free_ports, temporary_settings
from ovos.telegram import telegram_settings
from ovos.web import House, build_app, build_house, load_designations
from tests.connectors.telegram.bot_api import TOKEN, BotApi, Person, bot_api
from tests.connectors.webchat.conftest import browser

__all__ = ["browser"]

SPEED = 20.0
_CHATS = count(7_700_900_123)


@dataclass
class Post:
    """The running service with its Telegram channel, as its tests see it."""

    api: BotApi
    house: House
    settings: Settings

    @property
    def channel(self) -> Telegram:
        assert self.house.telegram is not None
        return self.house.telegram

    def person(self) -> Person:
        return Person(self.api, next(_CHATS))

    async def grown_up(self) -> Person:
        """Somebody who has answered the question of age."""
        person = self.person()
        person.says("/start")
        await person.hears("must be 16")
        person.presses("I am 16 or over")
        await person.hears("You can also press one of these")
        return person

    async def conversation_of(self, person: Person) -> Conversation:
        async with self.house.store.begin() as work:
            chat = await telegram.find(work, await telegram.chat_hash(work, person.chat))
            assert chat is not None, "there is no chat"
            return await conversations.by_id(work, chat.conversation_id)

    async def lines(self, person: Person) -> list[TimelineItem]:
        conversation = await self.conversation_of(person)
        async with self.house.store.look() as work:
            return await outbox.timeline(work, conversation.id, 0)

    async def said(self, person: Person) -> list[str]:
        return [line.text for line in await self.lines(person) if line.author == "me"]


def telegram_on(settings: Settings, api: BotApi, **more: str) -> Settings:
    given = TelegramEnvironment(telegram_token=TOKEN, telegram_base_url=api.base_url, **more)
    port = free_ports(1)[0]
    address = settings.public_address or f"http://127.0.0.1:{port}"
    return replace(settings, port=port, public_address=address, telegram=given)


def noting(addresses: list[str]) -> Middleware:
    """Keeps every address that is asked for, as a server's log might."""

    @web.middleware
    async def note_address(request: web.Request, handler: Handler) -> web.StreamResponse:
        addresses.append(str(request.rel_url))
        return await handler(request)

    return note_address


@asynccontextmanager
async def post_office(
    settings: Settings, speed: float = SPEED, addresses: list[str] | None = None, **more: str
) -> AsyncIterator[Post]:
    """The whole web process with the channel on, its time pressed together. `addresses` gets each that is asked for."""
    async with bot_api(speed) as api:
        settings = telegram_on(settings, api, **more)
        house = quickened(build_house(settings, slot=f"web-{settings.port}"), settings, speed)
        app = build_app(settings, house)
        app.middlewares.append(noting([] if addresses is None else addresses))
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", settings.port, reuse_address=True).start()
        try:
            yield Post(api, house, settings)
        finally:
            await runner.cleanup()


def quickened(house: House, settings: Settings, speed: float) -> House:
    """The same house with a channel whose own clock runs faster; nothing else does."""
    found = telegram_settings(settings)
    assert found is not None
    roles = role_names(load_page_words(house.wording))
    joined = Joined(house.store, house.intake, house.wording, house.hub, load_designations(), roles)
    return replace(house, telegram=Telegram(joined, replace(found, speed=speed)))


@pytest.fixture
async def post(tmp_path: Path) -> AsyncIterator[Post]:
    """Without a brain: what the channel does by itself does not need one."""
    async with post_office(temporary_settings(tmp_path)) as post:
        yield post


@pytest.fixture
async def whole(living: Settings) -> AsyncIterator[Post]:
    """With the real brain and the real actions."""
    async with post_office(living) as post:
        yield post
