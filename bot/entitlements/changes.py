"""Changes that staff made, laid over the files: dated, checked exactly as the files are, the newer check winning.

The files stay the base. A change holds as long as it was checked on the day of the file's own check or later: when the
file has been checked since, the file is right. A change that does not fit the file any more is left out, and named.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Protocol

from bot.entitlements import checks
from bot.entitlements.files import Faults, read_one
from bot.entitlements.ids import CHAT_PAGE_NUMBERS
from bot.entitlements.library import Library
from bot.entitlements.models import Card, Contact, Figure, LocalFact
from bot.store.card_models import ChangeWhat, ItemKind

Item = Card | Figure | Contact | LocalFact
NEW_VALUE = "new_value"  # in the fields of a figure's change: a value to add, or to put in the place of one of its day
# What a change of each sort may set, beside the two dates and what the sort needs to say where it is from.
_DATES = frozenset({"checked_on", "review_by"})
SETTABLE: Mapping[tuple[ItemKind, ChangeWhat], frozenset[str]] = {
    **{(kind, ChangeWhat.RENEWED): _DATES for kind in ItemKind},
    (ItemKind.LOCAL_FACT, ChangeWhat.FILLED): _DATES | {"answer", "source"},
    (ItemKind.CONTACT, ChangeWhat.FILLED): _DATES
    | {"number", "text_number", "hours", "verified", "source", "confidence"},
    (ItemKind.FIGURE, ChangeWhat.CORRECTED): _DATES | {NEW_VALUE, "confidence"},
    (ItemKind.CARD, ChangeWhat.CORRECTED): _DATES
    | {"answer", "answer_without_figures", "easy", "easy_without_figures", "who_for", "how", "if_told_no"},
}
_NAMED = re.compile(r"\{contact:([a-z0-9_]+)\}")


class Change(Protocol):
    """A change as the store keeps it."""

    @property
    def kind(self) -> ItemKind: ...

    @property
    def item(self) -> str: ...

    @property
    def what(self) -> ChangeWhat: ...

    @property
    def fields(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True)
class LeftOut:
    """A change that is in force and not said, with the reason: one line for each fault, none when the file is newer."""

    change: Change
    faults: tuple[str, ...]


@dataclass(frozen=True)
class Overlaid:
    """The library as it is said now."""

    library: Library
    left_out: tuple[LeftOut, ...] = ()


def item_of(library: Library, kind: ItemKind, name: str) -> Item | None:
    match kind:
        case ItemKind.CARD:
            return library.cards.get(name)
        case ItemKind.FIGURE:
            return library.figures.get(name)
        case ItemKind.CONTACT:
            return library.contacts.get(name)
        case ItemKind.LOCAL_FACT:
            return next((fact for fact in library.local_facts if fact.id == name), None)


def overlaid(base: Library, changes: Iterable[Change]) -> Overlaid:
    """The files with the changes over them, in their order."""
    library, left_out = base, []
    for change in changes:
        file = item_of(base, change.kind, change.item)
        if file is not None and _is_older(change, file):
            left_out.append(LeftOut(change, ()))
            continue
        changed, faults = changed_by(library, change)
        if changed is None:
            left_out.append(LeftOut(change, tuple(faults)))
        else:
            library = changed
    return Overlaid(library, tuple(left_out))


def _is_older(change: Change, file: Item) -> bool:
    return file.checked_on is not None and date.fromisoformat(change.fields["checked_on"]) < file.checked_on


def changed_by(library: Library, change: Change) -> tuple[Library | None, list[str]]:
    """The library with one change in it; None with a line for each fault where a check of the files refuses it."""
    faults = Faults()
    place = change.kind.value
    before = item_of(library, change.kind, change.item)
    if before is None:
        return None, [f"{place}: {change.item}: the files have no such thing"]
    if foreign := change.fields.keys() - SETTABLE.get((change.kind, change.what), frozenset()):
        return None, [f"{place}: {change.item}: {', '.join(sorted(foreign))}: cannot be changed in this way"]
    after = read_one(_merged(before, change.fields), type(before), place, faults)
    if after is None:
        return None, faults.lines
    changed = _with(library, after)
    _check(place, changed, after, faults)
    return (None, faults.lines) if faults.lines else (changed, [])


def _merged(before: Item, fields: Mapping[str, Any]) -> dict[str, Any]:
    data = {**before.model_dump(mode="json"), **fields}
    new_value = data.pop(NEW_VALUE, None)
    if new_value is not None:
        others = [one for one in data["values"] if one["effective_from"] != new_value.get("effective_from")]
        data["values"] = [*others, new_value]
    return data


def _with(library: Library, item: Item) -> Library:
    match item:
        case Card():
            return replace(library, cards={**library.cards, item.id: item})
        case Figure():
            return replace(library, figures={**library.figures, item.id: item})
        case Contact():
            return replace(library, contacts={**library.contacts, item.id: item})
        case LocalFact():
            facts = tuple(item if fact.id == item.id else fact for fact in library.local_facts)
            return replace(library, local_facts=facts)


def _check(place: str, library: Library, item: Item, faults: Faults) -> None:
    """The checks that the file of the item goes through, and those of the cards that say it."""
    match item:
        case Card():
            checks.check_card(place, item, library.known, faults)
            if not faults.lines:
                checks.check_filled(place, item, library.known, faults)
        case Figure():
            checks.check_figure(place, item, faults)
        case Contact():
            checks.check_contact(place, item, faults)
        case LocalFact():
            checks.check_local_fact(place, item, faults)
            for card in item.cards:
                checks.check_filled("card", library.cards[card], library.known, faults)


def numbers_of_fixed_texts(content: Path) -> frozenset[str]:
    """The contacts whose numbers stand in safety replies, in notices and on the chat page itself. Those are read once,
    when the service starts, so such a number is changed in its file and not in the console."""
    files = (content / "notices.yml", content / "safeguarding" / "replies.yml", content / "handover.yml")
    named = {name for file in files for name in _NAMED.findall(file.read_text(encoding="utf-8"))}
    return frozenset(named | set(CHAT_PAGE_NUMBERS))
