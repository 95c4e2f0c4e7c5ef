"""Rasa's own checks on our data: known warnings only, every file loaded, every story told right."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml

from ovos.settings import BRAIN_PYTHON, ROOT, Settings

HERE = Path(__file__).parent
KNOWN = HERE / "known_warnings.txt"
WARNING = re.compile(r"(?:UserWarning:|WARNING\s+\S+\s+-)\s*(.+)")

# Loads each file alone, as Rasa does, and says how much it found in it.
COUNT = """
import json, sys
from rasa.shared.importers.rasa import RasaFileImporter
found = {}
for path in sys.argv[1:]:
    importer = RasaFileImporter(config_file="config.yml", domain_path="domain.yml", training_data_paths=[path])
    nlu, stories = importer.get_nlu_data(), importer.get_stories()
    found[path] = sum(map(len, (nlu.training_examples, nlu.lookup_tables, nlu.entity_synonyms, stories.story_steps)))
print(json.dumps(found))
"""

pytestmark = pytest.mark.xdist_group("rasa's own checks")


def rasa(settings: Settings, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**settings.environment(), "PYTHONWARNINGS": "default", "COLUMNS": "2000", "NO_COLOR": "1"}
    command = [str(BRAIN_PYTHON), *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def warnings_in(output: str) -> list[str]:
    """What Rasa warns about our data, without places and colours; what libraries say of themselves is left out."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    found = {match.group(1).strip() for match in WARNING.finditer(plain)}
    ours = re.compile(r"intent|utterance|response|story|rule|slot|entity|action|example|domain|form", re.IGNORECASE)
    return sorted(line for line in found if ours.search(line) and "eprecat" not in line)


def test_rasa_warns_of_nothing_that_is_not_on_the_list(trained: Settings) -> None:
    done = rasa(trained, "-m", "rasa", "data", "validate", "--data", "data", "--domain", "domain.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    known = [line for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")]
    assert warnings_in(done.stdout + done.stderr) == sorted(known)


def test_every_file_in_data_is_loaded(trained: Settings) -> None:
    files = [str(path.relative_to(ROOT)) for path in sorted((ROOT / "data").rglob("*.yml"))]
    done = rasa(trained, "-c", COUNT, *files)
    assert done.returncode == 0, done.stderr[-2000:]
    counts = json.loads(done.stdout.splitlines()[-1])
    assert {path: count for path, count in counts.items() if count == 0} == {}
    assert sorted(counts) == files


def test_every_goal_has_at_least_sixty_examples_and_every_card_fifteen() -> None:
    counts = {}
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8"))["nlu"]:
            if "intent" in entry and not path.name.startswith("generated"):
                counts[entry["intent"]] = len({line for line in entry["examples"].splitlines() if line.strip()})
    assert len(counts) == 19
    assert min(counts.values()) >= 60, counts
    questions = [
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (ROOT / "content" / "entitlements" / "questions").glob("*.yml")
    ]
    cards = {card: len(asked) for file in questions for card, asked in file.items()}
    assert len(cards) == 59
    assert min(cards.values()) >= 15, cards


def test_every_test_story_is_told_right(trained: Settings, tmp_path: Path) -> None:
    done = rasa(
        trained,
        *("-m", "rasa", "test", "core", "--model", str(trained.brain_model), "--stories", str(HERE)),
        *("--out", str(tmp_path), "--fail-on-prediction-errors"),
    )
    assert done.returncode == 0, (done.stdout + done.stderr)[-3000:]
    told = re.search(r"Correct:\s+(\d+) / (\d+)", done.stdout + done.stderr)
    assert told is not None
    assert told.group(1) == told.group(2)
    assert int(told.group(2)) > 10
