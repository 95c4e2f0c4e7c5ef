"""What intake answers about feedback without Rasa: a copy of the words, a yes taken back, "was that good enough?"."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime

from bot.screening.plain import plain
from bot.staff import audit
from bot.staff.audit import YOUNG_PERSON, Action
from bot.store import Work, outbox, quotes
from bot.store.casework_models import Answer
from bot.store.messages import WaitingMessage
from bot.store.models import Conversation, MessageKind
from bot.store.outbox import Bubble
from bot.store.requests import NotThere
from bot.store.theme_models import QuoteState
from bot.themes import promising
from bot.themes.promising import Line
from connectors.intake.request_answers import Act
from connectors.intake.wording import Wording

QUESTION = "promise_question"
_WORDS = re.compile(r"intake:(?P<what>copy_words|quote_back):(?P<id>[0-9a-f]{32})")
_PROMISE = re.compile(r"intake:promise_(?P<said>yes|half|no):(?P<number>\d{1,6}):(?P<n>\d{1,6})")


class FeedbackAnswers:
    """Decides which messages are about feedback that was kept, and what is done then."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        notices = wording.notices.requests
        said = {Answer.YES: notices.yes_words, Answer.HALF: notices.half_words, Answer.NO: notices.no_words}
        self._said = {plain(word): answer for answer, words in said.items() for word in words}

    async def find(
        self, work: Work, message: WaitingMessage, conversation: Conversation, payload: str | None, at: datetime
    ) -> Act | None:
        """What is to be done and said, or None when the message is about something else."""
        if payload is None:
            return await self._typed(work, message, conversation, at)
        if words := _WORDS.fullmatch(payload):
            do = self._copy if words["what"] == "copy_words" else self._take_back
            feedback_id = words["id"]
            return lambda work: do(work, message.conversation_id, feedback_id)
        if promise := _PROMISE.fullmatch(payload):
            number, n, said = int(promise["number"]), int(promise["n"]), Answer(promise["said"])
            return lambda work: self._answer(work, message, number, n, said, at)
        return None

    async def _typed(self, work: Work, message: WaitingMessage, conversation: Conversation, at: datetime) -> Act | None:
        """A typed "yes" is an answer when the question was the last thing said, and no form is waiting for a yes."""
        said = self._said.get(plain(message.text)) if message.kind is MessageKind.TYPED else None
        if said is None or conversation.draft:
            return None
        for item in await outbox.said_last(work, conversation.id):
            asked = _PROMISE.fullmatch(item.buttons[0].payload) if item.key == QUESTION and item.buttons else None
            if asked is not None and item.position < message.position:
                number, n = int(asked["number"]), int(asked["n"])
                return lambda work: self._answer(work, message, number, n, said, at)
        return None

    async def _copy(self, work: Work, conversation_id: str, feedback_id: str) -> tuple[Bubble, ...]:
        words = await quotes.own_words(work, conversation_id, feedback_id)
        notices = self._wording.notices.feedback
        if not words:
            return self._wording.about_request(notices.words_gone)
        return (*(Bubble(one) for one in words), *self._wording.about_request(notices.words_copy))

    async def _take_back(self, work: Work, conversation_id: str, feedback_id: str) -> tuple[Bubble, ...]:
        notices = self._wording.notices.feedback
        match await quotes.take_back(work, conversation_id, feedback_id):
            case QuoteState.PUBLISHED:
                return self._wording.about_request(notices.quote_printed)
            case None:
                return self._wording.about_request(notices.words_gone)
            case state:
                details = {"decision": state.value}
                await audit.note(work, YOUNG_PERSON, Action.QUOTE_TAKEN_BACK, "feedback", feedback_id, details)
                return self._wording.about_request(notices.quote_taken_back)

    async def _answer(
        self, work: Work, message: WaitingMessage, number: int, n: int, said: Answer, at: datetime
    ) -> tuple[Bubble, ...]:
        notices = self._wording.notices.feedback
        try:
            lines = await promising.answer(work, message.conversation_id, number, n, said, message.id, at)
        except NotThere:
            return self._wording.about_request(notices.promise_old)
        await _log(work, lines)
        return self._wording.about_request(notices.promise_yes if said is Answer.YES else notices.promise_not_enough)


async def _log(work: Work, lines: Iterable[Line]) -> None:
    for one in lines:
        await audit.note_line(work, one)
