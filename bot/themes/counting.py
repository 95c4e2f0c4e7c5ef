"""Putting what is in force of a piece of feedback into the count, and taking out what must not be counted."""

from __future__ import annotations

from datetime import datetime

from bot.store import Work, themes
from bot.store.counted_themes import NO_THEME, CountedRow, count_feedback
from bot.store.report_models import DecidedBy
from bot.store.theme_models import FeedbackDetail
from bot.themes.codebook import codebook, current


async def recount(work: Work, feedback_id: str) -> None:
    """Count it as it stands now. Feedback near an alert, and one that was split, is not counted."""
    detail = await work.session.get(FeedbackDetail, feedback_id)
    rows = [] if await themes.is_kept_out(work, feedback_id) else await _rows(work, feedback_id)
    await count_feedback(
        work,
        feedback_id,
        rows,
        age_band=None if detail is None else detail.age_band,
        home_kind=None if detail is None else detail.home_kind,
    )


async def _rows(work: Work, feedback_id: str) -> list[CountedRow]:
    stands = await themes.in_force(work, feedback_id)
    if stands is None:
        return []
    book = codebook()
    merged = {**book.successors(), **await themes.merges(work)}
    rows: dict[str, CountedRow] = {}
    for one in stands.themes:
        theme = current(one.theme, merged)
        rows.setdefault(theme, CountedRow(theme, book.domain_of(theme), one.sentiment, stands.source, stands.reviewed))
    if not rows and stands.source is not DecidedBy.MACHINE:
        rows[NO_THEME] = CountedRow(NO_THEME, None, None, stands.source, stands.reviewed)
    return list(rows.values())


async def recount_conversation(work: Work, conversation_id: str) -> None:
    """After an alert: what was said in its session is taken out of the count."""
    for feedback in await themes.of_conversation(work, conversation_id):
        await recount(work, feedback.id)


async def recount_since(work: Work, since: datetime) -> int:
    """After the codebook changed: everything from this moment on; how much that was."""
    ids = await themes.ids_since(work, since)
    for feedback_id in ids:
        await recount(work, feedback_id)
    return len(ids)
