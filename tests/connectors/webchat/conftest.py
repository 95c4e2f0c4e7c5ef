"""The whole service on a loopback port: the real page, store, brain and actions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, async_playwright

from ovos.settings import Settings, free_ports
from ovos.web import House, build_app, build_house


@dataclass
class Site:
    """The running service, as a browser sees it and as its store knows it. It can go away and come back."""

    settings: Settings
    house: House
    runner: web.AppRunner

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.settings.port}"

    @classmethod
    async def start(cls, settings: Settings) -> Site:
        house = build_house(settings, slot=f"web-{settings.port}")
        runner = web.AppRunner(build_app(settings, house), access_log=None, shutdown_timeout=0.5)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", settings.port, reuse_address=True).start()
        return cls(settings, house, runner)

    async def go_away(self) -> None:
        await self.runner.cleanup()

    async def come_back(self) -> None:
        again = await Site.start(self.settings)
        self.house, self.runner = again.house, again.runner


@pytest.fixture
async def site(living: Settings) -> AsyncIterator[Site]:
    port = free_ports(1)[0]
    # "Leave quickly" goes to an address of our own: nothing leaves this machine.
    site = await Site.start(replace(living, port=port, leave_to=f"http://127.0.0.1:{port}/health"))
    yield site
    await site.go_away()


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    """Windows of this test's own, which close with it."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.connect(chromium)
        yield browser
        await browser.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A small phone that is touched, and refuses every address but loopback."""
    context = await browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    yield context
    await context.close()
