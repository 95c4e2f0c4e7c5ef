"""Everything on rights and money as lines of one list: what it is, who owns it, when it must be checked again."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from bot.entitlements.changes import Overlaid
from bot.entitlements.library import Library
from bot.store.card_models import ItemKind

SOON = timedelta(days=60)


class LineState(StrEnum):
    """What should be done about it, the most urgent first."""

    WAITS = "waits"
    LEFT_OUT = "left_out"
    OVERDUE = "overdue"
    SOON = "soon"
    BLANK = "blank"
    FINE = "fine"


@dataclass(frozen=True)
class Line:
    kind: ItemKind
    item: str
    title: str
    owner: str
    checked_on: date | None
    review_by: date | None
    state: LineState

    @property
    def address(self) -> str:
        return f"/console/cards/{self.kind}/{self.item}"


def lines(said: Overlaid, waiting: Collection[tuple[ItemKind, str]], today: date) -> list[Line]:
    """All of them, the most urgent first, then by the day on which each is due."""
    left_out = {(one.change.kind, one.change.item) for one in said.left_out if one.faults}
    found = []
    for kind, item, title, owner, checked_on, review_by in _items(said.library):
        state = _state(review_by, today)
        if (kind, item) in left_out:
            state = LineState.LEFT_OUT
        if (kind, item) in waiting:
            state = LineState.WAITS
        found.append(Line(kind, item, title, owner, checked_on, review_by, state))
    order = list(LineState)
    return sorted(found, key=lambda line: (order.index(line.state), line.review_by or date.max, line.title))


def _state(review_by: date | None, today: date) -> LineState:
    if review_by is None:
        return LineState.BLANK
    if today > review_by:
        return LineState.OVERDUE
    return LineState.SOON if review_by - today <= SOON else LineState.FINE


def _items(library: Library) -> Iterator[tuple[ItemKind, str, str, str, date | None, date | None]]:
    for card in library.cards.values():
        yield ItemKind.CARD, card.id, card.title, card.owner, card.checked_on, card.review_by
    for figure in library.figures.values():
        yield ItemKind.FIGURE, figure.id, figure.name, figure.owner, figure.checked_on, figure.review_by
    for one in library.contacts.values():
        yield ItemKind.CONTACT, one.id, one.name, one.owner, one.checked_on, one.review_by if one.verified else None
    for fact in library.local_facts:
        yield ItemKind.LOCAL_FACT, fact.id, fact.question, fact.owner, fact.checked_on, fact.review_by
