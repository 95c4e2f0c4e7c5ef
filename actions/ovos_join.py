"""Somebody wants to know about OVOS, the children in care group."""

from __future__ import annotations

from actions.asking import Ask, ask, say_when
from actions.replies import Replies
from actions.turn import Events, Turn, TurnAction
from bot.store.models import RequestKind


class KeepWishToJoin(TurnAction):
    """The end of ovos_form."""

    def name(self) -> str:
        return "action_ovos_join"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        asked = await ask(turn, Ask(RequestKind.OVOS_JOIN, "participation_officer"))
        replies.say("utter_ovos_done", number=asked.number)
        say_when(replies, asked)
        return turn.clear_slots()
