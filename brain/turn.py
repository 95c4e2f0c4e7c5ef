"""One turn, whole or not at all.

Rasa goes on after a failure: an action that raises becomes "the action's events are lost", a custom slot mapping that
fails becomes a warning, a response that does not exist becomes silence, a tracker store that fails is replaced by
memory. Each of these would give a young person half an answer. Here each of them ends the turn; nothing has been saved
by then (Rasa saves once, at the end), so the stored conversation is as it was and the message can be tried again.
"""

from __future__ import annotations

import asyncio
from typing import Any, Dict, NoReturn, Optional

import aiohttp
from jsonschema.validators import validator_for  # type: ignore[import-untyped]
from rasa.core.actions.action import Action, ActionExecutionRejection, RemoteAction
from rasa.core.actions.constants import SELECTIVE_DOMAIN
from rasa.core.channels.channel import UserMessage
from rasa.core.nlg import NaturalLanguageGenerator
from rasa.core.processor import MessageProcessor
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from brain.reading import InOrder, Reader
from brain.tracker_store import OvosTrackerStore

REJECTED = 400  # how rasa_sdk says "this action declines", which is an answer and not a failure

# Rasa asks for these on its own account and is content when a project does not have them.
OPTIONAL_RESPONSES = frozenset({"utter_default", "utter_restart", "utter_back", "utter_ask_rephrase"})


class TurnFailed(BaseException):
    """The turn cannot be completed. Not an Exception, because Rasa catches those around an action and goes on."""


class StrictProcessor(MessageProcessor):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Rasa's processor with the model it has loaded, and with every failure ending the turn."""

    def __init__(self, loaded: MessageProcessor, store: OvosTrackerStore) -> None:
        # The parent's constructor would load the model a second time; this takes over what `loaded` has.
        self.__dict__.update(vars(loaded))
        self.tracker_store = store  # without Rasa's wrapper, which goes on in memory when the database fails
        self.nlg = StrictReplies(loaded.nlg)
        self.action_endpoint = strict_endpoint(loaded.action_endpoint)
        self.on_circuit_break = too_many_actions
        self.graph_runner = InOrder(loaded.graph_runner)
        self.reader = Reader(self.graph_runner, loaded.model_metadata.nlu_target)

    async def take(self, message: UserMessage, tracker: DialogueStateTracker) -> None:
        """Rasa's `handle_message` for a conversation that has been read already. Saves at the end, once."""
        message.parse_data = message.parse_data or await self.reader.read(message)
        await self._update_tracker_session(tracker, message.output_channel, message.metadata)
        await self._handle_message_with_tracker(message, tracker)
        tracker = await self.run_action_extract_slots(message.output_channel, tracker)
        await self._run_prediction_loop(message.output_channel, tracker)
        await self.save_tracker(tracker)

    async def _run_action(self, action: Action, *arguments: Any, **named: Any) -> bool:
        going_on: bool = await super()._run_action(StrictAction(action), *arguments, **named)
        return going_on


def too_many_actions(*_: object) -> NoReturn:
    """Rasa stops after ten actions in one turn and calls this: the rules run in a circle."""
    raise TurnFailed("too many actions in one turn")


class StrictAction(Action):  # type: ignore[misc]  # Rasa is not typed for this checker
    """An action whose errors are not swallowed. A rejection is not an error: it is how a form steps aside."""

    def __init__(self, action: Action) -> None:
        self._action = CheckedAction(action.name(), action.action_endpoint) if type(action) is RemoteAction else action

    def name(self) -> str:
        name: str = self._action.name()
        return name

    def event_for_successful_execution(self, prediction: Any) -> Any:
        return self._action.event_for_successful_execution(prediction)

    async def run(self, *arguments: Any, **named: Any) -> Any:
        try:
            return await self._action.run(*arguments, **named)
        except ActionExecutionRejection:
            raise
        except Exception as error:
            raise TurnFailed("an action failed") from error


class CheckedAction(RemoteAction):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Rasa checks the form of each answer, and each time that the form itself is right: a fifth of a turn."""

    def _validate_action_result(self, result: Any) -> bool:
        ANSWER_FORM.validate(result)
        return True


ANSWER_FORM = validator_for({})(RemoteAction.action_response_format_spec())


class StrictEndpoint(EndpointConfig):  # type: ignore[misc]  # Rasa is not typed for this checker
    """The way to the action server. Needed besides `StrictAction` because slot mappings swallow errors on their own."""

    async def request(self, *arguments: Any, **named: Any) -> Any:
        # rasa_sdk wants a domain; ours is large, the same at every call, and no action looks at it.
        named["json"] = {"domain": {}, **named["json"]}
        try:
            answer = await super().request(*arguments, **named)
        except ClientResponseError as error:
            if error.status == REJECTED:
                raise
            raise TurnFailed("the action server answered with an error") from error
        except (aiohttp.ClientError, asyncio.TimeoutError, OSError) as error:
            raise TurnFailed("the action server could not be reached") from error
        if answer is None:
            raise TurnFailed("the action server's answer was not JSON")
        return answer


def strict_endpoint(endpoint: Optional[EndpointConfig]) -> Optional[StrictEndpoint]:
    if endpoint is None:
        return None
    strict = StrictEndpoint()
    strict.__dict__.update(vars(endpoint))
    strict.kwargs = {SELECTIVE_DOMAIN: True, **endpoint.kwargs}  # a domain only where the domain asks for it
    return strict


class StrictReplies(NaturalLanguageGenerator):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Finds a response in the domain; one that is not there is a failure and not a silence."""

    def __init__(self, replies: NaturalLanguageGenerator) -> None:
        self._replies = replies

    async def generate(
        self, utter_action: str, tracker: DialogueStateTracker, output_channel: str, **named: Any
    ) -> Optional[Dict[str, Any]]:
        found: Optional[Dict[str, Any]] = await self._replies.generate(utter_action, tracker, output_channel, **named)
        if found is None and utter_action not in OPTIONAL_RESPONSES:
            raise TurnFailed("a response does not exist")
        return found
