"""Steps of feedback: the very words that may be shown, two taps about oneself, the short way, and skipping the rest."""

from __future__ import annotations

from rasa_sdk.events import SlotSet

from actions.heard import said_in
from actions.replies import Replies
from actions.service import service
from actions.turn import SKIPPED, Events, Turn, TurnAction
from bot.privacy.quoting import redacted
from bot.store import quotes

# What can be skipped in one go, and what a child of ten or under is not asked.
OPTIONAL = ("feeling", "themes_ok", "better_words", "share", "hear", "may_train", "age_band", "home_kind")
NOT_ASKED_UNDER_11 = ("better_words", "share", "hear", "may_train", "home_kind")


class AskShare(TurnAction):
    """Keeps the very words that could be shown; intake puts them into the bubble, so that Rasa never holds them."""

    def name(self) -> str:
        return "action_ask_share"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        words = turn.words_said()
        async with service().store.begin() as work:
            said = await said_in(work, turn)
            if said:
                await quotes.show(work, words[0], turn.conversation_id, redacted("\n".join(said)))
        if said:
            replies.say("utter_share_words")
        replies.say("utter_ask_share")
        return []


class AskAgeBand(TurnAction):
    def name(self) -> str:
        return "action_ask_age_band"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        replies.say("utter_age_band")
        replies.say("utter_age_band_other")
        return []


class AskHomeKind(TurnAction):
    def name(self) -> str:
        return "action_ask_home_kind"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        replies.say("utter_home_kind")
        replies.say("utter_home_kind_other")
        return []


class ShortPath(TurnAction):
    """Ten or under: words, a face, what it is about, and a person."""

    def name(self) -> str:
        return "action_short_path"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        if turn.form != "feedback_form":
            replies.say("utter_old_button")
            return []
        replies.say("utter_short_path")
        # The button stands beside "that's all": who presses it has said what they wanted to say.
        more = [SlotSet("more_words", SKIPPED)] if turn.slot("requested_slot") == "more_words" else []
        skipped = [SlotSet(name, SKIPPED) for name in NOT_ASKED_UNDER_11 if turn.slot(name) is None]
        return [*more, SlotSet("age_band", "under_11"), *skipped]


class Finish(TurnAction):
    """Skips what is left to ask, all but whether a person should get in touch."""

    def name(self) -> str:
        return "action_finish"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        if turn.form != "feedback_form":
            replies.say("utter_old_button")
            return []
        return [SlotSet(name, SKIPPED) for name in OPTIONAL if turn.slot(name) is None]
