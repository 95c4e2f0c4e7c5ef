"""The door for a check of our own: it lets one made-up update in, where Telegram's own updates come in.

What is let in is an update as Telegram writes it, from a chat that nobody can have. From here on it goes the way of
every update: read as JSON by `arrived`, put in line, handed to the desk, stored, screened, answered through the outbox.
The sender makes each answer ready for that chat and holds it back (`TelegramDelivery`).

So a check shows that a message which has reached this process gets its alert and its answer. It shows nothing about
Telegram: not its servers, not the token, not the asking for updates or the webhook. `ovos_telegram_down` watches those.
"""

from __future__ import annotations

import hmac
import time
from typing import Annotated, Any

import structlog
from aiohttp import web
from pydantic import BaseModel, Field, ValidationError

from bot.store import Store, Work, probes, telegram
from bot.store.models import Channel
from connectors.telegram.arrived import arrived
from connectors.telegram.desk import Desk, InOrder

PATH = "/telegram/check"
SECRET_HEADER = "X-Ovos-Check"  # noqa: S105 - the header's name, not a secret
# An id of a user has at most 52 significant bits (core.telegram.org/bots/api#user), so nobody has one from here on.
NOBODY = 2**52
DIGITS = 10  # of the check's own id: each check has a chat of its own

log = structlog.get_logger()


class Asked(BaseModel):
    """Which check it is, and what it says."""

    probe: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    text: Annotated[str, Field(min_length=1, max_length=500)]


class CheckDoor:
    """One route. It opens only for a check that the store knows to be running, and once for each."""

    def __init__(self, store: Store, desk: Desk, in_order: InOrder) -> None:
        self._store = store
        self._desk = desk
        self._in_order = in_order
        self._secret: str | None = None

    def add_to(self, app: web.Application) -> None:
        app.router.add_post(PATH, self.take)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """204 once the update is stored and screened; 403 without the secret, 404 for a check that is not running."""
        if self._secret is None:
            async with self._store.begin() as work:
                self._secret = await telegram.check_secret(work)
        if not hmac.compare_digest(request.headers.get(SECRET_HEADER, "").encode(), self._secret.encode()):
            log.warning("telegram_forged_check")
            return web.Response(status=403)
        try:
            asked = Asked.model_validate_json(await request.text())
        except ValidationError:
            return web.Response(status=400)
        async with self._store.begin() as work:
            opened = await self._open(work, asked.probe)
        if not opened:
            return web.Response(status=404)
        one = arrived(update_of(asked))
        if one is not None:
            await self._in_order.take(one)
        return web.Response(status=204)

    async def _open(self, work: Work, probe_id: str) -> bool:
        """The check's conversation, marked as one before anything can be sent there, as of somebody who is 16."""
        if not await probes.is_awaited(work, probe_id, Channel.TELEGRAM):
            return False
        chat = await self._desk.open_for(work, chat_of(probe_id))
        await telegram.note_passed(work, chat.chat_hash)
        await probes.mark_opened(work, probe_id, chat.conversation_id)
        return True


def chat_of(probe_id: str) -> int:
    """The number of the chat that a check writes from."""
    return NOBODY + int(probe_id[:DIGITS], 16)


def update_of(asked: Asked) -> dict[str, Any]:
    """One update with one text, as the Bot API writes it."""
    number = chat_of(asked.probe)
    return {
        "update_id": 0,
        "message": {
            "message_id": 1,
            "date": int(time.time()),
            "chat": {"id": number, "type": "private"},
            "from": {"id": number, "is_bot": False, "first_name": ""},
            "text": asked.text,
        },
    }
