"""The Bot API, through python-telegram-bot, with nothing of it in any log."""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass, field
from typing import Any

from telegram import Bot, BotCommand, InlineKeyboardButton, InlineKeyboardMarkup, LinkPreviewOptions
from telegram.error import BadRequest, NetworkError, RetryAfter
from telegram.request import HTTPXRequest

from connectors.telegram.arrived import ALLOWED_UPDATES
from connectors.telegram.shown import Key

OFFICIAL = "https://api.telegram.org/bot"
CONNECTIONS = 32
SECONDS = 15.0
POLL_SECONDS = 25
# Each of these writes addresses with the bot's token in them, or what was said, once somebody turns it up.
warnings.filterwarnings("ignore", "Please use 'Bot.getUpdates'")  # see raw_updates
TALKATIVE = ("httpx", "httpcore", "telegram")


@dataclass(frozen=True)
class ApiSettings:
    """`base_url` is another server that speaks the Bot API: a council's own, or one of the tests."""

    token: str = field(repr=False)
    base_url: str = OFFICIAL


def build_bot(settings: ApiSettings) -> Bot:
    """The library's own client. Its address holds the token, so what writes addresses to logs is turned off first."""
    keep_quiet()
    return Bot(
        settings.token,
        base_url=settings.base_url,
        request=_request(CONNECTIONS, SECONDS),
        get_updates_request=_request(1, POLL_SECONDS + SECONDS),
    )


def _request(connections: int, read_seconds: float) -> HTTPXRequest:
    return HTTPXRequest(
        connection_pool_size=connections,
        read_timeout=read_seconds,
        write_timeout=SECONDS,
        connect_timeout=SECONDS,
        pool_timeout=SECONDS,
    )


async def raw_updates(bot: Bot, offset: int | None) -> list[dict[str, Any]]:
    """What came, as Telegram's JSON. The library's own `get_updates` fails for everybody where one part of one update
    is not as it expects, and then writes all of them to the log.
    """
    asked = {"timeout": POLL_SECONDS, "allowed_updates": list(ALLOWED_UPDATES)}
    if offset is not None:
        asked["offset"] = offset
    updates: list[dict[str, Any]] = await bot.do_api_request("getUpdates", asked)
    return updates


def keep_quiet() -> None:
    for name in TALKATIVE:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def seconds_of(error: RetryAfter) -> float:
    """How long Telegram says to wait: the library hands it out as a number or as a duration, by its own setting."""
    after = error.retry_after
    return float(after) if isinstance(after, int) else after.total_seconds()


def is_passing(error: Exception) -> bool:
    """A fault of the network or of Telegram, which trying again may mend."""
    return isinstance(error, NetworkError) and not isinstance(error, BadRequest)


async def send(bot: Bot, chat_id: int, text: str, keys: list[Key], address: str | None) -> None:
    """One message: no preview of links, no forwarding or saving, no formatting that words could turn on."""
    await bot.send_message(
        chat_id,
        text,
        reply_markup=_keyboard(keys, address),
        protect_content=True,
        link_preview_options=LinkPreviewOptions(is_disabled=True),
    )


def _keyboard(keys: list[Key], address: str | None) -> InlineKeyboardMarkup | None:
    rows = [
        [InlineKeyboardButton(key.title, url=address)]
        if key.data is None
        else [InlineKeyboardButton(key.title, callback_data=key.data)]
        for key in keys
        if key.data is not None or address is not None
    ]
    return InlineKeyboardMarkup(rows) if rows else None


async def show_commands(bot: Bot, commands: dict[str, str]) -> None:
    await bot.set_my_commands([BotCommand(name, menu) for name, menu in commands.items()])
