"""Somebody in the demonstration whose words may be printed: said in a chat, shown as they would stand, agreed to."""

from __future__ import annotations

from datetime import datetime

from bot.privacy.quoting import redacted
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import quotes, records, themes
from bot.store.models import Consent, FeedbackKind, pretending
from bot.store.records import NewFeedback
from bot.store.themes import Chosen, NewDecision, NewDetail, Tagged
from bot.themes.counting import recount
from ovos.demo import office
from ovos.demo.chat import Chat
from ovos.demo.stage import Scene, Stage
from ovos.demo.talks import kept, shown_for_a_yes
from ovos.demo.words import sentence

SECONDS = 20


async def says_what_may_be_quoted(stage: Stage, words: str, theme: str, at: datetime) -> str:
    """The id of the feedback, which is about this theme."""
    chat = await Chat.opened(stage, at)
    said = await chat.types(words, sentence("utter_ask_more_words"), goal="feedback")
    await chat.presses("That's all", shown_for_a_yes(words), sentence("utter_ask_share"))
    await chat.presses("Yes, they can", *kept("feedback", share=True), sentence("utter_no_promise"))
    work = stage.work
    with pretending(chat.at):
        new = NewFeedback(chat.last_message_id, chat.conversation_id, FeedbackKind.FEEDBACK, [said], Consent.YES)
        feedback = await records.add_feedback(work, new)
        await themes.keep_detail(work, feedback.id, NewDetail())
        await quotes.show(work, said, chat.conversation_id, redacted(words))
        await quotes.answer(work, said, feedback.id, yes=True)
        await themes.add_choice(work, feedback.id, Chosen([theme], None))
        await recount(work, feedback.id)
    await chat.sees_everything()
    await chat.leaves()
    stage.diary.put(stage.times.next_office_day(chat.at), _is_read(stage, chat.conversation_id, feedback.id, theme))
    return feedback.id


def _is_read(stage: Stage, conversation_id: str, feedback_id: str, theme: str) -> Scene:
    """An officer reads it, and decides as the young person did."""

    async def scene(at: datetime) -> None:
        work, officer = stage.work, stage.officer
        await office.reads_transcript(stage, officer, conversation_id, at)
        with pretending(at):
            new = NewDecision([Tagged(theme)], officer.staff_id, at, seconds=SECONDS)
            row = await themes.decide(work, feedback_id, new)
            await recount(work, feedback_id)
            details = {"how": new.kind.value, "themes": 1, "blind": row.blind}
            await audit.note(work, officer.staff_id, Action.THEMES_DECIDED, "feedback", feedback_id, details)

    return scene
