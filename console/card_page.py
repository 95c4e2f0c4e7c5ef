"""One card, figure, number or local fact as its page shows it: what is said, from where, and what was changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from bot.entitlements.answers import Answer
from bot.entitlements.changes import NEW_VALUE, Item, Overlaid
from bot.entitlements.library import Library
from bot.entitlements.models import Card, Contact, Figure, LocalFact
from bot.entitlements.placeholders import figures_in
from bot.store.card_changes import KeptChange
from bot.store.card_models import ChangeState, ItemKind
from console.wording import Words


@dataclass(frozen=True)
class Said:
    """What young people are told of it today. `withheld` when a day has passed by which it had to be checked."""

    lines: Sequence[str]
    withheld: bool
    answer: Answer | None = None


@dataclass(frozen=True)
class HistoryLine:
    change: KeptChange
    made_by: str
    decided_by: str | None
    taken_back_by: str | None
    fields: Sequence[tuple[str, str]]
    left_out: Sequence[str]
    """Why a change that is in force is not said: the checks that refuse it. One word when the file is newer."""


@dataclass(frozen=True)
class Comparison:
    """One field of a proposal: what is said now, and what would be said."""

    name: str
    before: str
    after: str


def said_of(library: Library, kind: ItemKind, item: Item, today: date) -> Said:
    match item:
        case Card():
            answer = library.answer(item.id, today)
            return Said((answer.text,), answer.figures_withheld or answer.warning is not None, answer)
        case Figure():
            said = item.said_on(today)
            return Said((said,) if said else (), said is None)
        case Contact():
            return Said(tuple(filter(None, (item.said, item.hours, item.what_for))), item.said is None)
        case LocalFact():
            return Said(tuple(filter(None, (item.said_on(today) or item.unknown,))), item.said_on(today) is None)


def used_by(library: Library, item: Item) -> list[Card]:
    """The cards that say it."""
    match item:
        case Card():
            return []
        case Figure():
            return [
                one for one in library.cards.values() if item.id in (*figures_in(one.answer), *figures_in(one.easy))
            ]
        case Contact():
            return [
                one
                for one in library.cards.values()
                if item.id in one.contacts or f"{{contact:{item.id}}}" in _text(one)
            ]
        case LocalFact():
            return [library.cards[card] for card in item.cards]


def _text(card: Card) -> str:
    return " ".join(filter(None, (card.answer, card.easy, card.how, card.who_for)))


def history(words: Words, changes: Sequence[KeptChange], said: Overlaid, names: Mapping[str, str]) -> list[HistoryLine]:
    """The newest first."""
    refused = {one.change.id: one.faults or ("newer",) for one in said.left_out if isinstance(one.change, KeptChange)}
    return [
        HistoryLine(
            change=one,
            made_by=names.get(one.made_by, ""),
            decided_by=names.get(one.decided_by or ""),
            taken_back_by=names.get(one.taken_back_by or ""),
            fields=[(words.say(f"cards.fields_{name}"), _in_words(value)) for name, value in one.fields.items()],
            left_out=refused.get(one.id, ()),
        )
        for one in reversed(changes)
    ]


def waiting_proposal(changes: Sequence[KeptChange]) -> KeptChange | None:
    return next((one for one in changes if one.state is ChangeState.PROPOSED), None)


def compared(words: Words, item: Item, proposal: KeptChange) -> list[Comparison]:
    now = item.model_dump(mode="json")
    if isinstance(item, Figure):
        now[NEW_VALUE] = now["values"][-1]
    return [
        Comparison(words.say(f"cards.fields_{name}"), _in_words(now.get(name)), _in_words(value))
        for name, value in proposal.fields.items()
    ]


def _in_words(value: Any) -> str:
    if value is None or value == "":
        return "Nothing"
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, dict):  # a value of a figure
        source = value["source"]
        return f"{value['value']} from {value['effective_from']} ({source['name']}, {source['section_or_url_name']})"
    return str(value)
