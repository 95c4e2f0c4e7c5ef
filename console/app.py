"""The console, mounted under `/console` in the web process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import structlog
from aiohttp import web

from bot.staff import audit
from console.gate import answers, gate
from console.render import TEMPLATES, make_environment
from console.routes import PREFIX, all_routes
from console.services import SERVICES, ConsoleServices, ConsoleSettings

log = structlog.get_logger()

__all__ = ["Console", "ConsoleServices", "ConsoleSettings"]


class Console:
    """All routes of `console.views`, behind the gate."""

    def __init__(self, services: ConsoleServices) -> None:
        self._services = services

    def add_to(self, app: web.Application) -> None:
        console = web.Application(middlewares=[answers, gate])
        console[SERVICES] = self._services
        console[TEMPLATES] = make_environment(self._services)
        for route in all_routes().values():
            console.router.add_route(route.method, route.path.removeprefix(PREFIX), route.handler)
        console.cleanup_ctx.append(self._reading_ahead)
        console.on_startup.append(self._look)
        app.add_subapp(PREFIX, console)

    async def _look(self, console: web.Application) -> None:
        """A store that holds the demonstration says so on every page."""
        async with self._services.store.look() as work:
            console[TEMPLATES].globals["demonstration"] = await audit.is_demonstration(work)

    async def _reading_ahead(self, _console: web.Application) -> AsyncIterator[None]:
        """Search reads what is stored before anybody asks for it."""
        reading = asyncio.create_task(self._read_ahead())
        yield
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)

    async def _read_ahead(self) -> None:
        try:
            await self._services.search.read_all()
        except Exception as error:  # logged without words; each search reads on by itself
            log.error("search_did_not_read_ahead", exc_info=error)
