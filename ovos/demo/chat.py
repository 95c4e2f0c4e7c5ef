"""A young person in the chat of the demonstration: what intake and the brain would have stored, without the brain."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.requests.happened import YOUNG_PERSON
from bot.screening.replies import Situation
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import alerts, conversations, messages, outbox, receipts
from bot.store.messages import NewMessage, Screened, WaitingMessage
from bot.store.models import Author, Channel, MessageKind, Severity, TurnOutcome, pretending
from bot.store.outbox import Bubble, Button, Outgoing
from connectors.intake.request_answers import QUESTIONS, forget_awaited
from ovos.demo.stage import Stage
from ovos.demo.words import AlertLine

VERSION = "demonstration"  # stands where the detector's version stands: nothing was read by it
NOTHING_FOUND = Screened(Severity.NONE, "none", 0.0, VERSION)
SURE = 0.9
SLOWEST_TURN_SECONDS = 70


@dataclass
class Chat:
    """One conversation. `at` goes on while the young person reads and types."""

    stage: Stage
    conversation_id: str
    at: datetime
    _sent: int = 0
    _message_id: str = ""

    @classmethod
    async def opened(cls, stage: Stage, at: datetime) -> Chat:
        """A new conversation, with the opening notice in it."""
        with pretending(at):
            opened = await conversations.open_conversation(stage.work, Channel.WEB, stage.names)
            stage.began += 1
            chat = cls(stage, opened.conversation.id, at)
            await chat._put("opening", stage.wording.bubbles(stage.wording.notices.opening, at))
        return chat

    def again(self, at: datetime) -> Chat:
        """The same young person, back at another time."""
        self.at = max(at, self.at)
        return self

    @property
    def last_message_id(self) -> str:
        """What they typed or pressed last."""
        return self._message_id

    # --- What the young person does ---

    async def types(
        self, text: str, *said: Bubble, goal: str | None = None, outcome: TurnOutcome = TurnOutcome.ANSWERED
    ) -> str:
        """They type something, and this is said to it; the id of what they typed."""
        await self._send(text, MessageKind.TYPED, None)
        return await self._answered(said, outcome, goal)

    async def presses(self, title: str, *said: Bubble, goal: str | None = None) -> str:
        """They press a button that is on their screen. Raises LookupError when there is none of this title."""
        number, button = await self._button(title)
        await self._send(button.title, MessageKind.BUTTON, {"payload": button.payload, "position": number})
        return await self._answered(said, TurnOutcome.ANSWERED, goal)

    async def says(self, *said: Bubble) -> None:
        """The service says this to what they did last, besides what it said already."""
        with pretending(self.at):
            await self._put("done", said)

    async def tells(self, text: str) -> None:
        """They type something that intake answers without the brain: a code, or what is missing of an outcome."""
        await self._send(text, MessageKind.TYPED, None)
        await self._answered_by_intake()

    async def says_of_the_outcome(self, which: int) -> None:
        """They press the first, second or third button of the newest question about an outcome."""
        position, button = await self._question_button(which)
        await self._send(button.title, MessageKind.BUTTON, {"payload": button.payload, "position": position})
        await self._answered_by_intake()

    async def alarms(self, line: AlertLine) -> str:
        """They type something that raises an alert: the safety reply is there at once. The id of the message."""
        stage = self.stage
        await self._send(line.words, MessageKind.TYPED, None, Screened(line.severity, line.category, SURE, VERSION))
        with pretending(self.at):
            screened = Screened(line.severity, line.category, SURE, VERSION)
            await alerts.raise_alert(stage.work, self._message_id, self.conversation_id, screened)
            reply = stage.wording.safety_reply(Situation(line.severity, line.category), self.at)
            await self._put("safety", reply, Author.SAFETY)
            await messages.close_turn(stage.work, self._message_id, TurnOutcome.SAFETY, "safeguarding", 1.0)
        return self._message_id

    async def takes_a_receipt(self, words_hash: str) -> None:
        with pretending(self.at):
            made = await receipts.add(self.stage.work, self.conversation_id, words_hash)
            if made is not None:
                await audit.note(self.stage.work, YOUNG_PERSON, Action.RECEIPT_MADE, "receipt", made)
                await receipts.mark_saved(self.stage.work, self.conversation_id)

    async def leaves(self) -> None:
        with pretending(self.at):
            await conversations.end(self.stage.work, self.conversation_id)

    async def sees_everything(self) -> None:
        """Their screen has shown all that was said."""
        with pretending(self.at):
            conversation = await conversations.by_id(self.stage.work, self.conversation_id)
            await self.stage.work.session.refresh(conversation)
            await outbox.mark_delivered(self.stage.work, self.conversation_id, conversation.next_position)

    # --- How it is stored ---

    async def _send(
        self, text: str, kind: MessageKind, intent: dict[str, str | int] | None, found: Screened = NOTHING_FOUND
    ) -> None:
        self._later()
        self._sent += 1
        new = NewMessage(
            self.conversation_id,
            Channel.WEB,
            f"{self.conversation_id}:{int(self.at.timestamp())}-{self._sent}",
            text,
            kind,
            intent,
        )
        with pretending(self.at):
            self._message_id = (await messages.store(self.stage.work, new)).id
            await messages.set_screening(self.stage.work, self._message_id, found)

    def _later(self) -> None:
        seconds = self.stage.chance.randint(12, SLOWEST_TURN_SECONDS)
        self.at = min(self.at + timedelta(seconds=seconds), self.stage.times.now)

    async def _answered(self, said: tuple[Bubble, ...], outcome: TurnOutcome, goal: str | None) -> str:
        with pretending(self.at):
            confidence = None if goal is None else SURE
            await messages.close_turn(self.stage.work, self._message_id, outcome, goal, confidence)
            await self._put("turn", said)
        return self._message_id

    async def _answered_by_intake(self) -> None:
        """The very answer of `connectors.intake` to what was just stored, and what comes of it for a request."""
        stage = self.stage
        with pretending(self.at):
            message = await messages.next_waiting(stage.work, self.conversation_id)
            if message is None:
                raise LookupError("Nothing waits for an answer.")
            bubbles = await self._asked_intake(message)
            await messages.close_turn(stage.work, message.id, TurnOutcome.INTAKE)
            await self._put("turn", bubbles)

    async def _asked_intake(self, message: WaitingMessage) -> tuple[Bubble, ...]:
        stage = self.stage
        conversation = await conversations.by_id(stage.work, self.conversation_id)
        payload = (message.intent or {}).get("payload")
        act = await stage.answers.find(stage.work, message, conversation, payload, self.at)
        if act is None:
            raise LookupError("Intake has no answer to this.")
        await forget_awaited(stage.work, message)
        return await act(stage.work)

    async def _put(self, part: str, said: tuple[Bubble, ...], author: Author = Author.SERVICE) -> None:
        if not said:
            return
        answers = None if part == "opening" else self._message_id
        await outbox.say(self.stage.work, Outgoing(self.conversation_id, answers, part, author, said))

    async def _button(self, title: str) -> tuple[int, Button]:
        """The position of the bubble that has this button, and the button."""
        last = await outbox.said_last(self.stage.work, self.conversation_id)
        for item in last:
            for button in item.buttons:
                if button.title == title:
                    return item.position, button
        raise LookupError(f"There is no button {title!r} on the screen.")

    async def _question_button(self, which: int) -> tuple[int, Button]:
        lines = await outbox.timeline(self.stage.work, self.conversation_id, 0)
        question = next(line for line in reversed(lines) if line.key in QUESTIONS and line.buttons)
        return question.position, question.buttons[which]
