"""The cards of the files, and their titles for pages that name one or ask for one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache

from bot.content import content_folder
from bot.entitlements.changes import Overlaid, numbers_of_fixed_texts, overlaid
from bot.entitlements.library import Library, load_library
from bot.store import Work, card_changes


@cache
def _files() -> Library:
    return load_library(content_folder() / "entitlements")


@cache
def fixed_numbers() -> frozenset[str]:
    """The contacts whose numbers are changed in their file only."""
    return numbers_of_fixed_texts(content_folder())


async def card_files() -> Library:
    """What the files say. Read once per process, beside the event loop: it takes a moment."""
    return await asyncio.to_thread(_files)


async def said_now(work: Work) -> Overlaid:
    """What is said to young people now: the files, and what staff have changed since."""
    return overlaid(await card_files(), await card_changes.in_force(work))


async def card_titles() -> Mapping[str, str]:
    """Titles by card id."""
    return {card.id: card.title for card in (await card_files()).cards.values()}


def card_of(typed: str, titles: Mapping[str, str]) -> str | None:
    """The card that somebody named by its title or its id, None when there is none such."""
    wanted = typed.strip().casefold()
    return next((card for card, title in titles.items() if wanted in (card, title.casefold())), None)
