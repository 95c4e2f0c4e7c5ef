"""Getting a copy and deleting the chat in a real browser."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

from playwright.async_api import Browser, Download, expect

from bot.privacy import retention
from bot.privacy.chat_words import chat_words
from ovos.settings import temporary_settings
from tests.connectors.webchat.conftest import Site
from tests.connectors.webchat.test_browser import SLOW, open_chat, say

SECRET = "my grey umbrella is broken"


async def test_a_copy_is_saved_as_two_files_and_then_the_chat_is_deleted_and_says_so(
    browser: Browser, tmp_path: Path
) -> None:
    """With no brain at all: none of it needs one."""
    site = await Site.start(temporary_settings(tmp_path / "home"))
    context = await browser.new_context(accept_downloads=True)
    page = await open_chat(context, site)
    await say(page, SECRET)
    await say(page, "delete my words")
    downloads: list[Download] = []
    page.on("download", lambda one: downloads.append(one))
    await page.get_by_role("button", name="Get a copy").last.click()
    await expect(page.get_by_text("Two files are in your downloads")).to_be_visible(timeout=SLOW)
    saved = {one.suggested_filename: tmp_path / one.suggested_filename for one in downloads}
    assert set(saved) == {"copy.html", "copy.json"}
    for one in downloads:
        await one.save_as(saved[one.suggested_filename])
    assert SECRET in saved["copy.html"].read_text()
    assert SECRET in [row["text"] for row in json.loads(saved["copy.json"].read_text())["messages"]]
    await page.get_by_role("button", name="Yes, delete it").last.click()
    await expect(page.get_by_text("This chat is deleted in").last).to_be_visible(timeout=SLOW)
    later = datetime.now(UTC) + timedelta(minutes=retention.rules().undo_minutes, seconds=1)
    await site.house.retention_clock.round(later)
    await expect(page.locator("#closed-text")).to_have_text(chat_words().erased, timeout=SLOW)
    await context.close()
    await site.go_away()
