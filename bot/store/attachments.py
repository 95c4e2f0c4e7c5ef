"""What young people asked to be sent along with a request: kept once, and read with the request."""

from __future__ import annotations

from sqlalchemy import select

from bot.store.attachment_models import RequestAttachment
from bot.store.database import Work
from bot.store.models import Request


async def attach(work: Work, request_id: str, text: str) -> None:
    """Keep the text with the request. A request that has one keeps that."""
    if await of_request(work, request_id) is None:
        work.session.add(RequestAttachment(request_id=request_id, text_sealed=work.keys.encrypt(text)))
        await work.session.flush()


async def of_request(work: Work, request_id: str) -> str | None:
    sealed = await work.session.scalar(
        select(RequestAttachment.text_sealed).where(RequestAttachment.request_id == request_id)
    )
    return None if sealed is None else work.keys.decrypt(sealed)


async def of_conversation(work: Work, conversation_id: str) -> dict[str, str]:
    """By the request's id."""
    rows = await work.session.execute(
        select(RequestAttachment.request_id, RequestAttachment.text_sealed)
        .join(Request, Request.id == RequestAttachment.request_id)
        .where(Request.conversation_id == conversation_id)
    )
    return {request_id: work.keys.decrypt(sealed) for request_id, sealed in rows}
