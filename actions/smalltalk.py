"""Chat: kind, honest about being a program, and never cross about swearing."""

from __future__ import annotations

from actions.replies import Replies
from actions.talk import talk
from actions.turn import Events, Turn, TurnAction


class Smalltalk(TurnAction):
    """Picks the reply by the cues in `content/conversations.yml`."""

    def name(self) -> str:
        return "action_smalltalk"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        replies.say(talk().chat_reply(turn.text) or "utter_smalltalk")
        if turn.form is None:
            replies.say("utter_what_now")
        return []
