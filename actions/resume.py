"""Carrying on with a form that was laid down."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import ActiveLoop, SlotSet

from actions.replies import Replies
from actions.service import service
from actions.turn import Events, Turn, TurnAction
from bot.store import conversations

FORMS = frozenset(
    {"feedback_form", "good_news_form", "contact_form", "complaint_form", "advocate_form", "ovos_form", "status_form"}
)


class Resume(TurnAction):
    """Fills the form as it was and opens it; Rasa then asks for what is missing.

    Intake sends the draft that it keeps. Without one, this session knows what was laid down, and so may the store.
    """

    def name(self) -> str:
        return "action_resume"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        draft = turn.metadata.get("draft") or turn.laid_down() or await _stored_draft(turn.conversation_id)
        if not draft or draft.get("name") not in FORMS:
            replies.say("utter_nothing_to_resume")
            return []
        slots: dict[str, Any] = draft.get("slots") or {}
        replies.say("utter_resumed")
        filled = [SlotSet(name, value) for name, value in slots.items()]
        return [*turn.clear_slots(keep=frozenset(slots)), *filled, ActiveLoop(draft["name"])]


async def _stored_draft(conversation_id: str) -> dict[str, Any] | None:
    async with service().store.look() as work:
        return (await conversations.by_id(work, conversation_id)).draft
