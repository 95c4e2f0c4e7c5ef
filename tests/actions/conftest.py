"""A conversation to run actions in: a real store, the real executor, and a tracker as Rasa sends it."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from rasa_sdk.executor import ActionExecutor

from actions.service import service
from bot.content import PROJECT_ROOT, read_yaml
from bot.entitlements.search import Found
from bot.store import Store, conversations, messages
from bot.store.messages import NewMessage
from bot.store.models import Channel, MessageKind

BLANK = re.compile(r"{([a-z_]+)}")


@cache
def responses_of_the_domain() -> dict[str, Any]:
    domain: dict[str, Any] = read_yaml(PROJECT_ROOT / "domain.yml")
    return dict(domain["responses"])


@cache
def executor() -> ActionExecutor:
    made = ActionExecutor()
    made.register_package("actions")
    return made


@dataclass
class CardsByText:
    """A card search that knows what it is told."""

    sure: dict[str, str] = field(default_factory=dict)
    two: dict[str, tuple[str, str]] = field(default_factory=dict)
    best: tuple[str, str, str] = ("personal_adviser", "iro", "reviews")

    def find_two(self, text: str) -> tuple[Found, ...]:
        if text in self.two:
            return tuple(Found(((card, 0.9),), card) for card in self.two[text])
        found = self.sure.get(text)
        first = (found, 0.9) if found else (self.best[0], 0.4)
        return (Found((first, (self.best[1], 0.3), (self.best[2], 0.2)), found),)


@dataclass(frozen=True)
class Reply:
    """One bubble as Rasa would make it of the response that the action named."""

    key: str
    text: str
    easy: str
    buttons: list[dict[str, str]]


@dataclass
class Ran:
    """What an action did."""

    replies: list[Reply]
    events: list[dict[str, Any]]

    @property
    def keys(self) -> list[str]:
        return [reply.key for reply in self.replies]

    @property
    def slots(self) -> dict[str, Any]:
        return {event["name"]: event["value"] for event in self.events if event["event"] == "slot"}

    @property
    def form(self) -> str | None:
        return next((event["name"] for event in self.events if event["event"] == "active_loop"), None)

    @property
    def payloads(self) -> list[str]:
        return [button["payload"] for reply in self.replies for button in reply.buttons]


class Chat:
    """One conversation: its messages are in the store, its events are what Rasa would have."""

    def __init__(self, store: Store, conversation_id: str, cards: CardsByText) -> None:
        self.store = store
        self.id = conversation_id
        self.cards = cards
        self.events: list[dict[str, Any]] = []
        self.slots: dict[str, Any] = {"requested_slot": None, "session_started_metadata": None}
        self.form: str | None = None
        self.latest: dict[str, Any] = {}

    async def typed(self, text: str, intent: str, ranking: list[str] | None = None, **entities: str) -> str:
        return await self._message(text, intent, MessageKind.TYPED, ranking, entities, {})

    async def pressed(self, title: str, intent: str, metadata: dict[str, Any] | None = None, **entities: str) -> str:
        return await self._message(title, intent, MessageKind.BUTTON, None, entities, metadata or {})

    async def _message(
        self,
        text: str,
        intent: str,
        kind: MessageKind,
        ranking: list[str] | None,
        entities: dict[str, str],
        metadata: dict[str, Any],
    ) -> str:
        new = NewMessage(self.id, Channel.CONVERSE, uuid.uuid4().hex, text, kind)
        async with self.store.begin() as work:
            message_id = (await messages.store(work, new)).id
        found = [{"entity": name, "value": value} for name, value in entities.items()]
        if kind is MessageKind.TYPED:
            found.append({"entity": "words", "value": message_id})
        self.latest = {
            "text": text,
            "intent": {"name": intent, "confidence": 0.9},
            "intent_ranking": [{"name": name, "confidence": 0.1} for name in ranking or [intent]],
            "entities": found,
            "metadata": {**metadata, "message_id": message_id},
        }
        # As the brain stores it: what was said is blank.
        read = {**self.latest, "text": ""}
        self.events.append({"event": "user", "text": "", "parse_data": read, "metadata": self.latest["metadata"]})
        return message_id

    def opens(self, form: str | None) -> None:
        self.form = form
        self.events.append({"event": "active_loop", "name": form})

    def asks(self, slot: str | None) -> None:
        self.fills(requested_slot=slot)

    def fills(self, **slots: str | None) -> None:
        for name, value in slots.items():
            self.slots[name] = value
            self.events.append({"event": "slot", "name": name, "value": value})

    def closes(self) -> None:
        """The form has everything."""
        self.events.append({"event": "action", "name": self.form})
        self.asks(None)
        self.opens(None)

    def lays_down(self) -> None:
        """What Rasa does at "stop" and when intake says `safeguarding`."""
        self.events.append({"event": "action", "name": "action_deactivate_loop"})
        self.opens(None)
        self.asks(None)

    async def run(self, action: str, keep: bool = True) -> Ran:
        """Run an action by the real executor; its events then count, unless `keep` says that they were lost."""
        call = {
            "next_action": action,
            "sender_id": self.id,
            "domain": {},
            "tracker": {
                "sender_id": self.id,
                "slots": dict(self.slots),
                "latest_message": self.latest,
                "events": [dict(event) for event in self.events],
                "active_loop": {"name": self.form} if self.form else {},
            },
        }
        result = await executor().run(call)
        assert result is not None
        ran = Ran([self._filled(sent) for sent in result.responses], result.events)
        if keep:
            self._apply(action, ran)
        return ran

    def _apply(self, action: str, ran: Ran) -> None:
        self.events.append({"event": "action", "name": action})
        self.events += ran.events
        self.slots.update(ran.slots)
        for event in ran.events:
            if event["event"] == "active_loop":
                self.form = event["name"]

    def _filled(self, sent: dict[str, Any]) -> Reply:
        """Fill the named response as Rasa does, and fail where a blank is left or a slot's condition fits nothing."""
        blanks = {**self.slots, **sent}
        response = next(
            variation
            for variation in responses_of_the_domain()[sent["response"]]
            if all(self.slots.get(one["name"]) == one["value"] for one in variation.get("condition", []))
        )
        buttons = [
            {**button, "payload": _fill(button["payload"].replace("{{", "<<").replace("}}", ">>"), blanks)}
            for button in response.get("buttons", [])
        ]
        for button in buttons:
            button["payload"] = button["payload"].replace("<<", "{").replace(">>", "}")
        return Reply(
            key=sent["response"],
            text=_fill(response["text"], blanks),
            easy=_fill(response["custom"]["easy"], blanks),
            buttons=[*buttons, *sent["buttons"]],
        )


def _fill(text: str, blanks: dict[str, Any]) -> str:
    return BLANK.sub(lambda match: str(blanks[match[1]]), text)


@pytest.fixture
def cards() -> CardsByText:
    return CardsByText()


@pytest.fixture
def working(sqlite_store: Store, cards: CardsByText) -> Iterator[None]:
    """The actions' one service, with this test's store and card search in it."""
    service.cache_clear()
    parts = service().__dict__
    parts["store"], parts["cards"] = sqlite_store, cards
    yield
    service.cache_clear()


@pytest.fixture
async def chat(working: None, sqlite_store: Store, cards: CardsByText) -> Chat:
    async with sqlite_store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.CONVERSE, ["Quiet Otter"])
    return Chat(sqlite_store, opened.conversation.id, cards)
