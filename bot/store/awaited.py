"""What the service has asked for outside any form. It lasts an hour and for one typed message."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import delete

from bot.store.casework_models import Awaited
from bot.store.database import Work

LASTS = timedelta(hours=1)


class What(StrEnum):
    CODE = "code"
    MISSING = "missing"  # what is still missing of an outcome
    WHERE = "where"  # where they are, or how to reach them


async def wait_for(work: Work, conversation_id: str, what: What, at: datetime, request_id: str | None = None) -> None:
    await forget(work, conversation_id)
    work.session.add(Awaited(conversation_id=conversation_id, what=what, request_id=request_id, asked_at=at))
    await work.session.flush()


async def waiting_for(work: Work, conversation_id: str, at: datetime) -> Awaited | None:
    awaited = await work.session.get(Awaited, conversation_id, populate_existing=True)
    return awaited if awaited is not None and at - awaited.asked_at < LASTS else None


async def forget(work: Work, conversation_id: str) -> None:
    await work.session.execute(
        delete(Awaited).where(Awaited.conversation_id == conversation_id).execution_options(synchronize_session="fetch")
    )
