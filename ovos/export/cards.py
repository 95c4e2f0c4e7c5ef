"""`ovos export cards FILE`: every card, figure, rule, number and local fact on one page, with every source.

For a lawyer or the virtual school to check in an hour: what most needs a look comes first. One file of HTML that needs
nothing beside it, reads well on paper and in a screen reader, and holds nothing about any person.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2

from bot.content import content_folder, read_yaml
from bot.entitlements.answers import Answer, in_words
from bot.entitlements.changes import overlaid
from bot.entitlements.library import CARD_FILES, Library, load_library
from bot.entitlements.models import Card, Figure
from bot.entitlements.placeholders import figures_in
from bot.store import Store, card_changes
from bot.store.card_changes import KeptChange
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from ovos.settings import Settings, SettingsError

HERE = Path(__file__).parent
GROUPS = {
    "status.yml": "Who is a care leaver",
    "people.yml": "People, plans and meetings",
    "voice.yml": "Having a say",
    "home_and_family.yml": "Home and family",
    "health_and_learning.yml": "Health and learning",
    "money.yml": "Money",
    "housing.yml": "Somewhere to live",
}
READ = {"yes": "read", "in_part": "read in part", "second_hand": "read in somebody else's words", "no": "not read"}
IN_FORCE = {
    "yes": "in force, or practice",
    "passed_not_confirmed": "passed, and not confirmed to have started",
    "announced": "announced, and not confirmed to have started",
}


@dataclass(frozen=True)
class CardEntry:
    """A card with what it says today and what it says once it is past its review date."""

    card: Card
    now: Answer
    later: Answer
    figures: Sequence[Figure]
    local: Sequence[str]  # the questions to the council that it leans on


@dataclass(frozen=True)
class Group:
    title: str
    cards: Sequence[CardEntry]


async def export_cards(settings: Settings, file: Path) -> int:
    """Write the page. Raises SettingsError when the file cannot be written, ContentError when content is wrong."""
    if not file.parent.is_dir():
        raise SettingsError(f"There is no folder {file.parent} to write {file.name} to.")
    base = load_library(content_folder() / "entitlements")
    changes = await _changes(settings)
    page = render_cards(base, changes, datetime.now(ZoneInfo("Europe/London")).date())
    unfinished = file.with_name(file.name + ".new")
    try:
        unfinished.write_text(page, encoding="utf-8")
        os.replace(unfinished, file)
    except OSError as error:
        raise SettingsError(f"{file} cannot be written: {error.strerror}.") from None
    print(f"Wrote {len(base.cards)} cards, {len(base.figures)} figures and their sources to {file}.")
    return 0


async def _changes(settings: Settings) -> list[KeptChange]:
    """What staff have changed in the console; nothing where the service has never run on this machine."""
    if not settings.key_file.exists():
        return []
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        async with store.look() as work:
            return await card_changes.in_force(work)
    finally:
        await store.close()


def render_cards(base: Library, changes: Sequence[KeptChange], on: date) -> str:
    """The page as it is true on a day."""
    said = overlaid(base, changes)
    library = said.library
    groups = list(_groups(library, on))
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE), autoescape=True, undefined=jinja2.StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    environment.filters["day"] = in_words
    return environment.get_template("cards.html").render(
        library=library,
        council=library.local_pack.council,
        on=on,
        groups=groups,
        look_first=_look_first(groups),
        overdue=library.overdue(on),
        missing=library.missing_locally(on),
        changes=[one for one in changes if one not in [left.change for left in said.left_out]],
        sources=_sources(library),
        rules=_rules(),
        read=READ,
        in_force=IN_FORCE,
    )


def _groups(library: Library, on: date) -> Iterator[Group]:
    questions = {fact.id: fact.question for fact in library.local_facts}
    for file in CARD_FILES:
        ids = [one["id"] for one in read_yaml(content_folder() / "entitlements" / file)["cards"]]
        yield Group(GROUPS[file], [_entry(library, library.cards[card], on, questions) for card in ids])


def _entry(library: Library, card: Card, on: date, questions: Mapping[str, str]) -> CardEntry:
    named = dict.fromkeys((*figures_in(card.answer), *figures_in(card.easy)))
    return CardEntry(
        card=card,
        now=library.answer(card.id, on),
        later=library.answer(card.id, date.max),
        figures=[library.figures[name] for name in named],
        local=[questions[fact.id] for fact in library.local_facts if card.id in fact.cards],
    )


def _look_first(groups: Sequence[Group]) -> list[tuple[CardEntry, list[str]]]:
    """The cards that most need somebody who knows the law, with the reasons."""
    found = []
    for entry in (entry for group in groups for entry in group.cards):
        card = entry.card
        reasons = [IN_FORCE[card.in_force]] if card.in_force != "yes" else []
        reasons += [f"how sure: {card.confidence}"] if card.confidence != "high" else []
        reasons += [f"figure {one.id}: {one.confidence}" for one in entry.figures if one.confidence != "high"]
        if all(source.read == "no" for source in card.sources):
            reasons.append("none of its sources was read itself")
        if reasons:
            found.append((entry, reasons))
    return found


def _sources(library: Library) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Each source with where it is used: its section, how far it was read, and the card or figure."""
    found: dict[str, list[tuple[str, str, str]]] = {}
    for card in library.cards.values():
        for source in card.sources:
            found.setdefault(source.name, []).append((source.section or "", READ[source.read], f"card {card.title}"))
    for figure in library.figures.values():
        for value in figure.values:
            use = (value.source.section_or_url_name, READ[value.source.read], f"figure {figure.id}")
            found.setdefault(value.source.name, []).append(use)
    return sorted(found.items())


def _rules() -> list[Figure]:
    """The figures by which the status check counts."""
    path = content_folder() / "entitlements" / "status_rules.yml"
    data: dict[str, Any] = read_yaml(path) if path.exists() else {"rules": []}
    return [Figure.model_validate(one) for one in data["rules"]]
