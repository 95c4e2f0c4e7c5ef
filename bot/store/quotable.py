"""Words that may stand in a summary: those that their writers were shown and said yes to, with what they are about."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from bot.store import quotes
from bot.store.database import Work
from bot.store.report_models import CountedTheme, DecidedBy
from bot.store.theme_models import Quote


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
        .where(CountedTheme.quarter == quarter, Quote.state.in_(quotes.AGREED))
        .distinct()
        .order_by(Quote.state_at.desc(), Quote.feedback_id)
        .limit(limit)
    )
    ids = [str(feedback_id) for feedback_id, _at in await work.session.execute(newest)]
    found = await still_permitted(work, ids)
    return [found[one] for one in ids if one in found]


async def still_permitted(work: Work, feedback_ids: Collection[str]) -> dict[str, Permitted]:
    """Of these, the ones whose writer says yes now."""
    ids = list(feedback_ids)
    themes = await _themes(work, ids)
    return {
        one.feedback_id: Permitted(one.feedback_id, one.text, tuple(themes.get(one.feedback_id, ())))
        for one in await quotes.permitted(work, ids)
    }


async def _themes(work: Work, feedback_ids: Collection[str]) -> dict[str, list[str]]:
    rows = await work.session.execute(
        select(CountedTheme.feedback_id, CountedTheme.theme)
        .where(CountedTheme.feedback_id.in_(list(feedback_ids)))
        .where(CountedTheme.reviewed | (CountedTheme.source != DecidedBy.MACHINE))
        .order_by(CountedTheme.feedback_id, CountedTheme.theme)
    )
    found: dict[str, list[str]] = {}
    for feedback_id, theme in rows:
        found.setdefault(feedback_id, []).append(theme)
    return found
