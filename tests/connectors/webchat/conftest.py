"""The whole service on a loopback port: the real page, store, brain and actions."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from aiohttp import web
from playwright.async_api import Browser, BrowserContext, async_playwright

from ovos.settings import Settings, free_ports
from ovos.web import House, build_app, build_house

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@dataclass(frozen=True)
class Site:
    """The running service, as a browser sees it and as its store knows it."""

    house: House
    address: str


@pytest.fixture
async def site(living: Settings) -> AsyncIterator[Site]:
    port = free_ports(1)[0]
    # "Leave quickly" goes to an address that is not there: nothing leaves this machine.
    settings = replace(living, port=port, leave_to=f"http://127.0.0.1:{port}/health")
    house = build_house(settings, slot=f"web-{port}")
    runner = web.AppRunner(build_app(settings, house), access_log=None, shutdown_timeout=1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port).start()
    yield Site(house, f"http://127.0.0.1:{port}")
    await runner.cleanup()


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    program = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("Chromium is not installed. Run `make setup-dev`.")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=FLAGS)
        yield browser
        await browser.close()


@pytest.fixture
async def phone(browser: Browser) -> AsyncIterator[BrowserContext]:
    """A small phone that is touched, and refuses every address but loopback."""
    context = await browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    yield context
    await context.close()
