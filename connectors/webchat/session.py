"""One device in one conversation: what each frame does. The socket and the fallback both speak through this."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from pydantic import ValidationError

from bot.privacy.chat_words import chat_words
from bot.store import Store, Work, conversations, erasures, outbox, quiet, reads
from bot.store.models import Channel, MessageKind
from bot.store.reads import Reader
from connectors.delivery import Hub
from connectors.intake.brain import BrainClient, BrainDown, BrainFailed, BrainSlow
from connectors.intake.intake import Inbound, Intake, Refused
from connectors.intake.wording import Wording
from connectors.webchat import frames
from connectors.webchat.chat_state import ChatState, NowInChat
from connectors.webchat.frames import FRAME, Again, Hello, Leave, Press, Safe, Say, Seen, Sent, Who
from connectors.webchat.page import PageWords
from connectors.webchat.receipts import ReceiptDesk

LABELS = {
    MessageKind.NOT_SAFE: "not_safe",
    MessageKind.WHO_CAN_SEE: "who_can_see",
    MessageKind.SAY_ANOTHER_WAY: "say_another_way",
}
NEW_CHATS_A_MINUTE = 240
FAST_MESSAGES = 8
PAUSE_SECONDS = 0.3

log = structlog.get_logger()


class NotSaved(Exception):
    """A message could not be stored: the page keeps it and sends it again."""


class TooBusy(Exception):
    """Too many new chats at once."""


class Doorway:
    """How many new chats were opened lately. Counts all devices together, because no address of a device is kept."""

    def __init__(self, most_a_minute: int = NEW_CHATS_A_MINUTE) -> None:
        self._most = most_a_minute
        self._opened: list[float] = []

    def enter(self) -> None:
        """Raises TooBusy when the last minute's chats are too many."""
        at = time.monotonic()
        self._opened = [moment for moment in self._opened if moment > at - 60]
        if len(self._opened) >= self._most:
            raise TooBusy
        self._opened.append(at)


@dataclass(frozen=True)
class Services:
    """What a session needs of the rest of the house."""

    store: Store
    intake: Intake
    brain: BrainClient
    hub: Hub
    wording: Wording
    designations: list[str]
    page: PageWords
    doorway: Doorway
    receipts: ReceiptDesk
    chat_state: ChatState
    telegram_name: Callable[[], str | None] | None = None
    """The user name of the Telegram bot, once it is known. None while Telegram is off."""


class ChatSession:
    """A device's side of a conversation, after its hello."""

    def __init__(self, services: Services, conversation_id: str, token: str, after: int, state: NowInChat) -> None:
        self._services = services
        self.token = token
        self._state = state
        self.conversation_id = conversation_id
        self.cursor = after
        self.ended = False
        self._readers: list[Reader] = []
        self._typing = False
        self._recent: list[float] = []

    async def news(self) -> list[Sent]:
        """Everything that this device has not had: lines, the read mark, whether an answer is being made."""
        async with self._services.store.look() as work:
            # By its token: one that was left and opened again elsewhere stays shut here.
            conversation = await conversations.by_token(work, self.token)
            if conversation is None:
                self.ended = True
                return [await closed(work, self._services.wording, self.token)]
            lines = await outbox.timeline(work, self.conversation_id, self.cursor)
            # Where somebody else may see the device, nothing shows there that the young person did not ask for.
            shows_readers = conversation.read_up_to and conversation.quiet_since is None
            readers = await reads.readers(work, self.conversation_id) if shows_readers else self._readers
        cards = self._services.wording.cards
        may_show = quiet.shown(lines, conversation.quiet_since)
        sent = await self._state_now(easy=conversation.easy_words)
        sent += [frames.item(line, cards.of_key(line.key)) for line in may_show]
        if lines:
            self.cursor = lines[-1].position
        if readers != self._readers:
            self._readers = readers
            sent.append({"type": "read", "readers": [self._services.page.reader(*reader) for reader in readers]})
        typing = self._services.hub.is_typing(self.conversation_id)
        if typing != self._typing:
            self._typing = typing
            sent.append({"type": "typing", "on": typing})
        return sent

    async def _state_now(self, *, easy: bool) -> list[Sent]:
        """A fresh welcome when who reads when has changed: a page left open must not go on saying what was true."""
        state = await self._services.chat_state.now()
        if state == self._state:
            return []
        self._state = state
        return [self.welcome("back", easy=easy)]

    def welcome(self, kind: str, *, easy: bool) -> Sent:
        config = {"easy": easy, "reading": self._state.reading, "typing": self._state.free_text}
        return {"type": "welcome", "token": self.token, "conversation": kind, "config": config}

    async def handle(self, raw: str) -> list[Sent]:
        """Do what one frame asks. Raises NotSaved when a message could not be stored."""
        errors = self._services.wording.notices.errors
        try:
            frame = FRAME.validate_json(raw)
        except ValidationError:
            # With its id, so that the page stops sending it again.
            return [frames.error(errors.not_understood_frame, frames.id_of(raw))]
        match frame:
            case Say(id=client_id, text=text):
                return await self._receive(Inbound(self.conversation_id, Channel.WEB, client_id, text))
            case Press(id=client_id, reply=reply, button=button):
                pressed = Inbound(
                    self.conversation_id, Channel.WEB, client_id, kind=MessageKind.BUTTON, pressed=(reply, button)
                )
                return await self._receive(pressed)
            case Safe(id=client_id):
                return await self._receive(self._fixed(client_id, MessageKind.NOT_SAFE))
            case Who(id=client_id):
                return await self._receive(self._fixed(client_id, MessageKind.WHO_CAN_SEE))
            case Again(id=client_id):
                return await self._receive(self._fixed(client_id, MessageKind.SAY_ANOTHER_WAY))
            case Seen(position=position):
                async with self._services.store.begin() as work:
                    await outbox.mark_delivered(work, self.conversation_id, position)
                return []
            case Leave():
                await self.leave()
                return []
            case Hello():
                return []

    def _fixed(self, client_id: str, kind: MessageKind) -> Inbound:
        label = self._services.page.press_labels()[LABELS[kind]]
        return Inbound(self.conversation_id, Channel.WEB, client_id, label, kind)

    async def _receive(self, inbound: Inbound) -> list[Sent]:
        await self._slow_down()
        try:
            stored = await self._services.intake.receive(inbound)
        except Refused as refused:
            return [frames.error(getattr(self._services.wording.notices.errors, refused.reason), inbound.id)]
        except Exception as error:
            log.error("message_not_saved", exc_info=error)
            raise NotSaved from error
        return [{"type": "saved", "id": inbound.id, "position": stored.position}]

    async def _slow_down(self) -> None:
        """Read a flood slowly: nothing is dropped, the sender waits."""
        at = time.monotonic()
        self._recent = [moment for moment in self._recent if moment > at - 5]
        self._recent.append(at)
        if len(self._recent) > FAST_MESSAGES:
            await asyncio.sleep(PAUSE_SECONDS)

    async def leave(self) -> None:
        """Leave quickly: the token opens nothing any more, and Rasa forgets the conversation."""
        async with self._services.store.begin() as work:
            await conversations.end(work, self.conversation_id)
        self.ended = True
        self._services.hub.wake(self.conversation_id)
        try:
            await self._services.brain.forget(self.conversation_id)
        except (BrainDown, BrainSlow, BrainFailed) as error:
            # Rasa holds no words, and drops what it holds at the next session; the count of these is looked at.
            log.warning("brain_did_not_forget", reason=type(error).__name__)


async def closed(work: Work, wording: Wording, token: str | None) -> Sent:
    """What a device hears whose token opens nothing: that the chat was deleted, where it was."""
    erased = token is not None and await erasures.was_erased(work, token)
    return {"type": "closed", "text": chat_words().erased if erased else wording.notices.errors.unknown_session}


async def open_session(services: Services, hello: Hello) -> tuple[ChatSession, Sent] | None:
    """The session that a hello asks for, and its welcome; None when its token opens nothing. Raises TooBusy."""
    if hello.token is None:
        services.doorway.enter()
        opened = await services.intake.open(Channel.WEB, services.designations)
        session = ChatSession(services, opened.conversation.id, opened.token, 0, await services.chat_state.now())
        return session, session.welcome("new", easy=False)
    async with services.store.look() as work:
        conversation = await conversations.by_token(work, hello.token)
    if conversation is None:
        return None
    state = await services.chat_state.now()
    session = ChatSession(services, conversation.id, hello.token, hello.after, state)
    return session, session.welcome("back", easy=conversation.easy_words)
