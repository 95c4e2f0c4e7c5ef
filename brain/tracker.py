"""Rasa's tracker, copied as it stands.

Rasa copies a tracker before each action, by applying every event of the session to an empty one again.
"""

from __future__ import annotations

import copy

from rasa.shared.core.trackers import DialogueStateTracker


class OvosTracker(DialogueStateTracker):  # type: ignore[misc]  # Rasa is not typed for this checker
    """A conversation. What is done to a copy does not reach it, and the other way round."""

    def copy(self) -> OvosTracker:
        copied = copy.copy(self)
        copied.events = copy.copy(self.events)
        copied.slots = {name: copy.copy(slot) for name, slot in self.slots.items()}
        copied.active_loop = copy.copy(self.active_loop)
        copied.model_id = copied.assistant_id = None  # as in Rasa's copy: only the conversation's own writes these
        return copied
