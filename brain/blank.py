"""Takes a young person's words out of a tracker event before it is written down.

Rasa needs little of a past message to carry on: its intent, which entities it had, its id. What is kept is kept because
of its shape: names of things, ids, numbers, times. A sentence has none of these shapes, wherever it stands.
"""

from __future__ import annotations

import re
from typing import Any, Collection, Dict, Mapping

BLANK = ""
# One token of the kind that programs write: an id, a slot value such as `social_worker`, a date. No blank, no sentence.
_ID = re.compile(r"[A-Za-z0-9_.:+/\-]{1,100}")
# Finds only what stands in our own lists; what any other extractor cuts from the text is a piece of it.
_FINDS_LISTED = "RegexEntityExtractor"
# What is kept of Rasa's reading of a message. Not kept: where each word begins and ends, and what a new version adds.
_KEPT_OF_READING = ("intent", "intent_ranking", "message_id")


def without_words(event: Mapping[str, Any], text_slots: Collection[str] = ()) -> Dict[str, Any]:
    """A copy of the event that is safe to store. `text_slots` are the slots that the domain fills from text."""
    kind = event.get("event")
    if kind == "bot":
        return dict(event)  # our own sentences; they are read back when a message is seen again
    if kind == "user":
        return _user(event)
    if kind == "slot" and event.get("name") in text_slots and event.get("value") is not None:
        return {**ids_only(event), "value": BLANK}
    return dict(ids_only(event))


def _user(event: Mapping[str, Any]) -> Dict[str, Any]:
    reading = event.get("parse_data") or {}
    kept = {key: ids_only(reading[key]) for key in _KEPT_OF_READING if key in reading}
    kept["text"] = BLANK
    kept["entities"] = [_entity(entity) for entity in reading.get("entities") or []]
    kept["metadata"] = ids_only(reading.get("metadata"))
    others = {key: value for key, value in event.items() if key != "parse_data"}
    return {**ids_only(others), "text": BLANK, "parse_data": kept}


def _entity(entity: Mapping[str, Any]) -> Dict[str, Any]:
    kept: Dict[str, Any] = ids_only(entity)
    if "start" in entity and entity.get("extractor") != _FINDS_LISTED:
        kept["value"] = BLANK
    return kept


def ids_only(value: Any) -> Any:
    """The value with every string that is not one token made blank, and nothing under a key called `text`."""
    if isinstance(value, str):
        return value if _ID.fullmatch(value) else BLANK
    if isinstance(value, Mapping):
        return {key: ids_only(inner) for key, inner in value.items() if key != "text"}
    if isinstance(value, (list, tuple)):
        return [ids_only(inner) for inner in value]
    return value
