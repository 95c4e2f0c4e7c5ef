"""What the transparency record says is so: held to the code and the content."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from bot.encoder.weights import WEIGHTS_SHA256
from bot.entitlements.ids import CARD_IDS
from bot.screening.screening import ALERTING
from bot.store.staff_models import Role
from console.permissions import GRANTED, Permission
from console.views.misunderstood import GOALS
from ovos.settings import ROOT

RECORD = (ROOT / "docs" / "transparency_record.md").read_text(encoding="utf-8")


def those_who(permission: Permission) -> set[Role]:
    return {role for role, granted in GRANTED.items() if permission in granted}


def test_the_models_are_those_that_run() -> None:
    assert WEIGHTS_SHA256 in RECORD
    rasa = re.search(r"^rasa==(\S+)", (ROOT / "requirements" / "brain.in").read_text(encoding="utf-8"), re.M)
    assert rasa is not None
    assert f"Rasa {rasa.group(1)}" in RECORD
    pipeline = yaml.safe_load((ROOT / "config.yml").read_text(encoding="utf-8"))["pipeline"]
    assert "brain.classifier.LogisticRegression" in [one["name"] for one in pipeline]
    search = (ROOT / "bot" / "entitlements" / "search.py").read_text(encoding="utf-8")
    assert "LinearSVC" in search
    assert "support-vector" in RECORD


def test_the_counts_and_severities_are_right() -> None:
    assert f"which of {len(CARD_IDS)} cards" in RECORD
    assert f"{len(CARD_IDS)} cards; each figure" in RECORD
    assert f"({len(GOALS)} goals)" in RECORD
    assert {one.value.replace("_", " ") for one in ALERTING} == {"immediate", "same day", "one working day"}
    assert "(immediate, same day, one working day)" in RECORD


def test_who_decides_is_who_may() -> None:
    assert those_who(Permission.KEEP_CARDS) == {Role.PARTICIPATION_OFFICER}
    assert those_who(Permission.APPROVE_CARDS) == {Role.MANAGER}
    assert "proposed by a participation officer, approved by a manager" in RECORD


def test_files_and_commands_that_it_names_are_there() -> None:
    named = re.findall(r"`((?:content|tests)/[\w/.]+|domain\.yml|README\.md)`", RECORD)
    assert len(named) >= 4
    assert [name for name in named if not (Path(ROOT) / name).exists()] == []
    assert "ovos export cards FILE" in RECORD
