"""What the service says: short, plain, true to its rules, and nothing that leads nowhere."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from actions.talk import talk
from bot.content import read_yaml

ROOT = Path(__file__).resolve().parents[2]
ICONS = frozenset(
    (
        *("person", "chat", "question", "heart", "star", "shield", "phone", "home", "money", "school"),
        *("calendar", "stop", "back", "eye", "key", "flag", "hand", "check", "cross", "more"),
        *("face_good", "face_mixed", "face_bad"),
    )
)
LOOKUPS = frozenset({"who", "how", "unsure"})
MOST_WORDS = 12
MOST_BUTTONS = 5
SENTENCE_END = re.compile(r"(?<=[.?!:])\s+")
# Never said: promises that nobody can keep, thanks for "feedback", words of the office.
NEVER = re.compile(
    r"thank you for your feedback|anything else|don.t worry|calm down|i understand how|are you sure"
    r"|placement\b|\bcontact\b|confidential|we will|(?<!when )they will|\bsoon\b|within \d|asap|always be|i promise",
    re.IGNORECASE,
)
EMOJI = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf]")


class Bubble(NamedTuple):
    name: str
    text: str
    easy: str
    buttons: list[dict[str, str]]


@cache
def domain() -> dict[str, Any]:
    found: dict[str, Any] = read_yaml(ROOT / "domain.yml")
    return found


@cache
def rules() -> list[dict[str, Any]]:
    files = sorted((ROOT / "data" / "rules").glob("*.yml"))
    return [rule for file in files for rule in read_yaml(file)["rules"]]


def bubbles() -> Iterator[Bubble]:
    for name, variations in domain()["responses"].items():
        for variation in variations:
            yield Bubble(name, variation["text"], variation["custom"]["easy"], variation.get("buttons", []))


BUBBLES = list(bubbles())


@pytest.mark.parametrize("bubble", BUBBLES, ids=[f"{bubble.name}-{n}" for n, bubble in enumerate(BUBBLES)])
def test_a_bubble_is_short_plain_and_makes_no_promise(bubble: Bubble) -> None:
    for said in (bubble.text, bubble.easy):
        assert said.strip()
        assert not NEVER.search(said)
        assert not EMOJI.search(said)
        for sentence in SENTENCE_END.split(said):
            assert len(sentence.split()) <= MOST_WORDS, sentence
    assert len(bubble.easy) <= len(bubble.text) + 2
    assert len(bubble.buttons) <= MOST_BUTTONS


def test_what_is_filled_into_a_bubble_is_short_and_makes_no_promise_either() -> None:
    filled = [*talk().goes_first.values(), *talk().request_due.values(), *talk().request_states.values()]
    for said in filled:
        whole = said.format(who="your social worker", team="the participation team", Team="The team", day="7 December")
        assert not NEVER.search(whole)
        for sentence in SENTENCE_END.split(whole):
            assert len(sentence.split()) <= MOST_WORDS, sentence


def test_everybody_who_can_be_ruled_out_has_a_name() -> None:
    who = {"social_worker", "personal_adviser", "iro", "manager", "home_staff", "someone_else"}
    assert who | (set(talk().who) - {"unsure"}) == set(talk().hidden_from)


def intents() -> set[str]:
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in domain()["intents"]}


def entities() -> set[str]:
    return {next(iter(entry)) if isinstance(entry, dict) else entry for entry in domain()["entities"]}


def all_buttons() -> Iterator[tuple[str, str, str]]:
    for bubble in BUBBLES:
        for button in bubble.buttons:
            assert set(button) == {"title", "payload", "icon"}, bubble.name
            payload = button["payload"].replace("{{", "\0").replace("}}", "\1")
            filled = re.sub(r"{[a-z_]+}", "x", payload).replace("\0", "{").replace("\1", "}")
            yield button["title"], filled, button["icon"]
    for offer in (talk().person, *talk().offers.values(), *talk().card_helped.values()):
        yield offer.title, offer.payload, offer.icon


@pytest.mark.parametrize(("title", "payload", "icon"), sorted(set(all_buttons())))
def test_a_button_stands_for_something_that_the_brain_knows(title: str, payload: str, icon: str) -> None:
    assert icon in ICONS
    assert len(title) <= 32
    if payload.startswith("intake:"):
        assert payload in ("intake:have_code", "intake:how_long", "intake:copy", "intake:delete", "intake:clip")
        return
    name, brace, given = payload.removeprefix("/").partition("{")
    assert name in intents()
    assert set(json.loads(brace + given) if brace else {}) <= entities()


def test_the_buttons_of_intakes_own_notices_stand_for_something_too() -> None:
    def payloads(node: Any) -> Iterator[str]:
        if isinstance(node, dict):
            if "payload" in node:
                yield node["payload"]
            for inner in node.values():
                yield from payloads(inner)
        elif isinstance(node, list):
            for inner in node:
                yield from payloads(inner)

    for file in (ROOT / "content" / "notices.yml", ROOT / "content" / "safeguarding" / "replies.yml"):
        for payload in payloads(read_yaml(file)):
            assert payload.startswith("intake:") or payload.removeprefix("/").partition("{")[0] in intents()


def test_the_same_title_never_stands_for_two_things_in_one_place() -> None:
    """A typed line that equals a title presses that button in `ovos converse`, and a reader expects the same."""
    stands_for: dict[str, set[str]] = {}
    for title, payload, _ in all_buttons():
        stands_for.setdefault(title, set()).add(payload)
    different = {title for title, payloads in stands_for.items() if len(payloads) > 1}
    assert different <= {"No", "Yes, please", "No, thanks", "Ask someone about this", "How do I get it?", "+"} | {
        "I don't know",
        "Say what is going on",
        "Share good news",
    }


def actions_of(rule: dict[str, Any]) -> list[str]:
    return [step["action"] for step in rule["steps"] if "action" in step]


def intents_of(rule: dict[str, Any]) -> set[str]:
    first = rule["steps"][0]
    return {step["intent"] for step in first.get("or", [first]) if "intent" in step}


def test_every_response_is_used() -> None:
    in_rules = {action for rule in rules() for action in actions_of(rule)}
    code = "".join(path.read_text() for path in (ROOT / "actions").glob("*.py"))
    in_code = set(re.findall(r"\"(utter_(?!action\")[a-z_]+)\"", code)) | {cue.reply for cue in talk().chat}
    slots = [(form, slot) for form, about in domain()["forms"].items() for slot in about["required_slots"]]
    asked = {f"utter_ask_{slot}" for _, slot in slots} | {f"utter_ask_{form}_{slot}" for form, slot in slots}
    said = set(domain()["responses"])
    assert said <= in_rules | in_code | asked | {"utter_default"}
    assert {name for name in in_rules | in_code if name.startswith("utter_")} <= said


@pytest.mark.parametrize("form", [None, *domain()["forms"]])
def test_everything_that_can_be_heard_has_a_rule_in_every_place(form: str | None) -> None:
    """Nobody is ever stuck: no intent ends in Rasa's own fallback."""
    here = [rule for rule in rules() if rule.get("condition") in (None, [{"active_loop": form}])]
    heard = set().union(*(intents_of(rule) for rule in here))
    assert heard == intents() | {"nlu_fallback"}


@pytest.mark.parametrize("form", domain()["forms"])
def test_every_form_can_be_left_and_left_for_a_person(form: str) -> None:
    here = [rule for rule in rules() if rule.get("condition") in (None, [{"active_loop": form}])]
    for intent in ("safeguarding", "restart_or_stop", "goodbye"):
        assert any("action_deactivate_loop" in actions_of(rule) for rule in here if intent in intents_of(rule))
    to_a_person = [rule for rule in here if "ask_person" in intents_of(rule)]
    assert any("contact_form" in actions_of(rule) for rule in to_a_person)
    other = [rule for rule in here if "complaint" in intents_of(rule) and rule.get("condition")]
    assert other or form == "complaint_form"


def test_safety_lays_a_form_down_without_words_and_without_the_action_server() -> None:
    (rule,) = [rule for rule in rules() if "safeguarding" in intents_of(rule)]
    assert actions_of(rule) == ["action_deactivate_loop"]
    assert "condition" not in rule


# --- Slots: ids, never words ---


def goals_with_examples() -> set[str]:
    return {
        path.stem for path in (ROOT / "data" / "nlu").glob("*.yml") if not path.stem.startswith("generated")
    } - LOOKUPS


def word_mappings() -> list[tuple[str, dict[str, Any]]]:
    return [
        (name, mapping)
        for name, slot in domain()["slots"].items()
        for mapping in slot["mappings"]
        if mapping.get("entity") == "words"
    ]


def test_no_slot_is_filled_from_text_and_none_decides_what_happens() -> None:
    for name, slot in domain()["slots"].items():
        assert slot["influence_conversation"] is False
        # An action reads what is typed in the status check; the slot then says only that it is done.
        allowed = {"custom"} if name == "status_done" else {"from_entity", "from_intent"}
        assert {mapping["type"] for mapping in slot["mappings"]} <= allowed


@pytest.mark.parametrize(("slot", "mapping"), word_mappings())
def test_no_button_and_no_stop_is_taken_for_words(slot: str, mapping: dict[str, Any]) -> None:
    if "intent" in mapping:
        assert mapping["conditions"] == [{"active_loop": None}]
        assert set(mapping["intent"]) <= goals_with_examples()
        return
    not_words = (intents() - goals_with_examples()) | {"restart_or_stop", "safeguarding", "goodbye"}
    assert not_words <= set(mapping["not_intent"])
    assert set(mapping["not_intent"]) - not_words <= ({"affirm"} if slot == "more_words" else set())
    assert all(condition["requested_slot"] == slot for condition in mapping["conditions"])


# --- Examples ---


def examples(goal: str) -> list[str]:
    (block,) = read_yaml(ROOT / "data" / "nlu" / f"{goal}.yml")["nlu"]
    assert block["intent"] == goal
    return [line.removeprefix("- ") for line in block["examples"].splitlines()]


def test_every_goal_has_enough_examples_and_no_two_goals_share_one() -> None:
    goals = goals_with_examples()
    assert {path.stem for path in (ROOT / "data" / "nlu").glob("*.yml")} >= goals | LOOKUPS
    owner: dict[str, str] = {}
    for goal in sorted(goals):
        said = examples(goal)
        assert len(said) >= 60, goal
        for line in said:
            plain = re.sub(r"\]\(\w+\)|\[", "", line).lower().strip(" .!?")
            assert owner.setdefault(plain, goal) == goal, line
        assert len({line.lower() for line in said}) == len(said), goal


@pytest.mark.parametrize("name", sorted(LOOKUPS))
def test_each_word_of_a_lookup_has_one_meaning_that_the_service_knows(name: str) -> None:
    blocks = read_yaml(ROOT / "data" / "nlu" / f"{name}.yml")["nlu"]
    listed = blocks[0]["examples"].splitlines()
    meanings = {word: block["synonym"] for block in blocks[1:] for word in block["examples"].splitlines()}
    assert sorted(meanings) == sorted(listed)
    assert sum(len(block["examples"].splitlines()) for block in blocks[1:]) == len(listed)
    assert set(meanings.values()) <= set(talk().who) | {"phone", "chat", "in_person"}
