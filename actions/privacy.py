"""A copy, deleting, or how long words are kept: things that a person has to do or to answer."""

from __future__ import annotations

from actions.asking import keep
from actions.replies import Replies
from actions.service import service
from actions.turn import Events, Turn, TurnAction
from bot.store.models import RequestKind
from bot.store.records import NewRequest

_ANSWERS = {"copy": "utter_privacy_copy", "delete": "utter_privacy_delete", "how_long": "utter_privacy_asked_how_long"}


class PrivacyAsk(TurnAction):
    """Puts it on the list. The request's words are those on the button that was pressed: they say what is asked."""

    def name(self) -> str:
        return "action_privacy"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        answer = _ANSWERS[turn.entities["about"]]
        request = NewRequest(
            message_id=turn.message_id,
            conversation_id=turn.conversation_id,
            kind=RequestKind.PRIVACY,
            who="participation_officer",
            words=[turn.message_id],
        )
        async with service().store.begin() as work:
            number = (await keep(work, request)).number
        replies.say(answer)
        replies.say("utter_privacy_asked", number=number)
        return []
