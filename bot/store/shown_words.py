"""What young people wrote, as plain text for readers: redacted words are covered."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from bot.store import redactions
from bot.store.casework_models import Redaction
from bot.store.database import Work
from bot.store.models import Message


async def shown(work: Work, message_ids: Collection[str]) -> dict[str, str]:
    """The words of these messages by id. Ids that are not there are left out."""
    wanted = list(message_ids)
    rows = await work.session.execute(select(Message.id, Message.text_sealed).where(Message.id.in_(wanted)))
    hidden = await redactions.of_messages(work, wanted)
    return {row.id: _covered(work.keys.decrypt(row.text_sealed), hidden.get(row.id, [])) for row in rows}


def _covered(text: str, hidden: list[Redaction]) -> str:
    return "".join(redactions.MARK if part.gap else part.text for part in redactions.parts_of(text, hidden))
