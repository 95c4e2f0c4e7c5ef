"""What a message says beside its severity, and that ordinary messages do not say it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from bot.content import content_folder
from bot.entitlements.library import load_library
from bot.screening.replies import When
from bot.screening.special import SpecialWords, load_special_words, only_points_at_something, points_at_something
from ovos.settings import ROOT

CHAT = Path(os.environ.get("OVOS_RESEARCH_DATA", ROOT.parent / "shared" / "data")) / "ordinary_chat.txt"


@pytest.fixture(scope="module")
def special() -> SpecialWords:
    return load_special_words()


@pytest.mark.parametrize(
    "text",
    [
        "he can see my phone",
        "He can see my phone!!",
        "shes reading this",
        "She's reading this right now",
        "dont write back hes here",
        "my boyfriend can see what i type",
        "i cant talk he's here",
        "its not safe to type",
        "my dad's going to check my phone",
        "sorry my mum is looking at my phone",
        "theyre looking over my shoulder",
    ],
)
def test_somebody_sees_the_screen(special: SpecialWords, text: str) -> None:
    assert special.phone_is_seen(text)


@pytest.mark.parametrize(
    "text",
    [
        "who can see my phone number",
        "can you see my phone",
        "my carer checks my phone, is that allowed",
        "can staff take my phone",
        "i lost my phone",
        "how do i see my records",
        "can my social worker read this chat",
    ],
)
def test_a_question_about_phones_is_no_such_thing(special: SpecialWords, text: str) -> None:
    assert not special.phone_is_seen(text)


def test_only_what_a_card_answers_has_a_card_too_and_the_card_is_there(special: SpecialWords) -> None:
    for text in (
        "they said I made myself homeless",
        "im 'intentionally homeless' apparently",
        "Intentional homelessness?",
    ):
        assert special.card_too(text) == "intentionally_homeless"
    for text in ("im homeless", "i did it on purpose", "she hit me intentionally", "got kicked out tonight"):
        assert special.card_too(text) is None
    cards = load_library(content_folder() / "entitlements").cards
    assert cards["intentionally_homeless"].written


@pytest.mark.skipif(not CHAT.exists(), reason="the research data is not beside the checkout")
def test_ordinary_chat_never_makes_a_chat_quiet_or_asks_to_tell(special: SpecialWords) -> None:
    lines = CHAT.read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if special.phone_is_seen(line) or special.asks_to_tell(line)] == []


@pytest.mark.parametrize(
    "text", ["jk", "JK!!", "lol jk", "only joking", "im just kidding lol", "it was a joke", "forget it", "nvm"]
)
def test_a_joke_is_known_when_it_is_the_whole_message(special: SpecialWords, text: str) -> None:
    assert special.is_joke(text)


def test_a_long_message_with_the_word_in_it_is_not_taken_for_one(special: SpecialWords) -> None:
    assert not special.is_joke("im not joking he really does come into my room every single night")
    assert not special.is_joke("whats for tea")


def test_an_age_counts_where_it_is_one(special: SpecialWords) -> None:
    for adult in ("im 19", "I'm 21 and my landlord kicked me out", "i am 18 now", "just turned 18"):
        assert When.ADULT in special.facts(adult), adult
    for other in ("im 15", "im 20 minutes away", "im 19 weeks pregnant", "i am 18th in the queue", "im 20 mins late"):
        assert When.ADULT not in special.facts(other), other
    assert When.ADULT in special.facts("and he hits me", ["im 20"])


def test_pictures_and_another_town_are_noticed(special: SpecialWords) -> None:
    assert When.PICTURES in special.facts("hes got pics of me")
    assert When.PICTURES not in special.facts("i picked a fight")
    assert When.ELSEWHERE in special.facts("they placed me in Coventry and i hate it")


def test_a_link_or_what_stands_for_a_picture_is_noticed_and_told_from_words_with_one() -> None:
    for only in (
        "https://example.org/a?b=c",
        "[image]",
        "[Photo: IMG_2031]",
        "IMG_2031.jpg",
        "www.example.org",
        "image omitted",
    ):
        assert only_points_at_something(only), only
    with_words = "look what he sent me https://example.org/x"
    assert points_at_something(with_words)
    assert not only_points_at_something(with_words)
    assert not points_at_something("i was in the picture with my nan. it was nice")
