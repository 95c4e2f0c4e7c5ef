"""Takes the README's pictures: both sides, from a demonstration that is made for it, in headless Chromium."""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pypdfium2
from aiohttp import web
from playwright.async_api import Browser, Locator, Page, async_playwright, expect

from bot.reports.page import read_page
from bot.staff.passwords import Cost
from bot.store import Store, publications, staff_sessions
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.staff_models import Role
from console.summary_work import show
from ovos.demo.fill import Made, Quarter
from ovos.settings import ROOT, Settings, temporary_settings
from ovos.web import build_app, build_house
from tests.chromium import FLAGS, chromium_program

DOCS = ROOT / "docs"
LARGEST_BYTES = 200_000
DESK = {"width": 1100, "height": 820}
PHONE = {"width": 390, "height": 844}


async def main() -> int:
    os.environ.pop("OVOS_KEYS", None)
    with tempfile.TemporaryDirectory(prefix="ovos-pictures-") as folder:
        settings = temporary_settings(Path(folder))
        made = await demonstration(settings)
        async with serving(settings), chromium() as browser:
            await of_the_console(browser, settings, made)
            await of_the_chat(browser, settings, made)
            await of_the_summary(browser, settings, made.stage.of_role(Role.COUNCILLOR)[0].staff_id)
    return too_large()


async def demonstration(settings: Settings) -> Made:
    store = Store(settings.database, load_keys(settings.key_file))
    await migrate(store)
    quarter = Quarter(store, datetime.now(UTC), cost=Cost(memory=64, passes=1, lanes=1))
    async for progress in quarter.play():
        if progress.day % 30 == 0:
            print(f"  day {progress.day} of {progress.of}", file=sys.stderr, flush=True)
    await store.close()
    return quarter.made


@asynccontextmanager
async def serving(settings: Settings) -> AsyncIterator[None]:
    """The web process alone: no picture needs the brain."""
    runner = web.AppRunner(build_app(settings, build_house(settings)), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    await web.TCPSite(runner, settings.host, settings.port).start()
    try:
        yield
    finally:
        await runner.cleanup()


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium_program(), args=FLAGS)
        yield browser
        await browser.close()


async def of_the_console(browser: Browser, settings: Settings, made: Made) -> None:
    context = await browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    cookie = {"name": "ovos-staff", "value": await _session(settings, made), "url": settings.address}
    await context.add_cookies([cookie])  # type: ignore[list-item]
    page = await context.new_page()
    await page.goto(f"{settings.address}/console/inbox")
    await expect(page.locator("[data-line]").first).to_be_visible()
    await _take(page, "console_inbox")
    await page.goto(f"{settings.address}/console/inbox?show=held_by_me")
    await page.locator("[data-line]").first.click()
    await expect(page.get_by_label("Your reply")).to_be_visible()
    await _begin_at(page.locator("[data-position]", has_text=made.stage.words.talk.held.opening))
    await _take(page, "console_transcript")
    await page.goto(f"{settings.address}/console/requests?view=open&kind=contact&who=personal_adviser")
    await page.get_by_role("row", name="Open again").first.get_by_role("link").click()
    await page.set_viewport_size({"width": DESK["width"], "height": 960})
    await _begin_at(page.locator(".govuk-caption-l"))
    await _take(page, "console_request")
    await context.close()


async def _session(settings: Settings, made: Made) -> str:
    store = Store(settings.database, load_keys(settings.key_file))
    async with store.begin() as work:
        opened = await staff_sessions.start(work, made.stage.officer.staff_id, datetime.now(UTC), second_factor=True)
    await store.close()
    return opened.token


async def of_the_chat(browser: Browser, settings: Settings, made: Made) -> None:
    """A young person comes back with their four words, and an outcome waits for their answer."""
    context = await browser.new_context(viewport=PHONE, has_touch=True, is_mobile=True)  # type: ignore[arg-type]
    page = await context.new_page()
    await page.goto(f"{settings.address}/chat")
    await page.locator("[data-receipt=return]:visible").first.click()
    await page.fill("#four-words", " ".join(made.receipt))
    await page.get_by_role("button", name="Open my chat").click()
    await expect(page.get_by_role("button", name="No, it is not done")).to_be_visible(timeout=20_000)
    await asyncio.sleep(1)  # new lines fade in
    await page.get_by_role("button", name="No, it is not done").scroll_into_view_if_needed()
    await _take(page, "young_person_outcome")
    await context.close()


async def of_the_summary(browser: Browser, settings: Settings, councillor: str) -> None:
    """What a councillor has before them, and the first page of the same as a PDF."""
    store = Store(settings.database, load_keys(settings.key_file))
    async with store.begin() as work:
        opened = await staff_sessions.start(work, councillor, datetime.now(UTC), second_factor=True)
        newest = (await publications.published(work))[0]
    await store.close()
    context = await browser.new_context(viewport=DESK)  # type: ignore[arg-type]
    await context.add_cookies([{"name": "ovos-staff", "value": opened.token, "url": settings.address}])
    page = await context.new_page()
    await page.goto(f"{settings.address}/console/publications")
    await expect(page.locator("#decisions")).to_be_visible()
    await _take(page, "summary")
    await context.close()
    shown = show(read_page(newest.page))
    with pypdfium2.PdfDocument(await shown.pdf()) as document:
        image = document[0].render(scale=1.5).to_pil()
    image.quantize(32).save(DOCS / "summary_page.png", optimize=True)
    (DOCS / "summary_slide.png").write_bytes(await shown.picture())


async def _begin_at(place: Locator) -> None:
    """Scroll so that this stands near the top."""
    await place.first.evaluate("one => scrollTo(0, one.getBoundingClientRect().top + scrollY - 20)")


async def _take(page: Page, name: str) -> None:
    await page.screenshot(path=DOCS / f"{name}.png")
    print(f"  docs/{name}.png", file=sys.stderr, flush=True)


def too_large() -> int:
    """1 when a picture has 200 kB or more."""
    heavy = [path.name for path in DOCS.glob("*.png") if path.stat().st_size >= LARGEST_BYTES]
    for name in heavy:
        print(f"docs/{name} has {LARGEST_BYTES} bytes or more", file=sys.stderr)
    return 1 if heavy else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
