"""The rules for safety texts hold for every one of them, and a text that breaks one is caught by that rule."""

from __future__ import annotations

import socket

import pytest
import textstat

from bot.screening import load_safety_replies
from bot.screening.replies import RouteBubble, SafetyBubble, SafetyButton
from bot.screening.reply_check import LONGEST_SENTENCE, check_all, check_reply, check_text, grade, never_rules

REPLIES = load_safety_replies()


def test_no_safety_text_breaks_a_rule_of_the_brief() -> None:
    checked, faults = check_all(REPLIES, {})
    assert checked > 150
    assert faults == []


BROKEN = {
    "promises secrecy": "Nobody will know. This is between us.",
    "promises an outcome": "You won't be moved.",
    "asks why, who, how or for detail": "Tell me more. Who did it?",
    "asks for proof or pictures": "Can you send a photo of it?",
    "names an act": "I am glad you told me about the abuse.",
    "doubts": "Are you sure?",
    "claims to feel": "I understand how you feel.",
    "calms first": "Take a deep breath first.",
    "judges": "He should not have done that.",
    "sends them to a carer or parent": "You could talk to your carer.",
    "asks for a rating or feedback": "Thank you for your feedback. Anything else?",
    "ends by the clock": "This chat will time out.",
    "leads to a no": "You are not in danger, are you?",
    "has an emoji": "Thank you 🙂",
}


@pytest.mark.parametrize("rule", list(BROKEN))
def test_a_text_that_breaks_a_rule_is_caught_by_it(rule: str) -> None:
    assert rule in {fault.rule for fault in check_text("a text", BROKEN[rule])}


def test_every_rule_of_the_never_list_has_a_text_that_breaks_it() -> None:
    assert set(never_rules()) <= set(BROKEN)


def test_long_hard_sentences_are_caught() -> None:
    long = " ".join(["word"] * (LONGEST_SENTENCE + 1)) + "."
    rules = {fault.rule for fault in check_text("a text", long)}
    assert f"has a sentence of more than {LONGEST_SENTENCE} words" in rules
    hard = "Safeguarding professionals systematically prioritise multidisciplinary communication."
    assert any("harder to read" in fault.rule for fault in check_text("a text", hard))


def rules_of(*bubbles: SafetyBubble, name: str = "a reply") -> set[str]:
    return {fault.rule for fault in check_reply(name, bubbles)}


def test_a_reply_in_another_order_or_with_a_part_missing_is_caught() -> None:
    heard, seen, numbers, question = REPLIES.reply(_situation(), lambda _contact: True)
    assert rules_of(heard, seen, numbers, question) == set()
    assert "is not in the order of the rules" in rules_of(numbers, heard, seen, question)
    assert "does not say: that it cannot be secret" in rules_of(heard, numbers, question)
    assert "has more than 4 bubbles" in rules_of(heard, seen, seen, numbers, question)
    assert "does not end with one closed question with buttons" in rules_of(heard, seen, numbers)
    five = tuple(SafetyButton(title="x", payload="x", icon="x") for _ in range(5))
    assert "has more than 4 buttons" in rules_of(heard, seen, numbers, question.model_copy(update={"buttons": five}))


def _situation() -> object:
    from bot.screening.replies import Situation
    from bot.store.models import Severity

    return Situation(Severity.SAME_DAY, "none")


def test_our_reading_grade_is_the_published_one_and_asks_no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_args: object, **_more: object) -> None:
        raise AssertionError("a reading grade asked the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    said = [
        bubble.text
        for _, reply in REPLIES.all_replies(lambda _contact: True)
        for bubble in reply
        if "{" not in bubble.text
    ]
    assert said
    for text in set(said):
        if not any(letter.isdigit() for letter in text):
            assert grade(text) == pytest.approx(textstat.automated_readability_index(text), abs=1.5), text


def test_a_route_bubble_that_needs_a_number_waits_for_it() -> None:
    needing = [one for route in REPLIES.routes for one in route.help if isinstance(one, RouteBubble) and one.needs]
    assert needing
    for shown in (lambda _contact: False,):
        keys = {bubble.key for _, reply in REPLIES.all_replies(shown) for bubble in reply}
        assert keys.isdisjoint(one.key for one in needing)
