"""A complaint, and the advocate who was offered first."""

from __future__ import annotations

from actions.asked_too import offer_card
from actions.asking import Ask, ask
from actions.replies import Replies
from actions.turn import Events, Turn, TurnAction
from bot.store.models import RequestKind


class KeepComplaint(TurnAction):
    """The end of complaint_form."""

    def name(self) -> str:
        return "action_complaint"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        wants_advocate = turn.slot("wants_advocate") == "yes"
        who = "advocate" if wants_advocate else "participation_officer"
        asked = await ask(turn, Ask(RequestKind.COMPLAINT, who), also_advocate=wants_advocate)
        replies.say("utter_complaint_done", number=asked.number)
        if wants_advocate:
            replies.say("utter_complaint_advocate_done")
        offer_card(replies, asked.said, offered_already="complaints_process")
        replies.say("utter_complaint_next")
        return turn.clear_slots()
