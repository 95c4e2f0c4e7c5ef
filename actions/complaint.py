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
        replies.say("utter_complaint_done", number=asked.number, team=asked.team)
        if asked.due is not None:
            replies.say("utter_complaint_due", due=asked.due)
        replies.say("utter_complaint_advocate_done" if wants_advocate else "utter_complaint_advocate_offer")
        offer_card(replies, asked.said, offered_already="complaints_process")
        replies.say("utter_complaint_next")
        return turn.clear_slots()


class AskAboutWho(TurnAction):
    """Whom the complaint is about."""

    def name(self) -> str:
        return "action_ask_about_who"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        replies.say("utter_about_who")
        replies.say("utter_about_who_other")
        return []
