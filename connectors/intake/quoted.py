"""The words that a young person is asked about are put into the bubble here: Rasa, which asks, never holds them."""

from __future__ import annotations

from dataclasses import replace

from bot.store import Work, quotes
from bot.store.outbox import Bubble

MARK = "[[words]]"


async def with_words(work: Work, conversation_id: str, bubbles: tuple[Bubble, ...]) -> tuple[Bubble, ...]:
    """The bubbles with the words kept for this chat in the place of the mark; without words the bubble goes."""
    if not any(MARK in one.text for one in bubbles):
        return bubbles
    words = await quotes.shown_last(work, conversation_id)
    if words is None:
        return tuple(one for one in bubbles if MARK not in one.text)
    easy = {n: one.easy.replace(MARK, words) for n, one in enumerate(bubbles) if one.easy is not None}
    return tuple(replace(one, text=one.text.replace(MARK, words), easy=easy.get(n)) for n, one in enumerate(bubbles))
