"""Receipts at the desk of the web chat: making four words for a conversation, and opening it with them."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from bot.privacy.guessing import Gate, Visitor
from bot.privacy.receipts import Hasher, WordList
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Store, Work, conversations, outbox, receipts
from bot.store.secrets import SecretName, secret
from connectors.intake.wording import Wording
from connectors.webchat.lending import Copy, Lending

MOST_AN_HOUR = 10  # receipts made for one conversation
HOUR = timedelta(hours=1)
NOBODYS = "none"  # what a refused receipt is about: nothing that we know


class NoReceipt(Exception):
    """`reason` names a line of `content/webchat.yml`; `seconds` is how long to wait before another try.

    `suggested` are four words that may have been meant.
    """

    def __init__(self, reason: str, seconds: float = 0, suggested: tuple[str, ...] = ()) -> None:
        super().__init__(reason)
        self.reason = reason
        self.seconds = seconds
        self.suggested = suggested


@dataclass(frozen=True)
class LetIn:
    """A token for this device, and the position up to which the young person has seen the conversation before."""

    token: str
    seen: int


@dataclass(frozen=True)
class MayRead:
    """The words were lent ones: a copy to read, and no token."""

    conversation_id: str
    copy: Copy = field(repr=False)


class ReceiptDesk:
    """Everything that is done with receipts. The words themselves are held only while they are on their way."""

    def __init__(self, store: Store, words: WordList, wording: Wording) -> None:
        self._store = store
        self._words = words
        self.lending = Lending(store, words, wording, self._hash)
        self._hasher = Hasher()
        self._gate = Gate()
        self._key: bytes | None = None

    async def make(self, conversation_id: str) -> tuple[str, ...]:
        """Four new words; the ones before them open nothing any more. Raises NoReceipt after ten in an hour."""
        async with self._store.look() as work:
            if await receipts.made_since(work, conversation_id, datetime.now(UTC) - HOUR) >= MOST_AN_HOUR:
                raise NoReceipt("receipt_too_many")
        while True:
            words = self._words.draw()
            words_hash = await self._hash(words)
            async with self._store.begin() as work:
                made = await receipts.add(work, conversation_id, words_hash)
                if made is not None:
                    await audit.note(work, audit.YOUNG_PERSON, Action.RECEIPT_MADE, "receipt", made)
                    return words

    async def mark_saved(self, conversation_id: str) -> bool:
        """They say that they saved the words. False when there are none."""
        async with self._store.begin() as work:
            return await receipts.mark_saved(work, conversation_id)

    async def open(self, typed: str, visitor: Visitor, leaving: str | None) -> LetIn | MayRead:
        """Open the conversation of these words on one more device, or show a copy of it when the words are lent.

        `leaving` is the token that the device had: a chat with nothing in it is ended. Raises NoReceipt for words that
        cannot be read, open nothing, or come too fast. A misspelt word is never taken for another: the words that may
        have been meant are suggested, and nothing is opened or counted.
        """
        words = self._words.read(typed)
        if words is None:
            suggested = self._words.suggest(typed)
            raise NoReceipt("return_suggest", suggested=suggested) if suggested else NoReceipt("return_unreadable")
        since = datetime.now(UTC) - HOUR
        async with self._store.look() as work:
            guessed = await receipts.guesses_since(work, since)
        wait = self._gate.seconds_to_wait(visitor, guessed, time.monotonic())
        if wait > 0:
            raise NoReceipt("return_wait", wait)
        words_hash = await self._hash(words)
        async with self._store.begin() as work:
            standing = await receipts.use(work, words_hash)
            if standing is not None:
                await audit.note(work, audit.YOUNG_PERSON, Action.RECEIPT_USED, "receipt", standing.id)
                seen = await outbox.seen_up_to(work, standing.conversation_id)
                await self._end_if_empty(work, leaving)
                return LetIn(await conversations.let_in(work, standing.conversation_id), seen)
            lent = await self.lending.open(work, words_hash)
            if lent is not None:
                return MayRead(*lent)
            await receipts.note_guess(work, since)
            await audit.note(work, audit.YOUNG_PERSON, Action.RECEIPT_REFUSED, "receipt", NOBODYS)
        self._gate.refused(visitor, time.monotonic())
        raise NoReceipt("return_refused", max(0.0, visitor.not_before - time.monotonic()))

    async def _end_if_empty(self, work: Work, token: str | None) -> None:
        left = await conversations.by_token(work, token) if token else None
        if left is not None and await conversations.is_empty(work, left.id):
            await conversations.end(work, left.id)

    async def _hash(self, words: tuple[str, ...]) -> str:
        if self._key is None:
            async with self._store.begin() as work:
                self._key = await secret(work, SecretName.RECEIPTS)
        return await self._hasher.hash(words, self._key)
