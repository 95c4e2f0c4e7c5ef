"""`ovos report QUARTER --out DIR`: the summary as web page, PDF, CSV and picture. Unpublished, each says that it is a
draft."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import jinja2

from bot.reports.page import Page, Written, read_page
from bot.reports.publishing import read_draft, voice_of
from bot.reports.quarters import NoSuchQuarter, Quarter
from bot.staff import audit
from bot.staff.audit import SERVICE, Action
from bot.store import Store, Work, publications
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from console.render import FILTERS, HERE
from console.summary_work import Shown, look_at, show
from console.views.publications import shown_parts
from ovos.settings import Settings, SettingsError


async def report(settings: Settings, name: str, folder: Path) -> int:
    """Raises SettingsError with one line when the quarter or the folder cannot be used."""
    try:
        quarter = Quarter.named(name)
    except NoSuchQuarter as error:
        raise SettingsError(str(error)) from None
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        raise SettingsError(f"{folder}: this folder cannot be made.") from None
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        async with store.begin() as work:
            page = await _page(work, quarter)
            await audit.note(work, SERVICE, Action.EXPORTED, "quarter", quarter.name, {"found": 1})
    finally:
        await store.close()
    await _write(show(page), folder)
    return 0


async def _page(work: Work, quarter: Quarter) -> Page:
    """What was published, else the draft, else the counts as they stand, with nothing written to them."""
    published = await publications.published_of(work, quarter.name)
    if published is not None:
        return read_page(published.page)
    for kept in await publications.drafts(work):
        if kept.quarter == quarter.name:
            draft = await read_draft(work, kept)
            return draft.page.model_copy(update={"ovos": voice_of(draft)})
    return await look_at(work, quarter, Written(), {}, datetime.now(UTC))


async def _write(shown: Shown, folder: Path) -> None:
    name = f"ovos-{shown.said.quarter}"
    files = {
        f"{name}.html": as_html(shown).encode(),
        f"{name}.pdf": await shown.pdf(),
        f"{name}.csv": shown.csv().encode(),
        f"{name}.png": await shown.picture(),
    }
    for file, content in files.items():
        try:
            (folder / file).write_bytes(content)
        except OSError:
            raise SettingsError(f"{folder / file}: this file cannot be written.") from None
        print(folder / file)
    if shown.said.stamp:
        print(f"Stamped as a draft: {shown.said.stamp}")


def as_html(shown: Shown) -> str:
    """One file that needs nothing else."""
    templates = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    templates.filters.update(FILTERS)
    fingerprint = shown.words.say("hash", hash=publications.hash_of(shown.page.as_json()))
    return templates.get_template("publications/alone.html").render(fingerprint=fingerprint, **shown_parts(shown))
