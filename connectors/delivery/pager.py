"""A council's own pager or on-call system, told by a web hook that something waits and where to sign in.

Signed as Standard Webhooks 1.0 has it (standardwebhooks.com): HMAC-SHA256 over the id, the time and the body.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import aiohttp

from bot.staff.notify import Undelivered
from bot.store.notifications import Fault, Template

SECONDS = 10.0
OWN_MACHINE = frozenset({"localhost", "127.0.0.1", "::1"})
FINAL = frozenset({400, 404, 410, 422})
LEAST_SECRET = 24
_ID = re.compile(r"[0-9a-f]{32}")


class PagerSettingsError(ValueError):
    """The web hook cannot be used. The text quotes neither its address nor its secret."""


@dataclass(frozen=True)
class PagerSettings:
    """`link` is the page that is to be opened on the phone."""

    address: str
    secret: str = field(repr=False)
    link: str
    seconds: float = SECONDS

    def __post_init__(self) -> None:
        parts = urlsplit(self.address)
        if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in OWN_MACHINE):
            raise PagerSettingsError("the web hook's address begins with https://")
        if not self.secret.isascii() or not self.secret.isprintable() or len(self.secret) < LEAST_SECRET:
            raise PagerSettingsError(f"the web hook's secret has at least {LEAST_SECRET} plain characters")


def signature(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """The value of `webhook-signature`."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.digest(secret.encode(), signed, hashlib.sha256)).decode()


class Pager:
    """Posts {"event": ..., "link": ...} and nothing else. `to` is the nudge's own id: it knows no person."""

    def __init__(self, settings: PagerSettings, clock: Callable[[], float] = time.time) -> None:
        self._settings = settings
        self._clock = clock

    async def send(self, to: str, template: Template) -> None:
        """Return once the other side has answered 2xx. The same id each time that one nudge is tried again, so that
        the other side rings once. Raises Undelivered."""
        if not _ID.fullmatch(to):
            raise ValueError("A page is known by the id of its nudge.")
        body = json.dumps({"event": Template(template).value, "link": self._settings.link}).encode()
        at = int(self._clock())
        headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": to,
            "webhook-id": to,
            "webhook-timestamp": str(at),
            "webhook-signature": signature(self._settings.secret, to, at, body),
        }
        try:
            limit = aiohttp.ClientTimeout(total=self._settings.seconds)
            # A redirect is a fault: it goes nowhere but where it was set to go.
            async with (
                aiohttp.ClientSession(timeout=limit) as session,
                session.post(self._settings.address, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                status = answer.status
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Undelivered(Fault(type(error).__name__)) from None
        if not 200 <= status < 300:
            raise Undelivered(Fault("PagerRefused", status, final=status in FINAL))
