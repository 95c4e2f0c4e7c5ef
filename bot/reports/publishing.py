"""What stands between a draft and its publication: everything that must be true, looked at once more at that moment."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from bot.reports.cells import Shown
from bot.reports.content import Board, Taxonomy
from bot.reports.differencing import compare
from bot.reports.identifiers import Finder
from bot.reports.page import Page, Voice, read_page
from bot.reports.quarters import Quarter
from bot.store import Work, publications, quotable
from bot.store.publications import Kept, Signed
from bot.store.quotable import Permitted
from bot.store.report_models import PublicationState, SignedAs


class Hindrance(StrEnum):
    """Why a page cannot be published. Each has its words in `content/console/summaries.yml`."""

    NOT_A_DRAFT = "not_a_draft"
    NOT_OVER = "not_over"  # the quarter
    NOT_REVIEWED = "not_reviewed"
    NOT_CHECKED = "not_checked"  # the list of the motivated intruder
    NOT_SIGNED = "not_signed"  # by a second person, as it is now
    QUOTE_WITHDRAWN = "quote_withdrawn"
    QUOTE_IDENTIFIES = "quote_identifies"
    QUOTE_TOO_FEW = "quote_too_few"  # people behind its theme
    COMPARED = "compared"  # with earlier pages, something comes out


@dataclass(frozen=True)
class Draft:
    """A draft with all that is decided about it. `page` is without quotes that were withdrawn since."""

    kept: Kept
    page: Page
    signatures: Mapping[SignedAs, Signed]
    earlier: Sequence[Page]
    withdrawn: int

    @property
    def is_signed(self) -> bool:
        """By a second person, and nothing has changed since."""
        second = self.signatures.get(SignedAs.SECOND)
        return second is not None and second.page_hash == self.kept.page_hash and not self.withdrawn


async def read_draft(work: Work, kept: Kept) -> Draft:
    """A draft as it may be shown now."""
    page, permitted = read_page(kept.page), await quotable.still_permitted(work, kept.quotes_of)
    pairs = list(zip(page.written.quotes, kept.quotes_of, strict=True)) if kept.quotes_of else []
    stay = tuple(quote for quote, source in pairs if _stays(quote.words, permitted.get(source)))
    withdrawn = len(pairs) - len(stay)
    if withdrawn:
        page = page.model_copy(update={"written": page.written.model_copy(update={"quotes": stay})})
    return Draft(
        kept=kept,
        page=page,
        signatures=await publications.signatures(work, kept.id),
        earlier=[read_page(one.page) for one in await publications.published(work)],
        withdrawn=withdrawn,
    )


def _stays(words: str, permitted: Permitted | None) -> bool:
    """Permission is for exact words: when a redaction has changed them since, it is another quote."""
    return permitted is not None and permitted.words == words


def may_be_quoted(page: Page, theme: str) -> bool:
    """Only where the figure of the theme is shown: ten people or more."""
    return any(one.id == theme and one.people.shown in (Shown.NUMBER, Shown.MOST) for one in page.themes)


def hindrances(draft: Draft, today: date, board: Board, taxonomy: Taxonomy, find: Finder) -> list[Hindrance]:
    """All that stands in the way, in the order in which somebody would put it right."""
    page, quoted = draft.page, draft.page.written.quotes
    found = {
        Hindrance.NOT_A_DRAFT: draft.kept.state != PublicationState.DRAFT,
        Hindrance.NOT_OVER: today <= Quarter.named(page.quarter).last_day,
        Hindrance.NOT_REVIEWED: not page.reviewed_enough,
        Hindrance.QUOTE_WITHDRAWN: draft.withdrawn > 0,
        Hindrance.QUOTE_IDENTIFIES: any(find(quote.words) for quote in quoted),
        Hindrance.QUOTE_TOO_FEW: not all(may_be_quoted(page, quote.theme) for quote in quoted),
        Hindrance.COMPARED: bool(compare(page.figures, [one.figures for one in draft.earlier], taxonomy.retired)),
        Hindrance.NOT_CHECKED: not all(page.checks.get(one.id) for one in board.intruder_check),
        Hindrance.NOT_SIGNED: not draft.is_signed,
    }
    return [hindrance for hindrance, stands in found.items() if stands]


def names_hash(page: Page) -> str:
    """What OVOS looks at when it agrees with the names of the themes, as SHA-256."""
    names = json.dumps([[one.id, one.label] for one in page.themes])
    return hashlib.sha256(names.encode()).hexdigest()


def voice_of(draft: Draft) -> Voice:
    """What OVOS says, as far as it is about this very page."""
    names, page = draft.signatures.get(SignedAs.OVOS_NAMES), draft.signatures.get(SignedAs.OVOS_PAGE)
    names = names if names is not None and names.page_hash == names_hash(draft.page) else None
    page = page if page is not None and page.page_hash == draft.kept.page_hash and not draft.withdrawn else None
    return Voice(
        names_agree=None if names is None else names.agrees,
        names_dissent=None if names is None else names.dissent,
        page_agree=None if page is None else page.agrees,
        page_dissent=None if page is None else page.dissent,
    )


def frozen(draft: Draft, today: date) -> Page:
    """The page that is published: with what OVOS says, and the day."""
    return draft.page.model_copy(update={"ovos": voice_of(draft), "published_on": today})
