"""What intake answers about safety in the turn after the reply: the closed question, where, who is told and how, "jk".

Nothing here is a condition of anything: the alert stands and a person reads it, whatever is pressed or left.
"""

from __future__ import annotations

import re
from datetime import datetime

from bot.screening.plain import plain
from bot.screening.replies import SafetyBubble
from bot.store import Work, alert_additions, awaited, outbox
from bot.store.addition_models import Added
from bot.store.awaited import What
from bot.store.messages import WaitingMessage
from bot.store.models import Alert, Conversation, MessageKind, Severity
from bot.store.outbox import Bubble
from connectors.intake.request_answers import Act
from connectors.intake.wording import Wording

WHERE_KEY = "safety_where"
WHO_KEYS = ("safety_choice_who", "safety_choice_who_conduct")
# About somebody who works with them, or about family: the worker may be told by the wrong person, and a call be heard.
NOT_THE_WORKER = frozenset({"carer_or_staff_conduct", "forced_marriage_honour"})
NO_CALL = NOT_THE_WORKER | {"domestic_abuse"}
_TOLD = re.compile(r"intake:(?P<what>told_who|told_how):(?P<value>[a-z_]{1,24})")


class SafetyAnswers:
    """Decides which messages are answers to what a safety reply asked, and what is done then."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._skip_words = frozenset(map(plain, wording.safety.where.skip_words))

    async def find(self, work: Work, message: WaitingMessage, payload: str | None, at: datetime) -> Act | None:
        """What is to be done and said, or None when the message is about something else."""
        if payload is not None:
            return self._pressed(message, payload, at)
        if message.kind is not MessageKind.TYPED:
            return None
        if not await alert_additions.was_answered(work, message.conversation_id):
            return None
        if self._wording.special.is_joke(message.text):
            return self._only_say(self._wording.safety.joking, at)
        asked = await awaited.waiting_for(work, message.conversation_id, at)
        if asked is not None and asked.what == What.WHERE:
            where = self._wording.safety.where
            return self._only_say(where.skipped if plain(message.text) in self._skip_words else where.kept, at)
        return None

    def _pressed(self, message: WaitingMessage, payload: str, at: datetime) -> Act | None:
        safety = self._wording.safety
        match payload:
            case "intake:safe_yes" | "intake:safe_not_sure":
                return lambda work: self._safe(work, message, payload.removeprefix("intake:"), at)
            case "intake:opener_yes":
                return self._only_say(safety.answers["opener_yes"], at)
            case "intake:where_skip":
                return self._only_say(safety.where.skipped, at)
            case "intake:tell_who":
                return lambda work: self._ask_who(work, message, at)
        told = _TOLD.fullmatch(payload)
        if told is None:
            return None
        kind = Added.TOLD_WHO if told["what"] == "told_who" else Added.TOLD_HOW
        return lambda work: self._keep(work, message, kind, told["value"], at)

    async def _safe(self, work: Work, message: WaitingMessage, answer: str, at: datetime) -> tuple[Bubble, ...]:
        """The answer to the closed question; then, below immediate, the choice of who is told."""
        said = self._say(self._wording.safety.answers[answer], at)
        standing = await alert_additions.standing_alert(work, message.conversation_id)
        if standing is None or await self._is_past_choosing(work, message.conversation_id):
            return said
        return (*said, *self._say(self._who(standing), at))

    async def _is_past_choosing(self, work: Work, conversation_id: str) -> bool:
        """Was it asked already, or is it too urgent for a choice?"""
        if await alert_additions.has_immediate(work, conversation_id):
            return True
        return any([await outbox.key_was_said(work, conversation_id, key) for key in WHO_KEYS])

    def _who(self, alert: Alert) -> tuple[SafetyBubble, ...]:
        choice = self._wording.safety.choice
        return choice.who_conduct if alert.category in NOT_THE_WORKER else choice.who

    async def _ask_who(self, work: Work, message: WaitingMessage, at: datetime) -> tuple[Bubble, ...]:
        standing = await alert_additions.standing_alert(work, message.conversation_id)
        return () if standing is None else self._say(self._who(standing), at)

    async def _keep(
        self, work: Work, message: WaitingMessage, kind: Added, value: str, at: datetime
    ) -> tuple[Bubble, ...]:
        standing = await alert_additions.standing_alert(work, message.conversation_id)
        if standing is None:
            return ()
        await alert_additions.add(work, standing.id, message.id, kind, value)
        choice = self._wording.safety.choice
        if kind is Added.TOLD_HOW:
            return self._say(choice.kept, at)
        return self._say(choice.how_quietly if standing.category in NO_CALL else choice.how, at)

    def _only_say(self, notice: tuple[SafetyBubble, ...], at: datetime) -> Act:
        async def act(_work: Work) -> tuple[Bubble, ...]:
            return self._say(notice, at)

        return act

    def _say(self, notice: tuple[SafetyBubble, ...], at: datetime) -> tuple[Bubble, ...]:
        return self._wording.bubbles(notice, at)


async def ask_where(
    work: Work, wording: Wording, message: WaitingMessage, conversation: Conversation, at: datetime
) -> tuple[Bubble, ...]:
    """Once after an immediate alert: where they are, or how to reach them. Not in the reply itself, which has its own
    question, but with whatever is said next; its answer is waited for."""
    pressed_no = (message.intent or {}).get("payload") == "intake:safe_no"
    fresh = message.severity is Severity.IMMEDIATE and not pressed_no
    raised = await alert_additions.has_immediate(work, conversation.id, message.id if fresh else None)
    if not raised or await outbox.key_was_said(work, conversation.id, WHERE_KEY):
        return ()
    await awaited.wait_for(work, conversation.id, What.WHERE, at)
    return wording.bubbles(wording.safety.where.question, at)
