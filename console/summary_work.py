"""Making the page of a quarter: counted themes, promises and entitlement cards brought together."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

from bot.content import content_folder
from bot.entitlements.library import Library, load_library
from bot.reports.charts import bars
from bot.reports.content import Words, load_board, load_taxonomy, load_words
from bot.reports.identifiers import find_identifiers
from bot.reports.page import Entitlement, Page, Written, read_page
from bot.reports.pdf import PRINCIPLES, Sheet, as_pdf, as_picture
from bot.reports.promises import promised_before
from bot.reports.publishing import may_be_quoted
from bot.reports.quarters import Quarter
from bot.reports.said import Said, say
from bot.reports.sheet import as_csv
from bot.reports.summary import Around, Rules, build, look_up, settle_counts
from bot.requests.clocks import clocks
from bot.store import Work, publications, quotable, themes
from bot.store.quotable import Permitted
from bot.themes.agreement import agreement

CARDS_OF_A_THEME = 2
LONGEST_QUOTE = 200  # characters
READ_TWICE = 20  # pieces of feedback; from fewer, alpha says nothing


@cache
def _library() -> Library:
    return load_library(content_folder() / "entitlements")


async def taxonomy_ready() -> None:
    """Read the cards beside the event loop: it takes about a second, once per process."""
    await asyncio.to_thread(_library)


async def make_page(work: Work, quarter: Quarter, written: Written, checks: dict[str, bool], now: datetime) -> Page:
    """The page as the counts stand now, in a transaction that may write: chats that were linked since are moved to
    their person first."""
    await settle_counts(work, quarter, load_taxonomy())
    return await look_at(work, quarter, written, checks, now)


async def look_at(work: Work, quarter: Quarter, written: Written, checks: dict[str, bool], now: datetime) -> Page:
    """The same without moving anything."""
    taxonomy, board = load_taxonomy(), load_board()
    known = await look_up(work, quarter)
    pages = [read_page(one.page) for one in await publications.published(work)]
    earlier = [page for page in pages if page.quarter < quarter.name]
    around = Around(
        earlier=earlier,
        promises=await promised_before(work, quarter, now.date()),
        entitlements=_entitlements(now.date()),
        agreement=await _agreement(work),
    )
    rules = Rules(taxonomy, board, clocks().calendar.between, now)
    page = await asyncio.to_thread(build, quarter, known, around, written, rules)
    return page.model_copy(update={"checks": checks})


async def _agreement(work: Work) -> float | None:
    """How far two officers agree who read the same feedback; None until enough was read twice."""
    pairs = await themes.coder_pairs(work)
    if len(pairs) < READ_TWICE:
        return None
    return await asyncio.to_thread(lambda: agreement(pairs, [one.id for one in load_taxonomy().themes]).alpha)


def _entitlements(on: date) -> dict[str, tuple[Entitlement, ...]]:
    """What each theme's cards say on the day. A card that is not written yet, or may not be said, is left out."""
    library = _library()
    found = {}
    for theme in load_taxonomy().themes:
        answers = [library.answer(card, on) for card in theme.cards[:CARDS_OF_A_THEME] if card in library.cards]
        found[theme.id] = tuple(
            Entitlement(card=one.card_id, title=one.title, text=one.text) for one in answers if one.written
        )
    return found


async def quotes_for(work: Work, page: Page) -> list[Permitted]:
    """Words that may stand on this page: permitted, from a theme with ten people or more, short, and naming nobody."""
    found = await quotable.permitted_in(work, page.quarter)
    return [
        one
        for one in found
        if 0 < len(one.words) <= LONGEST_QUOTE and theme_of(one, page) is not None and not find_identifiers(one.words)
    ]


def theme_of(quote: Permitted, page: Page) -> str | None:
    """The theme that a quote stands for on this page: the first of its themes that has ten people or more."""
    return next((theme for theme in quote.themes if may_be_quoted(page, theme)), None)


@dataclass(frozen=True)
class Shown:
    """A page ready for a reader: in words, with the words around it, and as files."""

    page: Page
    said: Said
    words: Words

    @property
    def chart(self) -> str:
        return bars(self.said.top, self.said.chart_alt)

    @property
    def not_asked(self) -> str:
        return self.words.say("not_asked", groups=", ".join(load_board().not_asked))

    @property
    def principles(self) -> str:
        return "; ".join(self.words.say(f"principle_{letter}") for letter in PRINCIPLES) + "."

    def csv(self) -> str:
        return as_csv(self.said, self.words)

    async def pdf(self) -> bytes:
        return await asyncio.to_thread(as_pdf, self._sheet())

    async def picture(self) -> bytes:
        return await asyncio.to_thread(as_picture, self._sheet())

    def _sheet(self) -> Sheet:
        return Sheet(self.said, self.words, load_board())


def show(page: Page) -> Shown:
    words = load_words()
    return Shown(page, say(page, words, load_board().contact), words)
