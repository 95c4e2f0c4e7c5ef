"""Words that their writers allow to be shown to the people in charge, as they would be shown."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select

from bot.store.database import Work
from bot.store.models import Consent, Feedback
from bot.store.report_models import CountedTheme, DecidedBy
from bot.store.shown_words import shown


@dataclass(frozen=True)
class Permitted:
    """A piece of feedback whose writer says yes. `themes` are those that a person decided on."""

    feedback_id: str
    words: str
    themes: tuple[str, ...]


async def permitted_in(work: Work, quarter: str, limit: int = 200) -> list[Permitted]:
    """Those of a quarter that may be quoted now, newest first."""
    newest = (
        select(Feedback.id, Feedback.created_at)
        .join(CountedTheme, CountedTheme.feedback_id == Feedback.id)
        .where(CountedTheme.quarter == quarter, Feedback.consent == Consent.YES)
        .distinct()
        .order_by(Feedback.created_at.desc(), Feedback.id)
        .limit(limit)
    )
    ids = [feedback_id for feedback_id, _at in await work.session.execute(newest)]
    found = await still_permitted(work, ids)
    return [found[one] for one in ids if one in found]


async def still_permitted(work: Work, feedback_ids: Collection[str]) -> dict[str, Permitted]:
    """Of these, the ones whose writer says yes now, with their words as readers see them now."""
    wanted = Feedback.id.in_(list(feedback_ids)), Feedback.consent == Consent.YES
    rows = (await work.session.execute(select(Feedback.id, Feedback.words).where(*wanted))).all()
    words = await shown(work, [str(one) for _id, ids in rows for one in ids])
    themes = await _themes(work, [feedback_id for feedback_id, _words in rows])
    return {
        feedback_id: Permitted(
            feedback_id,
            " ".join(words[one] for one in ids if one in words),
            tuple(themes.get(feedback_id, ())),
        )
        for feedback_id, ids in rows
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
