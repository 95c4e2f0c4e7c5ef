"""Tells the classifier how often each goal is really asked for.

Rasa's logistic regression weighs its classes alike (`class_weight="balanced"`, which cannot be set): it reads a message
as if a question about rights were as rare as a goodbye. One goal, `entitlement`, holds some sixty topics and is asked
for far more often than any other. So each goal's probability is multiplied by how often it is expected against the
others, and the sum is made 1 again.

Method: Saerens, Latinne and Decaestecker 2002, Adjusting the Outputs of a Classifier to New a Priori Probabilities.
"""

from __future__ import annotations

from typing import Any, Dict, List, Mapping, Optional, Type

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.nlu.classifiers.classifier import IntentClassifier
from rasa.shared.exceptions import InvalidConfigException
from rasa.shared.nlu.constants import INTENT, INTENT_NAME_KEY, INTENT_RANKING_KEY, PREDICTED_CONFIDENCE_KEY
from rasa.shared.nlu.training_data.message import Message

TIMES = "times"
RANKING_LENGTH = "ranking_length"


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=False)
class ExpectedIntents(GraphComponent, IntentClassifier):  # type: ignore[misc]  # Rasa is not typed for this checker
    """`times` maps an intent to how many times as often it is expected as one that is not named.

    The classifier before it must pass on all its intents (`ranking_length: 0`), or the sum is not the whole. This one
    passes on the first `ranking_length`: each is stored, and read again at every later turn. 0 is all.
    """

    @classmethod
    def required_components(cls) -> List[Type]:  # type: ignore[type-arg]  # Rasa's own signature
        return [IntentClassifier]

    @staticmethod
    def get_default_config() -> Dict[str, Any]:
        return {TIMES: {}, RANKING_LENGTH: 0}

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> ExpectedIntents:
        return cls(config)

    def __init__(self, config: Dict[str, Any]) -> None:
        self._times: Mapping[str, float] = config[TIMES]
        self._length: Optional[int] = config.get(RANKING_LENGTH) or None
        if not all(isinstance(times, (int, float)) and times > 0 for times in self._times.values()):
            raise InvalidConfigException(f"{type(self).__name__}: every number under `{TIMES}` must be above zero.")

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            ranking = message.get(INTENT_RANKING_KEY)
            if ranking:
                expected = self._as_expected(ranking)[: self._length]
                message.set(INTENT_RANKING_KEY, expected, add_to_output=True)
                message.set(INTENT, dict(expected[0]), add_to_output=True)
        return messages

    def _as_expected(self, ranking: List[Dict[str, Any]]) -> List[Dict[str, Any]]:
        weighed = [
            (intent[PREDICTED_CONFIDENCE_KEY] * self._times.get(intent[INTENT_NAME_KEY], 1.0), intent)
            for intent in ranking
        ]
        whole = sum(weight for weight, _ in weighed)
        weighed.sort(key=lambda pair: -pair[0])
        return [{**intent, PREDICTED_CONFIDENCE_KEY: float(weight / whole)} for weight, intent in weighed]
