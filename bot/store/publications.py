"""Summaries as they are kept: drafts, signatures, what was published, and what the board answered."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, select, update

from bot.store.database import Work
from bot.store.report_models import (
    BoardAnswer,
    BoardReply,
    Publication,
    PublicationState,
    Signature,
    SignedAs,
)


class Changed(Exception):
    """Somebody else changed the draft meanwhile, or it is no draft any more."""


class QuarterPublished(Exception):
    """A quarter is published once."""


@dataclass(frozen=True)
class Kept:
    """A summary with its page as JSON."""

    id: str
    quarter: str
    state: PublicationState
    page: str
    page_hash: str
    quotes_of: tuple[str, ...]
    version: int
    prepared_by: str
    prepared_at: datetime
    published_by: str | None
    published_at: datetime | None
    meeting_on: date | None
    reminded_at: datetime | None


@dataclass(frozen=True)
class Signed:
    """A signature. `stands` while the page is what was signed."""

    signed_as: SignedAs
    staff_id: str
    page_hash: str
    agrees: bool
    dissent: str | None
    at: datetime


@dataclass(frozen=True)
class Reply:
    """What the board answered to one decision."""

    n: int
    answer: BoardAnswer
    words: str
    owner: str | None
    due_on: date | None
    written_by: str
    written_at: datetime
    promise_id: str | None = None


def hash_of(page: str) -> str:
    """SHA-256 of the page's JSON, 64 hexadecimal digits."""
    return hashlib.sha256(page.encode()).hexdigest()


async def begin(work: Work, quarter: str, page: str, by: str, at: datetime) -> str:
    """A new draft; its id. The earlier draft of the quarter is laid aside. Raises QuarterPublished."""
    if await published_of(work, quarter) is not None:
        raise QuarterPublished
    await work.session.execute(
        update(Publication)
        .where(Publication.quarter == quarter, Publication.state == PublicationState.DRAFT)
        .values(state=PublicationState.LAID_ASIDE)
        .execution_options(synchronize_session=False)
    )
    made = Publication(
        quarter=quarter,
        page_sealed=work.keys.encrypt(page),
        page_hash=hash_of(page),
        prepared_by=by,
        prepared_at=at,
    )
    work.session.add(made)
    await work.session.flush()
    return made.id


@dataclass(frozen=True)
class Edit:
    """A draft as somebody leaves it. `version` is the one that they had before them."""

    version: int
    page: str
    quotes_of: Sequence[str]
    meeting_on: date | None
    by: str
    at: datetime


async def change(work: Work, publication_id: str, edit: Edit) -> None:
    """Put a page in the place of the draft's, prepared by whoever changed it last. Signatures of the page before it do
    not stand any more. Raises Changed, LookupError."""
    row = await _draft(work, publication_id)
    if row.version != edit.version:
        raise Changed
    row.page_sealed, row.page_hash = work.keys.encrypt(edit.page), hash_of(edit.page)
    row.quotes_of, row.meeting_on, row.version = list(edit.quotes_of), edit.meeting_on, edit.version + 1
    row.prepared_by, row.prepared_at = edit.by, edit.at
    await work.session.flush()


async def set_meeting(work: Work, publication_id: str, on: date) -> None:
    """When the board meets about a draft. Raises Changed, LookupError."""
    (await _draft(work, publication_id)).meeting_on = on
    await work.session.flush()


async def publish(work: Work, publication_id: str, page: str, by: str, at: datetime) -> None:
    """Freeze this page. What it was made from is forgotten. Raises Changed, QuarterPublished, LookupError."""
    row = await _draft(work, publication_id)
    if await published_of(work, row.quarter) is not None:
        raise QuarterPublished
    row.page_sealed, row.page_hash, row.quotes_of = work.keys.encrypt(page), hash_of(page), []
    row.state, row.published_by, row.published_at = PublicationState.PUBLISHED, by, at
    await work.session.flush()


async def _draft(work: Work, publication_id: str) -> Publication:
    row = await work.session.get(Publication, publication_id, with_for_update=True, populate_existing=True)
    if row is None:
        raise LookupError("There is no such summary.")
    if row.state != PublicationState.DRAFT:
        raise Changed
    return row


async def one(work: Work, publication_id: str) -> Kept | None:
    found = await _kept(work, Publication.id == publication_id)
    return found[0] if found else None


async def published(work: Work) -> list[Kept]:
    """What was published, newest quarter first."""
    return await _kept(work, Publication.state == PublicationState.PUBLISHED)


async def published_of(work: Work, quarter: str) -> Kept | None:
    found = await _kept(work, Publication.state == PublicationState.PUBLISHED, Publication.quarter == quarter)
    return found[0] if found else None


async def drafts(work: Work) -> list[Kept]:
    return await _kept(work, Publication.state == PublicationState.DRAFT)


async def _kept(work: Work, *conditions: object) -> list[Kept]:
    rows = await work.session.scalars(
        select(Publication)
        .where(*conditions)  # type: ignore[arg-type]
        .order_by(Publication.quarter.desc(), Publication.prepared_at.desc())
        .execution_options(populate_existing=True)
    )
    return [
        Kept(
            id=row.id,
            quarter=row.quarter,
            state=PublicationState(row.state),
            page=work.keys.decrypt(row.page_sealed),
            page_hash=row.page_hash,
            quotes_of=tuple(str(one) for one in row.quotes_of),
            version=row.version,
            prepared_by=row.prepared_by,
            prepared_at=row.prepared_at,
            published_by=row.published_by,
            published_at=row.published_at,
            meeting_on=row.meeting_on,
            reminded_at=row.reminded_at,
        )
        for row in rows
    ]


# --- Signatures ---


async def sign(work: Work, publication_id: str, signed: Signed) -> None:
    """Keep a signature in the place of the earlier one of its kind."""
    where = Signature.publication_id == publication_id, Signature.signed_as == signed.signed_as
    await work.session.execute(delete(Signature).where(*where).execution_options(synchronize_session=False))
    work.session.add(
        Signature(
            publication_id=publication_id,
            signed_as=signed.signed_as,
            staff_id=signed.staff_id,
            page_hash=signed.page_hash,
            agrees=signed.agrees,
            dissent_sealed=None if signed.dissent is None else work.keys.encrypt(signed.dissent),
            at=signed.at,
        )
    )
    await work.session.flush()


async def signatures(work: Work, publication_id: str) -> dict[SignedAs, Signed]:
    rows = await work.session.scalars(select(Signature).where(Signature.publication_id == publication_id))
    return {
        SignedAs(row.signed_as): Signed(
            signed_as=SignedAs(row.signed_as),
            staff_id=row.staff_id,
            page_hash=row.page_hash,
            agrees=row.agrees,
            dissent=None if row.dissent_sealed is None else work.keys.decrypt(row.dissent_sealed),
            at=row.at,
        )
        for row in rows
    }


# --- The board's answer ---


async def reply(work: Work, publication_id: str, replies: Sequence[Reply]) -> None:
    """Keep what the board answered, in the place of what was written down before."""
    where = BoardReply.publication_id == publication_id
    await work.session.execute(delete(BoardReply).where(where).execution_options(synchronize_session=False))
    for answered in replies:
        work.session.add(
            BoardReply(
                publication_id=publication_id,
                n=answered.n,
                answer=answered.answer,
                words_sealed=work.keys.encrypt(answered.words),
                owner=answered.owner,
                due_on=answered.due_on,
                promise_id=answered.promise_id,
                written_by=answered.written_by,
                written_at=answered.written_at,
            )
        )
    await work.session.flush()


async def replies(work: Work, publication_id: str) -> list[Reply]:
    rows = await work.session.scalars(
        select(BoardReply).where(BoardReply.publication_id == publication_id).order_by(BoardReply.n)
    )
    return [
        Reply(
            n=row.n,
            answer=BoardAnswer(row.answer),
            words=work.keys.decrypt(row.words_sealed),
            owner=row.owner,
            due_on=row.due_on,
            promise_id=row.promise_id,
            written_by=row.written_by,
            written_at=row.written_at,
        )
        for row in rows
    ]


async def waiting_for_the_board(work: Work, met_before: date) -> list[Kept]:
    """Published, the meeting was before this day, and nobody has written down what the board answered."""
    answered = select(1).where(BoardReply.publication_id == Publication.id).exists()
    conditions = (Publication.state == PublicationState.PUBLISHED, Publication.meeting_on < met_before, ~answered)
    return await _kept(work, *conditions)


async def note_reminded(work: Work, publication_id: str, at: datetime) -> None:
    row = await work.session.get_one(Publication, publication_id)
    row.reminded_at = at
    await work.session.flush()
