"""Feedback and good news: kept with what was chosen about it, and, for feedback, a person when one is wanted."""

from __future__ import annotations

from dataclasses import dataclass

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.asked_too import offer_card
from actions.asking import HIDE, NO_ONE
from actions.heard import Heard, hear, picked
from actions.replies import Button, Replies, button
from actions.service import Said, keep_feedback, service, words_of
from actions.talk import talk
from actions.turn import SKIPPED, Events, Turn, TurnAction
from bot.store import Work, quotes, themes
from bot.store.models import Consent, Feedback, FeedbackKind
from bot.store.records import NewFeedback
from bot.store.report_models import Sentiment
from bot.store.themes import Chosen, NewDetail, Suggested, Tagged
from bot.themes.counting import recount


@dataclass(frozen=True)
class Kept:
    """What was kept: its id, and the words that it holds."""

    feedback_id: str
    said: list[Said]
    may_quote: bool


class KeepFeedback(TurnAction):
    """The end of feedback_form. When a person is wanted, the request for one goes on with the same words."""

    def name(self) -> str:
        return "action_feedback"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        kept = await _keep(turn, FeedbackKind.FEEDBACK)
        replies.say("utter_feedback_done")
        if turn.slot("hear") == "yes":
            replies.say("utter_will_hear")
        offer_card(replies, kept.said)
        replies.say("utter_your_words", _buttons(kept))
        if turn.slot("wants_person") == "yes":
            about = kept.said[0].message_id if kept.said else None
            begun = [SlotSet("about_words", about), SlotSet(HIDE, NO_ONE)]
            return [*turn.clear_slots(), *begun, ActiveLoop("contact_form")]
        replies.say("utter_no_promise")
        return turn.clear_slots()


class KeepGoodNews(TurnAction):
    """The end of good_news_form."""

    def name(self) -> str:
        return "action_good_news"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        kept = await _keep(turn, FeedbackKind.GOOD_NEWS)
        replies.say("utter_good_news_done")
        if (to := _passed_to(turn)) is not None:
            replies.say("utter_pass_on_noted", who=talk().passed_on_to[to])
        offer_card(replies, kept.said)
        replies.say("utter_your_words", _buttons(kept))
        return turn.clear_slots()


async def _keep(turn: Turn, kind: FeedbackKind) -> Kept:
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
        kept = await keep_feedback(work, feedback)
        await themes.keep_detail(work, kept.id, _detail(turn))
        await _sort(work, turn, kept, hear(one.text for one in said))
        if ids and turn.slot("share") in ("yes", "no"):
            await quotes.answer(work, ids[0], kept.id, yes=turn.slot("share") == "yes")
    return Kept(kept.id, said, may_quote=turn.slot("share") == "yes")


async def _sort(work: Work, turn: Turn, kept: Feedback, heard: Heard) -> None:
    """What the machine heard, and what they said to it, each for itself; then it is counted as it stands."""
    if heard.reading is not None and heard.model is not None:
        found = heard.reading
        tagged = [Tagged(tag.theme, tag.sentiment, tag.score) for tag in found.themes]
        ranked = [Tagged(theme, None, score) for theme, score in found.ranked]
        await themes.add_suggestion(work, kept.id, Suggested(heard.model, tagged, ranked, found.sentiment))
    await themes.add_choice(work, kept.id, _choice(turn, heard))
    await recount(work, kept.id)


def _choice(turn: Turn, heard: Heard) -> Chosen:
    mine, said = picked(turn), turn.slot("themes_ok")
    chosen = {"yes": mine or heard.themes, "none": []}.get(said or "")
    changed = chosen is not None and set(chosen) != set(heard.themes)
    return Chosen(chosen, _feeling(turn), changed, heard.model)


def _feeling(turn: Turn) -> Sentiment | None:
    said = turn.slot("feeling")
    return None if said in (None, SKIPPED) else Sentiment(str(said))


def _detail(turn: Turn) -> NewDetail:
    return NewDetail(
        age_band=_chosen(turn, "age_band"),
        home_kind=_chosen(turn, "home_kind"),
        may_train=turn.slot("may_train") == "yes",
        wants_to_hear=turn.slot("hear") == "yes",
        better_words=turn.better_said(),
        pass_on_to=_passed_to(turn),
    )


def _chosen(turn: Turn, slot: str) -> str | None:
    said = turn.slot(slot)
    return None if said == SKIPPED else said


def _passed_to(turn: Turn) -> str | None:
    said = turn.slot("pass_on")
    return said if said in talk().passed_on_to else None


def _buttons(kept: Kept) -> list[Button]:
    """A copy, and taking back a yes. Intake answers these, so they work when Rasa does not."""
    offers = talk().feedback_buttons
    offered = [offers["copy"], offers["take_back"]] if kept.may_quote else [offers["copy"]]
    return [button(one.title, one.payload.format(id=kept.feedback_id), one.icon) for one in offered]


def _consent(share: str | None) -> Consent:
    """Only a clear yes is a yes."""
    return {"yes": Consent.YES, "no": Consent.NO}.get(share or "", Consent.NOT_ASKED)
