"""What intake does with a message that was screened: the alert, what belongs to it, and the safety reply, at once.

Everything here runs in one transaction with the result of the screening, before Rasa and without it. The page gets at
most four bubbles; on a device that somebody else can see, it gets one that tells nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.alerts.cover import cover_of
from bot.screening import Screening
from bot.screening.plain import plain
from bot.screening.replies import Situation, When
from bot.screening.screening import ORDER
from bot.store import Work, alert_additions, alerts, awaited, conversations, messages, outbox, quiet
from bot.store.addition_models import Added
from bot.store.awaited import What
from bot.store.messages import Screened, WaitingMessage
from bot.store.models import Author, Conversation, MessageKind, Severity
from bot.store.outbox import Bubble, Outgoing
from connectors.intake.wording import Wording

REPEAT_AFTER = timedelta(minutes=10)
SAFETY = "safety"  # the part of a message's answer that is said here
# What only looks something up adds nothing to an alert.
ASIDE = frozenset({MessageKind.WHO_CAN_SEE, MessageKind.SAY_ANOTHER_WAY})
FACTS = {When.ADULT: Added.ADULT, When.ELSEWHERE: Added.ELSEWHERE}


@dataclass(frozen=True)
class Noted:
    """One screened message, with what was known when it was."""

    message: WaitingMessage
    screening: Screening
    before: tuple[str, ...]
    at: datetime

    @property
    def payload(self) -> str | None:
        found = (self.message.intent or {}).get("payload")
        return found if isinstance(found, str) else None

    @property
    def is_typed(self) -> bool:
        return self.message.kind is MessageKind.TYPED

    @property
    def severity(self) -> Severity:
        """How soon a person must read it: what could not be read, as soon as an alert of the same day."""
        found = self.screening.severity
        return min(found, Severity.SAME_DAY, key=ORDER.index) if self.screening.unread else found

    @property
    def raises(self) -> bool:
        return self.screening.alerts or self.screening.unread

    def screened(self) -> Screened:
        """For the alert. One that only says "a person has to read this" has the category of the unread."""
        one = self.screening
        category = one.category if one.alerts else alerts.UNREAD
        return Screened(self.severity, category, one.score, one.version)


class SafetyDesk:
    """Raises alerts and answers them. `demonstration`: the store holds nobody's words but ours."""

    def __init__(self, wording: Wording) -> None:
        self._wording = wording
        self.demonstration = False

    async def note(self, work: Work, message: WaitingMessage, screening: Screening, before: list[str]) -> None:
        """Keep the result of the screening and do all that follows from it; nothing when that was done before."""
        screened = Screened(screening.severity, screening.category, screening.score, screening.version)
        if not await messages.set_screening(work, message.id, screened):
            return
        noted = Noted(message, screening, tuple(before), datetime.now(UTC))
        conversation = await conversations.by_id(work, message.conversation_id)
        since = noted.at - REPEAT_AFTER
        said = await alerts.severities_since(work, conversation.id, since)
        unread_said = await alerts.has_unread_since(work, conversation.id, since)
        await self._add_to_alert(work, noted)
        if noted.raises:
            await alerts.raise_alert(work, message.id, conversation.id, noted.screened())
            await self._add_facts(work, noted)
        bubbles = await self._bubbles(work, noted, conversation, said, unread_said=unread_said)
        # The one line on a device that somebody sees looks like any other, and is not read out as an alarm.
        author = Author.SERVICE if screening.phone_seen or conversation.quiet_since is not None else Author.SAFETY
        await outbox.say(work, Outgoing(conversation.id, message.id, SAFETY, author, bubbles))
        if self._ends_quiet(noted):
            await quiet.end(work, conversation.id)

    async def _add_to_alert(self, work: Work, noted: Noted) -> None:
        """Once an alert is raised in a conversation, all that comes after it goes to the same person."""
        message = noted.message
        if message.kind in ASIDE:
            return
        standing = await alert_additions.standing_alert(work, message.conversation_id)
        if standing is None:
            return
        await alert_additions.add(work, standing.id, message.id, Added.AFTER)
        asked = await awaited.waiting_for(work, message.conversation_id, noted.at)
        if asked is not None and asked.what == What.WHERE and noted.is_typed:
            await alert_additions.add(work, standing.id, message.id, Added.WHERE)

    async def _add_facts(self, work: Work, noted: Noted) -> None:
        """What whoever has the alert must know at once: that no answer may show, where, how old, in what language."""
        alert = await alert_additions.alert_of(work, noted.message.id)
        if alert is None:
            return
        if noted.screening.phone_seen:
            await alert_additions.add(work, alert.id, noted.message.id, Added.PHONE_SEEN)
        for fact in self._facts(noted):
            if fact in FACTS:
                await alert_additions.add(work, alert.id, noted.message.id, FACTS[fact])
        if noted.screening.tongue is not None:
            await alert_additions.add(work, alert.id, noted.message.id, Added.LANGUAGE, noted.screening.tongue.code)

    def _facts(self, noted: Noted) -> frozenset[When]:
        return self._wording.special.facts(noted.message.text, noted.before) if noted.is_typed else frozenset()

    async def _bubbles(
        self, work: Work, noted: Noted, conversation: Conversation, said: set[Severity], *, unread_said: bool
    ) -> tuple[Bubble, ...]:
        if noted.screening.phone_seen:
            await quiet.begin(work, conversation.id, noted.at)
            return self._wording.bubbles(self._wording.safety.quiet.neutral, noted.at)
        if conversation.quiet_since is not None:
            # They write again where somebody may look: how to go on is said, and nothing that tells why it began.
            texts = self._wording.safety.quiet
            return self._wording.bubbles(texts.back if self._ends_quiet(noted) else texts.still, noted.at)
        if noted.raises:
            return await self._reply(work, noted, said, unread_said=unread_said)
        return ()

    def _ends_quiet(self, noted: Noted) -> bool:
        return noted.is_typed and self._wording.special.ends_quiet(noted.message.text)

    async def _reply(self, work: Work, noted: Noted, said: set[Severity], *, unread_said: bool) -> tuple[Bubble, ...]:
        """The whole reply once; a short one while an equally severe one is still on the screen."""
        wording, at = self._wording, noted.at
        cover = await cover_of(work, noted.message.conversation_id, at, wording.hours)
        if noted.payload == "intake:safe_no":
            return wording.safety_answer("safe_no", at, cover)
        tongue = noted.screening.tongue
        if not noted.screening.alerts or (tongue is not None and tongue.whole):
            if unread_said:
                return ()
            return wording.unread(tongue.code if tongue else None, at, cover, demonstration=self.demonstration)
        if any(ORDER.index(severity) <= ORDER.index(noted.severity) for severity in said):
            return wording.bubbles(wording.safety.again, at, cover, noted.severity)
        written = plain(" ".join((*noted.before, noted.message.text))) if noted.is_typed else ""
        situation = Situation(noted.severity, noted.screening.category, self._facts(noted), written)
        return wording.safety_reply(situation, at, cover)
