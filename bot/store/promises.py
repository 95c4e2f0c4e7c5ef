"""Promises ("you said, we did"): to whom they are told, what is answered, and which are closed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

from sqlalchemy import func, select

from bot.store.casework_models import Answer
from bot.store.database import Work
from bot.store.models import Feedback
from bot.store.report_models import CountedTheme
from bot.store.requests import NotThere
from bot.store.theme_models import FeedbackDetail, Promise, PromiseState, PromiseTold

OPEN = frozenset({PromiseState.PLANNED, PromiseState.DONE, PromiseState.CANNOT})


class ChangedMeanwhile(Exception):
    """Somebody else changed it since the page was opened."""


@dataclass(frozen=True)
class NewPromise:
    """`action` and `because` are in words that young people are told."""

    quarter: str
    themes: Sequence[str]
    action: str
    owner: str
    due_on: date | None
    by: str
    at: datetime
    state: PromiseState = PromiseState.PLANNED
    because: str | None = None


@dataclass(frozen=True)
class PromiseRead:
    """A promise with what came of it. `answers` counts chats by their newest answer; `told` counts chats."""

    id: str
    quarter: str
    themes: Sequence[str]
    action: str
    owner: str
    due_on: date | None
    state: PromiseState
    because: str | None
    created_at: datetime
    state_at: datetime
    told_at: datetime | None
    closed_by: str | None
    version: int
    told: int = 0
    answers: Mapping[Answer, int] = field(default_factory=dict)

    def is_late(self, today: date) -> bool:
        """Still only planned after its day."""
        return self.state is PromiseState.PLANNED and self.due_on is not None and self.due_on < today


async def add(work: Work, new: NewPromise) -> Promise:
    row = Promise(
        quarter=new.quarter,
        themes=list(new.themes),
        action_sealed=work.keys.encrypt(new.action),
        owner=new.owner,
        due_on=new.due_on,
        state=new.state,
        because_sealed=None if new.because is None else work.keys.encrypt(new.because),
        created_by=new.by,
        created_at=new.at,
        state_at=new.at,
    )
    work.session.add(row)
    await work.session.flush()
    return row


async def promises_of(work: Work, quarter: str) -> list[PromiseRead]:
    """What was promised on the feedback of this quarter, oldest first; without what was entered by mistake."""
    return await _read(work, Promise.quarter == quarter)


async def open_promises(work: Work) -> list[PromiseRead]:
    """Every promise that is not closed, of any quarter: nothing drops off until young people or OVOS say so."""
    return await _read(work, Promise.state.in_(OPEN))


async def everything(work: Work) -> list[PromiseRead]:
    return await _read(work, Promise.id.is_not(None))


async def one(work: Work, promise_id: str) -> PromiseRead:
    """Raises NotThere."""
    found = await _read(work, Promise.id == promise_id)
    if not found:
        raise NotThere
    return found[0]


async def _read(work: Work, condition: object) -> list[PromiseRead]:
    rows = list(
        await work.session.scalars(
            select(Promise)
            .where(condition, Promise.state != PromiseState.LAID_ASIDE)  # type: ignore[arg-type]
            .order_by(Promise.created_at, Promise.id)
        )
    )
    told = await _told(work, [row.id for row in rows])
    return [_opened(work, row, told.get(row.id, {})) for row in rows]


async def _told(work: Work, ids: Collection[str]) -> dict[str, dict[str, Answer | None]]:
    """By promise and chat, the answer to the newest question."""
    rows = await work.session.execute(
        select(PromiseTold.promise_id, PromiseTold.conversation_id, PromiseTold.answer)
        .where(PromiseTold.promise_id.in_(list(ids)))
        .order_by(PromiseTold.n)
    )
    told: dict[str, dict[str, Answer | None]] = {}
    for promise_id, conversation_id, answer in rows:
        told.setdefault(promise_id, {})[conversation_id] = None if answer is None else Answer(answer)
    return told


def _opened(work: Work, row: Promise, told: Mapping[str, Answer | None]) -> PromiseRead:
    answers = Counter(answer for answer in told.values() if answer is not None)
    return PromiseRead(
        id=row.id,
        quarter=row.quarter,
        themes=list(row.themes),
        action=work.keys.decrypt(row.action_sealed),
        owner=row.owner,
        due_on=row.due_on,
        state=PromiseState(row.state),
        because=None if row.because_sealed is None else work.keys.decrypt(row.because_sealed),
        created_at=row.created_at,
        state_at=row.state_at,
        told_at=row.told_at,
        closed_by=row.closed_by,
        version=row.version,
        told=len(told),
        answers=answers,
    )


async def locked(work: Work, promise_id: str, version: int | None = None) -> Promise:
    """For changing it. Raises NotThere, ChangedMeanwhile."""
    row = await work.session.get(Promise, promise_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise NotThere
    if version is not None and row.version != version:
        raise ChangedMeanwhile
    row.version += 1
    return row


async def set_state(work: Work, row: Promise, state: PromiseState, at: datetime, because: str | None = None) -> None:
    row.state, row.state_at = state, at
    if because is not None:
        row.because_sealed = work.keys.encrypt(because)
    await work.session.flush()


async def who_raised(work: Work, quarter: str, themes: Collection[str]) -> list[str]:
    """The chats whose feedback is counted in this quarter under one of these themes, and that agreed to hear.

    Counted is what is in force, without what is near an alert. In the order in which they said it.
    """
    rows = await work.session.execute(
        select(Feedback.conversation_id)
        .join(CountedTheme, CountedTheme.feedback_id == Feedback.id)
        .join(FeedbackDetail, FeedbackDetail.feedback_id == Feedback.id)
        .where(CountedTheme.quarter == quarter, CountedTheme.theme.in_(list(themes)), FeedbackDetail.wants_to_hear)
        .order_by(Feedback.created_at, Feedback.id)
    )
    return list(dict.fromkeys(conversation_id for (conversation_id,) in rows))


async def note_told(work: Work, promise_id: str, conversation_id: str, *, asked: bool, at: datetime) -> PromiseTold:
    """A chat is told of a promise. `number` and `n` go into the buttons."""
    mine = PromiseTold.conversation_id == conversation_id
    before = await work.session.scalar(
        select(PromiseTold).where(mine, PromiseTold.promise_id == promise_id).order_by(PromiseTold.n.desc()).limit(1)
    )
    highest = await work.session.scalar(select(func.max(PromiseTold.number)).where(mine)) or 0
    row = PromiseTold(
        promise_id=promise_id,
        conversation_id=conversation_id,
        number=highest + 1 if before is None else before.number,
        n=1 if before is None else before.n + 1,
        asked=asked,
        told_at=at,
    )
    work.session.add(row)
    await work.session.flush()
    return row


async def told_to(work: Work, promise_id: str, conversation_id: str) -> PromiseTold:
    """The newest telling of a promise in a chat. Raises NotThere."""
    row = await work.session.scalar(
        select(PromiseTold)
        .where(PromiseTold.promise_id == promise_id, PromiseTold.conversation_id == conversation_id)
        .order_by(PromiseTold.n.desc())
        .limit(1)
    )
    if row is None:
        raise NotThere
    return row


async def answer(
    work: Work, conversation_id: str, number: int, n: int, said: Answer, message_id: str | None, at: datetime
) -> str:
    """What a young person answers to the newest telling; the promise's id. Raises NotThere for an old question."""
    row = await work.session.scalar(
        select(PromiseTold)
        .where(PromiseTold.conversation_id == conversation_id, PromiseTold.number == number)
        .order_by(PromiseTold.n.desc())
        .limit(1)
        .with_for_update()
    )
    if row is None or row.n != n or not row.asked:
        raise NotThere
    row.answer, row.answered_at, row.answer_message_id = said, at, message_id
    await work.session.flush()
    return row.promise_id
