"""A question: answered from a card when that is sure, else the best three to choose from; and how to get it."""

from __future__ import annotations

from actions.replies import Button, Replies, button, offer_button, payload, person_button
from actions.service import service, words_of
from actions.status_note import KNOWN
from actions.status_talk import Known, for_status, status_talk
from actions.talk import talk
from actions.turn import Events, Turn, TurnAction
from bot.entitlements.answers import Answer
from bot.store import records

CARD_ICON = "question"
OTHERS_OFFERED = 2
# Cards that the status check can make exact.
_ABOUT_STATUS = frozenset({"pa_after_21", "independence_support_end", "personal_adviser"})
_STATUS_CARDS = "status_"


class AnswerCard(TurnAction):
    """`entitlement` (their own words) and `show_card` (a card that was picked)."""

    def name(self) -> str:
        return "action_answer_card"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        await service().look_at_cards()
        known = Known.read(turn.slot(KNOWN))
        if picked := turn.entities.get("card"):
            _say_card(replies, service().card(picked), known)
            _ask_if_it_helped(replies, turn, picked, turn.entities.get("asked"))
            return []
        found = service().find_cards(turn.text)
        for finding in found:
            if finding.sure is not None:
                _say_card(replies, service().card(finding.sure), known)
                _ask_if_it_helped(replies, turn, finding.sure, turn.message_id if turn.is_typed else None)
            else:
                asked = turn.message_id if turn.is_typed else None
                choices = [card_button(card_id, asked) for card_id, _ in finding.best]
                replies.say("utter_card_unsure", [*choices, person_button()])
        return []


class CardMore(TurnAction):
    """Who it is for and how much, how to get it, what to write when told no, and where the answer comes from."""

    def name(self) -> str:
        return "action_card_more"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        await service().look_at_cards()
        card = service().card(turn.entities["card"])
        if not card.how:
            replies.say("utter_card_more_not_written", card_id=card.card_id, card_who=whom_to_ask(card))
            return []
        if card.about:
            replies.say("utter_card_about", card_about=card.about)
        replies.say("utter_card_how", card_how=card.how)
        if card.if_told_no:
            replies.say("utter_card_if_told_no", card_if_told_no=card.if_told_no)
        source = card.sources_line or card.title
        replies.say("utter_card_source", card_source=source, card_id=card.card_id, card_who=whom_to_ask(card))
        return []


class CardHelped(TurnAction):
    """ "Did this answer it?" A no puts the question on the list of what was not understood, with the card."""

    def name(self) -> str:
        return "action_card_helped"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        if turn.entities.get("helped") == "yes":
            replies.say("utter_card_did_help")
            return []
        card, asked = turn.entities["card"], turn.entities["asked"]
        async with service().store.begin() as work:
            await records.add_misunderstood(work, asked, turn.conversation_id, [payload("show_card", card=card)])
            said = await words_of(work, [asked])
        best = [card_id for words in said for card_id, _ in service().find_cards(words.text)[0].best if card_id != card]
        others = [card_button(card_id, asked) for card_id in best[:OTHERS_OFFERED]]
        replies.say("utter_card_did_not_help", [*others, person_button()])
        return []


def _say_card(replies: Replies, card: Answer, known: Known | None) -> None:
    if not card.written:
        replies.say("utter_card_not_written", card_id=card.card_id, card_title=card.title)
        return
    if card.warning:
        replies.say("utter_card_warning", card_warning=card.warning)
    offered = [] if known or not _is_about_status(card.card_id) else [offer_button(talk().offers["status_check"], None)]
    replies.say(
        "utter_card",
        offered,
        card_text=card.text,
        card_easy=card.easy or card.text,
        card_id=card.card_id,
        card_who=whom_to_ask(card),
    )
    if known and (line := for_status().cards.get(card.card_id, {}).get(known.group)):
        replies.say("utter_card_for_status", for_status=line.format(age=status_talk().ages[known.age]))


def _ask_if_it_helped(replies: Replies, turn: Turn, card_id: str, asked: str | None) -> None:
    """Only of a question in their own words, and not in a form: there the next bubble is the form's own question."""
    if asked is None or turn.form is not None or not service().card(card_id).written:
        return
    buttons = [
        button(offer.title, payload(offer.payload, helped=helped, card=card_id, asked=asked), offer.icon)
        for helped, offer in talk().card_helped.items()
    ]
    replies.say("utter_card_helped", buttons)


def _is_about_status(card_id: str) -> bool:
    return card_id in _ABOUT_STATUS or card_id.startswith(_STATUS_CARDS)


def whom_to_ask(card: Answer) -> str:
    """The first person that the card names. The out of hours team has a number, which the card gives, and no list."""
    return next((who for who in card.ask if who != "out_of_hours"), "unsure")


def card_button(card_id: str, asked: str | None = None) -> Button:
    """A card to pick; `asked` is the id of the message that it may answer."""
    about = {} if asked is None else {"asked": asked}
    return button(service().title(card_id), payload("show_card", card=card_id, **about), CARD_ICON)
