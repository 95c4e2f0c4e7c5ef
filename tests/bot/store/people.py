"""Staff for tests that only need somebody to be there."""

from __future__ import annotations

from bot.store import Store
from bot.store.models import new_id
from bot.store.staff_models import Role, Staff


async def hired(store: Store, role: Role = Role.PARTICIPATION_OFFICER, name: str = "Asha Patel") -> str:
    """The id of a new member of staff."""
    async with store.begin() as work:
        staff = Staff(email=f"{new_id()}@example.org", name=name, role=role)
        work.session.add(staff)
        await work.session.flush()
        return staff.id
