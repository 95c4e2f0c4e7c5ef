"""The console on a loopback port, as `ovos run` mounts it: real store, real server, real Chromium where a test asks."""

from __future__ import annotations

import re
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import axe_core_python
import pytest
from aiohttp import ClientResponse, ClientSession, CookieJar, web
from playwright.async_api import Browser, BrowserContext, Page

from bot.staff.passwords import Cost
from bot.store import Store, staff, staff_sessions
from bot.store.staff_models import Role, Staff
from connectors.delivery import Hub
from console.app import Console, ConsoleServices, ConsoleSettings
from console.oidc.settings import ProviderSettings
from console.permissions import needs_second_factor
from ovos.settings import free_ports
from tests.connectors.webchat.conftest import browser as browser

AXE = Path(axe_core_python.__file__).parent / "axe.min.js"
NO_MODEL = Path(tempfile.gettempdir()) / "ovos-no-model" / "themes.npz"
CHEAP = Cost(memory=64, passes=1, lanes=1)
TOKEN = re.compile(r'name="csrf" (?:value|content)="([^"]+)"')


class Clock:
    """The console's clock, which a test may put forward."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Client:
    """A member of staff with a browser's cookies, without a browser."""

    address: str
    session: ClientSession
    account: Staff | None = None
    csrf: str = ""

    async def get(self, path: str) -> ClientResponse:
        answer = await self.session.get(self.address + path, allow_redirects=False)
        await self._remember_token(answer)
        return answer

    async def post(self, path: str, **fields: str) -> ClientResponse:
        """Send a form, with the token of the page that was seen last."""
        sent = {"csrf": self.csrf, **fields}
        answer = await self.session.post(self.address + path, data=sent, allow_redirects=False)
        await self._remember_token(answer)
        return answer

    async def text(self, path: str) -> str:
        return await (await self.get(path)).text()

    async def _remember_token(self, answer: ClientResponse) -> None:
        if answer.content_type == "text/html" and (found := TOKEN.search(await answer.text())):
            self.csrf = found.group(1)


@dataclass
class Desk:
    """The running console. `account` makes people; `signed_in` and `browser_of` are them at work."""

    address: str
    store: Store
    services: ConsoleServices
    clock: Clock
    clients: list[ClientSession] = field(default_factory=list)

    async def account(self, role: Role, name: str | None = None) -> Staff:
        async with self.store.begin() as work:
            count = len(await staff.everybody(work))
            name = name or f"{role.value.replace('_', ' ').title()} {count}"
            return await staff.add(work, f"{role.value}.{count}@council.example", name, role)

    def stranger(self) -> Client:
        """Somebody who is not signed in."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.clients.append(session)
        return Client(self.address, session)

    async def session_of(self, account: Staff) -> staff_sessions.OpenedSession:
        needs = needs_second_factor(Role(account.role))
        async with self.store.begin() as work:
            return await staff_sessions.start(work, account.id, self.clock(), second_factor=needs)

    async def signed_in(self, who: Role | Staff) -> Client:
        """A client whose session is complete, second factor included."""
        account = await self.account(who) if isinstance(who, Role) else who
        opened = await self.session_of(account)
        client = self.stranger()
        client.session.cookie_jar.update_cookies({"ovos-staff": opened.token})
        client.account, client.csrf = account, opened.session.csrf_token
        return client

    async def browser_of(self, browser: Browser, who: Role | Staff) -> BrowserContext:
        """A browser window in which this person is signed in."""
        account = await self.account(who) if isinstance(who, Role) else who
        opened = await self.session_of(account)
        context = await browser.new_context(viewport={"width": 1280, "height": 900})
        await context.add_cookies([{"name": "ovos-staff", "value": opened.token, "url": self.address}])
        return context


@pytest.fixture
async def desk(sqlite_store: Store) -> AsyncIterator[Desk]:
    """The console on SQLite, with cheap password hashes."""
    async for one in open_desk(sqlite_store):
        yield one


@pytest.fixture
async def desk_on_both(store: Store) -> AsyncIterator[Desk]:
    """The console, once on each database."""
    async for one in open_desk(store):
        yield one


async def open_desk(
    store: Store, hub: Hub | None = None, council: ProviderSettings | None = None, port: int = 0
) -> AsyncIterator[Desk]:
    port, clock = port or free_ports(1)[0], Clock()
    address = f"http://127.0.0.1:{port}"
    settings = ConsoleSettings(address=address, password_cost=CHEAP, tries_a_minute=1_000, council=council)
    # No model of themes: a test that learns brings its own place.
    services = ConsoleServices(store, hub or Hub(), settings, clock, theme_model=NO_MODEL)
    app = web.Application()
    Console(services).add_to(app)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    desk = Desk(address, store, services, clock)
    try:
        yield desk
    finally:
        for client in desk.clients:
            await client.close()
        await runner.cleanup()


async def axe_violations(page: Page) -> list[str]:
    """What axe-core finds wrong on the page, by rule and place."""
    await page.evaluate(AXE.read_text())
    found = await page.evaluate(
        "axe.run({runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']})"
    )
    return [f"{fault['id']}: {[node['target'] for node in fault['nodes']]}" for fault in found["violations"]]


async def too_wide(page: Page) -> list[str]:
    """What sticks out to the right when the page scrolls sideways, by its first words of HTML."""
    found: list[str] = await page.evaluate(
        """() => {
          const width = document.documentElement.clientWidth;
          if (document.documentElement.scrollWidth <= width) return [];
          return [...document.querySelectorAll('body *')]
            .filter(one => one.getBoundingClientRect().right > width).map(one => one.outerHTML.slice(0, 80));
        }"""
    )
    return found
