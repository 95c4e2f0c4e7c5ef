"""What goes in and out of the channel: request bodies checked once, answers built from a stored tracker.

No HTTP and no Rasa in here. An error's text is one clear line about the form of a body and never quotes what is in it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any, Dict, List, Mapping, Optional, Type, TypeVar

WORDS = "words"
LONGEST_ID = 255  # the width of Rasa's column for a conversation's id
RANKING_LENGTH = 5
NOTHING_UNDERSTOOD = "nlu_fallback"
# Rasa strips blanks before it looks for the slash of a payload, so blanks and slashes go together, in any order.
_BEFORE_WORDS = re.compile(r"[\s/]+")

Json = Dict[str, Any]
T = TypeVar("T")


def words_entity(message_id: str) -> Json:
    """The entity that stands for all the words of one message: it holds the message's id (see brain.words)."""
    return {"entity": WORDS, "value": message_id, "extractor": "MessageWords"}


def words_id(metadata: Mapping[str, Any]) -> Optional[str]:
    """The id of the message whose words these are; None for a message that came otherwise (`rasa test`, `/parse`).

    Rasa makes up an id for those, so its own `message_id` says nothing; the channel puts the real one in the metadata.
    `words_of` is set by intake when words of an earlier message are answered now ("Try again").
    """
    found = metadata.get("words_of") or metadata.get("message_id")
    return found if isinstance(found, str) else None


class BadBody(ValueError):
    """The request's body is not what the channel takes."""


@dataclass(frozen=True)
class DecidedIntent:
    """What intake found without Rasa: a pressed button, a safety reply, an answer to a proposed outcome."""

    name: str
    entities: Json


@dataclass(frozen=True)
class Turn:
    """One message of one conversation."""

    conversation_id: str
    message_id: str
    text: str
    intent: Optional[DecidedIntent] = None
    metadata: Json = field(default_factory=dict)

    @classmethod
    def from_body(cls, body: object) -> Turn:
        fields = _map(body, "The body")
        return cls(
            conversation_id=_identifier(fields, "conversation_id"),
            message_id=_identifier(fields, "message_id"),
            text=without_slashes(_required(fields, "text", str)),
            intent=_intent(fields.get("intent")),
            metadata=_map(fields.get("metadata") or {}, "metadata"),
        )

    def words_id(self) -> str:
        """Whose words these are: an earlier message's when intake tries that one again, else this one's own."""
        return words_id(self.stored_metadata()) or self.message_id

    def stored_metadata(self) -> Json:
        """What goes with the message: intake's own, and the id by which actions and the words component know it."""
        return {**self.metadata, "message_id": self.message_id}

    def reading(self) -> Optional[Json]:
        """Rasa's reading of the message where none is needed; None where Rasa has to read it.

        Intake's decisions stand as they are. A message without words (only blanks and slashes) has nothing to be read.
        """
        if self.intent is None and self.text:
            return None
        decided = self.intent or DecidedIntent(NOTHING_UNDERSTOOD, {})
        wants_words = self.intent is None or self.metadata.get("words") is True
        intent = {"name": decided.name, "confidence": 1.0}
        return {
            "text": self.text,
            "intent": intent,
            "intent_ranking": [dict(intent)],
            "entities": _entities(decided.entities) + ([words_entity(self.words_id())] if wants_words else []),
            "message_id": self.message_id,
            "metadata": self.stored_metadata(),
        }


def texts_from_body(body: object) -> List[str]:
    texts = _required(_map(body, "The body"), "texts", list)
    if not all(isinstance(text, str) for text in texts):
        raise BadBody("texts must be a list of strings.")
    return [without_slashes(text) for text in texts]


def conversation_from_body(body: object) -> str:
    return _identifier(_map(body, "The body"), "conversation_id")


def without_slashes(text: str) -> str:
    """Rasa's copy of what a person typed: it must never look like a payload, which begins with a slash."""
    found = _BEFORE_WORDS.match(text)
    return text[found.end() :] if found else text


def _map(value: object, name: str) -> Json:
    if not isinstance(value, dict):
        raise BadBody(f"{name} must be a JSON object.")
    return value


def _required(fields: Json, name: str, kind: Type[T]) -> T:
    value = fields.get(name)
    if not isinstance(value, kind):
        raise BadBody(f"{name} is missing or of the wrong type.")
    return value


def _identifier(fields: Json, name: str) -> str:
    value = _required(fields, name, str)
    if not 0 < len(value) <= LONGEST_ID:
        raise BadBody(f"{name} must have 1 to {LONGEST_ID} characters.")
    return value


def _intent(value: object) -> Optional[DecidedIntent]:
    if value is None:
        return None
    fields = _map(value, "intent")
    return DecidedIntent(name=_identifier(fields, "name"), entities=_map(fields.get("entities") or {}, "entities"))


def _entities(given: Json) -> List[Json]:
    """Rasa's form of {name: value}; a list of values becomes one entity each."""
    values = {name: found if isinstance(found, list) else [found] for name, found in given.items()}
    return [{"entity": name, "value": value} for name, found in values.items() for value in found]


def answer(turn: Turn, own: List[Json], form: Optional[Json], *, seen: bool, new_session: bool) -> Json:
    """The answer to a turn, from its own events as they are stored: the first time and when seen again alike."""
    reading = own[0].get("parse_data") or {}
    return {
        "message_id": turn.message_id,
        "seen": seen,
        "intent": scored(reading.get("intent") or {}),
        "ranking": ranking(reading),
        "replies": [reply(event) for event in own if event.get("event") == "bot" and has_content(event)],
        "form": form,
        "new_session": new_session,
    }


def scored(intent: Mapping[str, Any]) -> Json:
    return {"name": intent.get("name"), "confidence": float(intent.get("confidence") or 0.0)}


def ranking(reading: Mapping[str, Any]) -> List[Json]:
    return [scored(intent) for intent in (reading.get("intent_ranking") or [])[:RANKING_LENGTH]]


def parsed(reading: Mapping[str, Any]) -> Json:
    """The answer to `/parse` for one text."""
    entities = [entity for entity in reading.get("entities") or [] if entity.get("entity") != WORDS]
    return {
        "intent": scored(reading.get("intent") or {}),
        "ranking": ranking(reading),
        "entities": [{"entity": entity["entity"], "value": entity["value"]} for entity in entities],
    }


def nothing_to_read() -> Json:
    """The reading of a text without words."""
    intent = {"name": NOTHING_UNDERSTOOD, "confidence": 1.0}
    return {"intent": intent, "intent_ranking": [intent]}


def has_content(bot_event: Json) -> bool:
    """A bot event that says something: an action may send only data, which is not a reply."""
    return bool(bot_event.get("text") or (bot_event.get("data") or {}).get("buttons"))


def reply(bot_event: Json) -> Json:
    """One bubble. `key` names the response in the domain, or what the action put under `custom.key`."""
    data = bot_event.get("data") or {}
    custom = data.get("custom") or {}
    return {
        "key": (bot_event.get("metadata") or {}).get("utter_action") or custom.get("key"),
        "text": bot_event.get("text") or "",
        "easy": custom.get("easy"),
        "buttons": [button(given) for given in data.get("buttons") or []],
    }


def button(given: Mapping[str, Any]) -> Json:
    return {"title": given.get("title", ""), "payload": given.get("payload", ""), "icon": given.get("icon")}
