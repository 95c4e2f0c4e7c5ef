"""Saved drafts: what somebody had typed into a box of the console, kept until it is sent or emptied."""

from __future__ import annotations

from sqlalchemy import delete

from bot.store.database import Work
from bot.store.models import now
from bot.store.staff_models import SavedDraft


async def keep(work: Work, staff_id: str, place: str, text: str) -> None:
    """Keep this text for this box, in place of what was kept before. An empty text keeps nothing."""
    if not text:
        await forget(work, staff_id, place)
        return
    await work.session.merge(
        SavedDraft(staff_id=staff_id, place=place, text_sealed=work.keys.encrypt(text), saved_at=now())
    )
    await work.session.flush()


async def read(work: Work, staff_id: str, place: str) -> str | None:
    """What was kept for this box of this person."""
    found = await work.session.get(SavedDraft, (staff_id, place))
    return None if found is None else work.keys.decrypt(found.text_sealed)


async def forget(work: Work, staff_id: str, place: str) -> None:
    """The text was sent, or is not wanted."""
    await work.session.execute(
        delete(SavedDraft)
        .where(SavedDraft.staff_id == staff_id, SavedDraft.place == place)
        .execution_options(synchronize_session=False)
    )
