"""What is known of a piece of feedback, apart by who says it: the machine, the young person, officers.

Nothing is overwritten: a later row counts instead of an earlier one, and an undone decision brings back the one before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, delete, exists, func, select
from sqlalchemy.orm import aliased

from bot.store import messages
from bot.store.database import Work
from bot.store.models import Alert, Conversation, Feedback, FeedbackKind, Message, now
from bot.store.report_models import DecidedBy, Sentiment
from bot.store.requests import NotThere, Viewer
from bot.store.shown_words import shown
from bot.store.sight import readable_by
from bot.store.theme_models import (
    DecisionKind,
    FeedbackDetail,
    PromiseTold,
    Quote,
    ThemeChoice,
    ThemeDecision,
    ThemeMerge,
    ThemeProposal,
    ThemeSuggestion,
)

ONE_IN = 5  # of so many, one is decided without the suggestion, and another is read by two officers
ALERT_NEAR = timedelta(hours=24)


@dataclass(frozen=True)
class Tagged:
    """A theme and how it feels; `score` is the machine's, None where a person says it."""

    theme: str
    sentiment: Sentiment | None = None
    score: float | None = None


@dataclass(frozen=True)
class Suggested:
    """`tagged` is what the machine would tag, `ranked` the best five."""

    model: str
    tagged: Sequence[Tagged]
    ranked: Sequence[Tagged]
    sentiment: Sentiment


@dataclass(frozen=True)
class Chosen:
    """The young person's own choice. `themes` None: they skipped it."""

    themes: Sequence[str] | None
    sentiment: Sentiment | None
    changed: bool = False
    model: str | None = None


@dataclass(frozen=True)
class Decided:
    """An officer's decision. No theme: none fits."""

    id: str
    themes: Sequence[Tagged]
    blind: bool
    model: str | None
    by: str
    at: datetime


@dataclass(frozen=True)
class NewDecision:
    themes: Sequence[Tagged]
    by: str
    at: datetime
    kind: DecisionKind = DecisionKind.DECIDED
    model: str | None = None
    seconds: int = 0


@dataclass(frozen=True)
class InForce:
    """What counts now and whose it is."""

    source: DecidedBy
    themes: Sequence[Tagged]

    @property
    def reviewed(self) -> bool:
        return self.source is DecidedBy.OFFICER


@dataclass(frozen=True)
class NewDetail:
    """What a young person chose to say about their feedback."""

    age_band: str | None = None
    home_kind: str | None = None
    may_train: bool = False
    wants_to_hear: bool = False
    better_words: Sequence[str] = ()
    pass_on_to: str | None = None
    split_from: str | None = None


@dataclass(frozen=True)
class Opened:
    """A piece of feedback as an officer reads it, one text for each message."""

    id: str
    conversation_id: str
    designation: str
    kind: FeedbackKind
    said: Sequence[tuple[str, str]]
    """Message id and words, in order."""
    better: Sequence[str]
    created_at: datetime
    detail: FeedbackDetail
    suggested: Suggested | None
    choice: Chosen | None
    decided: Decided | None
    second: Decided | None

    @property
    def can_be_split(self) -> bool:
        return len(self.said) > 1 and self.detail.split_at is None


# --- Kept apart ---


def _in_sample(feedback_id: str, what: str) -> bool:
    """One in five, by chance that is the same each time that it is asked."""
    return int(hashlib.sha256(f"{what}:{feedback_id}".encode()).hexdigest(), 16) % ONE_IN == 0


async def keep_detail(work: Work, feedback_id: str, new: NewDetail) -> FeedbackDetail:
    """Keep what was chosen, once; the same feedback again returns what was kept the first time."""
    known = await work.session.get(FeedbackDetail, feedback_id)
    if known is not None:
        return known
    detail = FeedbackDetail(
        feedback_id=feedback_id,
        age_band=new.age_band,
        home_kind=new.home_kind,
        may_train=new.may_train,
        wants_to_hear=new.wants_to_hear,
        better_words=list(new.better_words),
        pass_on_to=new.pass_on_to,
        blind=_in_sample(feedback_id, "blind"),
        second_coder=_in_sample(feedback_id, "second"),
        split_from=new.split_from,
    )
    work.session.add(detail)
    await work.session.flush()
    return detail


async def add_suggestion(work: Work, feedback_id: str, made: Suggested) -> None:
    """One for each model; the same model again changes nothing."""
    known = select(ThemeSuggestion.id).where(
        ThemeSuggestion.feedback_id == feedback_id, ThemeSuggestion.model == made.model
    )
    if await work.session.scalar(known) is not None:
        return
    tagged = {one.theme: one for one in made.tagged}
    themes = [
        {
            "theme": one.theme,
            "score": round(one.score or 0.0, 4),
            "tagged": one.theme in tagged,
            "sentiment": tagged[one.theme].sentiment if one.theme in tagged else None,
        }
        for one in made.ranked
    ]
    work.session.add(
        ThemeSuggestion(feedback_id=feedback_id, model=made.model, themes=themes, sentiment=made.sentiment)
    )
    await work.session.flush()


async def add_choice(work: Work, feedback_id: str, chosen: Chosen) -> None:
    """What the young person chose, once for a piece of feedback: a turn run twice adds nothing."""
    if await work.session.scalar(select(ThemeChoice.id).where(ThemeChoice.feedback_id == feedback_id)) is not None:
        return
    themes = None if chosen.themes is None else list(chosen.themes)
    work.session.add(
        ThemeChoice(
            feedback_id=feedback_id,
            themes=themes,
            sentiment=chosen.sentiment,
            changed=chosen.changed,
            model=chosen.model,
        )
    )
    await work.session.flush()


async def decide(work: Work, feedback_id: str, new: NewDecision) -> ThemeDecision:
    """Add an officer's decision. Raises NotThere."""
    detail = await work.session.get(FeedbackDetail, feedback_id)
    if detail is None:
        raise NotThere
    row = ThemeDecision(
        feedback_id=feedback_id,
        kind=new.kind,
        themes=[{"theme": one.theme, "sentiment": one.sentiment} for one in new.themes],
        # A second coder never sees what the machine or the first one said.
        blind=detail.blind or new.kind is DecisionKind.SECOND,
        model=new.model,
        seconds=max(0, new.seconds),
        by=new.by,
        at=new.at,
    )
    work.session.add(row)
    await work.session.flush()
    return row


# --- What counts ---


async def suggestion_of(work: Work, feedback_id: str) -> Suggested | None:
    """The newest model's."""
    row = await work.session.scalar(
        select(ThemeSuggestion)
        .where(ThemeSuggestion.feedback_id == feedback_id)
        .order_by(ThemeSuggestion.at.desc(), ThemeSuggestion.id)
        .limit(1)
    )
    return None if row is None else _suggested(row)


def _suggested(row: ThemeSuggestion) -> Suggested:
    ranked = [Tagged(one["theme"], _felt(one["sentiment"]), one["score"]) for one in row.themes]
    tagged = [one for one, kept in zip(ranked, row.themes, strict=True) if kept["tagged"]]
    return Suggested(row.model, tagged, ranked, Sentiment(row.sentiment))


def _felt(kept: str | None) -> Sentiment | None:
    return None if kept is None else Sentiment(kept)


async def choice_of(work: Work, feedback_id: str) -> Chosen | None:
    row = await work.session.scalar(
        select(ThemeChoice).where(ThemeChoice.feedback_id == feedback_id).order_by(ThemeChoice.at.desc()).limit(1)
    )
    if row is None:
        return None
    return Chosen(row.themes, _felt(row.sentiment), row.changed, row.model)


async def decisions_of(work: Work, feedback_id: str) -> list[ThemeDecision]:
    """All of them, oldest first, the undone ones too."""
    rows = await work.session.scalars(
        select(ThemeDecision)
        .where(ThemeDecision.feedback_id == feedback_id)
        .order_by(ThemeDecision.at, ThemeDecision.id)
    )
    return list(rows)


def standing(rows: Sequence[ThemeDecision], kind: DecisionKind) -> Decided | None:
    """The last decision of this kind that was not undone. An undoing takes back the one before it of the same officer
    that still stood."""
    stand: list[ThemeDecision] = []
    for row in rows:
        if row.kind == DecisionKind.UNDONE:
            last = next((one for one in reversed(stand) if one.by == row.by), None)
            stand = [one for one in stand if one is not last]
        else:
            stand.append(row)
    last = next((one for one in reversed(stand) if one.kind == kind), None)
    if last is None:
        return None
    themes = [Tagged(one["theme"], _felt(one["sentiment"])) for one in last.themes]
    return Decided(last.id, themes, last.blind, last.model, last.by, last.at)


async def in_force(work: Work, feedback_id: str) -> InForce | None:
    """The officer's decision, else the young person's choice, else the machine's suggestion; None without any."""
    choice = await choice_of(work, feedback_id)
    decided = standing(await decisions_of(work, feedback_id), DecisionKind.DECIDED)
    if decided is not None:
        return InForce(DecidedBy.OFFICER, _with_feeling(decided.themes, choice))
    suggested = await suggestion_of(work, feedback_id)
    if choice is not None and choice.themes is not None:
        felt = {one.theme: one.sentiment for one in suggested.tagged} if suggested else {}
        themes = [Tagged(theme, choice.sentiment or felt.get(theme)) for theme in choice.themes]
        return InForce(DecidedBy.YOUNG_PERSON, themes)
    if suggested is None:
        return None
    return InForce(DecidedBy.MACHINE, _with_feeling(suggested.tagged, choice))


def _with_feeling(themes: Sequence[Tagged], choice: Chosen | None) -> list[Tagged]:
    """One theme feels as the young person's own face says. With several, each keeps what was read of it."""
    if choice is None or choice.sentiment is None or len(themes) != 1:
        return list(themes)
    return [Tagged(themes[0].theme, choice.sentiment, themes[0].score)]


@dataclass(frozen=True)
class Spoken:
    """Something that was said: its id, where, and when."""

    id: str
    conversation_id: str
    at: datetime


async def near_alert(work: Work, feedback: Collection[Feedback]) -> set[str]:
    """Of these, the ids of feedback from a session in which an alert was raised: a day before it or after."""
    return await near_alerts(work, [Spoken(one.id, one.conversation_id, one.created_at) for one in feedback])


async def near_alerts(work: Work, spoken: Collection[Spoken]) -> set[str]:
    """The same of anything that was said. A person may raise an alert days after the words that it is for."""
    chats = {one.conversation_id for one in spoken}
    rows = await work.session.execute(
        select(Alert.conversation_id, Alert.raised_at, Message.received_at)
        .outerjoin(Message, Message.id == Alert.message_id)
        .where(Alert.conversation_id.in_(chats))
    )
    alerts: dict[str, list[datetime]] = {}
    for conversation_id, *moments in rows:
        alerts.setdefault(conversation_id, []).extend(at for at in moments if at is not None)
    return {
        one.id for one in spoken if any(abs(one.at - at) <= ALERT_NEAR for at in alerts.get(one.conversation_id, ()))
    }


async def is_kept_out(work: Work, feedback_id: str) -> bool:
    """True for feedback near an alert, and for one that was split: its parts count."""
    feedback = await work.session.get_one(Feedback, feedback_id)
    detail = await work.session.get(FeedbackDetail, feedback_id)
    if detail is not None and detail.split_at is not None:
        return True
    return bool(await near_alert(work, [feedback]))


async def of_conversation(work: Work, conversation_id: str) -> list[Feedback]:
    rows = await work.session.scalars(
        select(Feedback).where(Feedback.conversation_id == conversation_id).order_by(Feedback.created_at)
    )
    return list(rows)


# --- The queue ---


def _undecided(viewer: Viewer) -> ColumnElement[bool]:
    """No decision stands. An undoing counts against the decision that it took back."""
    decided = select(func.count()).where(
        ThemeDecision.feedback_id == Feedback.id, ThemeDecision.kind == DecisionKind.DECIDED
    )
    undone = select(func.count()).where(
        ThemeDecision.feedback_id == Feedback.id, ThemeDecision.kind == DecisionKind.UNDONE
    )
    return and_(
        decided.scalar_subquery() <= undone.scalar_subquery(),
        FeedbackDetail.split_at.is_(None),
        readable_by(viewer),
    )


def _for_second(viewer: Viewer) -> ColumnElement[bool]:
    """In the sample, decided by somebody else, and not read by a second officer."""
    second = aliased(ThemeDecision)
    return and_(
        FeedbackDetail.second_coder,
        FeedbackDetail.split_at.is_(None),
        exists().where(
            ThemeDecision.feedback_id == Feedback.id,
            ThemeDecision.kind == DecisionKind.DECIDED,
            ThemeDecision.by != viewer.staff_id,
        ),
        ~exists().where(
            ThemeDecision.feedback_id == Feedback.id,
            ThemeDecision.kind == DecisionKind.DECIDED,
            ThemeDecision.by == viewer.staff_id,
        ),
        ~exists().where(second.feedback_id == Feedback.id, second.kind == DecisionKind.SECOND),
        readable_by(viewer),
    )


@dataclass(frozen=True)
class Waiting:
    """Feedback that waits for a decision. The first of `ids` is the oldest."""

    ids: Sequence[str] = field(default_factory=tuple)
    count: int = 0


MOST_LOOKED_AT = 500


async def queue(work: Work, viewer: Viewer, *, second: bool = False) -> Waiting:
    """Oldest first, without what is near an alert. At most 500 are looked at."""
    wanted = _for_second(viewer) if second else _undecided(viewer)
    rows = await work.session.scalars(
        select(Feedback)
        .join(FeedbackDetail, FeedbackDetail.feedback_id == Feedback.id)
        .join(Conversation, Conversation.id == Feedback.conversation_id)
        .where(wanted)
        .order_by(Feedback.created_at, Feedback.id)
        .limit(MOST_LOOKED_AT)
    )
    found = list(rows)
    out = await near_alert(work, found)
    ids = [one.id for one in found if one.id not in out]
    return Waiting(ids, len(ids))


async def one(work: Work, viewer: Viewer, feedback_id: str) -> Opened:
    """Raises NotThere, also when it is there and not theirs to read, or near an alert."""
    found = (
        await work.session.execute(
            select(Feedback, FeedbackDetail, Conversation.designation)
            .join(FeedbackDetail, FeedbackDetail.feedback_id == Feedback.id)
            .join(Conversation, Conversation.id == Feedback.conversation_id)
            .where(Feedback.id == feedback_id, readable_by(viewer))
        )
    ).first()
    if found is None or await near_alert(work, [found[0]]):
        raise NotThere
    feedback, detail, designation = found
    words = await shown(work, [*feedback.words, *detail.better_words])
    decisions = await decisions_of(work, feedback_id)
    return Opened(
        id=feedback.id,
        conversation_id=feedback.conversation_id,
        designation=designation,
        kind=FeedbackKind(feedback.kind),
        said=[(message_id, words[message_id]) for message_id in feedback.words if message_id in words],
        better=[words[message_id] for message_id in detail.better_words if message_id in words],
        created_at=feedback.created_at,
        detail=detail,
        suggested=await suggestion_of(work, feedback_id),
        choice=await choice_of(work, feedback_id),
        decided=standing(decisions, DecisionKind.DECIDED),
        second=standing(decisions, DecisionKind.SECOND),
    )


async def split(work: Work, feedback_id: str, from_message: str, by: str, at: datetime) -> tuple[Feedback, Feedback]:
    """Make two of one: what was said before this message, and from it on. What was chosen goes with both.

    Raises NotThere, ValueError when there is nothing on one side, or it has been split.
    """
    feedback = await work.session.get(Feedback, feedback_id, with_for_update=True)
    detail = await work.session.get(FeedbackDetail, feedback_id)
    if feedback is None or detail is None:
        raise NotThere
    if detail.split_at is not None or from_message not in feedback.words[1:]:
        raise ValueError("It cannot be split there.")
    place = feedback.words.index(from_message)
    parts = [await _part(work, feedback, detail, words) for words in (feedback.words[:place], feedback.words[place:])]
    detail.split_at, detail.split_by = at, by
    await work.session.flush()
    return parts[0], parts[1]


async def _part(work: Work, whole: Feedback, detail: FeedbackDetail, words: list[str]) -> Feedback:
    # A part is keyed on its last message: the whole is keyed on the message that ended the form, or on its first.
    part = Feedback(
        message_id=await _free_key(work, words),
        conversation_id=whole.conversation_id,
        kind=whole.kind,
        words=list(words),
        consent=whole.consent,
        created_at=whole.created_at,
    )
    work.session.add(part)
    await work.session.flush()
    new = NewDetail(
        detail.age_band,
        detail.home_kind,
        detail.may_train,
        detail.wants_to_hear,
        detail.better_words,
        detail.pass_on_to,
        split_from=whole.id,
    )
    await keep_detail(work, part.id, new)
    return part


async def _free_key(work: Work, words: Sequence[str]) -> str:
    taken = set(await work.session.scalars(select(Feedback.message_id).where(Feedback.message_id.in_(words))))
    free = next((one for one in reversed(words) if one not in taken), None)
    if free is None:
        raise ValueError("It cannot be split there.")
    return free


# --- What is learned and measured ---


@dataclass(frozen=True)
class Lesson:
    """Feedback that an officer decided and whose writer agreed. Near an alert there is none."""

    feedback_id: str
    text: str
    themes: Sequence[str]
    sentiment: Sentiment | None
    blind: bool


async def lessons(work: Work) -> list[Lesson]:
    """Those with a theme, oldest first. The blind ones are for measuring a model, never for learning."""
    rows = list(
        await work.session.scalars(
            select(Feedback)
            .join(FeedbackDetail, FeedbackDetail.feedback_id == Feedback.id)
            .where(
                FeedbackDetail.may_train,
                FeedbackDetail.split_at.is_(None),
                exists().where(ThemeDecision.feedback_id == Feedback.id, ThemeDecision.kind == DecisionKind.DECIDED),
            )
            .order_by(Feedback.created_at, Feedback.id)
        )
    )
    out = await near_alert(work, rows)
    found = [await _lesson(work, row) for row in rows if row.id not in out]
    return [one for one in found if one is not None]


async def _lesson(work: Work, feedback: Feedback) -> Lesson | None:
    decided = standing(await decisions_of(work, feedback.id), DecisionKind.DECIDED)
    words = await shown(work, feedback.words)
    text = "\n".join(words[one] for one in feedback.words if one in words)
    if decided is None or not decided.themes or not text.strip():
        return None
    choice = await choice_of(work, feedback.id)
    felt = (choice.sentiment if choice else None) or decided.themes[0].sentiment
    return Lesson(feedback.id, text, [one.theme for one in decided.themes], felt, decided.blind)


@dataclass(frozen=True)
class Pair:
    """Two opinions of the same feedback, as sets of themes."""

    first: frozenset[str]
    second: frozenset[str]


async def blind_pairs(work: Work) -> list[Pair]:
    """What the machine would have tagged beside what an officer decided without seeing it. No words are opened."""
    return await _pairs(work, DecisionKind.DECIDED)


async def coder_pairs(work: Work) -> list[Pair]:
    """What the first officer decided beside what a second one did."""
    return await _pairs(work, DecisionKind.SECOND)


async def _pairs(work: Work, kind: DecisionKind) -> list[Pair]:
    ids = await work.session.scalars(
        select(ThemeDecision.feedback_id).where(ThemeDecision.kind == kind, ThemeDecision.blind).distinct()
    )
    found = []
    for feedback_id in list(ids):
        rows = await decisions_of(work, feedback_id)
        decided = standing(rows, DecisionKind.DECIDED)
        if kind is DecisionKind.SECOND:
            other = standing(rows, DecisionKind.SECOND)
            beside = None if other is None else other.themes
        else:
            suggested = await suggestion_of(work, feedback_id)
            beside = None if suggested is None else suggested.tagged
        if decided is not None and beside is not None:
            found.append(Pair(frozenset(one.theme for one in decided.themes), frozenset(one.theme for one in beside)))
    return found


async def words_between(work: Work, since: datetime, until: datetime) -> list[tuple[str, str]]:
    """Conversation and words of each piece of feedback in [since, until), without what is near an alert."""
    rows = list(
        await work.session.scalars(
            select(Feedback)
            .join(FeedbackDetail, FeedbackDetail.feedback_id == Feedback.id)
            .where(Feedback.created_at >= since, Feedback.created_at < until, FeedbackDetail.split_at.is_(None))
        )
    )
    out = await near_alert(work, rows)
    found = []
    for row in rows:
        if row.id not in out:
            words = await shown(work, row.words)
            found.append((row.conversation_id, " ".join(words.values())))
    return found


# --- The codebook, as officers change it ---


async def merges(work: Work) -> Mapping[str, str]:
    """From each theme that was merged to the one that it went into."""
    rows = await work.session.execute(select(ThemeMerge.theme, ThemeMerge.into))
    return {row.theme: row.into for row in rows}


async def merge(work: Work, theme: str, into: str, by: str, at: datetime) -> bool:
    """Let a theme go on in another. False when it has been merged already. Raises ValueError for a ring."""
    known = await merges(work)
    if theme in known:
        return False
    onward = into
    while onward in known:
        onward = known[onward]
    if theme in (into, onward):
        raise ValueError("A theme cannot go on in itself.")
    work.session.add(ThemeMerge(theme=theme, into=into, by=by, at=at))
    await work.session.flush()
    return True


async def unmerge(work: Work, theme: str) -> None:
    """Take a merge back."""
    row = await work.session.get(ThemeMerge, theme)
    if row is not None:
        await work.session.delete(row)
        await work.session.flush()


async def propose(work: Work, name: str, why: str, feedback_id: str | None, by: str) -> str:
    """The id of the proposal."""
    row = ThemeProposal(
        name_sealed=work.keys.encrypt(name), why_sealed=work.keys.encrypt(why), feedback_id=feedback_id, by=by
    )
    work.session.add(row)
    await work.session.flush()
    return row.id


@dataclass(frozen=True)
class Proposed:
    name: str
    why: str
    by: str
    at: datetime


async def proposals(work: Work) -> list[Proposed]:
    """Newest first."""
    rows = await work.session.scalars(select(ThemeProposal).order_by(ThemeProposal.at.desc()))
    return [
        Proposed(work.keys.decrypt(one.name_sealed), work.keys.decrypt(one.why_sealed), one.by, one.at) for one in rows
    ]


async def ids_since(work: Work, since: datetime) -> list[str]:
    """Feedback from this moment on, to be counted afresh after the codebook changed."""
    rows = await work.session.scalars(select(Feedback.id).where(Feedback.created_at >= since))
    return list(rows)


async def forget_conversation(work: Work, conversation_id: str) -> None:
    """Delete everything about the feedback of a chat: suggestions, choices, decisions, quotes and what it was told.

    The feedback itself goes with its messages, and its figures by `counted_themes.forget_conversation`. A model that
    learned from it is made anew by the next `ovos train`.
    """
    mine = select(Feedback.id).where(Feedback.conversation_id == conversation_id)
    for table in (ThemeSuggestion, ThemeChoice, ThemeDecision, FeedbackDetail):
        gone = delete(table).where(table.feedback_id.in_(mine))
        await work.session.execute(gone.execution_options(synchronize_session="fetch"))
    for told in (Quote, PromiseTold):
        gone = delete(told).where(told.conversation_id == conversation_id)
        await work.session.execute(gone.execution_options(synchronize_session="fetch"))


async def passed_on(work: Work, feedback_id: str, by: str) -> str:
    """Good news has been passed on; the conversation that it came from. Raises NotThere when that was done before."""
    detail = await work.session.get(FeedbackDetail, feedback_id, with_for_update=True)
    if detail is None or detail.pass_on_to is None or detail.passed_on_at is not None:
        raise NotThere
    detail.passed_on_at, detail.passed_on_by = now(), by
    await work.session.flush()
    feedback = await work.session.get_one(Feedback, feedback_id)
    return feedback.conversation_id


async def texts(work: Work, message_ids: Sequence[str]) -> list[str]:
    """The words of these messages, in order, uncovered: for the model and for the young person's own copy."""
    return await messages.texts(work, list(message_ids))
