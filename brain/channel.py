"""The way into Rasa: a few loopback addresses with a token, instead of Rasa's REST channel and HTTP API.

    POST /webhooks/ovos/turn      one message of one conversation; 500 when any part of the turn failed
    POST /webhooks/ovos/parse     intents of some texts, outside any conversation
    POST /webhooks/ovos/forget    every row of one conversation, deleted
    GET  /webhooks/ovos/health    200 when a model is loaded

Rasa's own REST channel ignores tokens, answers 200 when an action failed, logs what people said, sets no message id and
lets typed text become a payload; hence this one. Nothing said is logged here or by a library called from here.
"""

from __future__ import annotations

import asyncio
import hmac
import ipaddress
import logging
import os
from functools import wraps
from typing import Any, Awaitable, Callable, Dict, List, Optional

# Rasa loads its classifier with skops, which at import looks its names up in every module there is. Before TensorFlow
# has brought its thousands this takes one second, after it four.
import skops.io  # type: ignore[import-not-found]  # noqa: F401

# isort: split
from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from rasa.core.processor import MessageProcessor
from rasa.shared.core.constants import DEFAULT_SLOT_NAMES
from rasa.shared.core.events import Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sanic import Blueprint, Sanic, response
from sanic.request import Request
from sanic.response import HTTPResponse

from brain.messages import (
    BadBody,
    Json,
    Turn,
    answer,
    conversation_from_body,
    nothing_to_read,
    parsed,
    texts_from_body,
)
from brain.quiet import handling_words, keep_words_out_of_logs, where
from brain.reading import TOGETHER, Reader
from brain.tracker_store import OvosTrackerStore
from brain.turn import StrictProcessor, TurnFailed

log = logging.getLogger(__name__)

TOKEN_HEADER = "X-Ovos-Token"  # noqa: S105  # the name of the header, not a token
SHORTEST_TOKEN = 16
TURN_SECONDS = 10  # a little more than intake waits, so that a turn given up there is soon given up here
WAIT_FOR_CONVERSATION = 0.05  # Rasa looks once a second by default whether the turn before has ended

Handler = Callable[[Request], Awaitable[HTTPResponse]]


class NotReady(Exception):
    """There is no model, or Rasa runs with another tracker store than ours."""


class SavedReplies(OutputChannel):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Rasa sends replies here while a turn runs. They are read from what was saved instead, whole or not at all."""

    @classmethod
    def name(cls) -> str:
        return "ovos"

    async def send_response(self, recipient_id: str, message: Dict[str, Any]) -> None:
        """Nothing is sent before it is saved."""


class OvosChannel(InputChannel):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Named in credentials.yml; see the module's text."""

    def __init__(self, token: str) -> None:
        self._token = token
        self._processor: Optional[StrictProcessor] = None
        self._made_from: Optional[MessageProcessor] = None

    @classmethod
    def name(cls) -> str:
        return "ovos"

    @classmethod
    def from_credentials(cls, credentials: Optional[Dict[str, Any]]) -> OvosChannel:
        keep_words_out_of_logs()
        refuse_telemetry()
        token = str((credentials or {}).get("token") or "")
        if len(token) < SHORTEST_TOKEN or token.startswith("$"):
            raise RasaException(f"Set OVOS_BRAIN_TOKEN to a secret of {SHORTEST_TOKEN} characters or more.")
        return cls(token)

    def get_output_channel(self) -> OutputChannel:
        return SavedReplies()

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """Rasa's own way in, `on_new_message`, is not used: it says nothing about whether the turn succeeded."""
        routes = Blueprint("ovos_channel")
        routes.listener("before_server_start")(refuse_other_than_loopback)
        routes.add_route(self._guarded(self.turn), "/turn", methods=["POST"])
        routes.add_route(self._guarded(self.parse), "/parse", methods=["POST"])
        routes.add_route(self._guarded(self.forget), "/forget", methods=["POST"])
        routes.add_route(self._guarded(self.health), "/health", methods=["GET"])
        return routes

    def _guarded(self, handler: Handler) -> Handler:
        """The token is asked for first; every failure becomes a status; nothing inside is logged with words."""

        @wraps(handler)
        async def guarded(request: Request) -> HTTPResponse:
            given = request.headers.get(TOKEN_HEADER, "")
            if not hmac.compare_digest(given.encode(errors="replace"), self._token.encode()):
                return response.json({"error": "wrong_token"}, status=401)
            with handling_words():
                try:
                    return await handler(request)
                except BadBody as error:
                    return response.json({"error": str(error)}, status=400)
                except NotReady as error:
                    return response.json({"error": str(error)}, status=503)
                except asyncio.CancelledError:
                    raise  # the caller has gone; nothing was saved
                except (Exception, TurnFailed) as error:  # noqa: BLE001  # whatever it was, the caller has to know
                    log.error("%s failed: %s", handler.__name__, where(error))
                    return response.json({"error": f"{handler.__name__}_failed"}, status=500)

        return guarded

    async def turn(self, request: Request) -> HTTPResponse:
        turn = Turn.from_body(body_of(request))
        agent = request.app.ctx.agent
        processor = self._strict(agent)
        if turn.intent is not None and turn.intent.name not in processor.domain.intents:
            raise BadBody("intent names something that the model does not know.")
        async with agent.lock_store.lock(turn.conversation_id, wait_time_in_seconds=WAIT_FOR_CONVERSATION):
            tracker = await processor.get_tracker(turn.conversation_id)
            seen = bool(own_events(tracker, turn))
            if not seen:
                await asyncio.wait_for(processor.take(user_message(turn), tracker), TURN_SECONDS)
        own, store = own_events(tracker, turn), processor.tracker_store
        form, new_session = open_form(tracker, store), begins_session(tracker, own[0])
        return response.json(answer(turn, store.as_stored(own), form, seen=seen, new_session=new_session))

    async def parse(self, request: Request) -> HTTPResponse:
        texts = texts_from_body(body_of(request))
        processor = self._strict(request.app.ctx.agent)
        results: List[Json] = []
        for begin in range(0, len(texts), TOGETHER):
            results += read_together(processor.reader, texts[begin : begin + TOGETHER])
            await asyncio.sleep(0)  # a long list must not keep a young person waiting
        return response.json({"results": results})

    async def forget(self, request: Request) -> HTTPResponse:
        conversation_id = conversation_from_body(body_of(request))
        agent = request.app.ctx.agent
        store = own_store(agent)
        async with agent.lock_store.lock(conversation_id, wait_time_in_seconds=WAIT_FOR_CONVERSATION):
            return response.json({"forgotten": await store.forget(conversation_id)})

    async def health(self, request: Request) -> HTTPResponse:
        processor = self._strict(request.app.ctx.agent)
        return response.json({"status": "ok", "model": processor.model_filename})

    def _strict(self, agent: Agent) -> StrictProcessor:
        """The agent's processor made strict; made anew when the agent has loaded another model."""
        if agent.processor is None:
            raise NotReady("No model is loaded.")
        if self._processor is None or self._made_from is not agent.processor:
            self._processor = StrictProcessor(agent.processor, own_store(agent))
            self._made_from = agent.processor
        return self._processor


def refuse_telemetry() -> None:
    """Nothing leaves the machine: Rasa sends usage data unless the environment says no."""
    if os.environ.get("RASA_TELEMETRY_ENABLED", "").lower() != "false":
        raise RasaException("Set RASA_TELEMETRY_ENABLED=false; the brain does not start with Rasa's telemetry on.")


async def refuse_other_than_loopback(app: Sanic, _: asyncio.AbstractEventLoop) -> None:
    """Rasa listens on every interface unless it is told not to; this room is for the same machine only."""
    host = app.state.host
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise RasaException("The brain listens on this machine only. Start it with -i 127.0.0.1")


def own_store(agent: Agent) -> OvosTrackerStore:
    """Our store, out of Rasa's wrapper. With a misspelt endpoints.yml Rasa only warns, and keeps all in memory."""
    store = getattr(agent.tracker_store, "_tracker_store", agent.tracker_store)
    if not isinstance(store, OvosTrackerStore):
        raise NotReady("endpoints.yml does not name the brain's tracker store.")
    return store


def body_of(request: Request) -> object:
    try:
        return request.json
    except Exception:  # noqa: BLE001  # Sanic's error for this differs by version; its text quotes the body
        raise BadBody("The body is not JSON.") from None


def user_message(turn: Turn) -> UserMessage:
    return UserMessage(
        text=turn.text,
        output_channel=SavedReplies(),
        sender_id=turn.conversation_id,
        parse_data=turn.reading(),
        input_channel=OvosChannel.name(),
        message_id=turn.message_id,
        metadata=turn.stored_metadata(),
    )


def own_events(tracker: DialogueStateTracker, turn: Turn) -> List[Event]:
    """The message's own event and what followed, up to the next message; empty when it is not there."""
    found: List[Event] = []
    for event in tracker.events:
        if isinstance(event, UserUttered):
            if found:
                break
            if event.message_id == turn.message_id:
                found.append(event)
        elif found:
            found.append(event)
    return found


def begins_session(tracker: DialogueStateTracker, message: Event) -> bool:
    """Is this the session's first message?"""
    first = None
    for event in tracker.events:
        if isinstance(event, SessionStarted):
            first = None
        elif isinstance(event, UserUttered):
            first = first or event
    return first is message


def open_form(tracker: DialogueStateTracker, store: OvosTrackerStore) -> Optional[Json]:
    """The form that is open, what it has just asked for, and what is known so far."""
    if not tracker.active_loop_name:
        return None
    slots: Json = tracker.current_slot_values()
    filled = [name for name, value in slots.items() if value is not None and name not in DEFAULT_SLOT_NAMES]
    known = {slot["name"]: slot["value"] for slot in store.as_stored(SlotSet(name, slots[name]) for name in filled)}
    return {"name": tracker.active_loop_name, "asking": slots.get("requested_slot"), "slots": known}


def read_together(reader: Reader, texts: List[str]) -> List[Json]:
    """What a list of texts means; a text without words has nothing to be read."""
    if not any(texts):
        return [parsed(nothing_to_read()) for _ in texts]
    read = reader.read_together([UserMessage(text) for text in texts])
    return [parsed(found if text else nothing_to_read()) for text, found in zip(texts, read, strict=True)]
