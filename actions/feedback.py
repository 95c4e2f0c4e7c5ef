"""Feedback and good news: kept with the consent that was given, and, for feedback, a person when one is wanted."""

from __future__ import annotations

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.asked_too import offer_card
from actions.asking import HIDE, NO_ONE
from actions.replies import Replies
from actions.service import Said, keep_feedback, service, words_of
from actions.talk import talk
from actions.turn import Events, Turn, TurnAction
from bot.store.models import Consent, FeedbackKind
from bot.store.records import NewFeedback


class KeepFeedback(TurnAction):
    """The end of feedback_form. When a person is wanted, the request for one goes on with the same words."""

    def name(self) -> str:
        return "action_feedback"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        said = await _keep(turn, FeedbackKind.FEEDBACK)
        replies.say("utter_feedback_done")
        offer_card(replies, said)
        if turn.slot("wants_person") == "yes":
            about = said[0].message_id if said else None
            begun = [SlotSet("about_words", about), SlotSet(HIDE, NO_ONE)]
            return [*turn.clear_slots(), *begun, ActiveLoop("contact_form")]
        replies.say("utter_no_promise")
        return turn.clear_slots()


class KeepGoodNews(TurnAction):
    """The end of good_news_form."""

    def name(self) -> str:
        return "action_good_news"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        said = await _keep(turn, FeedbackKind.GOOD_NEWS)
        replies.say("utter_good_news_done")
        offer_card(replies, said)
        return turn.clear_slots()


async def _keep(turn: Turn, kind: FeedbackKind) -> list[Said]:
    ids = turn.words_said()
    async with service().store.begin() as work:
        said = [words for words in await words_of(work, ids) if not talk().adds_nothing(words.text)]
        feedback = NewFeedback(
            message_id=turn.message_id,
            conversation_id=turn.conversation_id,
            kind=kind,
            words=[words.message_id for words in said] or ids,
            consent=_consent(turn.slot("share")),
        )
        await keep_feedback(work, feedback)
    return said


def _consent(share: str | None) -> Consent:
    """Only a clear yes is a yes."""
    return {"yes": Consent.YES, "no": Consent.NO}.get(share or "", Consent.NOT_ASKED)
