"""Rasa's own checks on our data: known warnings only, every file loaded, every story told right."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.content import read_yaml
from ovos.settings import BRAIN_PYTHON, ROOT, Settings

HERE = Path(__file__).parent
KNOWN = HERE / "known_warnings.txt"
WARNING = re.compile(r"(?:UserWarning:|WARNING\s+\S+\s+-)\s*(.+)")

pytestmark = pytest.mark.xdist_group("rasa's own checks")


@dataclass(frozen=True)
class Checked:
    """What Rasa's own checks said: exit statuses, what each printed, and how much each file of data/ gave alone."""

    validate: int
    stories: int
    loaded: dict[str, int]
    folder: Path

    def printed(self, check: str) -> str:
        return (self.folder / f"{check}.log").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def checked(trained: Settings, tmp_path_factory: pytest.TempPathFactory) -> Checked:
    folder = tmp_path_factory.mktemp("rasa")
    environment = {**trained.environment(), "PYTHONWARNINGS": "default", "COLUMNS": "2000", "NO_COLOR": "1"}
    program = [str(BRAIN_PYTHON), str(HERE / "rasa_checks.py"), str(folder), str(trained.brain_model), *data_files()]
    done = subprocess.run(program, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return Checked(**json.loads(done.stdout.splitlines()[-1]), folder=folder)


def data_files() -> list[str]:
    return [str(path.relative_to(ROOT)) for path in sorted((ROOT / "data").rglob("*.yml"))]


def warnings_in(output: str) -> list[str]:
    """What Rasa warns about our data, without places and colours; what libraries say of themselves is left out."""
    plain = re.sub(r"\x1b\[[0-9;]*m", "", output)
    found = {match.group(1).strip() for match in WARNING.finditer(plain)}
    ours = re.compile(r"intent|utterance|response|story|rule|slot|entity|action|example|domain|form", re.IGNORECASE)
    return sorted(line for line in found if ours.search(line) and "eprecat" not in line)


def test_rasa_warns_of_nothing_that_is_not_on_the_list(checked: Checked) -> None:
    printed = checked.printed("validate")
    assert checked.validate == 0, printed
    known = [line for line in KNOWN.read_text().splitlines() if line and not line.startswith("#")]
    assert warnings_in(printed) == sorted(known)


def test_every_file_in_data_is_loaded(checked: Checked) -> None:
    assert {path: count for path, count in checked.loaded.items() if count == 0} == {}
    assert sorted(checked.loaded) == data_files()


def test_every_goal_has_at_least_sixty_examples_and_every_card_fifteen() -> None:
    counts = {}
    for path in (ROOT / "data" / "nlu").glob("*.yml"):
        for entry in read_yaml(path)["nlu"]:
            if "intent" in entry and not path.name.startswith("generated"):
                counts[entry["intent"]] = len({line for line in entry["examples"].splitlines() if line.strip()})
    assert len(counts) == 19
    assert min(counts.values()) >= 60, counts
    questions = [read_yaml(path) for path in (ROOT / "content" / "entitlements" / "questions").glob("*.yml")]
    cards = {card: len(asked) for file in questions for card, asked in file.items()}
    assert len(cards) == 59
    assert min(cards.values()) >= 15, cards


def test_every_test_story_is_told_right(checked: Checked) -> None:
    printed = checked.printed("stories")
    assert checked.stories == 0, printed[-3000:]
    told = re.search(r"Correct:\s+(\d+) / (\d+)", printed)
    assert told is not None
    assert told.group(1) == told.group(2)
    assert int(told.group(2)) > 10
