"""Lets a form hold on to a young person's words without holding the words.

Every message that comes through the service's own channel gets one entity, `words`, whose value is the id of the
message. A step that asks for free words is filled `from_entity: words`; the words stay in the service's own store.
"""

from __future__ import annotations

from typing import Any, Dict, List

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from brain.messages import words_entity, words_id


@DefaultV1Recipe.register(DefaultV1Recipe.ComponentType.ENTITY_EXTRACTOR, is_trainable=False)
class MessageWords(GraphComponent):  # type: ignore[misc]  # Rasa is not typed for this checker
    """Adds the `words` entity."""

    @classmethod
    def create(
        cls,
        config: Dict[str, Any],
        model_storage: ModelStorage,
        resource: Resource,
        execution_context: ExecutionContext,
    ) -> MessageWords:
        return cls()

    def process(self, messages: List[Message]) -> List[Message]:
        for message in messages:
            message_id = words_id(message.get("metadata") or {})
            if message_id is not None:
                found = [*message.get(ENTITIES, []), words_entity(message_id)]
                message.set(ENTITIES, found, add_to_output=True)
        return messages
