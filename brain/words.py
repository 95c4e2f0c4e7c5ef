"""Lets a form hold on to a young person's words without holding the words.

Every message that comes through the service's own channel gets one entity, `words`, whose value is the id of the
message. A step that asks for free words is filled `from_entity: words`; the words stay in the service's own store.
"""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from rasa.engine.graph import ExecutionContext, GraphComponent
from rasa.engine.recipes.default_recipe import DefaultV1Recipe
from rasa.engine.storage.resource import Resource
from rasa.engine.storage.storage import ModelStorage
from rasa.shared.nlu.constants import ENTITIES
from rasa.shared.nlu.training_data.message import Message

from brain.messages import words_entity

MESSAGE_ID = "message_id"
# Set by intake when words of an earlier message are answered now ("Try again").
WORDS_OF = "words_of"


def channel_message_id(message: Message) -> Optional[str]:
    """The id of the message whose words these are; None for one that came otherwise (`rasa test`, `/parse`).

    Rasa makes up an id for those, so its own `message_id` says nothing; the channel puts the real one in metadata.
    """
    metadata = message.get("metadata") or {}
    found = metadata.get(WORDS_OF) or metadata.get(MESSAGE_ID)
    return found if isinstance(found, str) else None


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
            message_id = channel_message_id(message)
            if message_id is not None:
                found = [*message.get(ENTITIES, []), words_entity(message_id)]
                message.set(ENTITIES, found, add_to_output=True)
        return messages
