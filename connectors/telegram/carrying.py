"""A link from the web page, tapped: the conversation goes on in this Telegram chat, or it is said why it does not."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import UTC, datetime
from enum import StrEnum

from bot.privacy.guessing import Gate, Visitor
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Store, Work, conversations, telegram, telegram_starts

MOST_CHATS = 5_000  # whose tries are remembered
NOBODYS = "none"  # what a refused code is about: nothing that we know


class Carried(StrEnum):
    """How it went: the name of what is said then, in `content/telegram.yml`."""

    HERE = "linked"
    OLD = "link_old"  # used, over, ended by a newer one, or never made: all the same to whoever tapped it
    WAIT = "link_wait"
    OWN = "link_own"  # this Telegram has a conversation with words in it, and keeps it


class Carrying:
    """Codes are tried one chat at a time; each chat that is refused waits longer and longer."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._tries: OrderedDict[str, tuple[Gate, Visitor]] = OrderedDict()

    async def take(self, chat_id: int, code: str) -> Carried:
        """Handed in again, or tapped again where it was used, it is HERE once more and changes nothing."""
        async with self._store.begin(urgent=True) as work:
            hashed = await telegram.chat_hash(work, chat_id)
            gate, visitor = self._of(hashed)
            if gate.seconds_to_wait(visitor, 0, time.monotonic()) > 0:
                return Carried.WAIT
            carried = await self._carry(work, hashed, chat_id, code, datetime.now(UTC))
        if carried is Carried.OLD:
            gate.refused(visitor, time.monotonic())
        return carried

    async def _carry(self, work: Work, hashed: str, chat_id: int, code: str, at: datetime) -> Carried:
        start = await telegram_starts.find(work, code, at)
        chat = await telegram.find(work, hashed)
        if start is not None and chat is not None and chat.conversation_id == start.conversation_id:
            return Carried.HERE
        if start is None or not start.is_open:
            return await _refuse(work)
        if chat is not None and await telegram.holds_words(work, chat.conversation_id):
            return Carried.OWN
        if not await telegram_starts.use(work, code, at):
            return await _refuse(work)
        if chat is not None:
            await conversations.end(work, chat.conversation_id)
        conversation = await conversations.by_id(work, start.conversation_id)
        await telegram.carry(work, hashed, chat_id, conversation)
        await audit.note(work, audit.YOUNG_PERSON, Action.TELEGRAM_LINK_USED, "conversation", conversation.id)
        return Carried.HERE

    def _of(self, hashed: str) -> tuple[Gate, Visitor]:
        found = self._tries.setdefault(hashed, (Gate(), Visitor()))
        self._tries.move_to_end(hashed)
        if len(self._tries) > MOST_CHATS:
            self._tries.popitem(last=False)
        return found


async def _refuse(work: Work) -> Carried:
    await audit.note(work, audit.YOUNG_PERSON, Action.TELEGRAM_LINK_REFUSED, "telegram_link", NOBODYS)
    return Carried.OLD
