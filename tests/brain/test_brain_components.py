"""The brain's own parts of Rasa's pipeline, one by one."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from brain_harness import BRAIN_PYTHON, ROOT, brain_environment

pytestmark = pytest.mark.xdist_group("components of the brain")


@pytest.fixture(scope="module")
def probed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    command = [str(BRAIN_PYTHON), str(Path(__file__).with_name("nlu_probe.py"))]
    environment = brain_environment(tmp_path_factory.mktemp("nlu"))
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_each_message_gets_the_encoders_vector_at_the_length_that_was_asked_for(probed: dict[str, Any]) -> None:
    features = probed["features"]
    assert features["sentence"] == [1, 384]
    assert features["length"] == pytest.approx(3.0, abs=1e-4)
    assert features["sequence"] == [[tokens, 384] for tokens in features["tokens"]]


def test_many_messages_at_once_get_the_same_vectors_as_one_by_one_and_in_order(probed: dict[str, Any]) -> None:
    assert probed["features"]["same_as_alone"]
    assert probed["features"]["in_order"]


def test_an_intent_that_is_expected_more_often_counts_for_more_and_the_whole_stays_one(probed: dict[str, Any]) -> None:
    best, *ranking, passed_on = probed["expected"]
    assert passed_on == 2, "as many as were asked for"
    assert best == ranking[0]
    assert [intent["name"] for intent in ranking] == ["entitlement", "greet", "feedback"]
    assert [intent["confidence"] for intent in ranking] == pytest.approx([1.2 / 1.9, 0.5 / 1.9, 0.2 / 1.9])


def test_a_setting_that_makes_no_sense_is_refused_by_its_name(probed: dict[str, Any]) -> None:
    settings = ("`scale`", "`scale`", "`times`", "OVOS_BRAIN_DB", "OVOS_BRAIN_DB")
    for said, setting in zip(probed["refused"], settings, strict=True):
        assert setting in said
    assert not (ROOT / "rasa.db").exists(), "Rasa's own choice when it is given no address"


def test_a_token_that_could_be_guessed_is_refused_and_so_is_rasas_telemetry(probed: dict[str, Any]) -> None:
    good, short, unset, telemetry, telemetry_unset = probed["channel"]
    assert good == ""
    assert "OVOS_BRAIN_TOKEN" in short
    assert "OVOS_BRAIN_TOKEN" in unset
    assert "RASA_TELEMETRY_ENABLED=false" in telemetry
    assert "RASA_TELEMETRY_ENABLED=false" in telemetry_unset


def test_words_stand_only_for_messages_that_came_through_the_services_own_channel(probed: dict[str, Any]) -> None:
    ours, other = probed["words"]
    assert [(entity["entity"], entity["value"]) for entity in ours] == [("words", "m-1")]
    assert other == []


def test_a_messages_vector_goes_on_to_the_action_that_answers_it(probed: dict[str, Any]) -> None:
    assert probed["features"]["sent_on"]
    assert probed["features"]["sent_on_in_training"] is None


def test_messages_of_the_same_moment_are_read_together_and_one_that_fails_fails_alone(probed: dict[str, Any]) -> None:
    assert probed["reading"]["good"] == ["a", "b", "c"]
    assert probed["reading"]["bad"] == ["d", "ValueError", "e"]
    assert probed["reading"]["passes"][:2] == [["a", "b", "c"], ["d", "unreadable", "e"]]


def test_the_rules_that_fit_are_those_that_rasa_finds(probed: dict[str, Any]) -> None:
    assert probed["rules"]


def test_the_encoder_gives_a_turn_the_vectors_that_training_got(probed: dict[str, Any]) -> None:
    assert max(probed["compiled"]) < 2e-6


def test_the_classifier_gets_the_numbers_that_rasa_would_give_it(probed: dict[str, Any]) -> None:
    assert probed["classifier"]


def test_the_steps_that_rules_look_at_are_the_last_that_rasa_describes(probed: dict[str, Any]) -> None:
    assert probed["steps"]


def test_a_copy_of_a_conversation_is_rasas_copy_and_changes_nothing_but_itself(probed: dict[str, Any]) -> None:
    assert probed["copies"] == {"same": True, "apart": True}
