"""Asking for an advocate."""

from __future__ import annotations

from actions.asked_too import offer_card
from actions.asking import Ask, ask, say_when
from actions.replies import Replies
from actions.turn import Events, Turn, TurnAction
from bot.store.models import RequestKind


class KeepAdvocateRequest(TurnAction):
    """The end of advocate_form."""

    def name(self) -> str:
        return "action_advocate"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        asked = await ask(turn, Ask(RequestKind.ADVOCATE, "advocate"))
        replies.say("utter_advocate_done", number=asked.number, team=asked.team)
        offer_card(replies, asked.said)
        say_when(replies, asked)
        return turn.clear_slots()
