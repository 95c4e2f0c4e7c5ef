"""Lending: a second receipt with which somebody else, say an advocate, may read one conversation for a while.

It opens a copy to read and gives no token, so there is nothing with which its holder could write, leave or delete.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from bot.privacy.receipts import WordList
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Store, Work, conversations, lending, outbox, quiet
from bot.store.lending import Lent
from bot.store.models import Author
from bot.store.outbox import Outgoing, TimelineItem
from connectors.intake.wording import Wording

LENT_FOR = timedelta(days=14)
MOST_AN_HOUR = 10  # receipts lent of one conversation
PART = "lent"


class LentTooOften(Exception):
    """Ten receipts were lent of this conversation within the hour."""


@dataclass(frozen=True)
class Copy:
    """What a lent receipt shows: the lines as the young person sees them, and the moment at which it stops opening."""

    until: datetime
    lines: list[TimelineItem]


class Lending:
    """`slow_hash` is the desk's: the words are hashed as all receipts are."""

    def __init__(
        self,
        store: Store,
        words: WordList,
        wording: Wording,
        slow_hash: Callable[[tuple[str, ...]], Awaitable[str]],
    ) -> None:
        self._store = store
        self._words = words
        self._notices = wording.notices
        self._bubbles = wording.bubbles
        self._hash = slow_hash

    async def lend(self, conversation_id: str) -> tuple[tuple[str, ...], datetime]:
        """Four words for somebody else, and until when they open; those lent before open nothing any more.

        Raises LentTooOften after ten in an hour.
        """
        at = datetime.now(UTC)
        async with self._store.look() as work:
            if await lending.made_since(work, conversation_id, at - timedelta(hours=1)) >= MOST_AN_HOUR:
                raise LentTooOften
        while True:
            words = self._words.draw()
            words_hash = await self._hash(words)
            async with self._store.begin() as work:
                made = await lending.add(work, conversation_id, words_hash, at, at + LENT_FOR)
                if made is not None:
                    await audit.note(work, audit.YOUNG_PERSON, Action.RECEIPT_LENT, "receipt", made)
                    await self._tell(work, conversation_id, "receipt_lent", at)
                    return words, at + LENT_FOR

    async def take_back(self, conversation_id: str) -> None:
        """Nothing that was lent opens any more. Done twice, it changes and says nothing."""
        at = datetime.now(UTC)
        async with self._store.begin() as work:
            over = await lending.take_back(work, conversation_id, at)
            for lent in over:
                await audit.note(work, audit.YOUNG_PERSON, Action.RECEIPT_TAKEN_BACK, "receipt", lent)
            if over:
                await self._tell(work, conversation_id, "receipt_lent_back", at)

    async def standing(self, conversation_id: str) -> Lent | None:
        """What is lent now, for the young person to see."""
        async with self._store.look() as work:
            return await lending.standing(work, conversation_id, datetime.now(UTC))

    async def open(self, work: Work, words_hash: str) -> tuple[str, Copy] | None:
        """The conversation of these lent words and its copy, in the caller's transaction; the opening is logged.

        The young person is told in the chat the first time. Where somebody else may see their device, the copy too
        holds only what shows there.
        """
        at = datetime.now(UTC)
        lent = await lending.use(work, words_hash, at)
        if lent is None:
            return None
        await audit.note(
            work, audit.LENT_READER, Action.RECEIPT_LENT_OPENED, "receipt", lent.id, {"times": lent.opened}
        )
        conversation = await conversations.by_id(work, lent.conversation_id)
        lines = await outbox.timeline(work, lent.conversation_id, 0)
        if lent.opened == 1:
            await self._tell(work, lent.conversation_id, "receipt_lent_opened", at)
        return lent.conversation_id, Copy(lent.until, list(quiet.shown(lines, conversation.quiet_since)))

    async def _tell(self, work: Work, conversation_id: str, notice: str, at: datetime) -> None:
        bubbles = self._bubbles(getattr(self._notices, notice), at)
        await outbox.say(work, Outgoing(conversation_id, None, PART, Author.SERVICE, bubbles))
