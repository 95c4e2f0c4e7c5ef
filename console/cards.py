"""The cards by their titles, for pages that name one or ask for one."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import cache

from bot.content import content_folder
from bot.entitlements.library import load_library


@cache
def _titles() -> Mapping[str, str]:
    library = load_library(content_folder() / "entitlements")
    return {card.id: card.title for card in library.cards.values()}


async def card_titles() -> Mapping[str, str]:
    """Titles by card id. Read once per process, beside the event loop: it takes about a second."""
    return await asyncio.to_thread(_titles)


def card_of(typed: str, titles: Mapping[str, str]) -> str | None:
    """The card that somebody named by its title or its id, None when there is none such."""
    wanted = typed.strip().casefold()
    return next((card for card, title in titles.items() if wanted in (card, title.casefold())), None)
