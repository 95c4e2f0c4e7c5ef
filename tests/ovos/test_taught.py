"""What an officer teaches goes the whole way: from the console's table into what the brain and the card search read."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import yaml

from bot.encoder import load_encoder
from bot.entitlements.library import Library
from bot.entitlements.search import CardSearch
from bot.store import Store, misunderstood
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.misunderstood import Decision
from connectors.intake.brain import BrainClient
from ovos import train as training
from ovos.settings import ROOT, Settings, temporary_settings
from ovos.temporary import running_brain
from ovos.train import Part, train
from tests.console.casework import young_person

ABOUT_A_CARD = "can the woman who had me before come to my school play"
ABOUT_A_GOAL = "where do i sign up for the group that grills the bosses"
THEIRS = "zanzibar marmalade and my own secret"


@pytest.fixture
async def taught(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A copy of the project apart from the checkout, and a store in which an officer has taught two examples."""
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    project = tmp_path / "project"
    project.mkdir()
    shutil.copytree(ROOT / "data", project / "data", ignore=shutil.ignore_patterns("generated_*"))
    for name in ("config.yml", "domain.yml", "endpoints.yml", "credentials.yml", "brain", "bot", "requirements"):
        (project / name).symlink_to(ROOT / name)
    monkeypatch.setattr(training, "ROOT", project)
    monkeypatch.setattr(training, "GENERATED_NLU", project / "data" / "nlu" / "generated_cards.yml")
    monkeypatch.setattr(training, "GENERATED_TAUGHT", project / "data" / "nlu" / "generated_taught.yml")
    settings = temporary_settings(tmp_path)
    settings = replace(settings, brain_model=tmp_path / "brain.tar.gz", card_search=tmp_path / "card_search.npz")
    store = Store(settings.database, load_keys(settings.key_file))
    await migrate(store)
    person = await young_person(store)
    for decision in (Decision("entitlement", "family_time", ABOUT_A_CARD), Decision("ovos_join", None, ABOUT_A_GOAL)):
        row_id = await person.misunderstood(THEIRS)
        async with store.begin() as work:
            await misunderstood.decide(work, row_id, "0" * 32, decision, datetime.now(UTC))
    await store.close()
    return settings


def examples_in(path: Path) -> dict[str, list[str]]:
    """By intent, as Rasa reads them."""
    entries = yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]
    return {one["intent"]: [line.removeprefix("- ") for line in one["examples"].splitlines()] for one in entries}


def test_training_writes_what_was_taught_where_rasa_reads_it_and_nothing_that_a_young_person_wrote(
    taught: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[str] = []

    def instead_of_rasa(_settings: Settings, part: Part) -> None:
        part.made.write_bytes(b"a model")
        trained.append(part.name)

    class InsteadOfTheSearch:
        def __init__(self, library: Library, _encoder: object) -> None:
            assert ABOUT_A_CARD in library.questions["family_time"]

        def save(self, path: Path) -> None:
            path.write_bytes(b"a search")
            trained.append("card search")

    monkeypatch.setattr(training, "_train_brain", instead_of_rasa)
    monkeypatch.setattr(training, "train_search", InsteadOfTheSearch)
    train(taught, quiet=True)
    data = training.ROOT / "data" / "nlu"
    assert ABOUT_A_GOAL in examples_in(data / "generated_taught.yml")["ovos_join"]
    assert any(ABOUT_A_CARD in asked for asked in examples_in(data / "generated_cards.yml").values())
    domain = yaml.safe_load((ROOT / "domain.yml").read_text(encoding="utf-8"))
    goals = {name for one in domain["intents"] for name in (one if isinstance(one, dict) else [one])}
    assert set(examples_in(data / "generated_taught.yml")) <= goals
    assert not any("zanzibar" in path.read_text() for path in data.glob("generated_*"))
    train(taught, quiet=True)
    assert trained == ["card search", "brain"], "what has not changed is not trained again"


@pytest.mark.slow
@pytest.mark.timeout(3000)
async def test_a_brain_that_is_trained_anew_understands_what_was_taught(taught: Settings) -> None:
    train(taught, quiet=True)
    async with running_brain(taught, with_actions=False):
        brain = BrainClient(taught.brain_address, taught.brain_token)
        try:
            about_goal, about_card = await brain.parse([ABOUT_A_GOAL, ABOUT_A_CARD])
        finally:
            await brain.close()
    assert about_goal.intent.name == "ovos_join"
    assert about_card.intent.name == "entitlement"
    search = CardSearch.load(taught.card_search, load_encoder())
    assert search.find(ABOUT_A_CARD).best[0][0] == "family_time"
