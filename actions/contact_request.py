"""Asking for a person: what will be sent is shown first, can be changed, and is then put on the list."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.asked_too import offer_card
from actions.asking import HIDE, HIDE_TOO, Ask, ask, goes_first, hidden_in_words, hide_from, say_when
from actions.replies import Replies
from actions.service import service
from actions.status_note import ATTACH, asked_to_attach, note_to_attach
from actions.turn import WORD_STEPS, Events, Turn, TurnAction
from bot.store.models import RequestKind

# What "change" empties, so that the form asks for it again. How to be answered decides how the name is asked for.
CHANGES = {"who": ("who",), "how": ("how", "name_words"), "words": WORD_STEPS, "hide": (HIDE,), "note": (ATTACH,)}
_CHECKED_FIRST = {
    "contact_form": "utter_check_contact",
    "complaint_form": "utter_check_complaint",
    "advocate_form": "utter_check_advocate",
}
_CHECKED_LAST = {
    "contact_form": "utter_check_send_contact",
    "complaint_form": "utter_check_send_complaint",
    "advocate_form": "utter_check_send_advocate",
}


class AskConfirm(TurnAction):
    """Says what will be sent and who sees it, and asks if it should be."""

    def name(self) -> str:
        return "action_ask_confirm"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        form = turn.form or "contact_form"
        replies.say(_CHECKED_FIRST[form])
        if card := turn.slot("card"):
            replies.say("utter_check_card", card_title=service().title(card))
        replies.say("utter_check_words" if turn.words_said() else "utter_check_no_words")
        if note := note_to_attach(turn):
            replies.say("utter_check_note", status_note=note)
        elif asked_to_attach(turn):
            replies.say("utter_check_note_gone")
        replies.say("utter_check_how")
        if hidden := hidden_in_words(turn):
            replies.say("utter_check_hidden", hidden_from=hidden)
        else:
            replies.say("utter_check_not_hidden")
        replies.say(_CHECKED_LAST[form], goes_first=await goes_first(turn, _asks_for(form, turn)))
        return []


def _asks_for(form: str, turn: Turn) -> Ask:
    """What this form will put on the list."""
    if form == "complaint_form":
        return Ask(RequestKind.COMPLAINT, "participation_officer")
    who = "advocate" if form == "advocate_form" else turn.slot("who") or "unsure"
    return Ask(RequestKind.ADVOCATE if who == "advocate" else RequestKind.CONTACT, who)


class AskHideFrom(TurnAction):
    """Who should not see it."""

    def name(self) -> str:
        return "action_ask_hide_from"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        replies.say("utter_hide_from")
        replies.say("utter_hide_from_other")
        return []


class Change(TurnAction):
    """Something is changed before it is sent."""

    def name(self) -> str:
        return "action_change"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        if turn.form not in _CHECKED_LAST:
            replies.say("utter_old_button")
            return []
        changed = turn.entities["change"]
        emptied = [SlotSet(slot, None) for slot in CHANGES[changed] if turn.slot(slot) is not None]
        # Somebody else is ruled out besides those who were.
        return [SlotSet(HIDE_TOO, " ".join(hide_from(turn)) or None), *emptied] if changed == "hide" else emptied


class KeepContactRequest(TurnAction):
    """The end of contact_form."""

    def name(self) -> str:
        return "action_contact_request"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        who = turn.slot("who") or "unsure"
        kind = RequestKind.ADVOCATE if who == "advocate" else RequestKind.CONTACT
        asked = await ask(turn, Ask(kind, who))
        replies.say("utter_contact_done", number=asked.number, team=asked.team)
        if asked.attached:
            replies.say("utter_contact_note_sent")
        offer_card(replies, asked.said)
        say_when(replies, asked)
        return turn.clear_slots()
