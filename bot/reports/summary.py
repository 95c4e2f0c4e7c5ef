"""Builds the page of a quarter from what the store has counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time

from bot.reports.cells import STEP, Cell, Shown, up_to
from bot.reports.chance import Change, change
from bot.reports.content import Board, Group, Retired, Taxonomy, Theme
from bot.reports.counts import (
    NOT_SAID,
    RequestFigures,
    Scope,
    WorkingDays,
    by_scope,
    feedback_figures,
    feeling_in_words,
    request_figures,
)
from bot.reports.disclosure import Figures
from bot.reports.page import (
    TOP,
    Answered,
    DomainShown,
    Entitlement,
    Feeling,
    GroupShown,
    History,
    Page,
    Promise,
    ThemeShown,
    Written,
)
from bot.reports.quarters import Quarter
from bot.store import Work, answered, counted_themes, denominators
from bot.store.answered import AskedOnce
from bot.store.counted_themes import ALL, ENGLAND, Counted, CountedGroup
from bot.store.denominators import EVERYBODY

QUARTERS_OF_HISTORY = 3


@dataclass(frozen=True)
class Known:
    """What the store knows of a quarter."""

    counted: Sequence[Counted]
    groups: Sequence[CountedGroup]
    eligible: Mapping[str, int]
    asked: Sequence[AskedOnce]


@dataclass(frozen=True)
class Around:
    """What other rooms and earlier quarters add. `earlier` are published pages, newest first; `entitlements` are what
    each theme's cards say on the day; `agreement` is Krippendorff's alpha between two officers, where measured."""

    earlier: Sequence[Page] = ()
    promises: Sequence[Promise] = ()
    entitlements: Mapping[str, tuple[Entitlement, ...]] = field(default_factory=dict)
    agreement: float | None = None


async def look_up(work: Work, quarter: Quarter) -> Known:
    """Read what is counted. Nothing of it has been through disclosure control."""
    begin = datetime.combine(quarter.first_day, time(), ENGLAND)
    end = datetime.combine(quarter.after.first_day, time(), ENGLAND)
    return Known(
        counted=await counted_themes.counted(work, quarter.name),
        groups=await counted_themes.counted_groups(work, quarter.name),
        eligible=await denominators.of_quarter(work, quarter.name),
        asked=await answered.asked_between(work, begin, end),
    )


async def settle_counts(work: Work, quarter: Quarter, taxonomy: Taxonomy) -> None:
    """Before a quarter's page is made: chats that were linked since are counted for their person, and themes that were
    renamed or merged since the quarter began under their new name, nobody twice."""
    await counted_themes.renew_keys(work, quarter.name)
    for retired in taxonomy.retired:
        await counted_themes.move_theme(work, quarter.name, retired.id, _became(retired, taxonomy))


def _became(retired: Retired, taxonomy: Taxonomy) -> tuple[str, str] | None:
    theme = taxonomy.theme(retired.into) if retired.into else None
    return None if theme is None else (theme.id, theme.domain)


@dataclass(frozen=True)
class Rules:
    """What the council has decided, and the calendar and the moment to go by."""

    taxonomy: Taxonomy
    board: Board
    working_days: WorkingDays
    now: datetime


def build(quarter: Quarter, known: Known, around: Around, written: Written, rules: Rules) -> Page:
    """The page. Figures come only out of disclosure control."""
    scopes = by_scope(known.counted)
    figures = feedback_figures(quarter.name, scopes, known.groups, rules.taxonomy, rules.board)
    asked = request_figures(quarter.name, known.asked, rules.now, rules.working_days)
    page = Page(
        quarter=quarter.name,
        quarter_words=quarter.in_words,
        board=rules.board.board,
        council=rules.board.council,
        service=rules.board.service,
        figures=figures.joined(asked.figures),
        everybody=figures.cells.get(f"{quarter.name}/all"),
        chats=None if figures.words_only else up_to(scopes[ALL].chats),
        eligible=known.eligible.get(EVERYBODY),
        reviewed=scopes[ALL].share_reviewed,
        reviewed_needed=rules.board.reviewed_share,
        agreement=around.agreement,
        answered=_answered(quarter.name, asked),
        promises=tuple(around.promises),
        history=tuple(_history(one) for one in around.earlier[:QUARTERS_OF_HISTORY]),
        written=written,
    )
    return (
        page if figures.words_only else page.model_copy(update=_counted(quarter, scopes, figures, known, around, rules))
    )


def _counted(
    quarter: Quarter, scopes: Mapping[str, Scope], figures: Figures, known: Known, around: Around, rules: Rules
) -> dict[str, object]:
    cells, name = figures.cells, quarter.name
    top = _top(cells, name, rules.taxonomy)
    before = around.earlier[0] if around.earlier and around.earlier[0].quarter == quarter.before.name else None
    themes = tuple(
        _theme(one, name, scopes.get(one.id, Scope()), figures, before, around) for one in rules.taxonomy.themes
    )
    return {
        "themes": themes,
        "top": tuple(top),
        "domains": tuple(
            DomainShown(id=one.id, label=one.councillor, people=cells[f"{name}/domain:{one.id}"])
            for one in rules.taxonomy.domains
            if cells[f"{name}/domain:{one.id}"].shown is Shown.NUMBER
        ),
        "good_news": cells[f"{name}/good_news"],
        "ages": _groups(cells, f"{name}/age", rules.board.age_bands, known.eligible),
        "homes": _groups(cells, f"{name}/home", rules.board.home_kinds, known.eligible),
    }


def _top(cells: Mapping[str, Cell], quarter: str, taxonomy: Taxonomy) -> list[str]:
    """By the figures as they are shown; equal ones in the order of the taxonomy, so that the order tells nothing."""
    everybody = cells[f"{quarter}/all"].number or 0

    def size(theme: Theme) -> int:
        cell = cells[f"{quarter}/theme:{theme.id}"]
        return everybody + 1 if cell.shown is Shown.MOST else cell.number or 0

    shown = [one for one in taxonomy.themes if size(one)]
    return [one.id for one in sorted(shown, key=lambda one: -size(one))[:TOP]]


def _theme(
    theme: Theme, quarter: str, scope: Scope, figures: Figures, before: Page | None, around: Around
) -> ThemeShown:
    name = f"{quarter}/theme:{theme.id}"
    cell = figures.cells[name]
    is_shown = cell.shown in (Shown.NUMBER, Shown.MOST)
    split = {part.rpartition(":")[2]: figures.cells[part] for part in _parts_of(name, figures)}
    return ThemeShown(
        id=theme.id,
        label=theme.councillor,
        domain=theme.domain,
        people=cell,
        chats=up_to(scope.chats),
        feeling=feeling_in_words(scope) if is_shown else Feeling.NONE,
        feelings=split or None,
        change=_change(theme.id, quarter, figures, before) if is_shown else Change.FEW,
        checked=STEP * (scope.share_reviewed // STEP) if is_shown else None,
        principles=theme.principles,
        ofsted=theme.ofsted,
        finding=theme.finding,
        entitlements=around.entitlements.get(theme.id, ()) if is_shown else (),
    )


def _parts_of(name: str, figures: Figures) -> tuple[str, ...]:
    parts = [one.parts for one in figures.relations if one.kind == "sum" and one.whole == name]
    return parts[0] if parts else ()


def _change(theme: str, quarter: str, figures: Figures, before: Page | None) -> Change:
    cells = figures.cells
    earlier = None if before is None else before.figures.cells.get(f"{before.quarter}/theme:{theme}")
    all_before = None if before is None else before.everybody
    return change(cells[f"{quarter}/theme:{theme}"], cells[f"{quarter}/all"], earlier, all_before)


def _groups(
    cells: Mapping[str, Cell], kind: str, groups: Sequence[Group], eligible: Mapping[str, int]
) -> tuple[GroupShown, ...]:
    shown = [
        GroupShown(id=one.id, label=one.label, people=cells[f"{kind}:{one.id}"], eligible=eligible.get(one.id))
        for one in groups
    ]
    return (*shown, GroupShown(id=NOT_SAID, label="", people=cells[f"{kind}:{NOT_SAID}"], eligible=None))


def _answered(quarter: str, asked: RequestFigures) -> Answered | None:
    if asked.figures.words_only:
        return None
    cells = asked.figures.cells
    return Answered(
        asked=cells[f"{quarter}/asked"],
        median_days=asked.median_days,
        **{name: cells[f"{quarter}/asked:{name}"] for name in ("within", "later", "waiting", "late", "no_reply")},
    )


def _history(page: Page) -> History:
    return History(
        quarter=page.quarter,
        everybody=page.everybody,
        themes={one.id: one.people for one in page.themes},
        labels={one.id: one.label for one in page.themes},
    )
