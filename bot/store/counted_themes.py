"""Themes as they are counted: people, not messages, by quarter. The summary reads them through a roll-up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, case, delete, func, insert, literal, null, or_, select, union_all, update
from sqlalchemy.orm import aliased

from bot.store.casework_models import ConversationLink, Receipt
from bot.store.database import Work
from bot.store.models import Feedback, FeedbackKind
from bot.store.report_models import CountedTheme, DecidedBy, Sentiment, ThemePerson
from bot.store.secrets import SecretName, keyed_hash, secret

ALL = "all"  # the scope of everybody; a domain's is its id behind `DOMAIN`, a theme's is its id
DOMAIN = "domain:"
NO_THEME = "no_theme"  # the theme of feedback that fits none: its writer counts among all
ENGLAND = ZoneInfo("Europe/London")


@dataclass(frozen=True)
class CountedRow:
    """One theme that a piece of feedback is about, as decided now. `domain` is the theme's; None for NO_THEME."""

    theme: str
    domain: str | None
    sentiment: Sentiment | None
    source: DecidedBy
    reviewed: bool


@dataclass(frozen=True)
class Counted:
    """People of one scope with one feeling. `linked` False are chats that may be anybody's; `checked` False are those
    whose theme no person has decided on yet."""

    scope: str
    linked: bool
    checked: bool
    feeling: Sentiment | None
    people: int
    messages: int
    reviewed: int


@dataclass(frozen=True)
class CountedGroup:
    """People that can be told apart, by what they chose to say of themselves; None is what they did not say."""

    age_band: str | None
    home_kind: str | None
    good_news: bool
    people: int


def quarter_of(at: datetime) -> str:
    """The calendar quarter of a moment by the clocks in England, like `2026Q4`."""
    local = at.astimezone(ENGLAND)
    return f"{local.year}Q{(local.month + 2) // 3}"


async def person_key(work: Work, conversation_id: str) -> str | None:
    """Who a chat belongs to, as a keyed hash: the linked reference, else its own receipt. None when neither is there.

    A receipt opens one conversation, so the conversation stands for it: a new receipt for it is the same person.
    """
    key = await secret(work, SecretName.REFERENCES)
    reference = await work.session.scalar(
        select(ConversationLink.reference_hash).where(ConversationLink.conversation_id == conversation_id)
    )
    if reference is not None:
        return keyed_hash(key, f"counted:reference:{reference}")
    receipt = await work.session.scalar(select(Receipt.id).where(Receipt.conversation_id == conversation_id).limit(1))
    return None if receipt is None else keyed_hash(key, f"counted:receipt:{conversation_id}")


async def count_feedback(
    work: Work,
    feedback_id: str,
    rows: Sequence[CountedRow],
    *,
    age_band: str | None = None,
    home_kind: str | None = None,
) -> None:
    """Put these rows in the place of all earlier ones of this feedback; no row at all takes it out of the count.

    The quarter is that of the day on which it was said, and no later decision moves it. Raises LookupError.
    """
    feedback = await work.session.get(Feedback, feedback_id)
    if feedback is None:
        raise LookupError("There is no such feedback.")
    quarter, key = quarter_of(feedback.created_at), await person_key(work, feedback.conversation_id)
    before = await _who(work, CountedTheme.feedback_id == feedback_id)
    await work.session.execute(delete(CountedTheme).where(CountedTheme.feedback_id == feedback_id))
    for row in rows:
        work.session.add(
            CountedTheme(
                feedback_id=feedback_id,
                theme=row.theme,
                domain=row.domain,
                conversation_id=feedback.conversation_id,
                person_key=key,
                quarter=quarter,
                sentiment=row.sentiment,
                source=row.source,
                reviewed=row.reviewed,
                age_band=age_band,
                home_kind=home_kind,
                good_news=feedback.kind == FeedbackKind.GOOD_NEWS,
                created_at=feedback.created_at,
            )
        )
    await work.session.flush()
    for one in before | {(quarter, key or feedback.conversation_id)}:
        await roll_up(work, *one)


async def add_counted(work: Work, rows: Sequence[Mapping[str, Any]]) -> None:
    """Put rows of `counted_themes` in as they are, without a roll-up: for `ovos demo` and tests."""
    await work.session.execute(insert(CountedTheme), [dict(row) for row in rows])


async def forget_conversation(work: Work, conversation_id: str) -> None:
    """Take everything that was said in a chat out of the count. What was published stays as it was published."""
    mine = CountedTheme.conversation_id == conversation_id
    before = await _who(work, mine)
    await work.session.execute(delete(CountedTheme).where(mine))
    for one in before:
        await roll_up(work, *one)


async def renew_keys(work: Work, quarter: str) -> int:
    """Count chats of the quarter that have been linked, or given a receipt, since; how many changed hands."""
    has_receipt = select(Receipt.id).where(Receipt.conversation_id == CountedTheme.conversation_id).exists()
    has_link = select(1).where(ConversationLink.conversation_id == CountedTheme.conversation_id).exists()
    rows = await work.session.execute(
        select(CountedTheme.conversation_id, CountedTheme.person_key)
        .where(CountedTheme.quarter == quarter)
        .where(or_(has_link, CountedTheme.person_key.is_(None) & has_receipt))
        .distinct()
    )
    changed = 0
    for conversation_id, was in rows.all():
        key = await person_key(work, conversation_id)
        if key != was:
            changed += 1
            await _change_key(work, conversation_id, key)
    return changed


async def _change_key(work: Work, conversation_id: str, key: str | None) -> None:
    mine = CountedTheme.conversation_id == conversation_id
    before = await _who(work, mine)
    for row in await work.session.scalars(select(CountedTheme).where(mine)):
        row.person_key = key
    await work.session.flush()
    for one in before | await _who(work, mine):
        await roll_up(work, *one)


_PERSON = func.coalesce(CountedTheme.person_key, CountedTheme.conversation_id)


async def _who(work: Work, condition: ColumnElement[bool]) -> set[tuple[str, str]]:
    """The quarters and people that these rows count for."""
    rows = await work.session.execute(select(CountedTheme.quarter, _PERSON).where(condition).distinct())
    return {(quarter, who) for quarter, who in rows}


async def move_theme(work: Work, quarter: str, old: str, new: tuple[str, str] | None) -> None:
    """A theme was renamed or merged while the quarter went on: count its people under the new one from its start.

    Feedback that has both keeps the decision about the new one. `new` is a theme and its domain; None counts them as
    fitting no theme.
    """
    mine = (CountedTheme.quarter == quarter) & (CountedTheme.theme == old)
    if await work.session.scalar(select(CountedTheme.feedback_id).where(mine).limit(1)) is None:
        return
    name, domain = (NO_THEME, None) if new is None else new
    other = aliased(CountedTheme)
    has_both = select(1).where(other.feedback_id == CountedTheme.feedback_id, other.theme == name).exists()
    quietly = {"synchronize_session": False}
    await work.session.execute(delete(CountedTheme).where(mine, has_both).execution_options(**quietly))
    moved = update(CountedTheme).where(mine).values(theme=name, domain=domain)
    await work.session.execute(moved.execution_options(**quietly))
    await roll_up(work, quarter)


async def roll_up(work: Work, quarter: str, who: str | None = None) -> None:
    """Count one person of a quarter afresh, or everybody."""
    old, mine = ThemePerson.quarter == quarter, [CountedTheme.quarter == quarter]
    if who is not None:
        old &= ThemePerson.who == who
        chat = CountedTheme.person_key.is_(None) & (CountedTheme.conversation_id == who)
        mine.append(or_(CountedTheme.person_key == who, chat))
    await work.session.execute(delete(ThemePerson).where(old).execution_options(synchronize_session=False))
    columns = [column.name for column in ThemePerson.__table__.columns]
    await work.session.execute(insert(ThemePerson).from_select(columns, _people(mine)))


def _people(mine: Sequence[ColumnElement[bool]]) -> Any:
    """Rows of `theme_people`, in the order of its columns: each person in each scope that they spoke to."""
    row, said = CountedTheme, CountedTheme.sentiment
    scopes = (
        (row.theme, row.theme != NO_THEME),
        (literal(DOMAIN).concat(row.domain), row.domain.is_not(None)),
        (literal(ALL), literal(1) == 1),
    )
    flat = union_all(
        *(
            select(
                row.quarter.label("quarter"),
                _PERSON.label("who"),
                scope.label("scope"),
                row.person_key.label("person_key"),
                said.label("sentiment"),
                row.feedback_id.label("feedback_id"),
                row.reviewed.label("reviewed"),
                (row.reviewed | (row.source != DecidedBy.MACHINE)).label("checked"),
                row.good_news.label("good_news"),
                row.age_band.label("age_band"),
                row.home_kind.label("home_kind"),
            ).where(*mine, in_scope)
            for scope, in_scope in scopes
        )
    ).subquery()
    felt = {one: _any(flat.c.sentiment == one) for one in Sentiment}
    good, bad = felt[Sentiment.POSITIVE], felt[Sentiment.NEGATIVE]
    feeling = case(
        (felt[Sentiment.MIXED] | (good & bad), literal(Sentiment.MIXED)),
        (good, literal(Sentiment.POSITIVE)),
        (bad, literal(Sentiment.NEGATIVE)),
        (felt[Sentiment.NEUTRAL], literal(Sentiment.NEUTRAL)),
        else_=null(),
    )
    return select(
        flat.c.quarter,
        flat.c.who,
        flat.c.scope,
        func.max(flat.c.person_key).is_not(None),
        _any(flat.c.checked),
        feeling,
        func.count(flat.c.feedback_id.distinct()),
        func.count(case((flat.c.reviewed, flat.c.feedback_id)).distinct()),
        _any(flat.c.good_news),
        func.max(flat.c.age_band),
        func.max(flat.c.home_kind),
    ).group_by(flat.c.quarter, flat.c.who, flat.c.scope)


def _any(condition: ColumnElement[bool]) -> ColumnElement[bool]:
    return func.max(case((condition, 1), else_=0)) == 1


# --- What the summary reads ---


async def counted(work: Work, quarter: str) -> list[Counted]:
    """Everything that is counted of a quarter: one line for each scope, feeling and kind of chat. Two table scans at
    most, over people; nothing here has been through disclosure control, so nothing of it is shown to anybody."""
    row = ThemePerson
    by = (row.scope, row.linked, row.checked, row.feeling)
    lines = await work.session.execute(
        select(*by, func.count(), func.sum(row.messages), func.sum(row.reviewed))
        .where(row.quarter == quarter)
        .group_by(*by)
    )
    return [
        Counted(scope, linked, checked, None if felt is None else Sentiment(felt), people, int(messages), int(reviewed))
        for scope, linked, checked, felt, people, messages, reviewed in lines
    ]


async def counted_groups(work: Work, quarter: str) -> list[CountedGroup]:
    """People of a quarter that can be told apart, by what they said of themselves."""
    row = ThemePerson
    lines = await work.session.execute(
        select(row.age_band, row.home_kind, row.good_news, func.count())
        .where(row.quarter == quarter, row.scope == ALL, row.linked)
        .group_by(row.age_band, row.home_kind, row.good_news)
    )
    return [CountedGroup(*line) for line in lines]


async def quarters(work: Work) -> list[str]:
    """Quarters in which anything was counted, newest first."""
    found = await work.session.scalars(select(ThemePerson.quarter).distinct().order_by(ThemePerson.quarter.desc()))
    return list(found)


__all__ = ["ALL", "DOMAIN", "NO_THEME", "Counted", "CountedGroup", "CountedRow", "DecidedBy", "Sentiment"]
