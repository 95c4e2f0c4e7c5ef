"""The Telegram channel, put together: it starts, stops, and can be asked how it is."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

import structlog
from aiohttp import web
from telegram import Bot
from telegram.error import InvalidToken, RetryAfter, TelegramError

from bot.store import Store, telegram
from bot.store.staff_models import Role
from connectors.delivery import Hub
from connectors.intake.intake import Intake
from connectors.intake.wording import Wording
from connectors.telegram.api import ApiSettings, build_bot, seconds_of, show_commands
from connectors.telegram.arrived import ALLOWED_UPDATES, Pressed
from connectors.telegram.check import CheckDoor
from connectors.telegram.delivery import TelegramDelivery
from connectors.telegram.desk import Desk, InOrder
from connectors.telegram.link_page import LinkPage
from connectors.telegram.pace import Pace, Rank
from connectors.telegram.polling import Poller
from connectors.telegram.webhook import PATH, Webhook

FIRST_WAIT, LONGEST_WAIT = 1.0, 60.0
MARK_AFTER_SECONDS = 2.0  # so that the answer goes first
TOO_BUSY_TO_MARK = 60
LATELY_SECONDS = 90.0  # a long poll lasts 25

log = structlog.get_logger()


@dataclass(frozen=True)
class TelegramSettings:
    """`address` is where young people find the web page. With `webhook`, Telegram calls that address."""

    api: ApiSettings
    address: str
    webhook: bool = False
    webhook_secret: str | None = None
    speed: float = 1.0
    """Presses time together for tests, by this factor: limits, waits and pauses alike."""


@dataclass(frozen=True)
class Joined:
    """What the channel needs of the rest of the house."""

    store: Store
    intake: Intake
    wording: Wording
    hub: Hub
    designations: list[str]
    role_names: dict[Role, str]


class Telegram:
    """Both directions of the channel. It looks after itself: no fault of it stops the web process."""

    def __init__(self, joined: Joined, settings: TelegramSettings) -> None:
        self._joined = joined
        self._settings = settings
        self.bot: Bot = build_bot(settings.api)
        self.pace = Pace(settings.speed)
        desk = Desk(joined.store, joined.intake, joined.wording, joined.designations, self)
        self._in_order = InOrder(desk)
        self._poller = Poller(self.bot, joined.store, self._in_order, settings.speed)
        self._webhook = Webhook(self._in_order) if settings.webhook else None
        self._check = CheckDoor(joined.store, desk, self._in_order)
        self.delivery = TelegramDelivery(
            joined.store,
            self.bot,
            joined.wording,
            joined.hub,
            self.pace,
            settings.address,
            joined.role_names,
            settings.speed,
        )
        self._told = False
        self._tasks: list[asyncio.Task[None]] = []
        self._asides: set[asyncio.Task[None]] = set()

    def add_to(self, app: web.Application) -> None:
        LinkPage(self._joined.store, self._joined.wording).add_to(app)
        self._check.add_to(app)
        if self._webhook is not None:
            self._webhook.add_to(app)

    def name(self) -> str | None:
        """The bot's user name, as Telegram told it (getMe); None while it has not."""
        try:
            return self.bot.username
        except RuntimeError:  # the library's, before it has asked
            return None

    def is_reached(self) -> bool:
        """Did Telegram answer lately? With webhooks, it is Telegram that calls; then: has it taken our address?"""
        if self._webhook is not None:
            return self._told
        heard = self._poller.heard_at
        return heard is not None and time.monotonic() - heard < LATELY_SECONDS

    def start(self) -> None:
        self._tasks = [asyncio.create_task(self._receive()), asyncio.create_task(self._deliver())]

    async def stop(self) -> None:
        tasks = [*self._tasks, *self._asides]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        self._tasks = []
        await self.bot.shutdown()

    async def _deliver(self) -> None:
        await self._let_in()
        await self.delivery.run()

    async def _receive(self) -> None:
        if self._webhook is not None:
            async with self._joined.store.begin() as work:
                made = await telegram.webhook_secret(work)
            self._webhook.secret = self._settings.webhook_secret or made
        await self._let_in()
        await self._again(self._say_how)
        self._told = True
        if self._webhook is None:
            await self._poller.run()

    async def _let_in(self) -> None:
        """Introduce ourselves to Telegram, however long it takes."""
        await self._again(self.bot.initialize)

    async def _say_how(self) -> None:
        """Tell Telegram how we want to be told. Updates that wait there are kept."""
        if self._webhook is not None:
            await self.bot.set_webhook(
                f"{self._settings.address}{PATH}",
                allowed_updates=ALLOWED_UPDATES,
                secret_token=self._webhook.secret,
            )
        else:
            await self.bot.delete_webhook(drop_pending_updates=False)
        commands = self._joined.wording.telegram.commands
        await show_commands(self.bot, {name: command.menu for name, command in commands.items()})

    async def _again(self, act: Callable[[], Awaitable[object]]) -> None:
        """Do it, and while Telegram cannot be reached or does not let us in, try again after a growing wait."""
        wait = FIRST_WAIT
        while True:
            try:
                await act()
            except RetryAfter as error:
                await asyncio.sleep(seconds_of(error) / self._settings.speed)
            except TelegramError as error:
                kind = "telegram_not_let_in" if isinstance(error, InvalidToken) else "telegram_not_reached"
                log.error(kind, kind=type(error).__name__)
                await asyncio.sleep(wait / self._settings.speed)
                wait = min(wait * 2, LONGEST_WAIT)
            else:
                return

    # -- what the desk says straight away

    def _aside(self, asking: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(asking)
        self._asides.add(task)
        task.add_done_callback(self._asides.discard)

    def answer_press(self, query_id: str, warning: str | None) -> None:
        """Take the waiting sign off a button. Telegram forgets a press after a while, and then refuses this."""
        self._aside(self._answer_press(query_id, warning))

    async def _answer_press(self, query_id: str, warning: str | None) -> None:
        try:
            await self.bot.answer_callback_query(query_id, text=warning, show_alert=warning is not None)
        except TelegramError as error:
            log.info("telegram_press_not_answered", kind=type(error).__name__)

    def mark_pressed(self, pressed: Pressed, hashed: str, title: str) -> None:
        """Write below our message what was pressed, since a press leaves no line of its own in the chat."""
        if pressed.message_id is None or not pressed.text or self.pace.in_line() > TOO_BUSY_TO_MARK:
            return
        self._aside(self._mark(pressed, hashed, title))

    async def _mark(self, pressed: Pressed, hashed: str, title: str) -> None:
        said = self._joined.wording.telegram.lines.pressed.replace("{title}", title)
        await asyncio.sleep(MARK_AFTER_SECONDS / self._settings.speed)
        await self.pace.turn(hashed, Rank.NICETY)
        try:
            await self.bot.edit_message_text(f"{pressed.text}\n\n{said}", pressed.chat_id, pressed.message_id)
        except RetryAfter as error:
            self.pace.hold(seconds_of(error))
        except TelegramError as error:
            log.info("telegram_press_not_marked", kind=type(error).__name__)

    def leave(self, chat_id: int) -> None:
        """Groups and channels are no place for this: nothing of them is read."""
        self._aside(self._leave(chat_id))

    async def _leave(self, chat_id: int) -> None:
        try:
            await self.bot.leave_chat(chat_id)
        except TelegramError as error:
            log.info("telegram_group_not_left", kind=type(error).__name__)
