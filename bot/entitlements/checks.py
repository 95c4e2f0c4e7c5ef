"""What a card may not do. Every check here guards something that a young person would otherwise read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from bot.entitlements.files import Faults
from bot.entitlements.ids import CARD_IDS, WHO_IDS
from bot.entitlements.models import Card, Contact, Figure, HowMuch, LocalFact, Phrases, Unit
from bot.entitlements.placeholders import (
    Blanks,
    as_read,
    contacts_in,
    figures_in,
    fill,
    has_stray_brace,
    local_in,
    words_in,
)
from bot.plain_words import load_plain_words

MOST_WORDS = 60
MOST_WORDS_OF_A_LOCAL_FACT = 30
LONGEST_REVIEW = timedelta(days=366)
LONGEST_TITLE = 40
FEWEST_QUESTIONS = 15
LONGEST_QUESTION = 400
NOT_IN_A_QUESTION = "[]{}\\\n\t"
PHRASE_BLANKS: Mapping[str, set[str]] = {
    "no_number": {"name"},
    "not_written": set(),
    "past_review": {"date"},
    "sources": {"date", "sources"},
    "sources_unread": set(),
    "less_sure": set(),
    "who_for": {"who"},
    "how_much": {"amount", "date"},
    "how_much_at_least_since": {"amount", "date"},
    "how_much_withheld": set(),
    "how_much_council": set(),
    "how_much_unchecked": set(),
    "more_local": {"fact"},
}

_WITH_FIGURES = ("answer", "easy")
_WITH_CONTACTS = (*_WITH_FIGURES, "answer_without_figures", "easy_without_figures", "who_for", "how")
_PLAIN = ("title", "if_told_no")
_SAID = (*_WITH_CONTACTS, *_PLAIN)
# An amount or a time that a text states by itself, like "£50", "20 working days" or "six months": it belongs in
# figures.yml, with its source and dates. An age has no such word.
_BARE = re.compile(
    r"£\s*\d|\b\d[\d,.]*\s*(?:pounds?\b|p\b|%|per cent\b|grand\b)"
    r"|\b(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s+(?:working\s+|school\s+)?"
    r"(?:hour|day|week|month|year|term)s?\b(?!\s+old)",
    re.IGNORECASE,
)
# How often something is, in a word.
_OFTEN = re.compile(r"\b(?:a|each|every)\s+(?:week|month|year|term)\b", re.IGNORECASE)


_NUMBER = re.compile(r"\d[\d ]{1,15}\d")


def question_key(question: str) -> str:
    """Two questions with the same key are the same question."""
    letters = (letter if letter.isalnum() else " " for letter in question.lower().replace("'", "").replace("’", ""))
    return " ".join("".join(letters).split())


def check_once(file: str, ids: Iterable[str], faults: Faults) -> None:
    for name, times in Counter(ids).items():
        if times > 1:
            faults.add(file, name, f"is there {times} times")


def check_figure(file: str, figure: Figure, faults: Faults) -> None:
    check_dates(file, figure.id, figure.checked_on, figure.review_by, faults)
    check_once(f"{file}: {figure.id}", (value.effective_from.isoformat() for value in figure.values), faults)
    if all(value.effective_from > figure.checked_on for value in figure.values):
        faults.add(file, figure.id, "no value had begun on the day it was checked")


def check_contact(file: str, contact: Contact, faults: Faults) -> None:
    if contact.verified and contact.checked_on is None:
        faults.add(file, contact.id, "verified, but checked_on is blank")
    if contact.verified and contact.said is None:
        faults.add(file, contact.id, "verified, but there is no number")
    if contact.verified and contact.review_by is None:
        faults.add(file, contact.id, "verified, but review_by is blank")
    if contact.checked_on and contact.review_by:
        check_dates(file, contact.id, contact.checked_on, contact.review_by, faults)
    for number in filter(None, (contact.number, contact.text_number)):
        if not _NUMBER.fullmatch(number):
            faults.add(file, contact.id, "a number is digits and blanks, like 0121 496 0000")
    _check_plain(file, contact.id, "what_for", contact.what_for, faults)


def check_local_fact(file: str, fact: LocalFact, faults: Faults) -> None:
    for card in fact.cards:
        if card not in CARD_IDS:
            faults.add(file, fact.id, f"there is no card '{card}'")
    rest = (fact.source, fact.checked_on, fact.review_by)
    if fact.answer is not None and None in rest:
        faults.add(file, fact.id, "an answer needs source, checked_on and review_by")
    if fact.answer is None and any(part is not None for part in rest):
        faults.add(file, fact.id, "source, checked_on or review_by without an answer")
    if fact.checked_on and fact.review_by:
        check_dates(file, fact.id, fact.checked_on, fact.review_by, faults)
    if fact.answer is not None:
        _check_plain(file, fact.id, "answer", fact.answer, faults)
        if words_in(fact.answer) > MOST_WORDS_OF_A_LOCAL_FACT:
            said = f"{words_in(fact.answer)} words, {MOST_WORDS_OF_A_LOCAL_FACT} at most"
            faults.add(file, fact.id, "answer", said)
        if set(fact.answer) & set("{}"):
            faults.add(file, fact.id, "answer", "a curly bracket")
    if fact.unknown is not None:
        _check_plain(file, fact.id, "unknown", fact.unknown, faults)


def check_dates(file: str, name: str, checked_on: date, review_by: date, faults: Faults) -> None:
    if review_by < checked_on:
        faults.add(file, name, f"review_by {review_by} is before checked_on {checked_on}")
    if review_by - checked_on > LONGEST_REVIEW:
        faults.add(file, name, f"review_by {review_by} is more than a year after checked_on {checked_on}")


def _check_plain(file: str, name: str, field: str, text: str, faults: Faults) -> None:
    for fault in load_plain_words().faults(as_read(text)):
        faults.add(file, name, field, fault)


def check_phrases(file: str, phrases: Phrases, faults: Faults) -> None:
    for name, blanks in PHRASE_BLANKS.items():
        text = getattr(phrases, name)
        if set(figures_in(text)) != blanks or has_stray_brace(text):
            faults.add(file, name, f"expected these blanks and no others: {', '.join(sorted(blanks)) or 'none'}")


@dataclass(frozen=True)
class Elsewhere:
    """What a card may name: the figures, the contacts and the local facts, by id."""

    figures: Mapping[str, Figure]
    contacts: Mapping[str, Contact]
    local_facts: Mapping[str, LocalFact]


def check_card(file: str, card: Card, known: Elsewhere, faults: Faults) -> None:
    """Note everything that is wrong with one card."""
    if card.id not in CARD_IDS:
        faults.add(file, card.id, "not one of the card ids")
    if len(card.title) > LONGEST_TITLE:
        faults.add(file, card.id, "title", f"{len(card.title)} characters, {LONGEST_TITLE} at most")
    check_dates(file, card.id, card.checked_on, card.review_by, faults)
    _check_written(file, card, faults)
    _check_placeholders(file, card, known, faults)
    _check_times(file, card, faults)
    _check_amounts(file, card, known, faults)
    for field in _SAID:
        if text := getattr(card, field):
            _check_plain(file, card.id, field, text, faults)
    for who in card.ask:
        if who not in WHO_IDS:
            faults.add(file, card.id, "ask", f"there is no '{who}' to ask")
    for contact in card.contacts:
        if contact not in known.contacts:
            faults.add(file, card.id, "contacts", f"there is no contact '{contact}'")
    check_once(f"{file}: {card.id}: ask", card.ask, faults)
    check_once(f"{file}: {card.id}: contacts", card.contacts, faults)


def _check_written(file: str, card: Card, faults: Faults) -> None:
    if card.written:
        for field in ("answer", "easy", "who_for", "how", "if_told_no"):
            if getattr(card, field) is None:
                faults.add(file, card.id, field, "a written card needs this")
        for field in ("ask", "sources"):
            if not getattr(card, field):
                faults.add(file, card.id, field, "a written card needs at least one")
    for field in ("answer", "answer_without_figures", "easy", "easy_without_figures"):
        text = getattr(card, field)
        if text is not None and words_in(text) > MOST_WORDS:
            faults.add(file, card.id, field, f"{words_in(text)} words, {MOST_WORDS} at most")


def _check_placeholders(file: str, card: Card, known: Elsewhere, faults: Faults) -> None:
    for field in _SAID:
        text = getattr(card, field) or ""
        if has_stray_brace(text):
            faults.add(file, card.id, field, "a curly bracket that is not part of a {placeholder}")
        for name in figures_in(text):
            if name not in known.figures:
                faults.add(file, card.id, field, f"there is no figure '{name}'")
            elif field not in _WITH_FIGURES:
                faults.add(file, card.id, field, f"the figure '{name}' cannot be withheld here")
        for name in contacts_in(text):
            if name not in known.contacts:
                faults.add(file, card.id, field, f"there is no contact '{name}'")
            elif field in _PLAIN:
                faults.add(file, card.id, field, "a number cannot be left out here")
        for name in local_in(text):
            if name not in known.local_facts:
                faults.add(file, card.id, field, f"there is no local fact '{name}'")
            elif card.id not in known.local_facts[name].cards or known.local_facts[name].unknown is None:
                faults.add(file, card.id, field, f"the local fact '{name}' is not for this card, or has no 'unknown'")
            elif field in _PLAIN:
                faults.add(file, card.id, field, "a local fact cannot stand here")
    for field in _WITH_FIGURES:
        if figures_in(getattr(card, field)) and getattr(card, f"{field}_without_figures") is None:
            faults.add(file, card.id, f"{field}_without_figures", f"is missing, and {field} uses a figure")


def _check_times(file: str, card: Card, faults: Faults) -> None:
    """No text states an amount or a time itself; how often something is needs other words too, for when the card is
    past its review date."""
    for field in _SAID:
        if bare := _BARE.search(getattr(card, field) or ""):
            faults.add(file, card.id, field, f"'{bare.group()}' belongs in figures.yml")
    for field in _WITH_FIGURES:
        other = f"{field}_without_figures"
        stated, kept = (_OFTEN.search(getattr(card, name) or "") for name in (field, other))
        if stated and getattr(card, other) is None:
            faults.add(file, card.id, other, f"is missing, and {field} states '{stated.group()}'")
        if kept:
            faults.add(file, card.id, other, f"'{kept.group()}' cannot be withheld here")


def _check_amounts(file: str, card: Card, known: Elsewhere, faults: Faults) -> None:
    figures = [known.figures[name] for name in figures_in(card.answer) if name in known.figures]
    if (card.how_much is HowMuch.FIGURE) != any(figure.unit is Unit.GBP for figure in figures):
        faults.add(file, card.id, "how_much", "is 'figure' when the answer names an amount of money, and only then")


def check_filled(file: str, card: Card, known: Elsewhere, faults: Faults) -> None:
    """A card as it is read, with what the council says in it, is still short."""
    answers = {fact.id: fact.answer or fact.unknown or "" for fact in known.local_facts.values()}
    blanks = Blanks(dict.fromkeys(known.figures, "1"), dict.fromkeys(known.contacts, "1"), {}, answers)
    for field in ("answer", "answer_without_figures", "easy", "easy_without_figures"):
        text = getattr(card, field)
        if text is not None and (words := len(fill(text, blanks).split())) > MOST_WORDS:
            faults.add(file, card.id, field, f"{words} words with what the council says, {MOST_WORDS} at most")


def check_questions(places: Mapping[str, str], questions: Mapping[str, tuple[str, ...]], faults: Faults) -> None:
    """Note lists that are too short, questions that no file of examples can hold, and questions asked twice."""
    seen: dict[str, str] = {}
    for card, asked in questions.items():
        if len(asked) < FEWEST_QUESTIONS:
            faults.add(places[card], card, f"{len(asked)} questions, at least {FEWEST_QUESTIONS} are needed")
        for question in asked:
            if set(question) & set(NOT_IN_A_QUESTION) or question != question.strip() or not question_key(question):
                faults.add(places[card], card, f"not one plain line of words: {question!r}")
            if len(question) > LONGEST_QUESTION:
                faults.add(places[card], card, f"longer than {LONGEST_QUESTION} characters: {question!r}")
            key = question_key(question)
            if key in seen:
                faults.add(places[card], card, f"also a question of {seen[key]}: {question!r}")
            seen.setdefault(key, card)
