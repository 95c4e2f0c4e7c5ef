"""When a person has taken a conversation over: giving it back to the bot, and saying so when nobody answers."""

from __future__ import annotations

from datetime import datetime, timedelta

from bot.handover import as_said
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Store, Work, handover, outbox
from bot.store.models import Author, Conversation
from bot.store.outbox import Outgoing
from connectors.delivery import Hub
from connectors.intake.measures import Measures
from connectors.intake.wording import Wording
from connectors.repeating import Repeating

LOOK_SECONDS = 60.0


async def give_back(work: Work, wording: Wording, conversation: Conversation) -> None:
    """The young person wants the bot back. Without a holder nothing changes and nothing is said."""
    if await handover.hand_back(work, conversation.id, notice=as_said(wording.handover.handed_back)):
        await audit.note(work, audit.YOUNG_PERSON, Action.HANDED_BACK, "conversation", conversation.id)


class HeldTooLong(Repeating):
    """Tells the truth in conversations that a person took over and then did not answer in."""

    def __init__(self, store: Store, wording: Wording, hub: Hub, measures: Measures) -> None:
        super().__init__(self.say_where_nobody_answered, LOOK_SECONDS, "held_not_looked_at", measures)
        self._store, self._wording, self._hub = store, wording, hub

    async def say_where_nobody_answered(self, at: datetime) -> int:
        """Say it once for each stretch of waiting; how many conversations were told."""
        before = at - timedelta(hours=self._wording.handover.nobody_after_hours)
        async with self._store.look() as work:
            waiting = await handover.unanswered(work, before)
        for one in waiting:
            async with self._store.begin() as work:
                bubbles = self._wording.bubbles(self._wording.notices.held_nobody_yet, at)
                # Keyed on the newest message, so that two processes say it once.
                said = Outgoing(one.conversation_id, one.message_id, handover.NOBODY_YET, Author.SERVICE, bubbles)
                await outbox.say(work, said)
            self._hub.wake(one.conversation_id)
        return len(waiting)
