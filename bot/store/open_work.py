"""What is still open in somebody's name, so that nothing is left with an account that nobody uses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select, update

from bot.store import absences
from bot.store.database import Work
from bot.store.models import Conversation, Request, RequestState
from bot.store.staff_models import Absence

FINISHED = (RequestState.DONE, RequestState.CLOSED_NO_REPLY, RequestState.WITHDRAWN)


@dataclass(frozen=True)
class OpenWork:
    """Requests assigned or climbed to a person, conversations that they hold, absences in which they are the cover."""

    requests: Sequence[Request]
    conversations: Sequence[str]
    covers: Sequence[Absence]

    def __bool__(self) -> bool:
        return bool(self.requests or self.conversations or self.covers)


async def open_work_of(work: Work, staff_id: str, today: date) -> OpenWork:
    """The soonest due request first."""
    requests = await work.session.scalars(
        select(Request)
        .where(
            or_(Request.assigned_to == staff_id, Request.climbed_to == staff_id), Request.state.not_in(list(FINISHED))
        )
        .order_by(Request.due_on.is_(None), Request.due_on, Request.created_at)
    )
    held = await work.session.scalars(
        select(Conversation.id).where(Conversation.held_by == staff_id).order_by(Conversation.held_at)
    )
    return OpenWork(list(requests), list(held), await absences.covered_by(work, staff_id, today))


async def give_conversations_to(work: Work, staff_id: str, to: str, at: datetime) -> None:
    """The conversations that one member of staff holds are held by another, and the bot stays quiet in them."""
    await work.session.execute(
        update(Conversation)
        .where(Conversation.held_by == staff_id)
        .values(held_by=to, held_at=at)
        .execution_options(synchronize_session=False)
    )


async def give_covers_to(work: Work, staff_id: str, new_cover_id: str | None, today: date) -> None:
    """Another cover in the absences that this person covers; without one, or for one's own absence, none at all."""
    for absence in await absences.covered_by(work, staff_id, today):
        if new_cover_id is None or absence.staff_id == new_cover_id:
            await work.session.delete(absence)
        else:
            absence.cover_id = new_cover_id
    await work.session.flush()
