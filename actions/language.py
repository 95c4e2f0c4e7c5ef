"""Another language: remembered for the conversation, and on the list, so that a person knows."""

from __future__ import annotations

from actions.asking import keep
from actions.replies import Replies
from actions.service import service
from actions.talk import talk
from actions.turn import Events, Turn, TurnAction
from bot.store import conversations
from bot.store.models import RequestKind
from bot.store.records import NewRequest


class ChooseLanguage(TurnAction):
    """The reply is true: the service itself writes English only."""

    def name(self) -> str:
        return "action_language"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        language = turn.entities["language"]
        named = talk().languages[language]
        request = NewRequest(
            message_id=turn.message_id,
            conversation_id=turn.conversation_id,
            kind=RequestKind.LANGUAGE,
            who="participation_officer",
            words=[turn.message_id],
        )
        async with service().store.begin() as work:
            await conversations.choose_language(work, turn.conversation_id, language)
            await keep(work, request)
        replies.say("utter_language_kept", language=named)
        replies.say("utter_language_still_english")
        return []
