"""Whole conversations through intake, brain, actions and store: what `ovos converse` holds, checked line by line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.content import read_yaml
from ovos.cases import ConversationCase
from ovos.converse import hold
from ovos.web import House

CASES = Path(__file__).with_name("cases")


def _cases() -> list[Any]:
    return [
        pytest.param(case, id=f"{path.stem}: {case['id']}")
        for path in sorted(CASES.glob("*.yml"))
        for case in read_yaml(path)
    ]


_HELD: dict[str, Any] = {}


async def held_once(house: House, case: dict[str, Any]) -> Any:
    """The case's conversation, for both tests that look at it."""
    if case["id"] not in _HELD:
        _HELD[case["id"]] = await hold(house, ConversationCase.model_validate(case))
    return _HELD[case["id"]]


def test_every_case_has_a_name_of_its_own() -> None:
    names = [param.values[0]["id"] for param in _cases()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("case", _cases())
async def test_the_conversation_goes_as_written(house: House, case: dict[str, Any]) -> None:
    held = await held_once(house, case)
    for wanted, turn in zip(case["turns"], held["turns"], strict=True):
        expect = wanted.get("expect", {})
        assert set(expect) <= {"contains", "lacks", "buttons", "alert"}, "a case expects something that nobody checks"
        said = " ".join(reply["text"] for reply in turn["replies"])
        titles = [title for reply in turn["replies"] for title in reply["buttons"]]
        assert turn["replies"], f"no answer to {wanted['user']!r}"
        for part in expect.get("contains", []):
            assert part in said, f"after {wanted['user']!r}"
        for part in expect.get("lacks", []):
            assert part not in said, f"after {wanted['user']!r}"
        for title in expect.get("buttons", []):
            assert title in titles, f"after {wanted['user']!r}"
        assert (turn["alert"] is not None) == expect.get("alert", False), f"after {wanted['user']!r}"


async def test_nobody_is_ever_stuck(house: House) -> None:
    """After every turn of every case there is a button, an open question, or a line that says what to type."""
    for path in sorted(CASES.glob("*.yml")):
        for case in read_yaml(path):
            held = await held_once(house, case)
            for turn in held["turns"]:
                last = turn["replies"][-1]
                way_on = last["buttons"] or "?" in last["text"] or "type" in last["text"].lower()
                assert way_on or turn["alert"] or _is_an_end(last["text"]), (case["id"], turn["user"], last["text"])


def _is_an_end(text: str) -> bool:
    """A goodbye and the answers to the safety question leave the next word to the young person, with the box open."""
    return any(part in text.lower() for part in ("bye", "999", "keep typing", "urgent list"))
