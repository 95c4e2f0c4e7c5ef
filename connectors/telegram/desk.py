"""What is done with each thing that arrives. It is stored and screened first; when this returns, it is safe."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

import structlog

from bot.store import Store, Work, free_text, outbox, telegram
from bot.store.models import Channel, MessageKind
from bot.store.telegram_models import TelegramChat
from connectors.intake.intake import BAR, Inbound, Intake, Refused
from connectors.intake.own_answers import NOTICE
from connectors.intake.telegram_words import TelegramWords
from connectors.intake.wording import Wording
from connectors.telegram.arrived import Arrived, Elsewhere, Left, Pressed, Said, Shown
from connectors.telegram.carrying import Carried, Carrying
from connectors.telegram.shown import tag_of

PASSED, UNDER_16 = f"{NOTICE}passed", f"{NOTICE}under_16"
ASK_AGE, EDITED, NOBODY = f"{NOTICE}ask_age", f"{NOTICE}edited", f"{NOTICE}nobody"
# What may be done before the question of age is answered: it needs no answer to a question of ours.
ALWAYS = ("safe", "stop", "delete", "mydata")

log = structlog.get_logger()


class Replies(Protocol):
    """What the desk says straight away, beside the outbox. None of it may fail the message that it is about, nor hold
    up the next: Telegram is asked while the desk goes on."""

    def answer_press(self, query_id: str, warning: str | None) -> None: ...

    def mark_pressed(self, pressed: Pressed, hashed: str, title: str) -> None: ...

    def leave(self, chat_id: int) -> None: ...


@dataclass(frozen=True)
class Place:
    """The chat that something came from, and the conversation that it belongs to."""

    hashed: str
    conversation_id: str
    passed: bool
    is_new: bool


class Desk:
    """Hands what arrives to intake. Everything may be handed in twice: each message has a name that stays the same."""

    def __init__(
        self, store: Store, intake: Intake, wording: Wording, designations: list[str], replies: Replies
    ) -> None:
        self._store = store
        self._intake = intake
        self._wording = wording
        self._words: TelegramWords = wording.telegram
        self._designations = designations
        self._replies = replies
        self._carrying = Carrying(store)
        self._names: telegram.Names | None = None

    def sounds_urgent(self, words: str) -> bool:
        return self._intake.sounds_urgent(words)

    async def take(self, one: Arrived) -> None:
        """Raises whatever the store raises: then it must be handed in again."""
        match one:
            case Said():
                await self._said(one)
            case Shown():
                await self._shown(one)
            case Pressed():
                await self._pressed(one)
            case Left(chat_id=chat_id, blocked=blocked):
                await self._left(chat_id, blocked=blocked)
            case Elsewhere(chat_id=chat_id):
                self._replies.leave(chat_id)

    async def _said(self, said: Said) -> None:
        """Typed words are stored and screened as they are, also behind a command and before the question of age."""
        if said.code is not None:
            await self._by_link(said, said.code)
            return
        place, name = await self._place(said.chat_id, said.which)
        if place.is_new and said.command == "start" and not said.more:
            return  # the conversation has just been opened, and asks what it asks first
        decided: str | None
        command = None if said.command is None or said.edited else self._words.commands.get(said.command)
        if said.edited:
            decided = EDITED if place.passed else ASK_AGE
            inbound = Inbound(place.conversation_id, Channel.TELEGRAM, name, said.text, MessageKind.EDITED)
        elif command is None or said.more:
            decided = await self._to_typed(place)
            inbound = Inbound(place.conversation_id, Channel.TELEGRAM, name, said.text)
        else:
            decided = None
            inbound = Inbound(place.conversation_id, Channel.TELEGRAM, name, command.title, MessageKind.BUTTON)
        if command is not None and said.command is not None:
            decided = command.payload if place.passed or said.command in ALWAYS else ASK_AGE
        await self._receive(inbound, decided)

    async def _by_link(self, said: Said, code: str) -> None:
        """They tapped a link of the web page. The code itself goes no further than the question what it opens."""
        carried = await self._carrying.take(said.chat_id, code)
        place, name = await self._place(said.chat_id, said.which)
        label = self._words.lines.carried if carried is Carried.HERE else said.text
        inbound = Inbound(place.conversation_id, Channel.TELEGRAM, name, label, MessageKind.BUTTON)
        await self._receive(inbound, f"{NOTICE}{carried}")

    async def _to_typed(self, place: Place) -> str | None:
        """What is answered to typed words that raise no alert; None: what they say decides."""
        if not place.passed:
            return ASK_AGE
        async with self._store.look(urgent=True) as work:
            return NOBODY if await free_text.is_off(work) else None

    async def _shown(self, shown: Shown) -> None:
        place, name = await self._place(shown.chat_id, shown.which)
        label = self._words.media[shown.what]
        noted = Inbound(place.conversation_id, Channel.TELEGRAM, name, label, MessageKind.MEDIA)
        await self._receive(noted, f"{NOTICE}{shown.what}" if place.passed else ASK_AGE)
        if shown.caption:
            typed = Inbound(place.conversation_id, Channel.TELEGRAM, f"{name}c", shown.caption)
            await self._receive(typed, await self._to_typed(place))

    async def _pressed(self, pressed: Pressed) -> None:
        place, name = await self._place(pressed.chat_id, pressed.which)
        button = None
        if pressed.at is not None and pressed.of == tag_of(place.conversation_id):
            async with self._store.look(urgent=True) as work:
                button = await outbox.button_at(work, place.conversation_id, *pressed.at)
        if button is None:
            self._replies.answer_press(pressed.query_id, self._words.lines.old_button)
            return
        inbound = Inbound(place.conversation_id, Channel.TELEGRAM, name, kind=MessageKind.BUTTON, pressed=pressed.at)
        if button.payload in (PASSED, UNDER_16):
            await self._age(place, name, button.payload)
        else:
            await self._receive(inbound, None)
        self._replies.answer_press(pressed.query_id, None)
        if button.payload not in BAR:
            self._replies.mark_pressed(pressed, place.hashed, button.title)

    async def _age(self, place: Place, name: str, payload: str) -> None:
        """Only that it was passed is kept: the transcript says that the question was answered, not with what."""
        if payload == PASSED:
            async with self._store.begin(urgent=True) as work:
                await telegram.note_passed(work, place.hashed)
        label = self._words.lines.age_answered
        inbound = Inbound(place.conversation_id, Channel.TELEGRAM, name, label, MessageKind.BUTTON)
        await self._receive(inbound, payload)

    async def _left(self, chat_id: int, *, blocked: bool) -> None:
        async with self._store.begin() as work:
            hashed = await telegram.chat_hash(work, chat_id)
            if blocked:
                await telegram.note_blocked(work, hashed)
            else:
                await telegram.is_back(work, hashed)

    async def _receive(self, inbound: Inbound, decided: str | None) -> None:
        if decided is not None:
            inbound = Inbound(
                inbound.conversation_id, inbound.channel, inbound.id, inbound.text, inbound.kind, decided=decided
            )
        try:
            await self._intake.receive(inbound)
        except Refused as refused:  # one with nothing in it, which Telegram does not send
            log.warning("telegram_message_refused", reason=refused.reason)

    async def _place(self, chat_id: int, which: str) -> tuple[Place, str]:
        """The chat's conversation, opened where there is none, and the message's name in it."""
        names = await self._known_names()
        hashed, name = names.chat(chat_id), names.message(chat_id, which)
        async with self._store.look(urgent=True) as work:
            known = await telegram.find(work, hashed)
            if known is not None and await telegram.is_settled(work, known):
                return Place(hashed, known.conversation_id, known.passed, is_new=False), name
        async with self._store.begin(urgent=True) as work:
            known = await telegram.find(work, hashed)
            chat = known or await self._open(work, hashed, chat_id)
            await telegram.is_back(work, hashed)
        return Place(hashed, chat.conversation_id, chat.passed, known is None), name

    async def open_for(self, work: Work, chat_id: int) -> TelegramChat:
        """Open the conversation of a chat before anything comes from it."""
        return await self._open(work, await telegram.chat_hash(work, chat_id), chat_id)

    async def _known_names(self) -> telegram.Names:
        if self._names is None:
            async with self._store.begin(urgent=True) as work:
                self._names = await telegram.names(work)
        return self._names

    async def _open(self, work: Work, hashed: str, chat_id: int) -> TelegramChat:
        first = self._wording.bubbles(self._words.notices["first"], datetime.now(UTC))
        opened = await self._intake.open_in(work, Channel.TELEGRAM, self._designations, first)
        return await telegram.bind(work, hashed, chat_id, opened.conversation.id)


class InOrder:
    """One thing at a time from one chat, different chats side by side."""

    def __init__(self, desk: Desk, most: int = 8) -> None:
        self._desk = desk
        self._most = asyncio.Semaphore(most)
        self._chats: dict[int, tuple[asyncio.Lock, int]] = {}

    def sounds_urgent(self, words: str) -> bool:
        return self._desk.sounds_urgent(words)

    async def take(self, one: Arrived) -> None:
        lock, users = self._chats.get(one.chat_id, (asyncio.Lock(), 0))
        self._chats[one.chat_id] = (lock, users + 1)
        try:
            async with lock, self._most:
                await self._desk.take(one)
        finally:
            lock, users = self._chats[one.chat_id]
            if users == 1:
                del self._chats[one.chat_id]
            else:
                self._chats[one.chat_id] = (lock, users - 1)
