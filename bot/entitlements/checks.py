"""What a card may not do. Every check here guards something that a young person would otherwise read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date

from bot.entitlements.files import Faults
from bot.entitlements.ids import CARD_IDS, WHO_IDS
from bot.entitlements.models import Card, Contact, Figure, LocalFact, Phrases
from bot.entitlements.placeholders import contacts_in, figures_in, has_stray_brace, words_in

MOST_WORDS = 60
LONGEST_TITLE = 40
FEWEST_QUESTIONS = 15
LONGEST_QUESTION = 400
NOT_IN_A_QUESTION = "[]{}\\\n\t"
PHRASE_BLANKS = {"no_number": {"name"}, "not_written": set(), "past_review": {"date"}, "sources": {"date", "sources"}}

_WITH_FIGURES = ("answer", "easy")
_WITH_CONTACTS = (*_WITH_FIGURES, "answer_without_figures", "easy_without_figures", "who_for", "how")
_PLAIN = ("title", "if_told_no")
# A time that a text states by itself, like "20 working days", "six months" or "every term". An age has no such word.
_TIME = re.compile(
    r"\b(?:(?:\d+|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\s+(?:working\s+|school\s+)?"
    r"(?:hour|day|week|month|year|term)s?|(?:a|each|every)\s+(?:week|month|year|term))\b",
    re.IGNORECASE,
)


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


def check_contact(file: str, contact: Contact, faults: Faults) -> None:
    if contact.verified and contact.checked_on is None:
        faults.add(file, contact.id, "verified, but checked_on is blank")
    if contact.verified and contact.said is None:
        faults.add(file, contact.id, "verified, but there is no number")


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


def check_dates(file: str, name: str, checked_on: date, review_by: date, faults: Faults) -> None:
    if review_by < checked_on:
        faults.add(file, name, f"review_by {review_by} is before checked_on {checked_on}")


def check_phrases(file: str, phrases: Phrases, faults: Faults) -> None:
    for name, blanks in PHRASE_BLANKS.items():
        text = getattr(phrases, name)
        if set(figures_in(text)) != blanks or has_stray_brace(text):
            faults.add(file, name, f"expected these blanks and no others: {', '.join(sorted(blanks)) or 'none'}")


def check_card(file: str, card: Card, figures: Collection[str], contacts: Collection[str], faults: Faults) -> None:
    """Note everything that is wrong with one card."""
    if card.id not in CARD_IDS:
        faults.add(file, card.id, "not one of the card ids")
    if len(card.title) > LONGEST_TITLE:
        faults.add(file, card.id, "title", f"{len(card.title)} characters, {LONGEST_TITLE} at most")
    check_dates(file, card.id, card.checked_on, card.review_by, faults)
    _check_written(file, card, faults)
    _check_placeholders(file, card, figures, contacts, faults)
    _check_times(file, card, faults)
    for who in card.ask:
        if who not in WHO_IDS:
            faults.add(file, card.id, "ask", f"there is no '{who}' to ask")
    for contact in card.contacts:
        if contact not in contacts:
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


def _check_placeholders(
    file: str, card: Card, figures: Collection[str], contacts: Collection[str], faults: Faults
) -> None:
    for field in (*_WITH_CONTACTS, *_PLAIN):
        text = getattr(card, field) or ""
        if has_stray_brace(text):
            faults.add(file, card.id, field, "a curly bracket that is not part of a {placeholder}")
        for name in figures_in(text):
            if name not in figures:
                faults.add(file, card.id, field, f"there is no figure '{name}'")
            elif field not in _WITH_FIGURES:
                faults.add(file, card.id, field, f"the figure '{name}' cannot be withheld here")
        for name in contacts_in(text):
            if name not in contacts:
                faults.add(file, card.id, field, f"there is no contact '{name}'")
            elif field in _PLAIN:
                faults.add(file, card.id, field, "a number cannot be left out here")
    for field in _WITH_FIGURES:
        if figures_in(getattr(card, field)) and getattr(card, f"{field}_without_figures") is None:
            faults.add(file, card.id, f"{field}_without_figures", f"is missing, and {field} uses a figure")


def _check_times(file: str, card: Card, faults: Faults) -> None:
    """A time that a card states by itself needs other words too, for when the card is past its review date."""
    for field in _WITH_FIGURES:
        other = f"{field}_without_figures"
        stated, kept = (_TIME.search(getattr(card, name) or "") for name in (field, other))
        if stated and getattr(card, other) is None:
            faults.add(file, card.id, other, f"is missing, and {field} states '{stated.group()}'")
        if kept:
            faults.add(file, card.id, other, f"'{kept.group()}' cannot be withheld here")


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
