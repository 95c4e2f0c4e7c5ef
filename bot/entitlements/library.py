"""The cards, the figures and numbers they use, and the answer that is true on one day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path

from bot.entitlements import checks
from bot.entitlements.answers import Answer, AnswerWriter
from bot.entitlements.files import Faults, read_list, read_mapping, read_one
from bot.entitlements.hours import ReadingHours
from bot.entitlements.ids import CARD_IDS
from bot.entitlements.local_pack import FILE, LocalPack, Missing, check_pack, missing
from bot.entitlements.models import BankHolidays, Card, Contact, Figure, LocalFact, Phrases
from bot.entitlements.placeholders import without_placeholders

CARD_FILES = (
    "status.yml",
    "people.yml",
    "voice.yml",
    "home_and_family.yml",
    "health_and_learning.yml",
    "money.yml",
    "housing.yml",
)


@dataclass(frozen=True)
class Library:
    """All of `content/entitlements`, checked. Reading it again is the way to change it."""

    cards: Mapping[str, Card]
    figures: Mapping[str, Figure]
    contacts: Mapping[str, Contact]
    questions: Mapping[str, tuple[str, ...]]
    local_facts: tuple[LocalFact, ...]
    local_pack: LocalPack
    phrases: Phrases
    bank_holidays: BankHolidays
    reading_hours: ReadingHours | None  # None until the council has supplied them

    def answer(self, card_id: str, on: date) -> Answer:
        """The card as it may be said on that day. Raises KeyError when there is no such card."""
        facts = {fact.id: fact for fact in self.local_facts}
        return AnswerWriter(self.figures, self.contacts, facts, self.phrases).write(self.cards[card_id], on)

    @property
    def known(self) -> checks.Elsewhere:
        """What cards may name."""
        return checks.Elsewhere(self.figures, self.contacts, {fact.id: fact for fact in self.local_facts})

    def overdue(self, on: date) -> tuple[str, ...]:
        """What somebody must check again, one line each: its kind, its id, the day it was due."""
        due = [(f"card {card.id}", card.review_by) for card in self.cards.values()]
        due += [(f"figure {figure.id}", figure.review_by) for figure in self.figures.values()]
        due += [(f"contact {one.id}", one.review_by) for one in self.contacts.values() if one.review_by]
        due += [(f"local_offer {fact.id}", fact.review_by) for fact in self.local_facts if fact.review_by]
        due += [("bank_holidays", self.bank_holidays.review_by)]
        return tuple(f"{name}: {day}" for name, day in due if on > day)

    def blanks(self) -> tuple[str, ...]:
        """The questions that only the council can answer and has not, one line each: the id, and whom to ask."""
        return tuple(f"{fact.id}: {fact.owner}" for fact in self.local_facts if fact.answer is None)

    def missing_locally(self, on: date) -> list[Missing]:
        """What the council has to supply and has not, or has not checked again."""
        known = self.known
        return missing(self.local_pack, self.reading_hours, known.contacts, known.local_facts, on)

    def training_rows(self) -> tuple[list[str], list[str]]:
        """Texts and their cards, for card search: every question, every title, every answer without its blanks."""
        rows = [(question, card) for card, asked in self.questions.items() for question in asked]
        for card in self.cards.values():
            rows.append((card.title, card.id))
            if card.answer:
                rows.append((without_placeholders(f"{card.title}. {card.answer}"), card.id))
        return [text for text, _ in rows], [card for _, card in rows]


def load_library(folder: Path) -> Library:
    """Read and check `content/entitlements`. Raises ContentError with a line for each fault.

    Several rooms of one process read it when they start, and it takes a second: what has not changed is read once.
    """
    return _read(folder, tuple(_mark(path) for path in sorted(folder.rglob("*.yml"))))


def _mark(path: Path) -> tuple[str, int, int]:
    """What changes when a file is written."""
    found = path.stat()
    return str(path), found.st_mtime_ns, found.st_size


@lru_cache(maxsize=2)
def _read(folder: Path, _marks: tuple[tuple[str, int, int], ...]) -> Library:
    faults = Faults()
    figures = read_list(folder / "figures.yml", "figures", Figure, faults)
    contacts = read_list(folder / "contacts.yml", "contacts", Contact, faults)
    facts = read_list(folder / "local_offer.yml", "local_offer", LocalFact, faults)
    phrases = read_one(read_mapping(folder / "phrases.yml", faults), Phrases, "phrases.yml", faults)
    holidays = read_one(read_mapping(folder / "bank_holidays.yml", faults), BankHolidays, "bank_holidays.yml", faults)
    hours = ReadingHours.parse(read_mapping(folder / "hours.yml", faults), holidays, faults)
    cards = [(file, card) for file in CARD_FILES for card in read_list(folder / file, "cards", Card, faults)]
    questions = _read_questions(folder / "questions", faults)
    pack = read_one(read_mapping(folder / FILE, faults), LocalPack, FILE, faults)
    _check_small_files(figures, contacts, facts, phrases, faults)
    if pack is not None:
        check_pack(pack, {one.id: one for one in contacts}, {fact.id: fact for fact in facts}, faults)
    _check_cards(cards, _known(figures, contacts, facts), faults)
    faults.raise_if_any()
    assert phrases is not None  # else there were faults
    assert pack is not None
    assert holidays is not None
    by_id = {card.id: card for _, card in cards}
    return Library(
        cards={name: by_id[name] for name in CARD_IDS},
        figures={figure.id: figure for figure in figures},
        contacts={contact.id: contact for contact in contacts},
        questions={name: questions[name] for name in CARD_IDS},
        local_facts=tuple(facts),
        local_pack=pack,
        phrases=phrases,
        bank_holidays=holidays,
        reading_hours=hours,
    )


def _check_small_files(
    figures: list[Figure], contacts: list[Contact], facts: list[LocalFact], phrases: Phrases | None, faults: Faults
) -> None:
    for figure in figures:
        checks.check_figure("figures.yml", figure, faults)
    for contact in contacts:
        checks.check_contact("contacts.yml", contact, faults)
    for fact in facts:
        checks.check_local_fact("local_offer.yml", fact, faults)
    checks.check_once("figures.yml", (figure.id for figure in figures), faults)
    checks.check_once("contacts.yml", (contact.id for contact in contacts), faults)
    checks.check_once("local_offer.yml", (fact.id for fact in facts), faults)
    if phrases is not None:
        checks.check_phrases("phrases.yml", phrases, faults)


def _known(figures: list[Figure], contacts: list[Contact], facts: list[LocalFact]) -> checks.Elsewhere:
    return checks.Elsewhere(
        {figure.id: figure for figure in figures},
        {contact.id: contact for contact in contacts},
        {fact.id: fact for fact in facts},
    )


def _check_cards(cards: list[tuple[str, Card]], known: checks.Elsewhere, faults: Faults) -> None:
    for file, card in cards:
        checks.check_card(file, card, known, faults)
        if not any(line.startswith(f"{file}: {card.id}: ") for line in faults.lines):
            checks.check_filled(file, card, known, faults)
    ids = [card.id for _, card in cards]
    checks.check_once("cards", ids, faults)
    for name in CARD_IDS:
        if name not in ids:
            faults.add("cards", name, "no file has this card")


def _read_questions(folder: Path, faults: Faults) -> dict[str, tuple[str, ...]]:
    """The lists of questions by card, from every file of the folder."""
    questions: dict[str, tuple[str, ...]] = {}
    places: dict[str, str] = {}
    for path in sorted(folder.glob("*.yml")):
        place = f"questions/{path.name}"
        for card, asked in read_mapping(path, faults).items():
            if card not in CARD_IDS:
                faults.add(place, str(card), "not one of the card ids")
            elif card in questions:
                faults.add(place, card, f"its questions are also in {places[card]}")
            elif not isinstance(asked, list) or not all(isinstance(question, str) for question in asked):
                faults.add(place, card, "expected a list of questions in quotation marks")
            else:
                questions[card], places[card] = tuple(asked), place
    checks.check_questions(places, questions, faults)
    for name in CARD_IDS:
        if name not in questions:
            faults.add("questions", name, "no file has questions for this card")
    return questions
