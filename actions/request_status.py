"""What became of what somebody asked for in this chat, with its day and its true state."""

from __future__ import annotations

from datetime import datetime

from actions.replies import Replies
from actions.service import LOCAL_TIME, service
from actions.talk import talk
from actions.turn import Events, Turn, TurnAction
from bot.store import records
from bot.store.models import Request, RequestKind, RequestState

MOST_SHOWN = 3


class RequestStatus(TurnAction):
    """The latest requests of this conversation, the oldest of them first."""

    def name(self) -> str:
        return "action_request_status"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        async with service().store.look() as work:
            requests = await records.requests_of(work, turn.conversation_id)
        if not requests:
            replies.say("utter_words_kept")
            replies.say("utter_no_requests")
            return []
        for request in requests[-MOST_SHOWN:]:
            _say_request(replies, request)
        replies.say("utter_requests_end")
        return []


def _say_request(replies: Replies, request: Request) -> None:
    what = talk().request_kinds[RequestKind(request.kind)]
    replies.say(
        "utter_request_line",
        number=request.number,
        what=what.format(who=talk().who[request.who]),
        date=day_in_words(request.created_at),
        state=talk().request_states[RequestState(request.state)],
    )


def day_in_words(moment: datetime) -> str:
    """22 November, as the calendar on the wall says it."""
    day = moment.astimezone(LOCAL_TIME)
    return f"{day.day} {day:%B}"
