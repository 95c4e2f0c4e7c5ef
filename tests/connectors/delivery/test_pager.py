"""The web hook for a council's own pager: an event and a severity, and nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web

from bot.staff.notify import Undelivered
from bot.store.models import Severity
from bot.store.notifications import Fault, Template
from connectors.delivery.pager import Pager, PagerSettingsError
from ovos.settings import free_ports
from tests.connectors.delivery.servers import served

TOKEN = "t0ken-of-the-council"
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
            heard.append((request.headers["Authorization"], await request.json()))
        return web.Response(status=status, headers=headers)

    return handler


async def fault_of(address: str, seconds: float = 3) -> Fault:
    async with Pager(address, TOKEN, seconds) as pager:
        with pytest.raises(Undelivered) as caught:
            await pager.page(Template.ALERT_WAITING, Severity.IMMEDIATE)
    return caught.value.fault


async def test_it_is_told_the_event_and_the_severity_under_its_token() -> None:
    heard: list[Any] = []
    async with hook(answering(202, heard)) as address, Pager(address, TOKEN) as pager:
        await pager.page(Template.SIGN_IN_NEEDED, Severity.SAME_DAY)
        await pager.page(Template.ALERT_WAITING, Severity.IMMEDIATE)
    assert heard == [
        (f"Bearer {TOKEN}", {"event": "sign_in_needed", "severity": "same_day"}),
        (f"Bearer {TOKEN}", {"event": "alert_waiting", "severity": "immediate"}),
    ]


@pytest.mark.parametrize(
    ("status", "final"), [(400, True), (401, False), (403, False), (404, True), (429, False), (500, False)]
)
async def test_a_refusal_is_kept_by_its_number(status: int, final: bool) -> None:
    async with hook(answering(status)) as address:
        assert await fault_of(address) == Fault("PagerRefused", status, final)


async def test_the_token_does_not_follow_a_redirect() -> None:
    heard: list[Any] = []
    async with hook(answering(200, heard)) as other, hook(answering(307, Location=other)) as address:
        assert await fault_of(address) == Fault("PagerRefused", 307)
    assert heard == []


async def test_nobody_answers_or_not_in_time() -> None:
    async def slow(_request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(5)
        return web.Response()

    assert await fault_of(f"http://127.0.0.1:{free_ports(1)[0]}/hook") == Fault("ClientConnectorError")
    async with hook(slow) as address:
        assert (await fault_of(address, seconds=0.3)).kind in ("TimeoutError", "ServerTimeoutError")


@pytest.mark.parametrize(("event", "severity"), [("She said ...", "immediate"), ("alert_waiting", "She said ...")])
async def test_words_cannot_be_put_in(event: Any, severity: Any) -> None:
    heard: list[Any] = []
    async with hook(answering(200, heard)) as address, Pager(address, TOKEN) as pager:
        with pytest.raises(ValueError):
            await pager.page(event, severity)
    assert heard == []


@pytest.mark.parametrize(
    ("address", "token"),
    [
        ("http://pager.example/hook", TOKEN),
        ("pager.example", TOKEN),
        ("https://pager.example", ""),
        ("https://p.example", "a\nb"),
    ],
)
def test_a_hook_that_would_give_the_token_away_is_refused(address: str, token: str) -> None:
    with pytest.raises(PagerSettingsError) as caught:
        Pager(address, token)
    assert "example" not in str(caught.value)
