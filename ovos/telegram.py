"""The Telegram channel from the settings, and what `ovos doctor` says about it."""

from __future__ import annotations

import asyncio
import re

from telegram.error import InvalidToken, TelegramError

from bot.store import Store, telegram
from bot.store.keys import KeyRingError, load_keys
from connectors.telegram.api import OFFICIAL, ApiSettings, build_bot
from connectors.telegram.room import Joined, Telegram, TelegramSettings
from ovos.settings import Settings, SettingsError

TOKEN = re.compile(r"\d{1,20}:[A-Za-z0-9_-]{20,80}")
SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")  # what Telegram takes
YES, NO = ("1", "yes", "true", "on"), ("", "0", "no", "false", "off")
TRY_SECONDS = 10.0


def telegram_settings(settings: Settings) -> TelegramSettings | None:
    """None while no token is set. Raises SettingsError that names the setting and never quotes it."""
    given = settings.telegram
    if not given.telegram_token:
        return None
    if not TOKEN.fullmatch(given.telegram_token):
        raise SettingsError("OVOS_TELEGRAM_TOKEN is not a bot's token. It is what @BotFather gave you.")
    if not settings.public_address:
        raise SettingsError("OVOS_ADDRESS must be set: Telegram carries links to the web page.")
    webhook = given.telegram_webhook.lower()
    if webhook not in (*YES, *NO):
        raise SettingsError("OVOS_TELEGRAM_WEBHOOK must be yes or no.")
    if webhook in YES and not settings.public_address.startswith("https://"):
        raise SettingsError("OVOS_ADDRESS must begin with https:// for OVOS_TELEGRAM_WEBHOOK: Telegram calls no other.")
    if given.telegram_webhook_secret and not SECRET.fullmatch(given.telegram_webhook_secret):
        raise SettingsError("OVOS_TELEGRAM_WEBHOOK_SECRET may have letters, digits, _ and -, at most 256.")
    base_url = given.telegram_base_url or OFFICIAL
    if not base_url.startswith(("https://", "http://127.0.0.1", "http://localhost")):
        raise SettingsError("OVOS_TELEGRAM_BASE_URL must begin with https:// (or be on this machine).")
    return TelegramSettings(
        ApiSettings(given.telegram_token, base_url),
        settings.address,
        webhook in YES,
        given.telegram_webhook_secret or None,
    )


def build_telegram(settings: Settings, joined: Joined) -> Telegram | None:
    """The channel, or None while it is off. Raises SettingsError."""
    found = telegram_settings(settings)
    return None if found is None else Telegram(joined, found)


async def telegram_is(settings: Settings) -> tuple[bool, str]:
    """Whether all is well with the channel, and a line that says how it is. Raises SettingsError."""
    found = telegram_settings(settings)
    if found is None:
        return True, "off: OVOS_TELEGRAM_TOKEN is not set. See deploy/telegram.md."
    if (fault := await _fault(found)) is not None:
        return False, fault
    blocked, failing = await _waiting(settings)
    if failing:
        return False, f"on, but {failing} chats could not be sent what waits for them. It is tried again by itself."
    how = "by webhook" if found.webhook else "by long polling"
    return True, f"on, {how}" + (f"; {blocked} with something to be sent have blocked it" if blocked else "")


async def _fault(found: TelegramSettings) -> str | None:
    """What Telegram says to the token, and whether it calls the address that we expect."""
    bot = build_bot(found.api)
    try:
        async with asyncio.timeout(TRY_SECONDS), bot:
            hook = await bot.get_webhook_info()
    except InvalidToken:
        return "Telegram does not know OVOS_TELEGRAM_TOKEN. Ask @BotFather for a new one."
    except (TelegramError, TimeoutError):
        return "Telegram cannot be reached. What young people write there waits until it can."
    if hook.last_error_message and found.webhook:
        return "Telegram could not call the webhook lately. Look at OVOS_ADDRESS and what stands before the service."
    return None


async def _waiting(settings: Settings) -> tuple[int, int]:
    """How many chats are blocked or failing; none where the store cannot be asked: the line about the store says it."""
    try:
        store = Store(settings.database, load_keys(settings.key_file))
    except KeyRingError:
        return 0, 0
    try:
        async with store.look() as work:
            return await telegram.blocked_count(work), await telegram.failing_count(work)
    except Exception:  # noqa: BLE001 - the line about the store says it
        return 0, 0
    finally:
        await store.close()
