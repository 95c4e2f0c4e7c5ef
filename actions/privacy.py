"""Something in the chat is wrong, or an older button asks for a copy or to delete: a person has to look."""

from __future__ import annotations

from actions.asking import keep
from actions.replies import Replies
from actions.service import service
from actions.turn import Events, Turn, TurnAction
from bot.store.models import RequestKind
from bot.store.records import NewRequest

# The first three are of older buttons: by now the chat does them itself (`connectors/intake/privacy_answers.py`).
_ANSWERS = {
    "copy": "utter_privacy_copy",
    "delete": "utter_privacy_delete",
    "how_long": "utter_privacy_asked_how_long",
    "change": "utter_privacy_change",
}


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
