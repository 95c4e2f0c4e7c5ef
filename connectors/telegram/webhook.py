"""Webhooks: Telegram calls us. A call without the secret is refused before anything in it is looked at."""

from __future__ import annotations

import hmac

import structlog
from aiohttp import web

from connectors.telegram.arrived import Unreadable, arrived
from connectors.telegram.desk import InOrder

PATH = "/telegram/hook"
SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"  # noqa: S105 - the header's name, not a secret

log = structlog.get_logger()


class Webhook:
    """The one route. It answers 200 only once the update is stored; to anything else Telegram sends it again."""

    def __init__(self, desk: InOrder) -> None:
        self._desk = desk
        self.secret: str | None = None

    def add_to(self, app: web.Application) -> None:
        app.router.add_post(PATH, self.take)

    async def take(self, request: web.Request) -> web.StreamResponse:
        shown = request.headers.get(SECRET_HEADER, "")
        if self.secret is None or not hmac.compare_digest(shown.encode(), self.secret.encode()):
            log.warning("telegram_forged_call")
            return web.Response(status=403)
        try:
            one = arrived(await request.json())
        except ValueError:
            return web.Response(status=400)
        except Unreadable:
            # It has the secret, so it is Telegram's; to refuse it would only make it come again.
            log.error("telegram_update_unreadable")
            return web.Response(status=200)
        try:
            if one is not None:
                await self._desk.take(one)
        except Exception as error:  # Telegram sends it again
            log.error("telegram_update_not_stored", exc_info=error)
            return web.Response(status=503)
        return web.Response(status=200)
