"""All recognisers together."""

from __future__ import annotations

from bot.privacy.redaction.contacts import contacts
from bot.privacy.redaction.lists import Lists, load_lists
from bot.privacy.redaction.names import names
from bot.privacy.redaction.numbers import numbers
from bot.privacy.redaction.places import places
from bot.privacy.redaction.spans import Span, joined

MARK = "▒▒▒"


def find(text: str, lists: Lists | None = None) -> list[Span]:
    """What could tell who somebody is, in order and apart. Raises ContentError when a list is wrong."""
    known = lists or load_lists()
    sure = joined([*contacts(text), *numbers(text)])
    taken = [(span.start, span.end) for span in sure]
    guessed = [
        span
        for span in [*places(text, known), *names(text, known)]
        if not any(span.start < end and start < span.end for start, end in taken)
    ]
    return joined([*sure, *guessed])


def redact(text: str, lists: Lists | None = None) -> str:
    """The text with a mark in the place of each piece that was found."""
    pieces, at = [], 0
    for span in find(text, lists):
        pieces += [text[at : span.start], MARK]
        at = span.end
    return "".join([*pieces, text[at:]])
