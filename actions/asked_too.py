"""What was said in free words may ask something too: then the card that answers it is offered, when that is sure."""

from __future__ import annotations

from collections.abc import Iterable

from actions.entitlement import card_button
from actions.replies import Replies
from actions.service import Said, service
from actions.talk import talk


def offer_card(replies: Replies, said: Iterable[Said], offered_already: str | None = None) -> None:
    """At most one, and not the one that is on a button anyway."""
    for words in said:
        card_id = _card_asked_for(words.text)
        if card_id is not None and card_id != offered_already:
            replies.say("utter_card_offer", [card_button(card_id)])
            return


def _card_asked_for(text: str) -> str | None:
    """The written card that answers what is asked, when something is asked and the search is sure."""
    if not talk().may_ask(text):
        return None
    sure = next((found.sure for found in service().find_cards(text) if found.sure), None)
    return sure if sure is not None and service().card(sure).written else None
