"""A form begins with nothing left over: not a consent, not a name, not a choice of an earlier form."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.asking import HIDE, NO_ONE
from actions.replies import Replies
from actions.turn import Events, Turn, TurnAction


class Begin(TurnAction):
    """Empties what an earlier form filled. What this very message said is kept."""

    def name(self) -> str:
        return "action_begin"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        # Nobody is ruled out until they say so; a form that has this step does not ask for it.
        return [*turn.clear_slots(keep=turn.slots_set_now()), SlotSet(HIDE, NO_ONE)]
