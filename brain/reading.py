"""Reading messages: Rasa's own graph, without its detours, and several messages in one pass.

The encoder's work on one short message is mostly fetching its weights from memory, so the messages that several young
people send at the same moment are read together. Nobody waits for somebody else's message to arrive.
"""

from __future__ import annotations

import asyncio
from typing import Any, Dict, List, Sequence, Tuple, Union

from rasa.core.channels.channel import UserMessage
from rasa.core.policies import rule_policy
from rasa.engine.constants import PLACEHOLDER_MESSAGE, PLACEHOLDER_TRACKER
from rasa.engine.graph import GraphNode
from rasa.engine.runner.dask import DaskGraphRunner
from rasa.shared.constants import DEFAULT_SENDER_ID
from rasa.shared.core.trackers import DialogueStateTracker

from brain.messages import Json
from brain.rules import RulePolicy

TOGETHER = 32

Plan = List[Tuple[str, GraphNode, Sequence[str]]]


class InOrder:
    """Runs the nodes of a loaded graph one after the other, in an order that is found once and not at each run."""

    def __init__(self, loaded: DaskGraphRunner) -> None:
        self._nodes: Dict[str, GraphNode] = loaded._instantiated_nodes
        for node in self._nodes.values():
            if type(node._component) is rule_policy.RulePolicy:
                node._component = RulePolicy(node._component)
        self._schema = loaded._graph_schema
        self._plans: Dict[str, Plan] = {}

    def run(self, inputs: Dict[str, Any], targets: List[str]) -> Dict[str, Any]:
        """What each target gives for these inputs: Rasa's `GraphRunner.run`."""
        return {target: self._run(inputs, target) for target in targets}

    def _run(self, inputs: Dict[str, Any], target: str) -> Any:
        if target not in self._plans:
            self._plans[target] = self._plan(target, [])
        done = {name: (name, value) for name, value in inputs.items()}
        for name, node, needs in self._plans[target]:
            done[name] = node(*(done[need] for need in needs))
        return done[target][1]

    def _plan(self, name: str, so_far: Plan) -> Plan:
        """The nodes that this one needs and then itself; what is no node is an input."""
        if name in self._nodes and all(name != planned for planned, _, _ in so_far):
            needs = list(self._schema.nodes[name].needs.values())
            for need in needs:
                self._plan(need, so_far)
            so_far.append((name, self._nodes[name], needs))
        return so_far


class Reader:
    """Reads messages by one model."""

    def __init__(self, runner: InOrder, target: str) -> None:
        self._runner = runner
        self._target = target
        self._waiting: List[Tuple[UserMessage, asyncio.Future[Json]]] = []

    async def read(self, message: UserMessage) -> Json:
        """Rasa's reading of one message, made together with those that are waiting at this moment."""
        loop = asyncio.get_running_loop()
        reading: asyncio.Future[Json] = loop.create_future()
        self._waiting.append((message, reading))
        if len(self._waiting) == 1:
            loop.call_soon(self._read_waiting)
        return await reading

    def _read_waiting(self) -> None:
        waiting, self._waiting = self._waiting, []
        for begin in range(0, len(waiting), TOGETHER):
            some = waiting[begin : begin + TOGETHER]
            for (_, reading), found in zip(some, self._each([message for message, _ in some]), strict=True):
                if reading.done():
                    continue  # the caller has gone
                if isinstance(found, Exception):
                    reading.set_exception(found)
                else:
                    reading.set_result(found)

    def _each(self, messages: List[UserMessage]) -> Sequence[Union[Json, Exception]]:
        """Each message's reading, or why it has none: one that cannot be read does not fail the others."""
        try:
            return self.read_together(messages)
        except Exception as error:  # noqa: BLE001  # raised again where the message is awaited
            return [error] if len(messages) == 1 else [found for one in messages for found in self._each([one])]

    def read_together(self, messages: List[UserMessage]) -> List[Json]:
        """Rasa's readings of several messages in one pass."""
        nobody = DialogueStateTracker.from_events(DEFAULT_SENDER_ID, [])
        inputs = {PLACEHOLDER_MESSAGE: messages, PLACEHOLDER_TRACKER: nobody}
        read = self._runner.run(inputs, [self._target])[self._target]
        nothing = {"text": "", "intent": {"name": None, "confidence": 0.0}, "entities": []}
        return [{**nothing, **message.as_dict(only_output_properties=True)} for message in read]
