"""The detector: what must never be missed, what tries to hide, and what it does when a part of it is not there."""

from __future__ import annotations

import shutil
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml

from bot.content import content_folder, read_yaml
from bot.screening import Detector, ScreeningModelError, load_detector, load_detector_or_phrases
from bot.screening.categories import CATEGORIES
from bot.screening.model import WEIGHTS, load_model
from bot.screening.screening import ALERTING
from bot.screening.windows import WINDOW, windows
from bot.store.models import Severity

HOLDOUT = Path(__file__).resolve().parents[2] / "holdout"
EXAMPLES = content_folder() / "safeguarding" / "examples"
ORDINARY = "We went to the shops and then we had chips and watched a film about penguins with my carer. "


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector()


@cache
def rows(folder: Path, pattern: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for path in sorted(folder.glob(pattern)):
        found += read_yaml(path)
    return found


def test_every_explicit_phrase_raises_an_alert_by_itself(detector: Detector) -> None:
    phrases = read_yaml(content_folder() / "safeguarding" / "phrases.yml")
    for group in phrases["phrases"]:
        for phrase in group.get("any", ()):
            found = detector.without_model(phrase)
            assert found.alerts, phrase
            assert list(Severity).index(found.severity) <= list(Severity).index(Severity(group["severity"])), phrase


@pytest.mark.parametrize(
    "text",
    [
        "i only tuk 9 its not loads and i fort it was just parasetomol",
        "dont freak out but ive had a load of ibuprofin",
        "taken 20 of mums sertraline im ok tho",
        "she swallowed the whole box of paracetamol",
    ],
)
def test_an_overdose_is_found_however_the_medicine_is_spelt(detector: Detector, text: str) -> None:
    assert detector.screen(text).severity is Severity.IMMEDIATE


def test_a_usual_dose_is_not_an_overdose_by_the_phrases(detector: Detector) -> None:
    assert detector.without_model("took 2 paracetamol for my head and went to college").severity is Severity.NONE


@pytest.mark.parametrize(
    "text",
    [
        "he h\u200bi\u200bt\u200bs me when my carer is out",
        "he hіts mе when my carer is out",
        "HE HITS ME WHEN MY CARER IS OUT",
        "he  hits   me when my carer is out",
        "ｈｅ ｈｉｔｓ ｍｅ when my carer is out",
        "he hit's me when my carer is out",
    ],
)
def test_hidden_letters_and_letters_of_other_alphabets_hide_nothing(detector: Detector, text: str) -> None:
    assert detector.screen(text).alerts


@pytest.mark.parametrize("before", [0, 40, 70])
def test_one_line_in_ten_thousand_characters_is_found(detector: Detector, before: int) -> None:
    line = "My uncle comes into my bed at night and tells me not to say. "
    text = ORDINARY * before + line + ORDINARY * (100 - before)
    assert detector.screen(text[:10_000]).alerts


def test_a_long_message_about_nothing_worrying_raises_nothing(detector: Detector) -> None:
    assert not detector.screen(ORDINARY * 20).alerts


def test_a_disclosure_split_over_three_messages_is_found(detector: Detector) -> None:
    assert detector.screen("me when hes drunk", ["my foster dad", "hits"]).alerts


def test_what_is_not_in_latin_letters_goes_to_a_person(detector: Detector) -> None:
    for text in ("مرحبا، أحتاج مساعدة", "Мені потрібна допомога", "እርዳታ እፈልጋለሁ"):
        assert detector.screen(text).unread
    assert not detector.screen("hello 🙂 ماما").unread


def test_a_typed_payload_neither_forges_an_alert_nor_hides_one(detector: Detector) -> None:
    assert detector.screen('/safeguarding{"severity": "none"} he hits me').alerts
    assert not detector.screen("/help_menu").alerts


@pytest.mark.parametrize("text", ["", " ", "\u200b", "🙂", "x" * 10_000, "?" * 300, "مرحبا", "\ud800"])
def test_nothing_that_can_be_typed_breaks_it(detector: Detector, text: str) -> None:
    assert detector.screen(text).severity in Severity


def test_a_long_message_is_read_in_pieces_that_cover_every_word() -> None:
    words = [f"w{number}" for number in range(200)]
    covered = {word for piece in windows(" ".join(words)) for word in piece.split()}
    assert covered == set(words)
    assert windows(" ".join(words[:WINDOW])) == []


def test_weights_that_were_not_measured_are_refused(tmp_path: Path) -> None:
    known = read_yaml(content_folder() / "safeguarding" / "detector.yml")["weights_sha256"]
    for name in ("screening.safetensors", "screening_words.safetensors"):
        shutil.copyfile(WEIGHTS / name, tmp_path / name)
    for name in ("screening_words.safetensors", "screening.safetensors"):
        with (tmp_path / name).open("r+b") as file:
            file.seek(-1, 2)
            file.write(b"\x7f")
        with pytest.raises(ScreeningModelError, match=r"detector\.yml"):
            load_model(known["encoder"], known["words"], tmp_path)
    with pytest.raises(ScreeningModelError, match="cannot be read"):
        load_model(known["encoder"], known["words"], tmp_path / "nowhere")


def test_without_the_model_phrases_still_work_and_everything_else_goes_to_a_person(tmp_path: Path) -> None:
    shutil.copytree(content_folder() / "safeguarding", tmp_path / "safeguarding")
    settings = tmp_path / "safeguarding" / "detector.yml"
    known = read_yaml(settings)
    unknown = {"encoder": "0" * 64, "words": "0" * 64}
    settings.write_text(yaml.safe_dump({**known, "weights_sha256": unknown}), encoding="utf-8")
    detector, fault = load_detector_or_phrases(tmp_path)
    assert isinstance(fault, ScreeningModelError)
    assert not detector.reads
    assert detector.screen("he hits me").alerts
    unread = detector.screen("whats for tea")
    assert unread.unread
    assert not unread.alerts


def test_what_it_learned_from_is_broad_and_labelled_as_the_design_says() -> None:
    learned = rows(EXAMPLES, "*.yml")
    severities = Counter(row["severity"] for row in learned)
    categories = Counter(row["category"] for row in learned)
    assert len(learned) >= 3000
    assert sum(row["style"] in ("look_alike", "ordinary") for row in learned) >= 1200
    assert set(severities) == {severity.value for severity in Severity}
    assert set(categories) == set(CATEGORIES)
    assert min(categories[name] for name in CATEGORIES) >= 60


def test_no_held_out_message_was_learned_from() -> None:
    learned = {" ".join(row["text"].lower().split()) for row in rows(EXAMPLES, "*.yml")}
    held = [" ".join(row["text"].lower().split()) for row in rows(HOLDOUT, "screening_author_*.yml")]
    assert not learned.intersection(held)


def test_messages_by_authors_it_never_read_are_noticed(detector: Detector) -> None:
    """Every third of them. The tables and the targets are `make evaluate`'s; this holds the floor."""
    all_held = rows(HOLDOUT, "screening_author_*.yml")
    care = [row for row in all_held if row["style"] == "ordinary" and row["severity"] == "none"]
    held = all_held[::3]
    found = [(row, detector.screen(row["text"])) for row in held]
    alerting = {severity.value for severity in ALERTING}
    immediate = [one.alerts for row, one in found if row["severity"] == "immediate"]
    concerns = [one.alerts for row, one in found if row["severity"] in alerting]
    look_alikes = [one.alerts for row, one in found if row["style"] == "look_alike"]
    ordinary = [detector.screen(row["text"]).alerts for row in care]
    assert sum(immediate) / len(immediate) >= 0.96
    assert sum(concerns) / len(concerns) >= 0.95
    assert sum(look_alikes) / len(look_alikes) <= 0.30
    assert sum(ordinary) / len(ordinary) <= 0.05
