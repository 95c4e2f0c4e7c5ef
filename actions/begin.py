"""A form begins with nothing left over: not a consent, not a name, not a choice of an earlier form."""

from __future__ import annotations

from actions.replies import Replies
from actions.turn import Events, Turn, TurnAction


class Begin(TurnAction):
    """Empties what an earlier form filled. What this very message said is kept."""

    def name(self) -> str:
        return "action_begin"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        return turn.clear_slots(keep=turn.slots_set_now())
