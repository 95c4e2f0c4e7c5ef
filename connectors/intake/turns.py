"""Answering stored messages: in order inside a conversation, side by side between conversations.

A turn may be cut off anywhere and run again: the message stays open until its answer is committed with its closing,
the brain knows message ids that it has seen, and what actions write is keyed on the message.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import structlog

from bot.screening.screening import ALERTING
from bot.screening.special import points_at_something
from bot.store import Store, Work, conversations, handover, messages, outbox, quiet
from bot.store.messages import WaitingMessage
from bot.store.models import WORDS, Author, Conversation, Severity, TurnOutcome
from bot.store.outbox import Bubble, Button, Outgoing
from connectors.delivery import Hub
from connectors.intake.brain import (
    BrainClient,
    BrainDown,
    BrainFailed,
    BrainForm,
    BrainReply,
    BrainSlow,
    BrainTurn,
    TurnRequest,
)
from connectors.intake.handing import give_back
from connectors.intake.intake import Intake
from connectors.intake.measures import Measures
from connectors.intake.own_answers import OwnAnswers, for_brain, in_chosen_words, payload_of
from connectors.intake.quoted import with_words
from connectors.intake.receipt_offer import offer_receipt
from connectors.intake.request_answers import Act, forget_awaited
from connectors.intake.safety_answers import ask_where
from connectors.intake.wording import Wording

MOST_A_MINUTE = 20
SAID_WHILE_HELD = (TurnOutcome.SAFETY, TurnOutcome.INTAKE)
SWEEP_SECONDS = 1.0
# The status check stores nothing: a form whose answers are no draft, and the slots that hold them beside other forms.
NEVER_A_DRAFT = "status_form"
NEVER_IN_A_DRAFT = "status_"

log = structlog.get_logger()


@dataclass(frozen=True)
class Answer:
    """How a turn ends: what is said and what is noted."""

    outcome: TurnOutcome
    bubbles: tuple[Bubble, ...] = ()
    goal: str | None = None
    confidence: float | None = None
    turn: BrainTurn | None = None
    easy_words_from_now: bool = False
    hand_back: bool = False
    act: Act | None = None


class Turns:
    """The workers of this process: at most one for a conversation, and none while another process has the lease."""

    def __init__(
        self,
        store: Store,
        brain: BrainClient,
        wording: Wording,
        hub: Hub,
        slot: str = "web",
        measures: Measures | None = None,
    ) -> None:
        self._store = store
        self._brain = brain
        self._wording = wording
        self._own = OwnAnswers(wording)
        self._hub = hub
        self._slot = slot
        self._owner = f"{slot}:{os.getpid()}"
        self._measures = measures or Measures()
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._again: set[str] = set()
        self._brain_was_ready = False
        self._sweeper: asyncio.Task[None] | None = None

    async def start(self, intake: Intake) -> None:
        """Take up what an earlier life of this process left, and look for left work from now on."""
        intake.on_message(self.wake)
        async with self._store.begin() as work:
            await conversations.release_leases_of(work, f"{self._slot}:")
        self._sweeper = asyncio.create_task(self._sweep(intake))

    async def stop(self) -> None:
        """Let turns under way finish or run into their time limit; what is left is taken up at the next start."""
        if self._sweeper is not None:
            self._sweeper.cancel()
            await asyncio.gather(self._sweeper, return_exceptions=True)
        if self._workers:
            await asyncio.wait(list(self._workers.values()), timeout=10)

    def wake(self, conversation_id: str) -> None:
        """There is a message to answer."""
        if conversation_id in self._workers:
            self._again.add(conversation_id)
            return
        task = asyncio.create_task(self._work(conversation_id))
        self._workers[conversation_id] = task
        task.add_done_callback(lambda done: self._ended(conversation_id, done))

    def _ended(self, conversation_id: str, done: asyncio.Task[None]) -> None:
        del self._workers[conversation_id]
        if not done.cancelled() and (error := done.exception()) is not None:
            # The message is still open in the store; the sweep takes it up again.
            self._measures.failures.labels(kind=type(error).__name__).inc()
            log.error("turn_broken_off", exc_info=error)
        if conversation_id in self._again:
            self._again.discard(conversation_id)
            self.wake(conversation_id)

    async def _sweep(self, intake: Intake) -> None:
        """Find messages that nobody is working on: after a crash, a locked database, a lease that ran out."""
        while True:
            try:
                async with self._store.look() as work:
                    left = await conversations.with_waiting_messages(work, datetime.now(UTC))
                for conversation_id in left:
                    if conversation_id not in self._workers:
                        await intake.screen_missed(conversation_id)
                        self.wake(conversation_id)
            except Exception as error:  # the sweep must outlive any fault; each is logged and counted
                self._measures.failures.labels(kind=type(error).__name__).inc()
                log.error("sweep_failed", exc_info=error)
            await asyncio.sleep(SWEEP_SECONDS)

    async def _work(self, conversation_id: str) -> None:
        async with self._store.begin() as work:
            if not await conversations.take_lease(work, conversation_id, self._owner, datetime.now(UTC)):
                return
            message = await self._next(work, conversation_id)
            held = await handover.holder(work, conversation_id) is not None
        if message is None:
            return
        async with contextlib.nullcontext() if held else self._hub.typing(conversation_id):
            while message is not None:
                answer = await self._answer(message)
                message = await self._finish(message, answer)
        self._hub.wake(conversation_id)

    async def _next(self, work: Work, conversation_id: str) -> WaitingMessage | None:
        message = await messages.next_waiting(work, conversation_id)
        if message is None or message.severity is None:
            # What is not screened yet is answered when it is: whether anything may be said depends on it.
            await conversations.release_lease(work, conversation_id, self._owner)
            return None
        return message

    async def _finish(self, message: WaitingMessage, answer: Answer) -> WaitingMessage | None:
        """Commit the answer, its bubbles and the closing together; the next message, or None and the lease let go."""
        async with self._store.begin() as work:
            # A lease that was lost means that another process answers: then nothing of ours is said.
            if not await conversations.take_lease(work, message.conversation_id, self._owner, datetime.now(UTC)):
                return None
            conversation = await conversations.by_id(work, message.conversation_id)
            if conversation.held_by is not None and answer.outcome not in SAID_WHILE_HELD:
                # A person took over while the answer was made.
                answer = Answer(TurnOutcome.HELD)
            if await messages.close_turn(work, message.id, answer.outcome, answer.goal, answer.confidence):
                await self._say(work, message, answer, conversation)
            following = await self._next(work, message.conversation_id)
        self._measures.turns.labels(outcome=answer.outcome).inc()
        self._measures.turn_seconds.observe((datetime.now(UTC) - message.received_at).total_seconds())
        self._hub.wake(message.conversation_id)
        return following

    async def _say(self, work: Work, message: WaitingMessage, answer: Answer, conversation: Conversation) -> None:
        await forget_awaited(work, message)
        if await _is_quiet(work, message, conversation):
            if answer.act is not None:
                await answer.act(work)  # what was pressed is done; nothing is said of it on a device that somebody sees
            return
        bubbles = answer.bubbles
        if answer.act is not None:
            done = await answer.act(work)
            # After a safety reply the bot adds nothing of its own but a card that was asked for; words for a request
            # are kept with it.
            bubbles += () if answer.outcome is TurnOutcome.SAFETY else done
        if answer.easy_words_from_now:
            await conversations.prefer_easy_words(work, conversation.id, easy=True)
        if answer.turn is not None:
            bubbles += await self._keep_draft(work, answer.turn, conversation)
        part = "again" if answer.outcome is TurnOutcome.INTAKE and message.is_another_way else "turn"
        if answer.outcome is TurnOutcome.ANSWERED and points_at_something(message.text):
            bubbles += self._wording.bubbles(self._wording.safety.not_opened, datetime.now(UTC))
        bubbles += await ask_where(work, self._wording, message, conversation, datetime.now(UTC))
        bubbles += await offer_receipt(work, self._wording, message, conversation)
        said = in_chosen_words(await with_words(work, conversation.id, bubbles), conversation)
        await outbox.say(work, Outgoing(conversation.id, message.id, part, Author.SERVICE, said))
        if answer.hand_back:
            await give_back(work, self._wording, conversation)

    async def _keep_draft(self, work: Work, turn: BrainTurn, conversation: Conversation) -> tuple[Bubble, ...]:
        """Keep what is filled in of a form, and offer it when a session ran out. The action that ends one drops it."""
        if turn.form is not None:
            if turn.form.name != NEVER_A_DRAFT:
                await conversations.keep_draft(work, conversation.id, _as_draft(turn.form))
        elif conversation.draft and turn.new_session:
            return self._wording.bubbles(self._wording.notices.draft_offer, datetime.now(UTC))
        return ()

    async def _answer(self, message: WaitingMessage) -> Answer:
        async with self._store.look() as work:
            conversation = await conversations.by_id(work, message.conversation_id)
            since = datetime.now(UTC) - timedelta(minutes=1)
            too_many = await messages.count_since(work, message.conversation_id, since) > MOST_A_MINUTE
            retried = await self._retried(work, message)
            own = await self._own.find(work, message, conversation)
            quietly = await _is_quiet(work, message, conversation)
        if quietly:
            return Answer(TurnOutcome.SAFETY, act=None if own is None else own.act)
        if message.severity in ALERTING and not _goes_on(message, conversation):
            await self._tell_brain(message, "safeguarding")
            card = () if conversation.held_by is not None else await self._card_too(message)
            return Answer(TurnOutcome.SAFETY, card, act=None if own is None else own.act)
        if too_many and conversation.held_by is None:
            return Answer(TurnOutcome.SLOWED, self._wording.bubbles(self._wording.notices.slowed, datetime.now(UTC)))
        if own is not None:
            if own.tell_brain is not None:
                await self._tell_brain(message, own.tell_brain)
            return Answer(
                TurnOutcome.INTAKE,
                own.bubbles,
                easy_words_from_now=own.easy_words_from_now,
                hand_back=own.hand_back,
                act=own.act,
            )
        if conversation.held_by is not None:
            return Answer(TurnOutcome.HELD)
        return await self._ask_brain(message, conversation, retried)

    async def _retried(self, work: Work, message: WaitingMessage) -> WaitingMessage | None:
        """For "Try again": the message that could not be answered, also when the press before it was not either."""
        while payload_of(message) == "intake:try_again":
            position = (message.intent or {}).get("position", 0)
            earlier = await messages.answered_at(work, message.conversation_id, position)
            if earlier is None:
                return None
            message = earlier
            if payload_of(message) != "intake:try_again":
                return message
        return None

    async def _tell_brain(self, message: WaitingMessage, intent: str) -> None:
        """Have Rasa lay down what it was doing. What it says is not used, and the answer does not depend on it."""
        decided = {"name": intent, "entities": {}}
        request = TurnRequest(message.conversation_id, message.id, message.text, decided, {"message_id": message.id})
        try:
            await self._brain.turn(request)
        except (BrainDown, BrainSlow, BrainFailed) as error:
            log.warning("brain_not_told", reason=type(error).__name__)

    async def _card_too(self, message: WaitingMessage) -> tuple[Bubble, ...]:
        """The card that answers what a message names, after a safety reply that is not immediate. It asks nothing."""
        card = None if message.severity == Severity.IMMEDIATE else self._wording.special.card_too(message.text)
        if card is None or message.kind not in WORDS:
            return ()
        decided = {"name": "show_card", "entities": {"card": card}}
        # The brain has seen this message already, when it was told to lay down what it was doing.
        turn_id = f"{message.id}-card"
        request = TurnRequest(message.conversation_id, turn_id, message.text, decided, {"message_id": turn_id})
        try:
            turn = await self._brain.turn(request)
        except (BrainDown, BrainSlow, BrainFailed) as error:
            log.warning("card_not_shown", reason=type(error).__name__)
            return ()
        return tuple(_bubble(reply) for reply in turn.replies)

    async def _ask_brain(
        self, message: WaitingMessage, conversation: Conversation, retried: WaitingMessage | None
    ) -> Answer:
        asked = for_brain(message, conversation, retried)
        metadata = {"message_id": message.id, **asked.metadata}
        request = TurnRequest(message.conversation_id, message.id, asked.text, asked.intent, metadata)
        try:
            turn = await self._brain.turn(request)
        except BrainDown:
            return self._without_brain(TurnOutcome.BRAIN_DOWN)
        except BrainSlow:
            return self._without_brain(TurnOutcome.BRAIN_SLOW)
        except BrainFailed as error:
            log.error("brain_failed", reason=str(error))
            return self._without_brain(TurnOutcome.BRAIN_FAILED)
        self._brain_was_ready = True
        if not turn.replies:
            # An empty turn is a failed turn: nobody is left without an answer.
            return self._without_brain(TurnOutcome.BRAIN_FAILED)
        bubbles = tuple(_bubble(reply) for reply in turn.replies)
        return Answer(TurnOutcome.ANSWERED, bubbles, turn.intent.name, turn.intent.confidence, turn)

    def _without_brain(self, outcome: TurnOutcome) -> Answer:
        """The truthful fixed reply: what Rasa may still say to this message is not used."""
        notices = self._wording.notices
        starting = outcome is TurnOutcome.BRAIN_DOWN and not self._brain_was_ready
        notice = notices.brain_starting if starting else notices.brain_down
        return Answer(outcome, self._wording.bubbles(notice, datetime.now(UTC)))


async def _is_quiet(work: Work, message: WaitingMessage, conversation: Conversation) -> bool:
    """Can somebody see the device? Then all that is said to a message is what intake said to it at once."""
    return conversation.quiet_since is not None or not quiet.KEYS.isdisjoint(
        await outbox.keys_said_to(work, message.id)
    )


def _as_draft(form: BrainForm) -> dict[str, Any]:
    """What is filled in, without what the status check found out: that ends with Rasa's session."""
    slots = {name: value for name, value in form.slots.items() if not name.startswith(NEVER_IN_A_DRAFT)}
    return form.model_copy(update={"slots": slots}).model_dump()


def _goes_on(message: WaitingMessage, conversation: Conversation) -> bool:
    """A form goes on when what was said in it is not urgent: that it was heard has been said by then."""
    return message.severity == Severity.ONE_WORKING_DAY and conversation.draft is not None


def _bubble(reply: BrainReply) -> Bubble:
    buttons = tuple(Button(button.title, button.payload, button.icon) for button in reply.buttons)
    return Bubble(text=reply.text, easy=reply.easy, buttons=buttons, key=reply.key)
