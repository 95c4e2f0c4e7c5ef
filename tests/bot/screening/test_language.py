"""Which language a message is in: English is almost never taken for another, and others are told apart."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from bot.content import content_folder, read_yaml
from bot.screening import Detector, load_detector
from bot.screening.cards import LANGUAGES, load_cards
from bot.screening.language import UNKNOWN, Languages, load_languages
from bot.store.models import Severity
from ovos.settings import ROOT

FOREIGN: dict[str, list[str]] = read_yaml(Path(__file__).with_name("foreign.yml"))
OTHER = FOREIGN.pop("other")
CHAT = Path(os.environ.get("OVOS_RESEARCH_DATA", ROOT.parent / "shared" / "data")) / "ordinary_chat.txt"
MOST_ENGLISH_FLAGGED = 0.003


@pytest.fixture(scope="module")
def languages() -> Languages:
    return load_languages()


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector()


def texts(paths: Iterable[Path]) -> list[str]:
    rows: list[dict[str, Any]] = []
    for path in sorted(paths):
        rows += read_yaml(path)
    return [row["text"] for row in rows]


def flagged(languages: Languages, said: list[str]) -> list[str]:
    return [text for text in said if languages.of(text) is not None]


def test_english_is_almost_never_taken_for_another_language(languages: Languages) -> None:
    """Held-out messages, and those of every fourth of our authors: short, slang, misspelt, in dialect."""
    held = texts((ROOT / "tests" / "holdout").glob("screening_author_*.yml"))
    ours = texts(sorted((content_folder() / "safeguarding" / "examples").glob("*.yml"))[::4])
    assert len(flagged(languages, held)) <= MOST_ENGLISH_FLAGGED * len(held)
    assert len(flagged(languages, ours)) <= MOST_ENGLISH_FLAGGED * len(ours)


@pytest.mark.skipif(not CHAT.exists(), reason="the research data is not beside the checkout")
def test_ordinary_chat_is_almost_never_taken_for_another_language(languages: Languages) -> None:
    lines = [line.strip() for line in CHAT.read_text(encoding="utf-8").splitlines() if line.strip()]
    assert len(flagged(languages, lines)) <= MOST_ENGLISH_FLAGGED * len(lines)


@pytest.mark.parametrize(
    "text",
    [
        "idk",
        "im fine",
        "u ok hun",
        "wagwan fam",
        "nah m8 am alrite",
        "am gonna go down the cut wi our kid",
        "lol",
        "k",
        "?",
        "😭😭",
        "sumone plz hlp me",
        "my yampy bab wants a bostin tea",
        "la la la la",
        "hola",
        "haha yh",
        "pls call me mum",
        "asdfghjkl",
        "no",
    ],
)
def test_slang_dialect_and_scraps_are_english(languages: Languages, text: str) -> None:
    assert languages.of(text) is None


@pytest.mark.parametrize("code", list(FOREIGN))
def test_each_language_is_noticed_and_mostly_told_apart(languages: Languages, code: str) -> None:
    found = [languages.of(sentence) for sentence in FOREIGN[code]]
    assert len(found) >= 15
    assert None not in found
    right = sum(one is not None and one.code == code for one in found)
    assert right >= 0.8 * len(found), [one.code if one else None for one in found]


def test_a_language_without_rules_of_its_own_is_noticed_too(languages: Languages) -> None:
    assert None not in [languages.of(sentence) for sentence in OTHER]
    assert languages.of("eve gitmek istemiyorum, korkuyorum").code == UNKNOWN  # type: ignore[union-attr]


@pytest.mark.parametrize("sentence", [said[1] for said in FOREIGN.values()], ids=list(FOREIGN))
def test_what_the_detector_cannot_read_goes_to_a_person(detector: Detector, sentence: str) -> None:
    found = detector.screen(sentence)
    assert found.unread
    assert found.tongue is not None


def test_a_message_in_two_languages_is_read_and_goes_to_a_person(detector: Detector) -> None:
    french = "Hello, thanks. Je ne veux pas rentrer chez moi ce soir. See you tomorrow at school then."
    found = detector.screen(french)
    assert (found.unread, found.tongue and (found.tongue.code, found.tongue.whole)) == (True, ("fr", False))
    arabic = detector.screen(
        "my foster dad hits me. أنا خائف في هذا البيت. please tell nobody that i said so, thank you so much"
    )
    assert arabic.alerts
    assert arabic.unread


def test_letters_put_in_to_hide_words_are_no_other_language(languages: Languages) -> None:
    assert languages.of("i w\u0430nt to di\u0435 t\u043enight") is None
    assert languages.of("he h\u200bi\u200bts me") is None


def test_a_message_of_another_language_is_never_below_same_day_and_hides_no_explicit_english(
    detector: Detector,
) -> None:
    assert (
        detector.screen("mujhe madad chahiye i want to kill myself mein marna chahti hoon").severity
        is Severity.IMMEDIATE
    )


def test_there_is_a_card_in_each_of_the_ten_languages_and_it_is_in_that_language(languages: Languages) -> None:
    cards = load_cards().cards
    assert set(cards) == set(LANGUAGES)
    for code, card in cards.items():
        tongue = languages.of(card.text)
        near = {code, "fa"} if code == "prs" else {code, "prs"} if code == "fa" else {code}
        assert tongue is not None
        assert tongue.code in near
        assert card.direction == ("rtl" if code in ("ar", "ps", "prs", "fa", "ckb") else "ltr")
        assert "999" in card.text
        assert "{contact:childline}" in card.text
