"""Receiving a message: stored before anything else, screened at once, then handed to the conversation's worker."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from bot.requests import codes
from bot.screening import Detector, Screening
from bot.screening.screening import ALERTING, BEFORE, ORDER
from bot.store import Store, Work, awaited, conversations, messages, outbox
from bot.store.awaited import What
from bot.store.messages import NewMessage, StoredMessage
from bot.store.models import WORDS, Author, Channel, MessageKind
from bot.store.outbox import Bubble, Outgoing
from bot.themes.counting import recount_conversation
from connectors.delivery import Hub
from connectors.intake.safety import SafetyDesk
from connectors.intake.wording import Wording

LONGEST_TEXT = 10_000
# Buttons that do what the chat page's own bar does, for channels that have no bar.
BAR = {
    "intake:not_safe": MessageKind.NOT_SAFE,
    "intake:who_can_see": MessageKind.WHO_CAN_SEE,
    "intake:another_way": MessageKind.SAY_ANOTHER_WAY,
}
SCREENING_SECONDS = 1.5  # of the two seconds in which a safety reply is there
SCREENING_THREADS = 2

log = structlog.get_logger()


class Refused(Exception):
    """The message was not stored; `reason` names a line of `content/notices.yml` under errors."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Inbound:
    """A message as a channel adapter knows it. `id` is the same each time that it is sent again."""

    conversation_id: str
    channel: Channel
    id: str
    text: str = ""
    kind: MessageKind = MessageKind.TYPED
    pressed: tuple[int, int] | None = None
    """The position of the bubble and the number of its button, for a press."""
    decided: str | None = None
    """What the adapter has decided that it means: a payload of ours, never anything that a person typed."""


class Intake:
    """The one way in. Nothing here waits for Rasa."""

    def __init__(self, store: Store, detector: Detector, wording: Wording, hub: Hub) -> None:
        self._store = store
        self._detector = detector
        self._wording = wording
        self._hub = hub
        self._readers = ThreadPoolExecutor(SCREENING_THREADS, thread_name_prefix="screening")
        self._screening: Counter[str] = Counter()
        self.safety = SafetyDesk(wording)
        self._wake_worker: Callable[[str], None] = lambda _conversation_id: None

    def on_message(self, wake: Callable[[str], None]) -> None:
        """Whom to tell that a conversation has a message to answer."""
        self._wake_worker = wake

    async def open(self, channel: Channel, designations: list[str]) -> conversations.OpenedConversation:
        """A new conversation, with the opening notice already in it."""
        opening = self._wording.bubbles(self._wording.notices.opening, datetime.now(UTC))
        async with self._store.begin() as work:
            return await self.open_in(work, channel, designations, opening)

    async def open_in(
        self, work: Work, channel: Channel, designations: list[str], opening: tuple[Bubble, ...]
    ) -> conversations.OpenedConversation:
        """The same in the caller's transaction, with what is said first on this channel."""
        opened = await conversations.open_conversation(work, channel, designations)
        await outbox.say(work, Outgoing(opened.conversation.id, None, "opening", Author.SERVICE, opening))
        return opened

    async def receive(self, inbound: Inbound) -> StoredMessage:
        """Store a message and screen it. When this returns, the message is safe and any safety reply is on its way.

        Raises Refused, with nothing stored: an empty message, one over 10,000 characters, a button that is not there.
        """
        _check(inbound)
        async with self._store.begin(urgent=True) as work:
            stored = await messages.store(work, await self._resolve(work, inbound))
        if stored.is_new:
            await asyncio.shield(self._screen_waiting(inbound.conversation_id))
        self._wake_worker(inbound.conversation_id)
        self._hub.wake(inbound.conversation_id)
        return stored

    def sounds_urgent(self, words: str) -> bool:
        """Does it hold a phrase that says danger in so many words? For a channel that hands in many at once, to choose
        which come first; each is screened whole all the same.
        """
        try:
            return self._detector.without_model(words).severity in ALERTING
        except Exception as error:  # noqa: BLE001  # then they come in the order in which they were sent
            log.error("phrases_not_read", kind=type(error).__name__)
            return False

    async def _resolve(self, work: Work, inbound: Inbound) -> NewMessage:
        """Turn a press into the words on its button and the payload that only we hold."""
        text, kind = inbound.text, inbound.kind
        payload: dict[str, str | int] | None = None
        if inbound.decided is not None:
            payload = {"payload": inbound.decided}
            # Words behind a command stay words, so that they are read.
            kind = kind if kind in WORDS else BAR.get(inbound.decided, kind)
        elif inbound.pressed is not None:
            button = await outbox.button_at(work, inbound.conversation_id, *inbound.pressed)
            if button is None:
                raise Refused("not_understood_frame")
            kind = BAR.get(button.payload, kind)
            text, payload = button.title, {"payload": button.payload, "position": inbound.pressed[0]}
        return NewMessage(
            conversation_id=inbound.conversation_id,
            channel=inbound.channel,
            channel_message_id=f"{inbound.conversation_id}:{inbound.id}",
            text=text,
            kind=kind,
            intent=payload,
        )

    async def screen_missed(self, conversation_id: str) -> None:
        """Screen what a killed process stored and did not screen. What is being screened just now is let be."""
        if not self._screening[conversation_id]:
            await self._screen_waiting(conversation_id)

    async def _screen_waiting(self, conversation_id: str) -> None:
        self._screening[conversation_id] += 1
        try:
            await self._screen_all(conversation_id)
        finally:
            self._screening[conversation_id] -= 1
            if not self._screening[conversation_id]:
                del self._screening[conversation_id]

    async def _screen_all(self, conversation_id: str) -> None:
        async with self._store.look(urgent=True) as work:
            waiting = await messages.waiting_unscreened(work, conversation_id)
            before = [await messages.typed_before(work, message, BEFORE) for message in waiting]
        for message, earlier in zip(waiting, before, strict=True):
            words = [text for text in earlier if not await self._is_our_code(conversation_id, text)]
            is_code = message.kind in WORDS and await self._is_our_code(conversation_id, message.text)
            found = self._detector.nothing_found() if is_code else await self._screen(message, words)
            await self._note(message, found, words)

    async def _is_our_code(self, conversation_id: str, text: str) -> bool:
        """A link code that we made says nothing, though letters thrown together may read like something.

        So does one that was typed with a slip: one letter off a code that was made, or, where a code was asked for,
        anything of that shape in which no word can be read.
        """
        if not codes.may_be_code(text):
            return False
        try:
            async with self._store.look(urgent=True) as work:
                asked = await awaited.waiting_for(work, conversation_id, datetime.now(UTC))
                if asked is not None and asked.what == What.CODE and codes.says_no_word(text):
                    return True
                return await codes.was_nearly_made(work, text)
        except Exception as error:  # noqa: BLE001  # whatever goes wrong here, the message is screened
            log.error("code_not_looked_up", kind=type(error).__name__)
            return False

    async def _screen(self, message: messages.WaitingMessage, before: list[str]) -> Screening:
        payload = (message.intent or {}).get("payload")
        if message.kind is MessageKind.NOT_SAFE:
            return self._detector.not_safe_pressed()
        if payload == "intake:safe_no":
            return self._detector.said_not_safe_now()
        if message.kind in WORDS:
            found = await self._read(message.text, before)
            return _graver(found, self._detector.not_safe_pressed()) if payload == "intake:not_safe" else found
        # A press says only what we wrote on the button.
        return self._detector.nothing_found()

    async def _read(self, text: str, before: list[str]) -> Screening:
        """In a thread of its own, so that nobody else waits; whatever goes wrong there, a person gets the message."""
        loop = asyncio.get_running_loop()
        try:
            reading = loop.run_in_executor(self._readers, self._detector.screen, text, before)
            return await asyncio.wait_for(reading, SCREENING_SECONDS)
        except Exception as error:  # noqa: BLE001  # no fault of the detector may wave a message through
            log.error("screening_failed", kind=type(error).__name__)
            return self._detector.without_model(text)

    async def _note(self, message: messages.WaitingMessage, screening: Screening, before: list[str]) -> None:
        """Keep the result; with an alert, the alert and the safety reply are one transaction."""
        async with self._store.begin(urgent=True) as work:
            await self.safety.note(work, message, screening, before)
            if screening.alerts or screening.unread:
                # What was said in this session is a matter of safety, and no figure of a summary.
                await recount_conversation(work, message.conversation_id)
        self._hub.wake(message.conversation_id)


def _graver(one: Screening, other: Screening) -> Screening:
    return min(one, other, key=lambda found: ORDER.index(found.severity))


def _check(inbound: Inbound) -> None:
    if inbound.kind not in WORDS:
        return
    if not inbound.text.strip():
        raise Refused("empty")
    if len(inbound.text) > LONGEST_TEXT:
        raise Refused("too_long")
