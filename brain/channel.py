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
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.shared.constants import DEFAULT_SENDER_ID
from rasa.shared.core.constants import DEFAULT_SLOT_NAMES
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
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
    events_of,
    nothing_to_read,
    parsed,
    texts_from_body,
)
from brain.quiet import handling_words, keep_words_out_of_logs, where
from brain.tracker_store import OvosTrackerStore
from brain.turn import StrictProcessor, TurnFailed

log = logging.getLogger(__name__)

TOKEN_HEADER = "X-Ovos-Token"  # noqa: S105  # the name of the header, not a token
SHORTEST_TOKEN = 16
TURN_SECONDS = 10  # a little more than intake waits, so that a turn given up there is soon given up here
WAIT_FOR_CONVERSATION = 0.05  # Rasa looks once a second by default whether the turn before has ended
PARSE_TOGETHER = 32

Handler = Callable[[Request], Awaitable[HTTPResponse]]


class NotReady(Exception):
    """There is no model, or Rasa runs with another tracker store than ours."""


class SavedReplies(OutputChannel):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Rasa sends replies here while a turn runs. They are read from the saved tracker instead, whole or not at all."""

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
            seen = await find(processor.tracker_store, turn)
            if seen is None:
                await asyncio.wait_for(processor.handle_message(user_message(turn)), TURN_SECONDS)
                tracker = await find(processor.tracker_store, turn)
                if tracker is None:
                    raise TurnFailed("the turn was not saved")
            else:
                tracker = seen
        return response.json(answer(turn, events(tracker), form(tracker), seen=seen is not None))

    async def parse(self, request: Request) -> HTTPResponse:
        texts = texts_from_body(body_of(request))
        processor = self._strict(request.app.ctx.agent)
        results: List[Json] = []
        for begin in range(0, len(texts), PARSE_TOGETHER):
            results += read_together(processor, texts[begin : begin + PARSE_TOGETHER])
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


async def find(store: OvosTrackerStore, turn: Turn) -> Optional[DialogueStateTracker]:
    """The stored conversation, when it has this message."""
    tracker = await store.retrieve(turn.conversation_id)
    return tracker if tracker is not None and events_of(turn.message_id, events(tracker)) else None


def events(tracker: DialogueStateTracker) -> List[Json]:
    found: List[Json] = [event.as_dict() for event in tracker.events]
    return found


def form(tracker: DialogueStateTracker) -> Optional[Json]:
    """The form that is open, what it has just asked for, and what is known so far."""
    if not tracker.active_loop_name:
        return None
    slots: Json = tracker.current_state(EventVerbosity.NONE)["slots"]
    known = {name: value for name, value in slots.items() if value is not None and name not in DEFAULT_SLOT_NAMES}
    return {"name": tracker.active_loop_name, "asking": slots.get("requested_slot"), "slots": known}


def read_together(processor: StrictProcessor, texts: List[str]) -> List[Json]:
    """Several texts in one pass of the model's own graph: the encoder is several times faster on a batch."""
    if not any(texts):
        return [parsed(nothing_to_read()) for _ in texts]
    nobody = DialogueStateTracker.from_events(DEFAULT_SENDER_ID, [])
    target = processor.model_metadata.nlu_target
    messages = [UserMessage(text) for text in texts]
    inputs = {PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: nobody}
    read = processor.graph_runner.run(inputs=inputs, targets=[target])[target]
    return [parsed(message.as_dict() if text else nothing_to_read()) for text, message in zip(texts, read, strict=True)]
