"""Finding words in what young people typed and staff replied, over everything that one reader may see.

What is stored is encrypted, so the database cannot search it. Two ways were measured with 50,000 messages. Decrypting
and scanning takes two seconds of a processor (42 microseconds a message). A table of keyed hashes of words answers in
a tenth of a millisecond, takes 40 MB, and gives away, to whoever copies the database without the keys, which messages
share words and how often each word comes; and since anybody may write to us, somebody could send chosen words, find
their hashes, and read off which messages have them. So nothing of the kind is stored.

Instead each web process decrypts every text once and remembers in its own memory in which texts a word occurs. At a
start it reads backwards from the newest in small steps; until it is through, an answer says how far back it looked.
Every hit is opened from the store and compared again before it is shown, with what is hidden left out: so what was
deleted, erased or redacted since is not found.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select, true

from bot.store import redactions
from bot.store.database import Store, Work
from bot.store.models import WORDS, Author, Conversation, Message, OutboxItem
from bot.store.redactions import Part, parts_of
from bot.store.requests import Viewer
from bot.store.search_words import Shelf, Spot, WordIndex, asked_words, words_of
from bot.store.sight import readable_by

FOUND = 20
STEP = 200  # rows decrypted at a time: about 10 ms in which this process does nothing else
PAUSE_SECONDS = 0.03  # between steps in the background
PATIENCE_SECONDS = 0.06  # of reading that one search may add
OVERLAP = timedelta(minutes=1)  # a transaction may end this much later than its row says
LONG_AGO, FAR_AHEAD = datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Hit:
    """A text that has all the words, as this reader sees it."""

    shelf: Shelf
    spot: Spot
    conversation_id: str
    designation: str
    position: int
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Found:
    """The newest hits; where the next page goes on; and how far back was looked, None for everything."""

    hits: Sequence[Hit]
    more: Spot | None
    back_to: datetime | None


@dataclass
class _Progress:
    """How much of one shelf has been read."""

    newest: datetime | None = None
    oldest: Spot | None = None
    complete: bool = False


@dataclass
class Search:
    """One for each process."""

    store: Store
    patience: float = PATIENCE_SECONDS
    _index: WordIndex = field(default_factory=WordIndex)
    _progress: dict[Shelf, _Progress] = field(default_factory=lambda: {shelf: _Progress() for shelf in Shelf})
    _reading: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def find(self, viewer: Viewer, text: str, older_than: Spot | None = None, most: int = FOUND) -> Found:
        """The newest texts with every word of `text`, of those that the viewer may see."""
        async with self._reading:
            await self._read_newer()
            until = time.monotonic() + self.patience
            while (time.monotonic() < until or not self._has_begun()) and await self._read_older():
                pass
        asked, last = asked_words(text), older_than
        hits: list[Hit] = []
        async with self.store.look() as work:
            while len(hits) <= most and (batch := self._index.with_all(asked, last, 2 * most)):
                hits += [hit for hit in await self._open(work, viewer, batch) if asked <= _seen_words(hit)]
                last = batch[-1][0]
        more = hits[most - 1].spot if len(hits) > most else None
        return Found(hits[:most], more, self._back_to())

    async def read_all(self) -> None:
        """Read everything there is, leaving the process time for other things in between."""
        going = True
        while going:
            async with self._reading:
                going = await self._read_older()
            await asyncio.sleep(PAUSE_SECONDS)

    def forget(self, text_ids: Collection[str]) -> None:
        """These texts were deleted: their words are taken out of memory."""
        self._index.forget(text_ids)
        self._index.purge()

    async def forget_what_is_gone(self) -> int:
        """The same for whatever another process deleted; how many texts."""
        known = self._index.known_ids()
        async with self.store.look() as work:
            stored = set(await work.session.scalars(select(Message.id)))
            stored |= set(await work.session.scalars(select(OutboxItem.id)))
        gone = known - stored
        self.forget(gone)
        return len(gone)

    def _has_begun(self) -> bool:
        return all(progress.newest is not None for progress in self._progress.values())

    def _back_to(self) -> datetime | None:
        """The moment since when everything has been read."""
        reached = [one.oldest.at for one in self._progress.values() if not one.complete and one.oldest is not None]
        return max(reached, default=None)

    async def _read_newer(self) -> None:
        """What came since the last time. Of the last minute everything again: rows may become visible late."""
        for shelf, progress in self._progress.items():
            if progress.newest is None:
                continue
            at, text_id = _columns(shelf)
            query = _rows(shelf).where(at > progress.newest - OVERLAP).order_by(at, text_id)
            async with self.store.look() as work:
                rows = (await work.session.execute(query)).all()
                for start in range(0, len(rows), STEP):
                    self._add(work, shelf, rows[start : start + STEP])
                    await asyncio.sleep(0)
            progress.newest = max([progress.newest, *(row.at for row in rows)])

    async def _read_older(self) -> bool:
        """One step back into the past on the shelf that has come least far; False when all is read."""
        unread = [shelf for shelf, progress in self._progress.items() if not progress.complete]
        if not unread:
            return False
        shelf = max(unread, key=self._reached)
        progress = self._progress[shelf]
        at, text_id = _columns(shelf)
        query = _rows(shelf).where(_before(shelf, progress.oldest)).order_by(at.desc(), text_id.desc()).limit(STEP)
        async with self.store.look() as work:
            rows = (await work.session.execute(query)).all()
            self._add(work, shelf, rows)
        if rows:
            progress.oldest = Spot(rows[-1].at, rows[-1].id)
            progress.newest = progress.newest or rows[0].at
        # On an empty shelf, whatever comes is newer than this.
        progress.newest = progress.newest or LONG_AGO
        progress.complete = len(rows) < STEP
        return True

    def _reached(self, shelf: Shelf) -> datetime:
        oldest = self._progress[shelf].oldest
        return FAR_AHEAD if oldest is None else oldest.at

    def _add(self, work: Work, shelf: Shelf, rows: Sequence[Any]) -> None:
        for row in rows:
            if not self._index.knows(row.id):
                self._index.add(shelf, Spot(row.at, row.id), work.keys.decrypt(row.sealed))

    async def _open(self, work: Work, viewer: Viewer, batch: Sequence[tuple[Spot, Shelf]]) -> list[Hit]:
        """These texts as they are stored now, in this order, without those that the viewer may not see."""
        rows: dict[str, Any] = {}
        for shelf in Shelf:
            ids = [spot.id for spot, kept in batch if kept is shelf]
            if ids:
                found = (await work.session.execute(_stored(shelf, viewer, ids))).all()
                rows |= {row.id: row for row in found}
        self._index.forget(spot.id for spot, _ in batch if spot.id not in rows)
        hidden = await redactions.of_messages(work, [spot.id for spot, shelf in batch if shelf is Shelf.SAID])
        return [
            Hit(
                shelf=shelf,
                spot=spot,
                conversation_id=row.conversation_id,
                designation=row.designation,
                position=row.position,
                parts=parts_of(work.keys.decrypt(row.sealed), hidden.get(spot.id, ())),
            )
            for spot, shelf in batch
            if (row := rows.get(spot.id)) is not None and row.readable
        ]


def _seen_words(hit: Hit) -> frozenset[str]:
    return frozenset(word for part in hit.parts for word in words_of(part.text))


def _columns(shelf: Shelf) -> tuple[ColumnElement[datetime], ColumnElement[str]]:
    """The moment and the id by which a shelf is in order."""
    if shelf is Shelf.SAID:
        return Message.received_at.expression, Message.id.expression
    return OutboxItem.created_at.expression, OutboxItem.id.expression


def _rows(shelf: Shelf) -> Select[datetime, str, str]:
    """Id, moment and sealed text of everything on a shelf that is worth finding."""
    at, text_id = _columns(shelf)
    if shelf is Shelf.SAID:
        kept: ColumnElement[bool] = Message.kind.in_(WORDS)
        sealed = Message.text_sealed
    else:
        kept, sealed = OutboxItem.author == Author.STAFF, OutboxItem.text_sealed
    return select(at.label("at"), text_id.label("id"), sealed.label("sealed")).where(kept)


def _before(shelf: Shelf, spot: Spot | None) -> ColumnElement[bool]:
    if spot is None:
        return true()
    at, text_id = _columns(shelf)
    return and_(at <= spot.at, or_(at < spot.at, and_(at == spot.at, text_id < spot.id)))


def _stored(shelf: Shelf, viewer: Viewer, ids: Sequence[str]) -> Select[str, str, int, str, str, bool]:
    """Texts by id, and whether the viewer may read them: what is not there at all is not among them."""
    table = Message if shelf is Shelf.SAID else OutboxItem
    return (
        select(
            table.id,
            table.conversation_id,
            table.position,
            table.text_sealed.label("sealed"),
            Conversation.designation,
            readable_by(viewer).label("readable"),
        )
        .join(Conversation, Conversation.id == table.conversation_id)
        .where(table.id.in_(ids))
    )
