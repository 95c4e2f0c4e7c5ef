"""Words that may stand in a summary: the one place that says which, for a draft, at its publication, and in a list.

Their writer said yes to these very words and has not taken it back; what was said counts (no alert near it, not split,
not erased); and nobody has hidden a word that is in them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select

from bot.store import redactions, themes
from bot.store.database import Work
from bot.store.models import Feedback
from bot.store.report_models import CountedTheme, DecidedBy
from bot.store.theme_models import Quote, QuoteState
from bot.store.themes import Spoken


@dataclass(frozen=True)
class Permitted:
    """A piece of feedback whose writer says yes to these very words. `themes` are those that a person decided on."""

    feedback_id: str
    words: str
    themes: tuple[str, ...]


async def permitted_in(work: Work, quarter: str, limit: int = 200) -> list[Permitted]:
    """Those of a quarter that may be quoted now, newest first."""
    newest = (
        select(Quote.feedback_id, Quote.state_at)
        .join(CountedTheme, CountedTheme.feedback_id == Quote.feedback_id)
        .where(CountedTheme.quarter == quarter, Quote.state == QuoteState.YES)
        .distinct()
        .order_by(Quote.state_at.desc(), Quote.feedback_id)
        .limit(limit)
    )
    ids = [str(feedback_id) for feedback_id, _at in await work.session.execute(newest)]
    found = await still_permitted(work, ids)
    return [found[one] for one in ids if one in found]


@dataclass(frozen=True)
class _Agreed:
    """Words with a yes. `said_in` are the messages that they are from, none once those have grown old."""

    spoken: Spoken
    words: str
    said_in: Sequence[str]


async def still_permitted(work: Work, feedback_ids: Collection[str]) -> dict[str, Permitted]:
    """Of these, the ones that may be quoted now."""
    agreed = await _agreed(work, feedback_ids)
    about = await _themes(work, [one.spoken.id for one in agreed])
    held_back = await themes.near_alerts(work, [one.spoken for one in agreed]) | await _with_hidden_words(work, agreed)
    return {
        one.spoken.id: Permitted(one.spoken.id, one.words, tuple(about[one.spoken.id]))
        for one in agreed
        if one.spoken.id in about and one.spoken.id not in held_back
    }


async def _agreed(work: Work, feedback_ids: Collection[str]) -> list[_Agreed]:
    """A quote outlives the feedback, whose words go sooner than a quarter's summary comes."""
    rows = await work.session.execute(
        select(Quote.feedback_id, Quote.conversation_id, Quote.shown_at, Quote.text_sealed, Feedback.words)
        .outerjoin(Feedback, Feedback.id == Quote.feedback_id)
        .where(Quote.feedback_id.in_(list(feedback_ids)), Quote.state == QuoteState.YES)
    )
    return [
        _Agreed(Spoken(str(feedback_id), conversation_id, at), work.keys.decrypt(sealed), said_in or ())
        for feedback_id, conversation_id, at, sealed, said_in in rows
    ]


async def _with_hidden_words(work: Work, agreed: Sequence[_Agreed]) -> set[str]:
    """Those in which somebody has hidden a word that the program showed: a name that it had not known for one."""
    hidden = await redactions.hidden_words(work, [message_id for one in agreed for message_id in one.said_in])
    return {
        one.spoken.id
        for one in agreed
        if any(redactions.find(one.words, word) for said_in in one.said_in for word in hidden.get(said_in, ()))
    }


async def _themes(work: Work, feedback_ids: Collection[str]) -> dict[str, list[str]]:
    """By feedback that counts, the themes that a person decided on."""
    rows = await work.session.execute(
        select(CountedTheme.feedback_id, CountedTheme.theme, CountedTheme.reviewed, CountedTheme.source)
        .where(CountedTheme.feedback_id.in_(list(feedback_ids)))
        .order_by(CountedTheme.feedback_id, CountedTheme.theme)
    )
    found: dict[str, list[str]] = {}
    for feedback_id, theme, reviewed, source in rows:
        by_a_person = found.setdefault(feedback_id, [])
        if reviewed or source != DecidedBy.MACHINE:
            by_a_person.append(theme)
    return found
