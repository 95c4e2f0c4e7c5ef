"""A message that was not understood: three likely choices and a person; at a step with buttons, a way out."""

from __future__ import annotations

from collections.abc import Iterator

from rasa_sdk.events import SlotSet

from actions.entitlement import card_button
from actions.replies import Button, Replies, offer_button, person_button
from actions.service import service
from actions.talk import talk
from actions.turn import Events, Turn, TurnAction
from bot.store import records

CHOICES = 3
CARDS_OFFERED = 2
LIKELY_GOALS = 5
# What runs at a step with buttons when the answer does not fit: chat is a miss there too.
MISSED = frozenset({"action_fallback", "action_smalltalk"})


class Fallback(TurnAction):
    """Every typed message that ends here is put on the list that a person looks at."""

    def name(self) -> str:
        return "action_fallback"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        if turn.intent == "deny" and turn.slot("requested_slot") == "themes_ok":
            return [SlotSet("theme_page", "pick")]
        if turn.form is not None:
            await _record(turn, [])
            replies.say("utter_way_out" if turn.came_just_after(MISSED) else "utter_please_choose")
            return []
        choices = _choices(turn)
        await _record(turn, [choice["payload"] for choice in choices])
        response = "utter_fallback_swearing" if talk().swears(turn.text) else "utter_fallback"
        replies.say(response, [*choices, person_button()])
        return []


def _choices(turn: Turn) -> list[Button]:
    """The likeliest first; when few are likely, the ones that most people need."""
    choices: dict[str, Button] = {}
    for choice in _likely(turn):
        choices.setdefault(choice["title"], choice)
    for goal in talk().offered_otherwise:
        choice = offer_button(talk().offers[goal], turn.message_id)
        choices.setdefault(choice["title"], choice)
    return list(choices.values())[:CHOICES]


def _likely(turn: Turn) -> Iterator[Button]:
    likely = [goal for goal in turn.ranking if goal != turn.intent][:LIKELY_GOALS]
    for goal in likely:
        if goal == "entitlement":
            found = service().find_cards(turn.text)[0]
            yield from (card_button(card_id) for card_id, _ in found.best[:CARDS_OFFERED])
        elif goal in talk().offers:
            yield offer_button(talk().offers[goal], turn.message_id)


async def _record(turn: Turn, offered: list[str]) -> None:
    if turn.is_typed and turn.intent not in ("affirm", "deny"):
        async with service().store.begin() as work:
            await records.add_misunderstood(work, turn.message_id, turn.conversation_id, offered)
