"""Sending what stands in the outbox to Telegram: in order for each chat, at Telegram's pace, until it was taken.

An item counts as delivered when Telegram has accepted it, and how far a chat has come is noted after each message.
When the connection breaks after Telegram took a message and before we heard of it, that one is sent again: the Bot API
has no way to ask, and a safety reply that comes twice is better than one that never comes.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import structlog
from telegram import Bot
from telegram.error import BadRequest, ChatMigrated, Forbidden, InvalidToken, RetryAfter, TelegramError

from bot.store import Store, Work, conversations, quiet, telegram, web_links
from bot.store.models import Author, Channel, Conversation
from bot.store.staff_models import Role
from bot.store.telegram import ToSend
from bot.store.telegram_models import TelegramChat
from connectors.delivery import Hub
from connectors.delivery.hub import Listener
from connectors.intake.wording import Wording
from connectors.telegram.api import is_passing, seconds_of, send
from connectors.telegram.pace import Pace, Rank
from connectors.telegram.shown import Key, keys_of, parts_of, tag_of

LOOK_SECONDS = 2.0
AT_LEAST_SECONDS = 0.05  # between two looks, however often there is news
MOST_CHATS = 1_000
MOST_LOOKING = 3  # of those, into the store at once
FIRST_WAIT, LONGEST_WAIT = 2.0, 300.0  # seconds, after a fault of the network
NOT_LET_IN_SECONDS = 60.0
LINK = "/chat/from#"
NOTE_AGAIN_SECONDS = 1.0
STOP_SECONDS = 5.0

Note = Callable[[Work], Awaitable[None]]  # what is written once Telegram has taken a message

log = structlog.get_logger()


class Unreachable(Exception):
    """Nothing can be sent to this chat until somebody writes from it."""


class NeverTaken(Exception):
    """Telegram refuses this very text, with its buttons and without. It stays undelivered, where staff can see it."""


class Later(Exception):
    """This chat's next try is noted in the store."""


class TelegramDelivery:
    """The sending side. `role_names` is how each role is called to young people; `address` is where the web page is."""

    def __init__(
        self,
        store: Store,
        bot: Bot,
        wording: Wording,
        hub: Hub,
        pace: Pace,
        address: str,
        role_names: dict[Role, str],
        speed: float = 1.0,
    ) -> None:
        self._store = store
        self._bot = bot
        self._wording = wording
        self._hub = hub
        self._pace = pace
        self._address = address
        self._role_names = role_names
        self._speed = speed
        self._private = frozenset(wording.telegram.private)
        self._chats: dict[str, asyncio.Task[None]] = {}
        self._looking = asyncio.Semaphore(MOST_LOOKING)
        self._asked: set[asyncio.Task[None]] = set()
        self._listener = Listener()

    async def run(self) -> None:
        """Look for what is to be sent, at any news and now and then, until cancelled."""
        with self._hub.listening_to_all() as self._listener:
            try:
                while True:
                    began = time.monotonic()
                    try:
                        await self.look()
                    except Exception as error:  # the loop must outlive any fault; each is logged
                        log.error("telegram_not_looked", exc_info=error)
                    # A fifth of the time at the most goes into looking.
                    await asyncio.sleep(max(AT_LEAST_SECONDS, 4 * (time.monotonic() - began)))
                    await self._listener.wait(LOOK_SECONDS / self._speed)
            finally:
                await self._stop()

    async def _stop(self) -> None:
        for task in self._chats.values():
            task.cancel()
        await asyncio.gather(*self._chats.values(), return_exceptions=True)
        if self._asked:
            await asyncio.wait(self._asked, timeout=STOP_SECONDS)

    async def look(self) -> None:
        """Start sending wherever something waits."""
        async with self._store.look(urgent=True) as work:
            waiting = await telegram.due(work, datetime.now(UTC))
        for one in waiting:
            if one.hashed in self._chats:
                if one.safety:
                    self._pace.hurry(one.hashed)
            elif one.safety or len(self._chats) < MOST_CHATS:
                self._start(one.hashed)

    def _start(self, hashed: str) -> None:
        task = asyncio.create_task(self._send_to(hashed))
        self._chats[hashed] = task
        task.add_done_callback(partial(self._ended, hashed))

    def _ended(self, hashed: str, _done: asyncio.Task[None]) -> None:
        self._chats.pop(hashed, None)
        # What was said while the last look was under way has woken nobody for this chat.
        self._listener.wake()

    async def _send_to(self, hashed: str) -> None:
        """Send this chat everything that it has not had. What fails is tried again; what cannot be sent is seen."""
        try:
            while await self._send_next(hashed):
                pass
        except Later:
            return
        except Unreachable:
            await self._give_up(hashed)
        except Exception as error:  # one chat's fault must not stop the others; it is looked at again later
            log.error("telegram_chat_failed", exc_info=error)
            await asyncio.sleep(FIRST_WAIT / self._speed)

    async def _give_up(self, hashed: str) -> None:
        """It waits until somebody writes from it."""
        log.info("telegram_chat_blocked")
        await self._write(partial(telegram.note_blocked, hashed=hashed))

    async def _send_next(self, hashed: str) -> bool:
        """Send what was said next in one go. False when nothing stood behind it; what comes later, `look` finds."""
        async with self._looking, self._store.look(urgent=True) as work:
            chat = await telegram.find(work, hashed)
            if chat is None or chat.blocked_at is not None:
                return False
            items, more = await telegram.to_send(work, chat)
            if not items:
                return False
            conversation = await conversations.by_id(work, chat.conversation_id)
            on_web = await telegram.writes_on_the_web(work, conversation)
        if self._is_for(items, conversation, on_web=on_web):
            await (self._hold_back if conversation.synthetic else self._send)(chat, items)
            return more
        if self._needs_nudge(chat, items[0], conversation, on_web=on_web):
            await self._nudge(chat, conversation)
        async with self._store.begin(urgent=True) as work:
            await telegram.pass_over(work, hashed, items)
        return more

    def _is_for(self, items: list[ToSend], conversation: Conversation, *, on_web: bool) -> bool:
        """An answer goes where the question came from. What nobody asked for goes where they last wrote.

        Where somebody else can see the phone, only what tells nothing goes; the store brings the rest when that ends.
        """
        if conversation.quiet_since is not None and not all(item.key in quiet.KEYS for item in items):
            return False
        if items[0].answers_channel is not None:
            return items[0].answers_channel is Channel.TELEGRAM
        return items[0].part == telegram.OPENING or not on_web

    def _needs_nudge(self, chat: TelegramChat, item: ToSend, conversation: Conversation, *, on_web: bool) -> bool:
        if item.answers_channel is not None or not on_web or conversation.quiet_since is not None:
            return False
        if conversation.synthetic:
            return False
        return chat.nudged_for < conversation.said_position

    async def _nudge(self, chat: TelegramChat, conversation: Conversation) -> None:
        """One line with a link and nothing else: what is new is private, so it stays on the web page."""
        lines = self._wording.telegram.lines
        note = partial(telegram.note_nudged, hashed=chat.chat_hash, for_position=conversation.said_position)
        try:
            await self._send_part(chat, lines.nudge, [Key(lines.web_button, None)], Rank.MESSAGE, note)
        except NeverTaken:
            await self._write(note)

    async def _hold_back(self, chat: TelegramChat, items: list[ToSend]) -> None:
        """A check of our own: made ready as for anybody, noted, and not sent, since nobody has this chat."""
        self._made_ready(chat, items)
        await self._write(partial(telegram.note_withheld, hashed=chat.chat_hash, items=items))

    def _made_ready(self, chat: TelegramChat, items: list[ToSend]) -> tuple[list[str], list[Key]]:
        """The parts of one go, and the buttons below the last."""
        signed = items[0].signed
        # A text with nothing in it is Telegram's to refuse; then it is passed over like any other that is refused.
        parts = parts_of(items, None if signed is None else self._role_names[Role(signed)]) or [""]
        web_button = self._wording.telegram.lines.web_button
        return parts, keys_of(items, web_button, self._private, tag_of(chat.conversation_id))

    async def _send(self, chat: TelegramChat, items: list[ToSend]) -> None:
        """Everything of one go, part by part."""
        parts, keys = self._made_ready(chat, items)
        rank = Rank.SAFETY if items[0].author is Author.SAFETY else Rank.MESSAGE
        try:
            for part in parts[chat.sent_parts : -1]:
                note = partial(telegram.note_part_sent, hashed=chat.chat_hash)
                await self._send_part(chat, part, [], rank, note)
            note = partial(telegram.note_sent, hashed=chat.chat_hash, items=items)
            await self._send_part(chat, parts[-1], keys, rank, note)
        except NeverTaken:
            await self._write(partial(telegram.pass_over, hashed=chat.chat_hash, items=items))

    async def _send_part(self, chat: TelegramChat, text: str, keys: list[Key], rank: Rank, note: Note) -> None:
        """Until Telegram has taken it. Raises Later, Unreachable or NeverTaken."""
        number = int(self._store.keys.decrypt(chat.chat_sealed))
        address = await self._link(chat.conversation_id) if any(key.data is None for key in keys) else None
        while True:
            await self._pace.turn(chat.chat_hash, rank)
            # What Telegram has been asked to take is heard to the end, and noted, also when we are told to stop.
            asked = asyncio.create_task(self._ask(number, text, keys, address, note))
            self._asked.add(asked)
            asked.add_done_callback(self._asked.discard)
            try:
                await asyncio.shield(asked)
            except RetryAfter as wait:
                self._pace.hold(seconds_of(wait))
                log.warning("telegram_says_wait", seconds=seconds_of(wait))
            except ChatMigrated as moved:
                async with self._store.begin(urgent=True) as work:
                    await telegram.moved(work, chat.chat_hash, moved.new_chat_id)
                raise Later from None
            except Forbidden:
                raise Unreachable from None
            except InvalidToken as error:
                log.error("telegram_not_let_in", kind=type(error).__name__)
                await self._note_failed(chat.chat_hash, chat.tries, NOT_LET_IN_SECONDS)
                raise Later from None
            except BadRequest as error:
                if "chat not found" in error.message.lower():
                    raise Unreachable from None
                if not keys:
                    log.error("telegram_refuses_text", kind=type(error).__name__)
                    raise NeverTaken from None
                keys = []  # better without buttons than not at all
            except TelegramError as error:
                log.warning("telegram_not_sent", kind=type(error).__name__, status="again" if is_passing(error) else "")
                await self._note_failed(chat.chat_hash, chat.tries)
                raise Later from None
            else:
                return

    async def _ask(self, number: int, text: str, keys: list[Key], address: str | None, note: Note) -> None:
        await send(self._bot, number, text, keys, address)
        await self._write(note)

    async def _write(self, note: Note) -> None:
        """Note it, however long that takes: what was taken and is not noted would be sent again."""
        while True:
            try:
                async with self._store.begin(urgent=True) as work:
                    await note(work)
            except Exception as error:  # the store may be away for a moment
                log.error("telegram_not_noted", exc_info=error)
                await asyncio.sleep(NOTE_AGAIN_SECONDS)
            else:
                return

    async def _note_failed(self, hashed: str, tries: int, seconds: float | None = None) -> None:
        wait = seconds or min(FIRST_WAIT * 2 ** min(tries, 10), LONGEST_WAIT) * (0.75 + random.random() / 2)  # noqa: S311
        again = datetime.now(UTC) + timedelta(seconds=wait / self._speed)
        await self._write(partial(telegram.note_failed, hashed=hashed, next_try_at=again))

    async def _link(self, conversation_id: str) -> str:
        """A link that opens this conversation on the web once. What stands behind # is sent to no server by itself."""
        async with self._store.begin(urgent=True) as work:
            token = await web_links.make(work, conversation_id, datetime.now(UTC))
        return f"{self._address}{LINK}{token}"
