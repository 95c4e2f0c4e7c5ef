"""Examples that officers write: plain, naming nobody, and not what the young person wrote."""

from __future__ import annotations

import pytest

from bot.entitlements.examples import ExampleFault, fault_of

THEIRS = "my sw never turns up and i dont know who i can even tell about it"


@pytest.mark.parametrize(
    "copy",
    [
        THEIRS,
        THEIRS.upper() + "!!!",
        "My SW never turns up, and I don't know who I can even tell about it.",
        "mysw never turns up and i dontknow who i can even tell about it",
        "i dont know who i can even tell about it, my sw never turns up",
        "my social worker never turns up and i dont know who i can tell about it",
        "hello. i dont know who i can even tell about this",
        "never turns up, my sw",
        "my sw nev\u200ber turns up and i dont know who i can even tell",
        "ｍｙ sw never turns up and i dont know who i can even tell about it",
    ],
)
def test_what_the_young_person_wrote_is_refused_however_it_was_changed_a_little(copy: str) -> None:
    assert fault_of(copy, ["hi", THEIRS]) in (ExampleFault.THEIRS, ExampleFault.SHAPE)


@pytest.mark.parametrize(
    "fresh",
    [
        "who can i complain to when the worker keeps missing visits",
        "she keeps cancelling on me what can i do",
        "I want to report my worker",
    ],
)
def test_the_same_wish_in_other_words_is_good(fresh: str) -> None:
    assert fault_of(fresh, ["hi", THEIRS]) is None


@pytest.mark.parametrize(
    ("theirs", "fresh"),
    [("money", "how much do i get each week"), ("nan", "can i see my grandparents more"), ("?", "what can you do")],
)
def test_a_message_of_one_word_leaves_room_for_an_example(theirs: str, fresh: str) -> None:
    assert fault_of(fresh, [theirs]) is None


@pytest.mark.parametrize("theirs", ["money", "mONEY?", "money!!"])
def test_a_message_of_one_word_is_not_an_example_either(theirs: str) -> None:
    assert fault_of("money", [theirs]) is ExampleFault.THEIRS


@pytest.mark.parametrize(
    "odd",
    ["", "   ", "!!!", "/complaint", "- one", "a [b](c)", "two\nlines", "{x}", "back\\slash", "x" * 401, "a\x00b"],
)
def test_what_is_not_one_plain_line_is_refused(odd: str) -> None:
    assert fault_of(odd, []) is ExampleFault.SHAPE


@pytest.mark.parametrize("naming", ["write to bella@example.org", "ring 07700 900123", "my number is 0121-496-0000"])
def test_what_could_identify_somebody_is_refused(naming: str) -> None:
    assert fault_of(naming, []) is ExampleFault.IDENTIFIES
