"""Rasa's featurizer on top of the one sentence encoder that the whole service shares.

Rasa builds its graph from annotations: every parameter and return type is written out, and the names (`training_data`,
`messages`) are the ones its graph passes.
"""

from __future__ import annotations

import base64
import os
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Dict, List, Sequence, Type

import numpy as np
from numpy.typing import NDArray
from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.constants import TOKENS_NAMES
from rasa.nlu.featurizers.dense_featurizer.dense_featurizer import DenseFeaturizer
from rasa.nlu.tokenizers.tokenizer import Tokenizer
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from rasa.shared.nlu.training_data.training_data import TrainingData
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from bot.encoder import DIMENSIONS, Encoder, load_encoder
from brain.compiled import compiled_encoder

SCALE = "scale"
VECTOR = "vector"  # goes to the action server with the message, and is not stored: words can be guessed from it
BATCH = 8  # small enough for a core's own memory: a quarter faster than 32


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.MESSAGE_FEATURIZER, is_trainable=False)
class EncoderFeaturizer(DenseFeaturizer, GraphComponent):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Sentence vectors for whatever classifier follows.

    `scale` is the length given to the encoder's unit vectors. Rasa's logistic regression fixes its penalty at C=1, so a
    longer vector is the way to ask for a weaker penalty (scale s works as C = s squared).
    """

    @classmethod
    def required_components(cls) -> List[Type]:  # type: ignore[type-arg]  # Rasa's own signature
        return [Tokenizer]

    @staticmethod
    def required_packages() -> List[str]:
        return ["tokenizers", "safetensors"]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {**DenseFeaturizer.get_default_config(), SCALE: 1.0}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> EncoderFeaturizer:
        return cls(config, execution_context.node_name)

    def __init__(self, config: Dict[str, Any], name: str) -> None:
        super().__init__(name, config)
        self._scale = np.float32(config[SCALE])
        self._compiled = compiled_encoder()

    @classmethod
    def validate_config(cls, config: Dict[str, Any]) -> None:
        scale = config.get(SCALE, 1.0)
        if isinstance(scale, bool) or not isinstance(scale, (int, float)) or scale <= 0:
            raise InvalidConfigException(f"{cls.__name__}: `{SCALE}` must be a number above zero.")

    def process_training_data(self, training_data: TrainingData) -> TrainingData:
        messages = _with_text(training_data.training_examples)
        vectors = encode_many(load_encoder(), [message.get(TEXT) for message in messages])
        for message, vector in zip(messages, vectors, strict=True):
            self._add(message, vector)
        return training_data

    def process(self, messages: List[Message]) -> List[Message]:
        """Each message's features, and its vector for the action that is to answer it."""
        found = _with_text(messages)
        vectors = self._compiled.encode([message.get(TEXT) for message in found])
        for message, vector in zip(found, vectors, strict=True):
            self._add(message, vector)
            message.set(VECTOR, base64.b64encode(vector.astype("<f4").tobytes()).decode(), add_to_output=True)
        return messages

    def _add(self, message: Message, vector: NDArray[np.float32]) -> None:
        """The sentence vector, and the same vector for each token.

        The classifier in use reads sentence features only. The token rows keep Rasa's shape for one that reads both;
        they are a view on the one vector, so they cost nothing.
        """
        sentence = vector[None, :] * self._scale
        tokens = message.get(TOKENS_NAMES[TEXT]) or []
        sequence = np.broadcast_to(sentence, (max(len(tokens), 1), sentence.shape[1]))
        self.add_features_to_message(sequence=sequence, sentence=sentence, attribute=TEXT, message=message)


def _with_text(messages: Sequence[Message]) -> List[Message]:
    return [message for message in messages if message.get(TEXT) is not None]


def encode_many(encoder: Encoder, texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors of the texts, in batches of like length and shared out among the cores.

    NumPy lets go of Python's lock while it computes, so threads do. Its own threads would only get in their way.
    """
    shortest_first = sorted(range(len(texts)), key=lambda row: len(texts[row]))
    batches = [shortest_first[begin : begin + BATCH] for begin in range(0, len(texts), BATCH)]
    vectors = np.zeros((len(texts), DIMENSIONS), dtype=np.float32)
    with threadpool_limits(limits=1, user_api="blas"), ThreadPoolExecutor(os.cpu_count()) as threads:
        done = threads.map(lambda rows: encoder.encode([texts[row] for row in rows]), batches)
        for rows, encoded in zip(batches, done, strict=True):
            vectors[rows] = encoded
    return vectors
