"""A council's own pager or on-call system, told by a web hook that somebody must sign in."""

from __future__ import annotations

from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from bot.staff.notify import Undelivered
from bot.store.models import Severity
from bot.store.notifications import Fault, Template

SECONDS = 10.0
OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
FINAL = frozenset({400, 404, 410, 422})


class PagerSettingsError(ValueError):
    """The web hook cannot be used. The text quotes neither its address nor its token."""


class Pager:
    """Posts {"event": ..., "severity": ...} with a bearer token. Use it in `async with`, or close it at the end."""

    def __init__(self, address: str, token: str, seconds: float = SECONDS) -> None:
        """Raises PagerSettingsError: the token travels to another machine only under https."""
        parts = urlsplit(address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in OWN_MACHINE):
            raise PagerSettingsError("the web hook's address begins with https://")
        if not token.isascii() or not token.isprintable() or not token.strip():
            raise PagerSettingsError("the web hook needs a token")
        self._address = address
        self._headers = {"Authorization": f"Bearer {token}"}
        self._limit = aiohttp.ClientTimeout(total=seconds)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self.close()

    async def page(self, event: Template, severity: Severity) -> None:
        """Return once the other side has answered 2xx. Raises Undelivered."""
        body = {"event": Template(event).value, "severity": Severity(severity).value}
        try:
            # A redirect is a fault: the token goes nowhere but where it was set to go.
            answering = self._open().post(self._address, json=body, headers=self._headers, allow_redirects=False)
            async with answering as answer:
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Undelivered(Fault(type(error).__name__)) from None
        if not 200 <= status < 300:
            raise Undelivered(Fault("PagerRefused", status, final=status in FINAL))

    def _open(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(timeout=self._limit)
        return self._session

    async def close(self) -> None:
        if self._session is not None:
            await self._session.close()
