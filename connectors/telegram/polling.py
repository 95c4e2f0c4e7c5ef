"""Long polling: asking Telegram for what came. An update is confirmed only once it is stored, so none can be lost."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from typing import Any

import structlog
from telegram import Bot
from telegram.error import Conflict, EndPointNotFound, InvalidToken, RetryAfter, TelegramError

from bot.store import Store
from connectors.telegram.api import raw_updates, seconds_of
from connectors.telegram.arrived import Said, Shown, Unreadable, arrived, update_id_of
from connectors.telegram.desk import InOrder

FIRST_WAIT, LONGEST_WAIT = 1.0, 30.0
NOT_LET_IN_SECONDS = 60.0
MOST_TRIES = 8

log = structlog.get_logger()


class Poller:
    """Takes updates in batches. What could not be stored is asked for again; what was stored is known and passed by."""

    def __init__(self, bot: Bot, store: Store, desk: InOrder, speed: float = 1.0) -> None:
        self._bot = bot
        self._store = store
        self._desk = desk
        self._speed = speed
        self._offset: int | None = None
        self._failed: Counter[int] = Counter()
        self.heard_at: float | None = None
        """When Telegram last answered, by the monotonic clock."""

    async def run(self) -> None:
        """Until cancelled. A fault anywhere is waited out."""
        wait = FIRST_WAIT
        while True:
            try:
                done = await self.poll()
            except RetryAfter as error:
                log.warning("telegram_says_wait", seconds=seconds_of(error))
                await asyncio.sleep(seconds_of(error) / self._speed)
            except (InvalidToken, EndPointNotFound, Conflict) as error:
                # A wrong token, or another process that asks with the same one: somebody must look.
                log.error("telegram_not_let_in", kind=type(error).__name__)
                await asyncio.sleep(NOT_LET_IN_SECONDS / self._speed)
            except TelegramError as error:
                log.warning("telegram_not_reached", kind=type(error).__name__)
                wait = await self._pause(wait)
            except Exception as error:  # the loop must outlive any fault; each is logged
                log.error("telegram_poll_failed", exc_info=error)
                wait = await self._pause(wait)
            else:
                wait = FIRST_WAIT if done else await self._pause(wait)

    async def _pause(self, wait: float) -> float:
        await asyncio.sleep(wait / self._speed)
        return min(wait * 2, LONGEST_WAIT)

    async def poll(self) -> bool:
        """One batch. False when something in it could not be stored: then Telegram keeps it, and what came after it."""
        updates = await raw_updates(self._bot, self._offset)
        self.heard_at = time.monotonic()
        order = self._most_urgent_first(updates)
        taken = dict(zip(order, await asyncio.gather(*(self._take(updates[n]) for n in order)), strict=True))
        for n, update in enumerate(updates):
            stored = taken[n]
            if not stored:
                return False
            self._offset = update_id_of(update) + 1
        return True

    def _most_urgent_first(self, updates: list[dict[str, Any]]) -> list[int]:
        """A batch has up to a hundred. Chats in which somebody says danger in so many words overtake the others; within
        a chat the order stays.
        """
        chats = [_chat_and_words(update) for update in updates]
        urgent = {chat for chat, words in chats if words and self._desk.sounds_urgent(words)}
        return sorted(range(len(updates)), key=lambda n: chats[n][0] not in urgent)

    async def _take(self, update: dict[str, Any]) -> bool:
        try:
            one = arrived(update)
            if one is not None:
                await self._desk.take(one)
        except Unreadable:
            log.error("telegram_update_unreadable")
            return True
        except Exception as error:  # it is handed in again with the next batch
            log.error("telegram_update_not_stored", exc_info=error)
            return await self._is_given_up(update_id_of(update))
        self._failed.pop(update_id_of(update), None)
        return True

    async def _is_given_up(self, update_id: int) -> bool:
        """One update that fails again and again while the store answers must not keep everybody else's back."""
        try:
            self._failed[update_id] += await self._store.answers()
        except Exception as error:  # noqa: BLE001  # the store is away: then it is no fault of the update
            log.error("store_not_ready", kind=type(error).__name__)
        if self._failed[update_id] < MOST_TRIES:
            return False
        del self._failed[update_id]
        log.error("telegram_update_given_up")
        return True


def _chat_and_words(update: dict[str, Any]) -> tuple[int | None, str]:
    """Only to put them in order: one that cannot be read is refused where it is taken."""
    try:
        one = arrived(update)
    except Unreadable:
        return None, ""
    match one:
        case Said(chat_id=chat_id, text=text):
            return chat_id, text
        case Shown(chat_id=chat_id, caption=caption):
            return chat_id, caption or ""
        case _:
            return None if one is None else one.chat_id, ""
