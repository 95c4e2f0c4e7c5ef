"""What the actions work with: the store, the cards, the card search. Opened at first use, once in a process."""

from __future__ import annotations

import hashlib
import os
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache, cached_property
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np

from bot.content import PROJECT_ROOT, content_folder
from bot.encoder import DIMENSIONS, Encoder, load_encoder
from bot.encoder.weights import Array
from bot.entitlements.answers import Answer
from bot.entitlements.library import Library, load_library
from bot.entitlements.live import LiveLibrary
from bot.entitlements.search import CardSearch, Found
from bot.store import Store, Work, conversations, messages, records
from bot.store.keys import load_keys
from bot.store.models import Feedback
from bot.store.records import NewFeedback
from bot.themes.kept import Keeper

LOCAL_TIME = ZoneInfo("Europe/London")
VECTORS_KEPT = 32  # texts of the chats that are going on


class Service:
    """One per process. Each part is opened when it is first needed, so that a part that is not there harms no other."""

    @cached_property
    def store(self) -> Store:
        return Store(os.environ["OVOS_DB"], load_keys(Path(os.environ["OVOS_KEY_FILE"])))

    @cached_property
    def _live(self) -> LiveLibrary:
        return LiveLibrary(load_library(content_folder() / "entitlements"))

    @property
    def library(self) -> Library:
        """The cards as they were said at the last look."""
        return self._live.said

    async def look_at_cards(self) -> None:
        """Take in what staff have changed in the console. Asks the store at most every few seconds."""
        await self._live.look(self.store)

    @cached_property
    def cards(self) -> CardSearch:
        path = Path(os.environ.get("OVOS_CARD_SEARCH", PROJECT_ROOT / "models" / "card_search.npz"))
        return CardSearch.load(path, self._encoder)

    @cached_property
    def _encoder(self) -> SparedEncoder:
        return SparedEncoder(load_encoder())

    @cached_property
    def themes(self) -> Keeper:
        return Keeper(encoder=lambda: self._encoder)

    def card(self, card_id: str) -> Answer:
        """The card as it may be said today."""
        return self.library.answer(card_id, on=today())

    def title(self, card_id: str) -> str:
        return self.library.cards[card_id].title

    def knows(self, text: str, vector: Array) -> None:
        """The brain has encoded this text: it is not encoded again here, now or when it is read for its themes."""
        self._encoder.knows(text, vector)

    def find_cards(self, text: str) -> tuple[Found, ...]:
        """One finding, or two when two things are asked and both are clear."""
        return self.cards.find_two(text)


class SparedEncoder(Encoder):
    """The encoder, spared what was encoded a moment ago, by the brain or here: feedback is read for its themes, for a
    card, and again when it is kept. The newest vectors stay, by a fingerprint of their text, in memory and not long:
    words can be guessed from them."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder
        self._known: OrderedDict[bytes, Array] = OrderedDict()

    def knows(self, text: str, vector: Array) -> None:
        self._known[_fingerprint(text)] = vector
        self._known.move_to_end(_fingerprint(text))
        while len(self._known) > VECTORS_KEPT:
            self._known.popitem(last=False)

    def encode(self, texts: Sequence[str]) -> Array:
        found = {text: self._known.get(_fingerprint(text)) for text in texts}
        missing = [text for text, vector in found.items() if vector is None]
        for text, vector in zip(missing, self._encoder.encode(missing) if missing else (), strict=True):
            found[text] = vector
            self.knows(text, vector)
        return np.array([found[text] for text in texts], dtype=np.float32).reshape(len(texts), DIMENSIONS)

    def encode_one(self, text: str) -> Array:
        vector: Array = self.encode([text])[0]
        return vector


def _fingerprint(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


@dataclass(frozen=True)
class Said:
    """A message and its words."""

    message_id: str
    text: str


@cache
def service() -> Service:
    return Service()


def warm_up() -> None:
    """Load what takes long, before the first young person waits for it. The store opens by itself."""
    loaded = service()
    loaded.find_cards(loaded.title("advocacy_right"))


def today() -> date:
    return datetime.now(LOCAL_TIME).date()


async def words_of(work: Work, message_ids: Sequence[str]) -> list[Said]:
    """The messages that are in the store, with their words."""
    said = []
    for message_id in message_ids:
        said += [Said(message_id, text) for text in await messages.texts(work, [message_id])]
    return said


async def keep_feedback(work: Work, feedback: NewFeedback) -> Feedback:
    """Keep feedback, and drop the draft that it came from: it is finished."""
    kept = await records.add_feedback(work, feedback)
    await conversations.keep_draft(work, feedback.conversation_id, None)
    return kept
