"""Run by the brain's own Python: puts messages through the brain's components and prints what came of it, as JSON."""

from __future__ import annotations

import json
import os

import numpy as np
from rasa.nlu.tokenizers.whitespace_tokenizer import WhitespaceTokenizer
from rasa.shared.exceptions import RasaException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData

from bot.encoder import load_encoder
from brain.channel import OvosChannel
from brain.expected import ExpectedIntents
from brain.featurizer import EncoderFeaturizer
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
    return {
        "tokens": [len(message.get("text_tokens")) for message in together[:3]],
        "sequence": [list(each.features.shape) for each in sequence[:3]],
        "sentence": list(sentence[0].features.shape),
        "length": float(np.linalg.norm(sentence[0].features)),
        "same_as_alone": bool(np.allclose([each.features[0] for each in sentence[:3]], alone, atol=1e-5)),
        "in_order": bool(np.allclose(sentence[-1].features[0], load_encoder().encode(TEXTS[-1:]) * 3.0, atol=1e-5)),
    }


def expected() -> list[dict[str, object]]:
    ranking = [("greet", 0.5), ("entitlement", 0.3), ("feedback", 0.2)]
    message = Message({"intent_ranking": [{"name": name, "confidence": confidence} for name, confidence in ranking]})
    ExpectedIntents({"times": {"entitlement": 4}}).process([message])
    return [message.get("intent"), *message.get("intent_ranking")]


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


if __name__ == "__main__":
    parts = (features, expected, refused, words, channel)
    print(json.dumps({part.__name__: part() for part in parts}))
