"""Everything that a young person reads is in plain words, measured as it is read.

Two standard formulas, both as textstat computes them: the Automated Readability Index (Senter and Smith 1967) and the
Coleman-Liau index (Coleman and Liau 1975). They count letters, words and sentences. The formulas that count syllables
(Flesch-Kincaid, SMOG, Gunning fog) or look words up (Dale-Chall) make textstat fetch a dictionary from the internet,
which a test must not; the cards are held to Flesch-Kincaid by our own count (tests/bot/entitlements).
Both formulas were made on passages, and say nothing of a line of ten words: short texts are measured together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import pytest
import textstat

from bot.content import content_folder, read_yaml
from bot.entitlements.answers import Answer
from bot.entitlements.ids import CARD_IDS
from bot.entitlements.library import Library, load_library
from bot.plain_words import load_plain_words, sentences
from tests.content.everything_said import everything_said

HARDEST = 5.0  # a year of school in the United States
FEWEST_WORDS = 40  # to be measured alone
IN_DATE = date(2026, 11, 27)


@cache
def library() -> Library:
    return load_library(content_folder() / "entitlements")


def days() -> tuple[date, date]:
    """A day on which every figure may be said, and one on which none may."""
    last = max(card.review_by for card in library().cards.values())
    return IN_DATE, max(last, *(figure.review_by for figure in library().figures.values())) + timedelta(days=1)


def whole(answer: Answer) -> str:
    """A card as it is shown when somebody asks for all of it, less the names of its sources."""
    parts = [answer.title, answer.warning, answer.text, *answer.local, answer.how, answer.if_told_no]
    if answer.who_for:
        parts.append(library().phrases.who_for.format(who=answer.who_for))
    parts.append(answer.how_much)
    return " ".join(part if part[-1] in ".?!" else f"{part}." for part in parts if part)


def grades(text: str) -> tuple[float, float]:
    for one in exceptions()["names"]:
        text = text.replace(one["name"], "team")
    return textstat.automated_readability_index(text), textstat.coleman_liau_index(text)


@cache
def exceptions() -> dict[str, Any]:
    read: dict[str, Any] = read_yaml(Path(__file__).with_name("exceptions.yml"))
    return read


@pytest.mark.parametrize("card_id", CARD_IDS)
def test_a_whole_card_is_read_in_the_fifth_year_of_school_by_both_formulas(card_id: str) -> None:
    for day in days():
        text = whole(library().answer(card_id, day))
        assert max(grades(text)) <= HARDEST, (grades(text), text)
        assert median(len(sentence.split()) for sentence in sentences(text)) <= load_plain_words().middle_sentence
        assert load_plain_words().faults(text) == []


def test_the_easy_words_of_all_cards_are_easier_than_the_cards() -> None:
    answers = [library().answer(card_id, IN_DATE) for card_id in CARD_IDS]
    easy, plain = " ".join(one.easy or "" for one in answers), " ".join(one.text for one in answers)
    assert max(grades(easy)) <= HARDEST - 1
    assert all(mine < theirs for mine, theirs in zip(grades(easy), grades(plain), strict=True))
    for one in answers:
        assert one.easy is not None
        assert len(one.easy.split()) < len(one.text.split())


def all_texts() -> Iterator[tuple[str, str]]:
    yield from ((place, text) for place, text in everything_said() if re.search("[A-Za-z]", text))
    for contact in library().contacts.values():
        yield "contacts: what_for", contact.what_for
    for fact in library().local_facts:
        if fact.unknown:
            yield "local_offer: unknown", fact.unknown


def test_everything_else_that_is_said_has_no_jargon_no_promise_and_no_long_sentence() -> None:
    texts = list(all_texts())
    assert len(texts) > 700
    assert [(place, fault, text) for place, text in texts for fault in load_plain_words().faults(text)] == []


def test_everything_else_that_is_said_is_read_in_the_fifth_year_of_school_by_both_formulas() -> None:
    not_graded = {one["place"] for one in exceptions()["places"]}
    together: dict[str, list[str]] = defaultdict(list)
    for place, text in all_texts():
        if place not in not_graded and not place.endswith("(button)"):
            together[place].append(text if text[-1] in ".?!:" else f"{text}.")
    measured, short = {}, defaultdict(list)
    for place, texts in together.items():
        joined = " ".join(texts)
        if len(joined.split()) >= FEWEST_WORDS:
            measured[place] = joined
        else:
            short[place.partition(":")[0] + (" (easy)" if place.endswith("(easy)") else "")].append(joined)
    measured |= {f"{name}, the short texts": " ".join(texts) for name, texts in short.items()}
    words = load_plain_words().middle_sentence
    assert {place: grades(text) for place, text in measured.items() if max(grades(text)) > HARDEST} == {}
    assert [place for place, text in measured.items() if median(map(_words, sentences(text))) > words] == []


def _words(sentence: str) -> int:
    return len(sentence.split())


def test_every_exception_is_still_needed_and_says_why() -> None:
    texts = list(all_texts())
    for one in exceptions()["names"]:
        assert one["why"]
        assert any(one["name"] in text for _, text in texts)
    for one in exceptions()["places"]:
        assert one["why"]
        assert one["place"] in {place for place, _ in texts}


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("You have a new placement.", "'placement' is a word of the office: home"),
        ("You can have contact with mum.", "'contact' is a word of the office"),
        ("Your LAC review is soon.", "'LAC' is a word of the office: in care"),
        ("Your care leaver status is new.", "'care leaver status' is a word of the office"),
        ("You will get £2,000.", "'You will get' is a promise"),
        ("Someone will ring you today.", "'will ring you' is a promise"),
        (" ".join(["word"] * 19) + ".", "a sentence of 19 words, 18 at most"),
    ],
)
def test_what_may_not_be_said_is_found(text: str, says: str) -> None:
    assert any(fault.startswith(says) for fault in load_plain_words().faults(text))


@pytest.mark.parametrize(
    "text",
    ["The lack of a place hurts.", "Ring 0121 788 4300 in the day.", "You should get a visit.", "It is a nice place."],
)
def test_what_may_be_said_is_left_alone(text: str) -> None:
    assert load_plain_words().faults(text) == []
