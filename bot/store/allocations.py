"""The allocation list, the codes that link a conversation to a case, and who is here on a day."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import delete, func, select, update

from bot.store.casework_models import Allocation, ConversationLink, LinkCode, LinkCodeGuess
from bot.store.database import Work
from bot.store.staff_models import Absence, Role, Staff

PEOPLE = ("worker", "personal_adviser", "iro", "manager")
COLUMNS = (*PEOPLE, "team")


@dataclass(frozen=True)
class Account:
    """Somebody who can sign in. `cover_id` is set when they are away on the day that was asked about."""

    id: str
    email: str
    role: Role
    cover_id: str | None


async def accounts_on(work: Work, day: date) -> list[Account]:
    rows = await work.session.execute(
        select(Staff.id, Staff.email, Staff.role, func.min(Absence.cover_id))
        .outerjoin(Absence, (Absence.staff_id == Staff.id) & (Absence.first_day <= day) & (Absence.last_day >= day))
        .where(Staff.disabled_at.is_(None))
        .group_by(Staff.id, Staff.email, Staff.role)
    )
    return [Account(staff_id, email, Role(role), cover_id) for staff_id, email, role, cover_id in rows]


async def of_conversation(work: Work, conversation_id: str) -> Allocation | None:
    """The case that a conversation is linked to."""
    return await work.session.scalar(
        select(Allocation)
        .join(ConversationLink, ConversationLink.reference_hash == Allocation.reference_hash)
        .where(ConversationLink.conversation_id == conversation_id)
    )


async def everything(work: Work) -> dict[str, Allocation]:
    """All lines by the hash of their reference, emptied ones too."""
    return {line.reference_hash: line for line in await work.session.scalars(select(Allocation))}


async def by_reference(work: Work, reference_hash: str) -> Allocation | None:
    return await work.session.get(Allocation, reference_hash)


async def of_worker(work: Work, email: str) -> list[Allocation]:
    """The cases in which somebody is the social worker or the personal adviser."""
    mine = (Allocation.worker == email) | (Allocation.personal_adviser == email)
    return list(await work.session.scalars(select(Allocation).where(mine)))


async def put(work: Work, reference_hash: str, reference: str, values: Mapping[str, str | None], at: datetime) -> None:
    """Add or change a line. `values` has a value for each of COLUMNS."""
    line = await work.session.get(Allocation, reference_hash)
    if line is None:
        line = Allocation(reference_hash=reference_hash)
        work.session.add(line)
    line.reference_sealed = work.keys.encrypt(reference)
    line.imported_at = at
    for column in COLUMNS:
        setattr(line, column, values[column])
    await work.session.flush()


async def empty(work: Work, reference_hash: str, at: datetime) -> None:
    """Nobody has the case any more. The line stays: links and codes hang on it."""
    nothing: dict[str, str | None] = dict.fromkeys(COLUMNS)
    await work.session.execute(
        update(Allocation)
        .where(Allocation.reference_hash == reference_hash)
        .values(imported_at=at, **nothing)
        .execution_options(synchronize_session="fetch")
    )


async def linked_conversations(work: Work, reference_hashes: Collection[str]) -> list[str]:
    rows = await work.session.execute(select(ConversationLink.conversation_id, ConversationLink.reference_hash))
    wanted = set(reference_hashes)
    return [conversation_id for conversation_id, reference_hash in rows if reference_hash in wanted]


async def link_of(work: Work, conversation_id: str) -> ConversationLink | None:
    return await work.session.get(ConversationLink, conversation_id)


async def link(work: Work, conversation_id: str, reference_hash: str, at: datetime) -> None:
    work.session.add(ConversationLink(conversation_id=conversation_id, reference_hash=reference_hash, linked_at=at))
    await work.session.flush()


async def add_code(
    work: Work, code_hash: str, reference_hash: str, staff_id: str, made_at: datetime, expires_at: datetime
) -> None:
    work.session.add(
        LinkCode(
            code_hash=code_hash,
            reference_hash=reference_hash,
            made_by=staff_id,
            made_at=made_at,
            expires_at=expires_at,
        )
    )
    await work.session.flush()


async def usable_code(work: Work, code_hash: str, at: datetime) -> LinkCode | None:
    """The code while it is unused and not too old, locked so that it is used once."""
    return await work.session.scalar(
        select(LinkCode)
        .where(LinkCode.code_hash == code_hash, LinkCode.used_at.is_(None), LinkCode.expires_at > at)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def any_code(work: Work) -> bool:
    return await work.session.scalar(select(LinkCode.code_hash).limit(1)) is not None


async def code_exists(work: Work, code_hash: str) -> bool:
    return await work.session.get(LinkCode, code_hash) is not None


async def any_of_codes(work: Work, code_hashes: Collection[str]) -> bool:
    found = select(LinkCode.code_hash).where(LinkCode.code_hash.in_(code_hashes)).limit(1)
    return await work.session.scalar(found) is not None


async def note_guess(work: Work, conversation_id: str, at: datetime) -> None:
    work.session.add(LinkCodeGuess(conversation_id=conversation_id, at=at))
    await work.session.flush()


async def guesses(work: Work, since: datetime, conversation_id: str | None = None) -> int:
    """Codes that opened nothing since then, of one conversation or of all."""
    query = select(func.count()).select_from(LinkCodeGuess).where(LinkCodeGuess.at >= since)
    if conversation_id is not None:
        query = query.where(LinkCodeGuess.conversation_id == conversation_id)
    return await work.session.scalar(query) or 0


async def forget_guesses(work: Work, before: datetime) -> None:
    await work.session.execute(
        delete(LinkCodeGuess).where(LinkCodeGuess.at < before).execution_options(synchronize_session=False)
    )
