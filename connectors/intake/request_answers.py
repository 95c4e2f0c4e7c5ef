"""What intake answers about requests without Rasa: yes, half or no to an outcome, taking one back, a link code.

What is done is done in the transaction that closes the message's turn, so a turn that is cut off and run again does it
once.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from bot.requests import closing, codes, complaints
from bot.requests.codes import Tried
from bot.requests.happened import Happened
from bot.requests.states import NotPossible
from bot.screening.plain import plain
from bot.staff import audit
from bot.store import Work, awaited, outbox
from bot.store.awaited import What
from bot.store.casework_models import Answer
from bot.store.messages import WaitingMessage
from bot.store.models import Conversation, MessageKind
from bot.store.outbox import Bubble
from bot.store.requests import NotThere
from connectors.intake.wording import Wording

# What an answer does, in the transaction that closes the message's turn; it returns what is said then.
Act = Callable[[Work], Awaitable[tuple[Bubble, ...]]]

QUESTIONS = frozenset({"outcome_question", "outcome_reminder", "outcome_last_reminder", "outcome_closed"})
# Looking something up in between does not take back what was asked for.
ASIDE = frozenset({MessageKind.WHO_CAN_SEE, MessageKind.SAY_ANOTHER_WAY})
_OURS = re.compile(
    r"intake:(?P<what>outcome_yes|outcome_half|outcome_no|request_again|withdraw_yes|withdraw_no|withdraw|next_step)"
    r":(?P<number>\d{1,6})(?::(?P<n>\d{1,6}))?"
)


@dataclass(frozen=True)
class _Pressed:
    """One of our buttons: what it does, with which request, and with which outcome of it."""

    what: str
    number: int
    n: int

    @classmethod
    def of(cls, payload: str | None) -> _Pressed | None:
        match = _OURS.fullmatch(payload or "")
        return None if match is None else cls(match["what"], int(match["number"]), int(match["n"] or 0))


class RequestAnswers:
    """Decides which messages are about a request or a code, and what is done then."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        notices = wording.notices.requests
        said = {Answer.YES: notices.yes_words, Answer.HALF: notices.half_words, Answer.NO: notices.no_words}
        self._said = {plain(word): answer for answer, words in said.items() for word in words}

    async def find(
        self, work: Work, message: WaitingMessage, conversation: Conversation, payload: str | None, at: datetime
    ) -> Act | None:
        """What is to be done and said, or None when the message is about something else."""
        if payload is not None:
            return self._pressed(message, payload, at)
        return await self._typed(work, message, conversation, at)

    def _pressed(self, message: WaitingMessage, payload: str, at: datetime) -> Act | None:
        if payload == "intake:have_code":
            return lambda work: self._ask_for_code(work, message, at)
        if payload == "intake:missing_skip":
            return self._only_say("missing_skipped", 0)
        pressed = _Pressed.of(payload)
        if pressed is None:
            return None
        match pressed.what:
            case "outcome_yes":
                return lambda work: self._answer(work, message, pressed, Answer.YES, at)
            case "outcome_half":
                return lambda work: self._answer(work, message, pressed, Answer.HALF, at)
            case "outcome_no":
                return lambda work: self._answer(work, message, pressed, Answer.NO, at)
            case "request_again":
                return lambda work: self._again(work, message, pressed.number, at)
            case "withdraw_yes":
                return lambda work: self._withdraw(work, message, pressed.number, at)
            case "next_step":
                return lambda work: self._next_step(work, message, pressed.number, at)
            case "withdraw_no":
                return self._only_say("withdraw_kept", pressed.number)
            case _:
                return self._only_say("withdraw_check", pressed.number)

    async def _typed(self, work: Work, message: WaitingMessage, conversation: Conversation, at: datetime) -> Act | None:
        if message.kind is not MessageKind.TYPED:
            return None
        asked = await awaited.waiting_for(work, conversation.id, at)
        if asked is not None and asked.what == What.MISSING and asked.request_id is not None:
            request_id = asked.request_id
            return lambda work: self._keep_missing(work, message, request_id)
        is_code = codes.looks_like_code(message.text)
        if is_code or (asked is not None and asked.what == What.CODE and codes.may_be_code(message.text)):
            return lambda work: self._try_code(work, message, at)
        return await self._typed_answer(work, message, conversation, at)

    async def _typed_answer(
        self, work: Work, message: WaitingMessage, conversation: Conversation, at: datetime
    ) -> Act | None:
        """A typed "yes" is an answer when the question was the last thing said, and no form is waiting for a yes."""
        answer = self._said.get(plain(message.text))
        if answer is None or conversation.draft:
            return None
        for item in await outbox.said_last(work, conversation.id):
            if item.key in QUESTIONS and item.position < message.position and item.buttons:
                pressed = _Pressed.of(item.buttons[0].payload)
                if pressed is not None:
                    return lambda work: self._answer(work, message, pressed, answer, at)
        return None

    # --- What is done ---

    async def _answer(
        self, work: Work, message: WaitingMessage, pressed: _Pressed, said: Answer, at: datetime
    ) -> tuple[Bubble, ...]:
        conversation_id, number = message.conversation_id, pressed.number
        try:
            request, happened = await closing.answer(
                work, conversation_id, closing.Answered(number, pressed.n, said, message.id), at
            )
        except (NotThere, NotPossible):
            return self._say("outcome_old", number)
        await _log(work, happened)
        answered = self._say(f"outcome_{said.value}", number)
        if said is Answer.YES:
            return answered
        await awaited.wait_for(work, conversation_id, What.MISSING, at, request.id)
        # What is missing is asked last, because the next thing that they type answers it.
        return (*await complaints.offer_next(work, request, at), *answered)

    async def _next_step(self, work: Work, message: WaitingMessage, number: int, at: datetime) -> tuple[Bubble, ...]:
        try:
            said, happened = await complaints.ask_next(work, message.conversation_id, number, at)
        except NotThere:
            return self._say("outcome_old", number)
        await _log(work, happened)
        return said

    async def _again(self, work: Work, message: WaitingMessage, number: int, at: datetime) -> tuple[Bubble, ...]:
        try:
            request, happened = await closing.ask_again(work, message.conversation_id, number, at)
        except (NotThere, NotPossible):
            return self._say("outcome_old", number)
        await _log(work, happened)
        await awaited.wait_for(work, message.conversation_id, What.MISSING, at, request.id)
        return self._say("opened_again", number)

    async def _withdraw(self, work: Work, message: WaitingMessage, number: int, at: datetime) -> tuple[Bubble, ...]:
        try:
            await _log(work, await closing.withdraw(work, message.conversation_id, number, at))
        except (NotThere, NotPossible):
            return self._say("outcome_old", number)
        return self._say("withdrawn", number)

    async def _keep_missing(self, work: Work, message: WaitingMessage, request_id: str) -> tuple[Bubble, ...]:
        request = await closing.add_words(work, request_id, message.id)
        return self._say("outcome_old" if request is None else "missing_kept", 0 if request is None else request.number)

    async def _ask_for_code(self, work: Work, message: WaitingMessage, at: datetime) -> tuple[Bubble, ...]:
        await awaited.wait_for(work, message.conversation_id, What.CODE, at)
        return self._say("have_code", 0)

    async def _try_code(self, work: Work, message: WaitingMessage, at: datetime) -> tuple[Bubble, ...]:
        tried = await codes.try_code(work, message.conversation_id, message.text, at)
        await _log(work, tried.happened)
        if tried.line is not None:
            await audit.note_line(work, tried.line)
        match tried.result:
            case Tried.LINKED:
                return self._say("code_linked", 0)
            case Tried.TOO_MANY:
                return self._say("code_too_many", 0)
            case Tried.NOT_GOOD:
                await awaited.wait_for(work, message.conversation_id, What.CODE, at)
                return self._say("code_not_good", 0)

    def _only_say(self, notice: str, number: int) -> Act:
        async def act(_work: Work) -> tuple[Bubble, ...]:
            return self._say(notice, number)

        return act

    def _say(self, notice: str, number: int) -> tuple[Bubble, ...]:
        return self._wording.about_request(getattr(self._wording.notices.requests, notice), number)


async def forget_awaited(work: Work, message: WaitingMessage) -> None:
    """What was asked for outside a form was for this one message, whatever it was."""
    if message.kind not in ASIDE:
        await awaited.forget(work, message.conversation_id)


async def _log(work: Work, happened: Iterable[Happened]) -> None:
    for one in happened:
        await audit.note_line(work, one.line())
