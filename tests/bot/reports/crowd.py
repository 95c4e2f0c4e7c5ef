"""A quarter of counted people, put into the store as sorting would have put it there."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from sqlalchemy import insert

from bot.reports.content import load_taxonomy
from bot.reports.quarters import Quarter
from bot.store import Work
from bot.store.counted_themes import roll_up
from bot.store.models import Channel, Consent, Conversation, Feedback, FeedbackKind, Message, MessageKind, new_id
from bot.store.report_models import CountedTheme, DecidedBy, Sentiment
from bot.store.theme_models import Quote, QuoteState

QUARTER = "2026Q2"


def person(name: object) -> str:
    return hashlib.sha256(f"{name}".encode()).hexdigest()


async def wrote(
    work: Work,
    people: Sequence[object],
    themes: Sequence[str] = ("worker_changes",),
    *,
    quarter: str = QUARTER,
    messages: int = 1,
    feeling: Sentiment = Sentiment.NEGATIVE,
    reviewed: bool = True,
    linked: bool = True,
    age: str | None = None,
    home: str | None = None,
    roll: bool = True,
) -> None:
    """Each of these people wrote so many messages, each about all of these themes."""
    taxonomy, at = load_taxonomy(), datetime.combine(Quarter.named(quarter).first_day, datetime.min.time(), UTC)
    rows = []
    for one in people:
        for _ in range(messages):
            feedback = new_id()
            for theme in themes:
                known = taxonomy.theme(theme)
                rows.append(
                    {
                        "feedback_id": feedback,
                        "theme": theme,
                        "domain": None if known is None else known.domain,
                        "conversation_id": person(one)[:32],
                        "person_key": person(one) if linked else None,
                        "quarter": quarter,
                        "sentiment": feeling,
                        "source": DecidedBy.OFFICER if reviewed else DecidedBy.MACHINE,
                        "reviewed": reviewed,
                        "age_band": age,
                        "home_kind": home,
                        "good_news": False,
                        "created_at": at,
                    }
                )
    await work.session.execute(insert(CountedTheme), rows)
    if roll:
        await roll_up(work, quarter)


async def may_be_quoted(work: Work, words: str, theme: str = "worker_changes", *, who: object = "quoted") -> str:
    """Somebody's words, with their permission; the feedback's id."""
    made = Conversation(channel=Channel.WEB, designation=f"{who} {new_id()[:6]}")
    work.session.add(made)
    await work.session.flush()
    message = Message(
        conversation_id=made.id,
        position=1,
        channel=Channel.WEB,
        channel_message_id=new_id(),
        kind=MessageKind.TYPED,
        text_sealed=work.keys.encrypt(words),
    )
    work.session.add(message)
    await work.session.flush()
    feedback = Feedback(
        message_id=message.id,
        conversation_id=made.id,
        kind=FeedbackKind.FEEDBACK,
        words=[message.id],
        consent=Consent.YES,
    )
    work.session.add(feedback)
    await work.session.flush()
    work.session.add(
        Quote(
            feedback_message_id=message.id,
            conversation_id=made.id,
            feedback_id=feedback.id,
            text_sealed=work.keys.encrypt(words),
            state=QuoteState.YES,
        )
    )
    known = load_taxonomy().theme(theme)
    work.session.add(
        CountedTheme(
            feedback_id=feedback.id,
            theme=theme,
            domain=None if known is None else known.domain,
            conversation_id=made.id,
            person_key=person(who),
            quarter=QUARTER,
            sentiment=Sentiment.NEGATIVE,
            source=DecidedBy.OFFICER,
            reviewed=True,
        )
    )
    await work.session.flush()
    await roll_up(work, QUARTER)
    return feedback.id
