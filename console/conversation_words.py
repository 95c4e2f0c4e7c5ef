"""Conversations in words, as staff read them: days, hidden words, pieces of what was found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bot.store.redactions import MARK, Part
from bot.store.search_words import WORD, asked_words
from console.render import LONDON, clock, day
from console.wording import Words

AROUND = 90  # characters of a text that are shown on each side of the first word that was found


def local_day(at: datetime) -> date:
    """The day by the clocks in England."""
    return at.astimezone(LONDON).date()


def plain_day(words: Words, on: date, today: date) -> str:
    """`Today`, `Yesterday`, else `Monday 23 November 2026`."""
    if on == today:
        return words.say("transcripts.today")
    if on == today - timedelta(days=1):
        return words.say("transcripts.yesterday")
    return f"{on:%A} {day(on)}"


def plain_moment(words: Words, at: datetime, today: date) -> str:
    """`today at 2:05pm`, `3 March 2025 at 2:05pm`."""
    on = local_day(at)
    if on == today:
        return words.say("transcripts.today_at", clock=clock(at))
    if on == today - timedelta(days=1):
        return words.say("transcripts.yesterday_at", clock=clock(at))
    return words.say("transcripts.day_at", day=day(on), clock=clock(at))


@dataclass(frozen=True)
class Piece:
    """Some words of a text; `found` when they were searched for."""

    text: str
    found: bool = False


def excerpt(parts: Sequence[Part], asked: Collection[str]) -> list[Piece]:
    """What stands around the first word that was searched for, with all of those words marked."""
    text = " ".join("".join(MARK if part.gap else part.text for part in parts).split())
    spans = [match.span() for match in WORD.finditer(text) if not asked_words(match.group()).isdisjoint(asked)]
    first = spans[0][0] if spans else 0
    begin, end = max(0, first - AROUND), min(len(text), first + 2 * AROUND)
    pieces, at = [Piece("… ")] if begin else [], begin
    for start, stop in spans:
        if begin <= start and stop <= end:
            pieces += [Piece(text[at:start]), Piece(text[start:stop], found=True)]
            at = stop
    return [*pieces, Piece(text[at:end] + (" …" if end < len(text) else ""))]
