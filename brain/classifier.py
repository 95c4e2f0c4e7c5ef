"""Rasa's logistic regression, spared the building of sparse matrices for one short message."""

from __future__ import annotations

from typing import List, Union

import numpy as np
from numpy.typing import NDArray
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.nlu.classifiers.logistic_regression_classifier import LogisticRegressionClassifier
from rasa.shared.nlu.constants import TEXT
from rasa.shared.nlu.training_data.message import Message
from scipy.sparse import csr_matrix

FEW = 32


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.INTENT_CLASSIFIER, is_trainable=True)
class LogisticRegression(LogisticRegressionClassifier):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Trains, stores and decides as its parent. A few messages are given to it as plain rows of numbers."""

    def _create_X(self, messages: List[Message]) -> Union[csr_matrix, NDArray[np.float64]]:
        # For one message the parent makes eight sparse matrices out of a handful of numbers: a tenth of a turn.
        return rows_of(messages) if len(messages) <= FEW else super()._create_X(messages)


def rows_of(messages: List[Message]) -> NDArray[np.float64]:
    """Each message's sentence features in a row, the sparse ones first: what the parent's matrix holds."""
    return np.vstack([np.concatenate(_parts(message)) for message in messages])


def _parts(message: Message) -> List[NDArray[np.float64]]:
    _, sparse = message.get_sparse_features(TEXT)
    _, dense = message.get_dense_features(TEXT)
    parts = [found.features for found in (sparse, dense) if found]
    return [(part.toarray() if hasattr(part, "toarray") else np.asarray(part)).reshape(-1) for part in parts]
