"""What intake answers without Rasa: stop, who can see this, say it another way, the safety question, an old button."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from bot.screening.plain import plain
from bot.screening.special import only_points_at_something
from bot.store import Work, outbox
from bot.store.messages import WaitingMessage
from bot.store.models import Channel, Conversation, MessageKind
from bot.store.outbox import Bubble, TimelineItem
from connectors.intake.feedback_answers import FeedbackAnswers
from connectors.intake.privacy_answers import PrivacyAnswers
from connectors.intake.request_answers import Act, RequestAnswers
from connectors.intake.safety_answers import SafetyAnswers
from connectors.intake.wording import Wording

NOTICE = "intake:notice:"  # what a channel answers by itself follows: a name in that channel's content
LINKED = "linked"  # the conversation has come to this channel from the web page


@dataclass(frozen=True)
class OwnAnswer:
    """What to say, and the intent to tell Rasa so that it lays down what it was doing."""

    bubbles: tuple[Bubble, ...]
    tell_brain: str | None = None
    easy_words_from_now: bool = False
    hand_back: bool = False
    """The young person wants the bot back: whoever holds the conversation no longer does."""
    act: Act | None = None
    """What is done and said in the transaction that closes the turn."""


@dataclass(frozen=True)
class ForBrain:
    """What the message means, when intake knows it already; with no intent, Rasa reads the text itself."""

    text: str
    intent: dict[str, Any] | None = None
    metadata: dict[str, Any] = field(default_factory=dict)


class OwnAnswers:
    """Decides which messages are intake's own."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self._requests = RequestAnswers(wording)
        self._feedback = FeedbackAnswers(wording)
        self._safety = SafetyAnswers(wording)
        self._privacy = PrivacyAnswers(wording.may_read, wording.channel_notice)
        self._stop_words = {plain(word) for word in wording.notices.stop_words}

    async def find(self, work: Work, message: WaitingMessage, conversation: Conversation) -> OwnAnswer | None:
        """Intake's answer, or None when the message is for the brain."""
        notices, at = self._wording.notices, datetime.now(UTC)
        if message.kind is MessageKind.WHO_CAN_SEE:
            fixed = self._wording.bubbles(notices.who_can_see, at)
            on_telegram = conversation.channel == Channel.TELEGRAM
            also = self._wording.channel_notice("who_can_see", at) if on_telegram else ()
            return OwnAnswer((*await self._privacy.who_can_see(work, conversation, fixed), *also))
        if message.kind is MessageKind.SAY_ANOTHER_WAY:
            return await self._another_way(work, conversation, at)
        payload = payload_of(message)
        if payload == "intake:stop" or (payload is None and plain(message.text) in self._stop_words):
            return self._stop(conversation, at)
        notice = payload.removeprefix(NOTICE) if payload is not None and payload.startswith(NOTICE) else None
        # What a safety reply asked is answered before whatever the channel has to say to typed words.
        typed_with_notice = notice is not None and message.kind is MessageKind.TYPED
        safe = await self._safety.find(work, message, None if typed_with_notice else payload, at)
        if safe is not None:
            return OwnAnswer((), act=safe)
        own_words = self._privacy.find(message, conversation, payload, at)
        if own_words is not None:
            return OwnAnswer((), act=own_words)
        if notice == LINKED:
            return self._linked(conversation, at)
        if notice is not None:
            return OwnAnswer(self._wording.channel_notice(notice, at))
        if payload == "intake:web":
            return OwnAnswer(self._wording.channel_notice("web_here", at))
        if payload == "intake:hand_back":
            return OwnAnswer((), hand_back=True)
        if payload in ("intake:receipt", "intake:return"):
            return OwnAnswer(self._wording.bubbles(notices.receipt_elsewhere, at))
        if payload == "intake:clip":
            return OwnAnswer(self._wording.bubbles(notices.clip_elsewhere, at))
        if payload is None and self._wording.receipt_words.is_receipt_shaped(message.text):
            return OwnAnswer(self._wording.bubbles(notices.receipt_pasted, at))
        if payload is None and only_points_at_something(message.text):
            return OwnAnswer(self._wording.bubbles(self._wording.safety.not_opened, at))
        act = await self._requests.find(work, message, conversation, payload, at)
        act = act or await self._feedback.find(work, message, conversation, payload, at)
        return None if act is None else OwnAnswer((), act=act)

    def _stop(self, conversation: Conversation, at: datetime) -> OwnAnswer:
        notices = self._wording.notices
        notice = notices.stopped_with_draft if conversation.draft else notices.stopped
        if conversation.held_by is not None:
            notice = notices.stopped_held
        return OwnAnswer(self._wording.bubbles(notice, at), tell_brain="restart_or_stop")

    def _linked(self, conversation: Conversation, at: datetime) -> OwnAnswer:
        """What was asked last stands on the page and not here, so the next words must not be taken for its answer."""
        said = self._wording.channel_notice(LINKED, at)
        if conversation.held_by is not None:
            return OwnAnswer(said)
        kept = self._wording.bubbles(self._wording.notices.stopped_with_draft, at) if conversation.draft else ()
        return OwnAnswer((*said, *kept), tell_brain="restart_or_stop")

    async def _another_way(self, work: Work, conversation: Conversation, at: datetime) -> OwnAnswer:
        """Say the last bubbles again in easier words, and use easier words from now on."""
        said = await outbox.said_last(work, conversation.id)
        if not any(item.easy for item in said):
            return OwnAnswer(self._wording.bubbles(self._wording.notices.again_missing, at), easy_words_from_now=True)
        return OwnAnswer(tuple(_in_easy_words(item) for item in said), easy_words_from_now=True)


def _in_easy_words(item: TimelineItem) -> Bubble:
    return Bubble(text=item.easy or item.text, buttons=item.buttons, key=item.key)


def in_chosen_words(bubbles: tuple[Bubble, ...], conversation: Conversation) -> tuple[Bubble, ...]:
    """Easier words where they are written and the young person has asked for them."""
    if not conversation.easy_words:
        return bubbles
    return tuple(replace(bubble, text=bubble.easy or bubble.text, easy=None) for bubble in bubbles)


def payload_of(message: WaitingMessage) -> str | None:
    """What a pressed button stands for. Nothing that a person types has one."""
    payload = (message.intent or {}).get("payload")
    return payload if isinstance(payload, str) else None


def for_brain(message: WaitingMessage, conversation: Conversation, retried: WaitingMessage | None) -> ForBrain:
    """A message as the brain gets it: presses as decided intents, typed words as words."""
    payload = payload_of(message)
    if retried is not None:
        asked = for_brain(retried, conversation, None)
        return replace(asked, metadata={**asked.metadata, "words_of": retried.id})
    if payload is None or payload.startswith("intake:"):
        return ForBrain(text=message.text)
    name, brace, entities = payload.removeprefix("/").partition("{")
    found: dict[str, Any] = json.loads(brace + entities) if brace else {}
    intent = {"name": name, "entities": found}
    metadata: dict[str, Any] = {"draft": conversation.draft} if name == "resume_draft" else {}
    return ForBrain(text=message.text, intent=intent, metadata=metadata)
