"""What the chat says about a young person's own words is plain, short and promises nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from bot.plain_words import load_plain_words
from bot.privacy.chat_words import chat_words


def said(part: Any) -> Iterator[str]:
    """Every text that a young person may read, and the same in easier words."""
    if isinstance(part, BaseModel):
        for name in type(part).model_fields:
            value = getattr(part, name)
            if name in ("text", "easy", "erased"):
                yield value
            else:
                yield from said(value)
    elif isinstance(part, dict):
        for one in part.values():
            yield from said(one)
    elif isinstance(part, list | tuple):
        for one in part:
            yield from said(one)


def test_every_text_keeps_to_the_rules_for_plain_words() -> None:
    plain, texts = load_plain_words(), list(said(chat_words()))
    assert len(texts) > 50
    faults = {text: plain.faults(text) for text in texts}
    assert {text: found for text, found in faults.items() if found} == {}
    assert [text for text in texts if plain.is_long_on_the_whole(text)] == []
