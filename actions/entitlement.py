"""A question: answered from a card when that is sure, else the best three to choose from; and how to get it."""

from __future__ import annotations

from actions.replies import Button, Replies, button, payload, person_button
from actions.service import service
from actions.turn import Events, Turn, TurnAction
from bot.entitlements.answers import Answer

CARD_ICON = "question"


class AnswerCard(TurnAction):
    """`entitlement` (their own words) and `show_card` (a card that was picked)."""

    def name(self) -> str:
        return "action_answer_card"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        await service().look_at_cards()
        if picked := turn.entities.get("card"):
            _say_card(replies, service().card(picked))
            return []
        found = service().find_cards(turn.text, turn.vector)
        for finding in found:
            if finding.sure is not None:
                _say_card(replies, service().card(finding.sure))
            else:
                choices = [card_button(card_id) for card_id, _ in finding.best]
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


def _say_card(replies: Replies, card: Answer) -> None:
    if not card.written:
        replies.say("utter_card_not_written", card_id=card.card_id, card_title=card.title)
        return
    if card.warning:
        replies.say("utter_card_warning", card_warning=card.warning)
    replies.say(
        "utter_card",
        card_text=card.text,
        card_easy=card.easy or card.text,
        card_id=card.card_id,
        card_who=whom_to_ask(card),
    )


def whom_to_ask(card: Answer) -> str:
    """The first person that the card names. The out of hours team has a number, which the card gives, and no list."""
    return next((who for who in card.ask if who != "out_of_hours"), "unsure")


def card_button(card_id: str) -> Button:
    return button(service().title(card_id), payload("show_card", card=card_id), CARD_ICON)
