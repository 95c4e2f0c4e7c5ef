"""From counted people to the tables that go through disclosure control. Numbers here are true and stay in this room."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from statistics import median
from typing import Protocol

from bot.reports.cells import TWO_WAY, first_cell
from bot.reports.content import Board, Taxonomy
from bot.reports.disclosure import Figures, Table, protect
from bot.reports.inference import Relation
from bot.reports.page import Feeling
from bot.store.answered import AskedOnce
from bot.store.counted_themes import ALL, DOMAIN, ENGLAND, Counted, CountedGroup
from bot.store.models import RequestState
from bot.store.report_models import Sentiment

NOT_SAID = "not_said"
WITHIN_DAYS = 2  # working days
FEELINGS = ("positive", "mixed", "negative", "other")


class WorkingDays(Protocol):
    def __call__(self, first: date, last: date) -> int: ...


@dataclass
class Scope:
    """People and messages of a theme, a domain or all. `chats` are those that belong to nobody who can be told."""

    people: int = 0
    chats: int = 0
    messages: int = 0
    reviewed: int = 0
    feelings: Counter[str] = field(default_factory=Counter)

    @property
    def share_reviewed(self) -> int:
        """Per cent, rounded down."""
        return 100 if not self.messages else 100 * self.reviewed // self.messages


def by_scope(counted: Sequence[Counted]) -> dict[str, Scope]:
    """In a theme or domain only those count whose theme a person decided on; in all, everybody who wrote."""
    scopes: dict[str, Scope] = {ALL: Scope()}
    for one in counted:
        scope = scopes.setdefault(one.scope, Scope())
        scope.messages += one.messages
        scope.reviewed += one.reviewed
        if not one.checked and one.scope != ALL:
            continue
        if one.linked:
            scope.people += one.people
            scope.feelings[_feeling(one.feeling)] += one.people
        else:
            scope.chats += one.people
    return scopes


def _feeling(said: Sentiment | None) -> str:
    return said.value if said in (Sentiment.POSITIVE, Sentiment.MIXED, Sentiment.NEGATIVE) else "other"


def feeling_in_words(scope: Scope) -> Feeling:
    """Mostly: six in ten of those behind the theme."""
    if 10 * scope.feelings["negative"] >= 6 * scope.people:
        return Feeling.NEGATIVE
    return Feeling.POSITIVE if 10 * scope.feelings["positive"] >= 6 * scope.people else Feeling.MIXED


def feedback_figures(
    quarter: str, scopes: dict[str, Scope], groups: Sequence[CountedGroup], taxonomy: Taxonomy, board: Board
) -> Figures:
    """All figures about who wrote and of what."""
    everybody = f"{quarter}/all"
    themes = {one.id: scopes.get(one.id, Scope()) for one in taxonomy.themes}
    people = {everybody: scopes[ALL].people}
    people |= {f"{quarter}/theme:{name}": scope.people for name, scope in themes.items()}
    people |= {f"{quarter}/domain:{one.id}": scopes.get(DOMAIN + one.id, Scope()).people for one in taxonomy.domains}
    people[f"{quarter}/good_news"] = sum(one.people for one in groups if one.good_news)
    relations = [Relation(kind="inside", whole=everybody, parts=tuple(name for name in people if name != everybody))]
    relations += [_domain(quarter, one.id, taxonomy) for one in taxonomy.domains if taxonomy.of_domain(one.id)]
    relations += [_feelings(f"{quarter}/theme:{name}", scope, people) for name, scope in themes.items() if _many(scope)]
    for kind, known in (("age", board.age_bands), ("home", board.home_kinds)):
        names = [one.id for one in known]
        said = Counter[str]()
        for group in groups:
            value = group.age_band if kind == "age" else group.home_kind
            said[value if value in names else NOT_SAID] += group.people
        parts = {f"{quarter}/{kind}:{name}": said[name] for name in (*names, NOT_SAID)}
        people |= parts
        relations.append(Relation(kind="sum", whole=everybody, parts=tuple(parts)))
    return protect(Table(people, relations), everybody)


def _domain(quarter: str, domain: str, taxonomy: Taxonomy) -> Relation:
    themes = tuple(f"{quarter}/theme:{one.id}" for one in taxonomy.of_domain(domain))
    return Relation(kind="cover", whole=f"{quarter}/domain:{domain}", parts=themes)


def _many(scope: Scope) -> bool:
    """By the figure as it is shown, so that a split does not tell on which side of fifty the number is."""
    return (first_cell(scope.people).number or 0) > TWO_WAY


def _feelings(theme: str, scope: Scope, people: dict[str, int]) -> Relation:
    parts = {f"{theme}:{feeling}": scope.feelings[feeling] for feeling in FEELINGS}
    people |= parts
    return Relation(kind="sum", whole=theme, parts=tuple(parts))


@dataclass(frozen=True)
class RequestFigures:
    figures: Figures
    median_days: int | None


def request_figures(
    quarter: str, asked: Sequence[AskedOnce], now: datetime, working_days: WorkingDays
) -> RequestFigures:
    """How people who asked for something were answered. Somebody with several requests counts by the worst."""
    everybody = f"{quarter}/asked"
    worst: dict[str, tuple[int, bool, bool]] = {}
    waits: dict[str, int] = {}
    for one in asked:
        if one.linked:
            before = worst.get(one.who, (0, False, False))
            state = _state(one, now, working_days)
            worst[one.who] = (max(before[0], state[0]), before[1] or state[1], before[2] or state[2])
            if one.answered_at is not None:
                days = working_days(_day(one.asked_at), _day(one.answered_at))
                waits[one.who] = max(waits.get(one.who, 0), days)
    states = Counter(state for state, _late, _closed in worst.values())
    parts = {f"{everybody}:{name}": states[n] for n, name in enumerate(("within", "later", "waiting"))}
    apart = {
        f"{everybody}:late": sum(late for _state, late, _closed in worst.values()),
        f"{everybody}:no_reply": sum(closed for _state, _late, closed in worst.values()),
    }
    relations = [
        Relation(kind="sum", whole=everybody, parts=tuple(parts)),
        Relation(kind="inside", whole=everybody, parts=tuple(apart)),
    ]
    figures = protect(Table({everybody: len(worst), **parts, **apart}, relations), everybody)
    # Said only where the figures show that ten or more had an answer.
    answered = [figures.cells[name] for name in parts if not name.endswith("waiting")] if figures.cells else []
    enough = any(cell.number is not None for cell in answered)
    return RequestFigures(figures, max(1, round(median(waits.values()))) if enough and waits else None)


def _state(one: AskedOnce, now: datetime, working_days: WorkingDays) -> tuple[int, bool, bool]:
    """0, 1 or 2: answered soon, later, not yet; whether it was late; whether it was closed without a reply."""
    ended = one.answered_at or now
    late = one.due_on is not None and _day(ended) > one.due_on
    closed = one.state == RequestState.CLOSED_NO_REPLY
    if one.answered_at is None:
        return 2, late, closed
    return int(working_days(_day(one.asked_at), _day(one.answered_at)) > WITHIN_DAYS), late, closed


def _day(at: datetime) -> date:
    return at.astimezone(ENGLAND).date()
