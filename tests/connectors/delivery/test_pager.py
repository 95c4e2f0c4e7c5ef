"""The web hook for a council's own pager: that something waits and where to sign in, signed, and nothing else."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.staff.notify import Undelivered
from bot.store.models import new_id
from bot.store.notifications import Fault, Template
from connectors.delivery.pager import Pager, PagerSettings, PagerSettingsError
from ovos.settings import free_ports
from tests.connectors.delivery.servers import served

SECRET = "a-secret-of-the-council-0123456789"
LINK = "https://voices.council.example/console/alerts"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@asynccontextmanager
async def hook(handler: Handler) -> AsyncIterator[str]:
    app = web.Application()
    app.router.add_post("/hook", handler)
    async with served(app) as address:
        yield f"{address}/hook"


def answering(status: int, heard: list[Any] | None = None, **headers: str) -> Handler:
    async def handler(request: web.Request) -> web.StreamResponse:
        if heard is not None:
            heard.append((dict(request.headers), await request.read()))
        return web.Response(status=status, headers=headers)

    return handler


def pager(address: str, seconds: float = 3) -> Pager:
    return Pager(PagerSettings(address, SECRET, LINK, seconds), clock=lambda: 1_800_000_000.9)


async def fault_of(address: str, seconds: float = 3) -> Fault:
    with pytest.raises(Undelivered) as caught:
        await pager(address, seconds).send(new_id(), Template.ALERT_WAITING)
    return caught.value.fault


async def test_it_is_told_that_something_waits_and_where_signed_and_with_one_id_for_every_try() -> None:
    heard: list[Any] = []
    nudge = new_id()
    async with hook(answering(202, heard)) as address:
        await pager(address).send(nudge, Template.ALERT_WAITING)
        await pager(address).send(nudge, Template.ALERT_WAITING)
    (headers, body), (again, _) = heard
    assert json.loads(body) == {"event": "alert_waiting", "link": LINK}
    assert headers["webhook-id"] == headers["Idempotency-Key"] == again["webhook-id"] == nudge
    # Worked out as a receiver would, from the specification of Standard Webhooks.
    signed = b".".join([nudge.encode(), headers["webhook-timestamp"].encode(), body])
    wanted = base64.b64encode(hmac.new(SECRET.encode(), signed, hashlib.sha256).digest()).decode()
    assert headers["webhook-signature"] == f"v1,{wanted}"
    assert headers["webhook-timestamp"] == "1800000000"
    assert SECRET not in str(headers)


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (401, False), (403, False), (404, True), (429, False), (500, False)]
)
async def test_a_refusal_is_kept_by_its_number(status: int, final: bool) -> None:
    async with hook(answering(status)) as address:
        assert await fault_of(address) == Fault("PagerRefused", status, final)


async def test_it_does_not_follow_a_redirect() -> None:
    heard: list[Any] = []
    async with hook(answering(200, heard)) as other, hook(answering(307, Location=other)) as address:
        assert await fault_of(address) == Fault("PagerRefused", 307)
    assert heard == []


async def test_nobody_answers_or_not_in_time() -> None:
    async def slow(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(1)
        return web.Response()

    assert await fault_of(f"http://127.0.0.1:{free_ports(1)[0]}/hook") == Fault("ClientConnectorError")
    async with hook(slow) as address:
        assert (await fault_of(address, seconds=0.3)).kind in ("TimeoutError", "ServerTimeoutError")


@pytest.mark.parametrize(
    ("to", "event"), [("0123456789abcdef0123456789abcdef", "She said ..."), ("07700 900123", "alert_waiting")]
)
async def test_words_and_numbers_cannot_be_put_in(to: str, event: Any) -> None:
    heard: list[Any] = []
    async with hook(answering(200, heard)) as address:
        with pytest.raises(ValueError):
            await pager(address).send(to, event)
    assert heard == []


@pytest.mark.parametrize(
    ("address", "secret"),
    [
        ("http://pager.example/hook", SECRET),
        ("pager.example", SECRET),
        ("https://pager.example", "short"),
        ("https://p.example", "a\nb" * 20),
    ],
)
def test_a_hook_that_would_give_the_secret_away_is_refused(address: str, secret: str) -> None:
    with pytest.raises(PagerSettingsError) as caught:
        PagerSettings(address, secret, LINK)
    assert "example" not in str(caught.value)
    assert SECRET not in str(caught.value)
