"""A summary's only way to the board: begun, written, signed by a second person, answered by OVOS, published, and
answered by the board. Each step is in the log. The console's pages and the demonstration take it alike.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.reports.content import load_board, load_taxonomy
from bot.reports.identifiers import find_identifiers
from bot.reports.page import Decision, Page, Quote, Written
from bot.reports.promises import keep_slip
from bot.reports.publishing import Draft, Hindrance, frozen, hindrances, names_hash, read_draft
from bot.reports.quarters import Quarter
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, denominators, publications, quotes
from bot.store.publications import Changed, Edit, Reply, Signed
from bot.store.quotable import Permitted
from bot.store.report_models import PublicationState, SignedAs
from console.render import LONDON
from console.summary_work import make_page, quotes_for, theme_of


class OwnPage(Exception):
    """Whoever prepared a page is not its second person."""


class Hindered(Exception):
    """It cannot be published. `hindrance` is what somebody would put right first."""

    def __init__(self, hindrance: Hindrance) -> None:
        super().__init__(hindrance.value)
        self.hindrance = hindrance


@dataclass(frozen=True)
class Doing:
    """Who takes a step, and when."""

    by: str
    at: datetime

    @property
    def today(self) -> date:
        return self.at.astimezone(LONDON).date()


@dataclass(frozen=True)
class Wanted:
    """What an officer writes. `quotes` are ids of feedback, `ticked` of the list "could somebody be found?"."""

    decisions: Sequence[Decision] = ()
    going_well: str = ""
    new: str = ""
    quotes: Sequence[str] = ()
    ticked: Collection[str] = ()
    meeting_on: date | None = None


@dataclass(frozen=True)
class OvosSays:
    """Whether OVOS agrees with the names of the themes and with the page, and what it says against them."""

    names: bool
    page: bool
    names_dissent: str = ""
    page_dissent: str = ""


async def enter_people(work: Work, quarter: Quarter, people: Mapping[str, int | None], doing: Doing) -> None:
    """How many young people the council looks after, in all and by group."""
    await denominators.enter(work, quarter.name, people, doing.by, doing.at)
    await audit.note(work, doing.by, Action.PEOPLE_ENTERED, "quarter", quarter.name, {"quarter": quarter.name})


async def begin(work: Work, quarter: Quarter, doing: Doing) -> str:
    """A new draft of the counts as they stand; its id. Raises QuarterPublished."""
    page = await make_page(work, quarter, Written(), {}, doing.at)
    made = await publications.begin(work, quarter.name, page.as_json(), doing.by, doing.at)
    await audit.note(work, doing.by, Action.SUMMARY_BEGUN, "publication", made, {"quarter": quarter.name})
    return made


async def open_draft(work: Work, publication_id: str) -> Draft:
    """A draft as it may be shown now. Raises LookupError when there is none, also when it is published."""
    kept = await publications.one(work, publication_id)
    if kept is None or kept.state is not PublicationState.DRAFT:
        raise LookupError("There is no such draft.")
    return await read_draft(work, kept)


async def write(work: Work, draft: Draft, version: int, wanted: Wanted, doing: Doing) -> None:
    """Count afresh and put this in the place of what was written. `version` is the one that they had before them.

    Of the quotes those stay that may stand on the page now. Raises Changed.
    """
    written = Written(decisions=tuple(wanted.decisions), going_well=wanted.going_well, new=wanted.new)
    checks = {one.id: one.id in wanted.ticked for one in load_board().intruder_check}
    page = await make_page(work, Quarter.named(draft.kept.quarter), written, checks, doing.at)
    page, sources = await _with_quotes(work, page, wanted.quotes)
    edit = Edit(version, page.as_json(), sources, wanted.meeting_on, doing.by, doing.at)
    await publications.change(work, draft.kept.id, edit)
    details = {"page_hash": publications.hash_of(page.as_json())}
    await audit.note(work, doing.by, Action.SUMMARY_CHANGED, "publication", draft.kept.id, details)


async def _with_quotes(work: Work, page: Page, chosen: Sequence[str]) -> tuple[Page, list[str]]:
    """The page with those of the chosen quotes that may stand on it now, and the feedback that they are from."""
    offered: dict[str, Permitted] = {one.feedback_id: one for one in await quotes_for(work, page)}
    stand = [offered[one] for one in chosen if one in offered]
    said = tuple(Quote(theme=theme_of(one, page) or "", words=one.words) for one in stand)
    written = page.written.model_copy(update={"quotes": said})
    return page.model_copy(update={"written": written}), [one.feedback_id for one in stand]


async def sign(work: Work, draft: Draft, seen: str, doing: Doing) -> None:
    """The second signature, for the page that they had before them: `seen` is its hash. Raises OwnPage, Changed."""
    if draft.kept.prepared_by == doing.by:
        raise OwnPage
    _is_as_seen(draft, seen)
    await _keep(work, draft, Signed(SignedAs.SECOND, doing.by, draft.kept.page_hash, True, None, doing.at))


async def say_for_ovos(work: Work, draft: Draft, seen: str, says: OvosSays, doing: Doing) -> None:
    """What OVOS says of the names and of the page that it had before it. What it says against is shown as it is.

    Raises Changed.
    """
    _is_as_seen(draft, seen)
    of_names = Signed(
        SignedAs.OVOS_NAMES, doing.by, names_hash(draft.page), says.names, says.names_dissent or None, doing.at
    )
    of_page = Signed(SignedAs.OVOS_PAGE, doing.by, draft.kept.page_hash, says.page, says.page_dissent or None, doing.at)
    for signed in (of_names, of_page):
        await _keep(work, draft, signed)


def _is_as_seen(draft: Draft, seen: str) -> None:
    if seen != draft.kept.page_hash or draft.withdrawn:
        raise Changed


async def _keep(work: Work, draft: Draft, signed: Signed) -> None:
    await publications.sign(work, draft.kept.id, signed)
    details = {"page_hash": signed.page_hash, "signed_as": signed.signed_as.value, "agrees": signed.agrees}
    await audit.note(work, signed.staff_id, Action.SUMMARY_SIGNED, "publication", draft.kept.id, details)


def stands_in_the_way(draft: Draft, today: date) -> list[Hindrance]:
    """All that hinders its publication, by the council's own rules, in the order of putting it right."""
    return hindrances(draft, today, load_board(), load_taxonomy(), find_identifiers)


async def publish(work: Work, draft: Draft, seen: str, doing: Doing) -> Page:
    """Freeze the page that they had before them; what was frozen. Everything is looked at once more here.

    Raises Hindered, Changed, QuarterPublished: then nothing of the transaction may be kept.
    """
    if stands := stands_in_the_way(draft, doing.today):
        raise Hindered(stands[0])
    _is_as_seen(draft, seen)
    try:
        # Locked and marked in this transaction: a quote that is taken back meanwhile undoes it, or comes too late.
        await quotes.published(work, draft.kept.quotes_of)
    except quotes.TakenBack:
        raise Hindered(Hindrance.QUOTE_WITHDRAWN) from None
    page = frozen(draft, doing.today)
    await publications.publish(work, draft.kept.id, page.as_json(), doing.by, doing.at)
    details = {"page_hash": publications.hash_of(page.as_json())}
    await audit.note(work, doing.by, Action.SUMMARY_PUBLISHED, "publication", draft.kept.id, details)
    return page


async def answer(work: Work, publication_id: str, page: Page, replies: Sequence[Reply], doing: Doing) -> list[str]:
    """What the board answered to the decisions of a published page; the ids of the promises that it became, in order.

    Raises AlreadyTold.
    """
    made = await keep_slip(work, publication_id, page.quarter, page.written.decisions, replies)
    for promise_id, state in made:
        await audit.note(work, doing.by, Action.PROMISE_MADE, "promise", promise_id, {"after": state.value})
    await audit.note(work, doing.by, Action.BOARD_REPLIED, "publication", publication_id, {"quarter": page.quarter})
    return [promise_id for promise_id, _state in made]
