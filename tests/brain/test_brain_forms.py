"""Forms as Rasa 3.6 runs them, by this service's rules: free words as ids, questions in between, safety first."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from brain_harness import Brain


def keys(answer: dict[str, object]) -> list[object]:
    return [reply["key"] for reply in answer["replies"]]  # type: ignore[attr-defined]


def test_the_open_form_is_told_with_what_it_asks_and_what_it_knows(brain: Brain, conversation: str) -> None:
    asked = brain.press(conversation, "contact")
    assert keys(asked) == ["utter_ask_who"]
    assert asked["form"] == {"name": "contact_form", "asking": "who", "slots": {}}

    told = brain.turn(conversation, "my social worker")
    assert keys(told) == ["utter_ask_about"]
    assert told["form"] == {"name": "contact_form", "asking": "about", "slots": {"who": "social_worker"}}


def test_a_step_for_free_words_keeps_the_id_of_the_message_and_not_the_words(brain: Brain, conversation: str) -> None:
    brain.press(conversation, "contact", entities={"who": "iro"})
    brain.press(conversation, "inform", entities={"who": "iro"})
    done = brain.turn(conversation, "my room is cold and nobody comes", message_id="m-words")

    assert keys(done) == ["utter_contact_done"]
    assert done["form"] is None
    slots = {data["name"]: data["value"] for kind, data in brain.rows(conversation) if kind == "slot"}
    assert slots["about"] == "m-words"


def test_a_question_inside_a_form_is_answered_and_the_form_asks_again(brain: Brain, conversation: str) -> None:
    brain.press(conversation, "contact")
    brain.turn(conversation, "my advocate")

    answer = brain.turn(conversation, "what is a pathway plan")

    assert keys(answer) == ["card.example", "utter_ask_about"]
    assert (answer["form"]["asking"], answer["form"]["slots"]["who"]) == ("about", "advocate")
    assert keys(brain.turn(conversation, "it is about my bedroom")) == ["utter_contact_done"]


def test_a_safety_message_lays_the_form_down_and_asks_nothing(brain: Brain, conversation: str) -> None:
    brain.press(conversation, "contact")
    answer = brain.press(conversation, "safeguarding", "words that intake has screened")
    assert keys(answer) == ["utter_safe"]
    assert answer["form"] is None


def test_an_earlier_session_is_deleted_and_the_current_one_kept_so_that_a_form_still_works(
    brain: Brain, conversation: str
) -> None:
    assert brain.turn(conversation, "hello", message_id="m-old")["new_session"] is True
    time.sleep(3.3)  # the small project's sessions last three seconds

    assert brain.press(conversation, "contact", message_id="m-new")["new_session"] is True
    stored = brain.rows(conversation)
    assert [data["message_id"] for kind, data in stored if kind == "user"] == ["m-new"]
    assert [kind for kind, _ in stored].count("session_started") == 1

    told = brain.turn(conversation, "my social worker")
    assert told["new_session"] is False
    assert told["form"] == {"name": "contact_form", "asking": "about", "slots": {"who": "social_worker"}}
    assert keys(brain.turn(conversation, "the bus to college")) == ["utter_contact_done"]
    ids = [data["message_id"] for kind, data in brain.rows(conversation) if kind == "user"]
    assert ids[0] == "m-new"
    assert len(ids) == len(set(ids)) == 3, "an event was stored twice or lost"
    assert brain.turn(conversation, "hello", message_id="m-new")["seen"] is True
