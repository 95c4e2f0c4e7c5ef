"""Quotes: the exact words that a young person was shown and asked about. They may take a yes back until published."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import select

from bot.store import erasure, messages
from bot.store.database import Work
from bot.store.models import Consent, Feedback, now
from bot.store.theme_models import Quote, QuoteState

AGREED = frozenset({QuoteState.YES, QuoteState.PUBLISHED})


class TakenBack(Exception):
    """Words that were to be printed have no yes that stands."""


async def show(work: Work, key: str, conversation_id: str, text: str) -> None:
    """Keep the words that are shown for a yes or no. `key` is the first message of the feedback.

    The newest text counts, but words that were said yes to are never changed underneath.
    """
    row = await work.session.get(Quote, key, with_for_update=True)
    if row is None:
        row = Quote(feedback_message_id=key, conversation_id=conversation_id, text_sealed="", state=QuoteState.SHOWN)
        work.session.add(row)
    if row.state in AGREED:
        return
    row.text_sealed, row.state, row.shown_at = work.keys.encrypt(text), QuoteState.SHOWN, now()
    await work.session.flush()


async def shown_last(work: Work, conversation_id: str) -> str | None:
    """The words that this chat was shown last."""
    row = await work.session.scalar(
        select(Quote).where(Quote.conversation_id == conversation_id).order_by(Quote.shown_at.desc()).limit(1)
    )
    return None if row is None else work.keys.decrypt(row.text_sealed)


async def answer(work: Work, key: str, feedback_id: str, *, yes: bool) -> None:
    """What the young person said to the words that they were shown. Nothing shown, nothing agreed."""
    row = await work.session.get(Quote, key, with_for_update=True)
    if row is None:
        return
    row.feedback_id = feedback_id
    if row.state is not QuoteState.PUBLISHED:
        row.state, row.state_at = QuoteState.YES if yes else QuoteState.NO, now()
    await work.session.flush()


async def take_back(work: Work, conversation_id: str, feedback_id: str) -> QuoteState | None:
    """Take a yes back. What it is afterwards: TAKEN_BACK, or PUBLISHED when it is too late. None when there is none."""
    row = await work.session.scalar(
        select(Quote)
        .where(Quote.feedback_id == feedback_id, Quote.conversation_id == conversation_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if row is None or row.state in (QuoteState.SHOWN, QuoteState.NO):
        return None
    if row.state != QuoteState.PUBLISHED:
        row.state, row.state_at = QuoteState.TAKEN_BACK, now()
        feedback = await work.session.get(Feedback, feedback_id)
        if feedback is not None:
            feedback.consent = Consent.NO
        await work.session.flush()
    return QuoteState(row.state)


async def published(work: Work, feedback_ids: Sequence[str]) -> None:
    """These are in a publication now, and cannot be taken back. Raises TakenBack when one has no yes that stands.

    Which words may be printed at all is said by `bot.store.quotable`.
    """
    rows = list(
        await work.session.scalars(
            select(Quote)
            .where(Quote.feedback_id.in_(list(feedback_ids)))
            .with_for_update()
            .execution_options(populate_existing=True)
        )
    )
    if {row.feedback_id for row in rows if row.state == QuoteState.YES} != set(feedback_ids):
        raise TakenBack
    for row in rows:
        row.state, row.state_at = QuoteState.PUBLISHED, now()
    await work.session.flush()


async def take_out(work: Work, conversation_id: str, holds: Callable[[str], bool]) -> None:
    """Words were taken out of this chat for good: a quote that `holds` them goes, from drafts of a summary too.

    What was printed stays printed.
    """
    rows = await work.session.scalars(select(Quote).where(Quote.conversation_id == conversation_id).with_for_update())
    gone = [row for row in rows if holds(work.keys.decrypt(row.text_sealed))]
    for row in gone:
        row.text_sealed = work.keys.encrypt("")
        if row.state in (QuoteState.SHOWN, QuoteState.YES):
            row.state, row.state_at = QuoteState.TAKEN_BACK, now()
    await work.session.flush()
    await erasure.unquote(work, {row.feedback_id for row in gone if row.feedback_id is not None})


async def given(work: Work, conversation_id: str) -> list[str]:
    """Ids of this chat's feedback whose quote can still be taken back, oldest first."""
    rows = await work.session.scalars(
        select(Quote.feedback_id)
        .where(Quote.conversation_id == conversation_id, Quote.state == QuoteState.YES, Quote.feedback_id.is_not(None))
        .order_by(Quote.state_at)
    )
    return [str(one) for one in rows]


async def own_words(work: Work, conversation_id: str, feedback_id: str) -> list[str]:
    """The young person's own words of one piece of their feedback, for their copy; none when it is not theirs."""
    feedback = await work.session.get(Feedback, feedback_id)
    if feedback is None or feedback.conversation_id != conversation_id:
        return []
    return await messages.texts(work, feedback.words)
