"""What became of what somebody asked for in this chat, with its day and its true state."""

from __future__ import annotations

from collections.abc import Iterator

from actions.replies import Button, Replies, button
from actions.service import LOCAL_TIME, service, today
from actions.talk import talk
from actions.turn import Events, Turn, TurnAction
from bot.requests.clocks import clocks
from bot.requests.closing import told_date
from bot.requests.words import day_in_words
from bot.store import quotes, records, request_changes
from bot.store.models import Request, RequestKind, RequestState

MOST_SHOWN = 3


class RequestStatus(TurnAction):
    """The latest requests of this conversation, the oldest of them first."""

    def name(self) -> str:
        return "action_request_status"

    async def answer(self, turn: Turn, replies: Replies) -> Events:
        async with service().store.look() as work:
            requests = (await records.requests_of(work, turn.conversation_id))[-MOST_SHOWN:]
            outcomes = [await request_changes.latest_outcome(work, request.id) for request in requests]
            quoted = await quotes.given(work, turn.conversation_id)
        _say_quotes(replies, quoted)
        if not requests:
            replies.say("utter_words_kept")
            replies.say("utter_no_requests")
            return []
        for request, outcome in zip(requests, outcomes, strict=True):
            _say_request(replies, request, 0 if outcome is None else outcome.n)
        if any(request.kind == RequestKind.COMPLAINT for request in requests):
            replies.say("utter_complaint_advocate_offer")
        replies.say("utter_requests_end")
        return []


def _say_quotes(replies: Replies, feedback_ids: list[str]) -> None:
    """A yes to being quoted can be taken back here too."""
    offer = talk().feedback_buttons["take_back"]
    for feedback_id in feedback_ids[-MOST_SHOWN:]:
        replies.say("utter_quote_given", [button(offer.title, offer.payload.format(id=feedback_id), offer.icon)])


def _say_request(replies: Replies, request: Request, outcome: int) -> None:
    what = talk().request_kinds[RequestKind(request.kind)]
    said = [talk().request_states[RequestState(request.state)], *_when(request)]
    replies.say(
        "utter_request_line",
        _buttons(request, outcome),
        number=request.number,
        what=what.format(who=talk().who[request.who]),
        date=day_in_words(request.created_at.astimezone(LOCAL_TIME).date()),
        state=" ".join(said),
    )


def _when(request: Request) -> Iterator[str]:
    """The day by which there should be an answer, where it may be told, and what happens when it is over."""
    day = told_date(request)
    if day is None or request.state not in request_changes.OPEN:
        return
    is_late = day < today()
    by_law = clocks().file.kinds[RequestKind(request.kind)].set_by == "law"
    yield talk().request_due["late" if is_late else "by_law" if by_law else "by_council"].format(day=day_in_words(day))
    if is_late and request.climbed_to is not None:
        yield talk().request_due["climbed"]


def _buttons(request: Request, outcome: int) -> list[Button]:
    """What they can do about it here. Intake knows these buttons and does it without Rasa."""
    offers = talk().request_buttons
    if request.state in request_changes.OPEN:
        offered = [offers["take_back"]]
    elif request.state in (RequestState.PROPOSED, RequestState.CLOSED_NO_REPLY) and outcome:
        offered = [offers["done"], offers["half"], offers["not_done"]]
    else:
        offered = []
    numbers = {"number": request.number, "n": outcome}
    return [button(one.title.format(**numbers), one.payload.format(**numbers), one.icon) for one in offered]
