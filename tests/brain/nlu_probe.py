"""Run by the brain's own Python: puts messages through the brain's components and prints what came of it, as JSON."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
from typing import Any

import numpy as np
from rasa.core.channels.channel import UserMessage
from rasa.core.policies import rule_policy
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import (
    ActionExecuted,
    ActionExecutionRejected,
    ActiveLoop,
    Event,
    FollowupAction,
    Restarted,
    SessionStarted,
    SlotSet,
    UserUtteranceReverted,
    UserUttered,
)
from rasa.shared.core.trackers import DialogueStateTracker, EventVerbosity
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.features import Features
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from scipy.sparse import csr_matrix

from bot.encoder import load_encoder
from brain.channel import OvosChannel
from brain.classifier import LogisticRegression, rows_of
from brain.compiled import compiled_encoder
from brain.expected import ExpectedIntents
from brain.featurizer import EncoderFeaturizer
from brain.reading import Reader
from brain.rules import LastSteps, RulePolicy
from brain.tracker import OvosTracker
from brain.tracker_store import OvosTrackerStore
from brain.words import MessageWords

TEXTS = [f"{'my social worker left again and ' * (number % 7)}who is number {number}?" for number in range(150)]


def featurizer(scale: object) -> EncoderFeaturizer:
    return EncoderFeaturizer({**EncoderFeaturizer.get_default_config(), "scale": scale}, "featurizer")


def messages(texts: list[str]) -> list[Message]:
    made = [Message({TEXT: text}) for text in texts]
    WhitespaceTokenizer(WhitespaceTokenizer.get_default_config()).process(made)
    return made


def features() -> dict[str, object]:
    """Many at once, as in training, against one by one, as in a turn."""
    together = messages(TEXTS)
    featurizer(3.0).process_training_data(TrainingData(together))
    sequence, sentence = zip(*(message.get_dense_features(TEXT) for message in together), strict=True)
    alone = load_encoder().encode(TEXTS[:3]) * 3.0
    read = featurizer(3.0).process(messages(TEXTS[:1]))[0]
    sent = np.frombuffer(base64.b64decode(read.as_dict(only_output_properties=True)["vector"]), dtype="<f4")
    return {
        "sent_on": bool(np.allclose(sent * 3.0, alone[0], atol=1e-5)),
        "sent_on_in_training": together[0].get("vector"),
        "tokens": [len(message.get("text_tokens")) for message in together[:3]],
        "sequence": [list(each.features.shape) for each in sequence[:3]],
        "sentence": list(sentence[0].features.shape),
        "length": float(np.linalg.norm(sentence[0].features)),
        "same_as_alone": bool(np.allclose([each.features[0] for each in sentence[:3]], alone, atol=1e-5)),
        "in_order": bool(np.allclose(sentence[-1].features[0], load_encoder().encode(TEXTS[-1:]) * 3.0, atol=1e-5)),
    }


def compiled() -> list[float]:
    """How far the vectors are apart that TensorFlow and NumPy make, of texts of several lengths at once and of one."""
    texts = ["hi", "x " * 400, *TEXTS[:9]]
    together = np.abs(compiled_encoder().encode(texts) - load_encoder().encode(texts)).max()
    alone = np.abs(compiled_encoder().encode_one("no") - load_encoder().encode_one("no")).max()
    return [float(together), float(alone)]


def classifier() -> bool:
    """Few messages as rows: the numbers of Rasa's matrix, with features of both kinds and of one kind only."""
    both, dense = messages(TEXTS[:5]), messages(TEXTS[:5])
    for number, message in enumerate(both):
        counts = csr_matrix(np.eye(5)[number : number + 1])
        for kind in ("sequence", "sentence"):
            message.add_features(Features(counts, kind, TEXT, "counts"))
    return all(np.array_equal(rows_of(featurizer(3.0).process(some)), _rasas(some)) for some in (both, dense))


def _rasas(some: list[Message]) -> Any:
    return LogisticRegressionClassifier._create_X(object.__new__(LogisticRegression), some).toarray()


def expected() -> list[object]:
    ranking = [("greet", 0.5), ("entitlement", 0.3), ("feedback", 0.2)]
    message = Message({"intent_ranking": [{"name": name, "confidence": confidence} for name, confidence in ranking]})
    ExpectedIntents({"times": {"entitlement": 4}}).process([message])
    short = Message({"intent_ranking": [*message.get("intent_ranking")]})
    ExpectedIntents({"times": {}, "ranking_length": 2}).process([short])
    return [message.get("intent"), *message.get("intent_ranking"), len(short.get("intent_ranking"))]


def refused() -> list[str]:
    found = []
    makers = (
        lambda: featurizer(0),
        lambda: featurizer("3"),
        lambda: ExpectedIntents({"times": {"greet": 0}}),
        lambda: OvosTrackerStore(host="rasa.db"),
        lambda: OvosTrackerStore(host=""),
    )
    for make in makers:
        try:
            make()
        except RasaException as error:
            found.append(str(error))
    return found


def words() -> list[object]:
    """From the service's channel, and from elsewhere, where Rasa makes up an id of its own."""
    ours = Message({TEXT: "x", "message_id": "m-1", "metadata": {"message_id": "m-1"}})
    other = Message({TEXT: "x", "message_id": "made up", "metadata": None})
    return [message.get("entities", []) for message in MessageWords().process([ours, other])]


def channel() -> list[str]:
    """What the channel says when Rasa makes it: with all as it should be, with bad tokens, with telemetry."""
    return [
        channel_with(token="a" * 16),
        channel_with(token="short"),
        channel_with(token="${OVOS_BRAIN_TOKEN}"),
        channel_with(token="a" * 16, telemetry="true"),
        channel_with(token="a" * 16, telemetry=""),
    ]


def channel_with(token: str, telemetry: str = "false") -> str:
    os.environ["RASA_TELEMETRY_ENABLED"] = telemetry
    try:
        OvosChannel.from_credentials({"token": token})
    except RasaException as error:
        return str(error)
    return ""


class Graph:
    """Reads each text as an intent of that name; cannot read one of them."""

    def __init__(self) -> None:
        self.passes: list[list[str]] = []

    def run(self, inputs: dict[str, Any], targets: list[str]) -> dict[str, Any]:
        texts = [message.text for message in inputs["__message__"]]
        self.passes.append(texts)
        if "unreadable" in texts:
            raise ValueError
        read = [Message({TEXT: text, "intent": {"name": text}}, output_properties={"intent"}) for text in texts]
        return {targets[0]: read}


def reading() -> dict[str, object]:
    """Three messages at the same moment, then one of them cannot be read."""
    graph = Graph()
    reader = Reader(graph, "nlu")  # type: ignore[arg-type]

    async def read(*texts: str) -> list[object]:
        found = await asyncio.gather(*(reader.read(UserMessage(text)) for text in texts), return_exceptions=True)
        return [type(one).__name__ if isinstance(one, Exception) else one["intent"]["name"] for one in found]

    good, bad = asyncio.run(read("a", "b", "c")), asyncio.run(read("d", "unreadable", "e"))
    return {"good": good, "bad": bad, "passes": graph.passes}


def rules() -> bool:
    """Rules of every kind and conversations of every kind: the same rules fit as Rasa finds."""
    actions: list[dict[str, Any]] = [{}, {"action_name": "action_listen"}, {"action_name": "utter_a"}]
    intents: list[dict[str, Any]] = [{}, {"intent": "greet"}, {"intent": "thanks", "entities": ["who"]}]
    loops: list[dict[str, Any]] = [{}, {"name": "form"}, {"name": "should_not_be_set"}]
    parts = itertools.product(actions, intents, loops)
    names = ("prev_action", "user", "active_loop")
    states = [{name: part for name, part in zip(names, each, strict=True) if part} for each in parts]
    pairs = [[first, last] for first in states[::4] for last in states]
    keys = {json.dumps(each): "utter_a" for each in [*([state] for state in states), *pairs]}
    rasas = object.__new__(rule_policy.RulePolicy)
    rasas.lookup = {"rules": keys, "rules_not_in_stories": []}
    ours = RulePolicy(rasas)
    said = [[{**state, "user": {**state.get("user", {}), "entities": ("who",)}} for state in pair] for pair in pairs]
    return all(
        ours._get_possible_keys(keys, states) == rasas._get_possible_keys(keys, states)
        for states in [*pairs, *said, [{}], []]
    )


DOMAIN = Domain.from_dict(
    {
        "intents": ["greet", "thanks"],
        "actions": ["utter_a", "utter_b"],
        "forms": {"form": {"required_slots": ["who"]}},
        "slots": {"who": {"type": "text", "mappings": [{"type": "from_entity", "entity": "who"}]}},
        "entities": ["who"],
        "responses": {"utter_a": [{"text": "a"}], "utter_b": [{"text": "b"}]},
    }
)


def conversation() -> list[Event]:
    """With a form that runs twice, is left for a question and ends, a slot, something taken back and a restart."""

    def said(intent: str) -> list[Event]:
        return [ActionExecuted("action_listen"), UserUttered(intent, {"name": intent, "confidence": 1.0})]

    form = [ActionExecuted("form"), ActiveLoop("form"), SlotSet("requested_slot", "who")]
    first = [ActionExecuted("action_session_start"), SessionStarted(), *said("greet"), ActionExecuted("utter_a")]
    filling = [*said("greet"), *form, *said("greet"), ActionExecuted("form"), SlotSet("who", "iro")]
    asking = [*said("thanks"), ActionExecutionRejected("form"), ActionExecuted("utter_b"), ActionExecuted("form")]
    ending = [*said("greet"), ActionExecuted("form"), ActiveLoop(None), SlotSet("requested_slot", None)]
    after = [FollowupAction("utter_b"), ActionExecuted("utter_b"), *said("thanks"), UserUtteranceReverted()]
    return [*first, *filling, *asking, *ending, *after, *said("greet"), Restarted(), *said("thanks")]


def tracker_of(events: list[Event]) -> OvosTracker:
    found: OvosTracker = OvosTracker.from_events("somebody", events, DOMAIN.slots, domain=DOMAIN)
    return found


def steps() -> bool:
    """At every point of the conversation the last steps are the last of those that Rasa describes."""
    said = conversation()
    trackers = [tracker_of(said[:length]) for length in range(1, len(said) + 1)]
    return all(
        LastSteps(tracker, count).past_states(DOMAIN) == tracker.past_states(DOMAIN)[-count:]
        for tracker in trackers
        for count in (1, 3, 5, 100)
    )


def copies() -> dict[str, bool]:
    """At every point of the conversation a copy is what Rasa's is, and stands for itself."""
    said = conversation()
    trackers = [tracker_of(said[:length]) for length in range(1, len(said) + 1)]
    same = [tracker.copy().current_state(EventVerbosity.ALL) for tracker in trackers]
    rasas = [DialogueStateTracker.copy(tracker).current_state(EventVerbosity.ALL) for tracker in trackers]
    last, before = trackers[-1], trackers[-1].current_state(EventVerbosity.ALL)
    copied = last.copy()
    copied.update_with_events([SlotSet("who", "advocate"), ActiveLoop("form"), ActionExecuted("utter_a")], DOMAIN)
    return {
        "same": same == rasas,
        "apart": last.current_state(EventVerbosity.ALL) == before != copied.current_state(EventVerbosity.ALL),
    }


if __name__ == "__main__":
    parts = (features, compiled, classifier, expected, refused, words, channel, reading, rules, steps, copies)
    print(json.dumps({part.__name__: part() for part in parts}))
