"""Notes of staff on a conversation. Young people do not see them in the chat; a copy of what is held includes them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, select

from bot.store.casework_models import Note
from bot.store.database import Work
from bot.store.models import now
from bot.store.requests import NotThere

LONGEST_NOTE = 5_000  # characters


@dataclass(frozen=True)
class OpenedNote:
    """A note with its words."""

    id: str
    staff_id: str
    text: str
    version: int
    created_at: datetime
    changed_at: datetime
    changed_by: str | None
    request_id: str | None


class ChangedMeanwhile(Exception):
    """Somebody else has changed or deleted the note since it was opened: nothing was overwritten."""

    def __init__(self, present: OpenedNote | None) -> None:
        super().__init__("The note was changed in the meantime.")
        self.present = present


async def write(work: Work, conversation_id: str, staff_id: str, text: str, request_id: str | None = None) -> str:
    """The id of the new note. Raises ValueError for a text that is empty or over 5,000 characters."""
    _check(text)
    note = Note(
        conversation_id=conversation_id,
        request_id=request_id,
        staff_id=staff_id,
        text_sealed=work.keys.encrypt(text),
    )
    work.session.add(note)
    await work.session.flush()
    return note.id


def _check(text: str) -> None:
    if not text.strip() or len(text) > LONGEST_NOTE:
        raise ValueError("A note has from 1 to 5,000 characters.")


async def of_conversation(work: Work, conversation_id: str) -> list[OpenedNote]:
    """The notes that are not deleted, oldest first."""
    rows = await work.session.scalars(
        select(Note)
        .where(Note.conversation_id == conversation_id, Note.deleted_at.is_(None))
        .order_by(Note.created_at, Note.id)
    )
    return [_opened(work, note) for note in rows]


async def one(work: Work, conversation_id: str, note_id: str) -> OpenedNote:
    """Raises NotThere."""
    note = await _found(work, conversation_id, note_id, Note.deleted_at.is_(None))
    if note is None:
        raise NotThere
    return _opened(work, note)


async def change(work: Work, conversation_id: str, note_id: str, version: int, staff_id: str, text: str) -> None:
    """Put a new text in the note that was opened at this version. Raises NotThere, ChangedMeanwhile, ValueError."""
    _check(text)
    note = await _at_version(work, conversation_id, note_id, version)
    note.text_sealed = work.keys.encrypt(text)
    note.version, note.changed_at, note.changed_by = note.version + 1, now(), staff_id
    await work.session.flush()


async def remove(work: Work, conversation_id: str, note_id: str, version: int) -> None:
    """Take the note away; `put_back` undoes it. Raises NotThere, ChangedMeanwhile."""
    note = await _at_version(work, conversation_id, note_id, version)
    note.deleted_at, note.version = now(), note.version + 1
    await work.session.flush()


async def put_back(work: Work, conversation_id: str, note_id: str) -> None:
    """Undo the removal. Raises NotThere when there is no removed note of this id."""
    note = await _found(work, conversation_id, note_id, Note.deleted_at.is_not(None))
    if note is None:
        raise NotThere
    note.deleted_at, note.version = None, note.version + 1
    await work.session.flush()


async def _at_version(work: Work, conversation_id: str, note_id: str, version: int) -> Note:
    note = await _found(work, conversation_id, note_id)
    if note is None:
        raise NotThere
    if note.deleted_at is not None:
        raise ChangedMeanwhile(None)
    if note.version != version:
        raise ChangedMeanwhile(_opened(work, note))
    return note


async def _found(work: Work, conversation_id: str, note_id: str, *conditions: ColumnElement[bool]) -> Note | None:
    query = select(Note).where(Note.id == note_id, Note.conversation_id == conversation_id, *conditions)
    found: Note | None = await work.session.scalar(
        query.with_for_update(of=Note).execution_options(populate_existing=True)
    )
    return found


def _opened(work: Work, note: Note) -> OpenedNote:
    return OpenedNote(
        id=note.id,
        staff_id=note.staff_id,
        text=work.keys.decrypt(note.text_sealed),
        version=note.version,
        created_at=note.created_at,
        changed_at=note.changed_at,
        changed_by=note.changed_by,
        request_id=note.request_id,
    )
