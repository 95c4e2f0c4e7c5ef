"""What the detector learns from: examples with their labels, and what is harmless from elsewhere in the project."""

from __future__ import annotations

import argparse
import random
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import yaml

from bot.content import content_folder
from bot.entitlements.library import load_library
from bot.screening.categories import CATEGORIES
from bot.screening.model import SEVERITIES
from bot.screening.windows import windows
from bot.store.models import Severity
from ovos.settings import ROOT

BETWEEN = " . "  # how earlier messages stand before the one that is read


@dataclass(frozen=True)
class Example:
    text: str
    severity: int
    category: int


NOTHING_RAISED = Example("", SEVERITIES.index(Severity.NONE), CATEGORIES.index("none"))

# How the development data names what DESIGN names otherwise.
RENAMED = {
    "pre_disclosure": "opener",
    "wellbeing": "distress",
    "eating_difficulty": "eating",
    "online_grooming": "online_harm",
    "missing_homeless": "missing",
    "substance_overdose": "substance",
    "sexual_exploitation": "exploitation_sexual",
    "criminal_exploitation": "exploitation_criminal",
    "allegation_carer_professional": "carer_or_staff_conduct",
    "honour_fgm_forced_marriage": "forced_marriage_honour",
    "modern_slavery": "trafficking_modern_slavery",
    "risk_to_others": "harm_to_others",
}


# Cards that are asked in need: a person should see those, whether or not the detector says so.
NOT_HARMLESS = frozenset(
    {
        "homeless_now",
        "emergency_money_food",
        "suitable_accommodation_16_17",
        "mental_health_support",
        "holiday_accommodation",
        "debt_bailiffs",
        "safeguarding",
        "out_of_scope",
    }
)
MAY_BEGIN_A_DISCLOSURE = re.compile(
    r"\b(tell|told|secret|private|grass|snitch|scared|hurt|safe|hit|die|nvm|forget it|never ?mind|real person|human)\b"
)
EACH_GOAL = 150
EACH_CARD = 45
EACH_LONG = 3  # pieces of a long harmless message


def read_examples(also: Path | None, themes: Path | None = None) -> list[Example]:
    """Every example with the messages before it, where it has any; development data; ordinary questions and feedback.

    Raises KeyError or ValueError at a bad label.
    """
    files = sorted((content_folder() / "safeguarding" / "examples").glob("*.yml"))
    examples = [one for path in [*files, *([] if also is None else [also])] for one in read_file(path)]
    dice = random.Random(0)  # noqa: S311  # not for secrets
    return examples + pieces_of_harmless(examples, dice) + ordinary_questions(dice) + feedback(themes)


def pieces_of_harmless(examples: list[Example], dice: random.Random) -> list[Example]:
    """Long messages are read in pieces too, and a piece of what is harmless is harmless."""
    found: list[Example] = []
    for one in examples:
        pieces = windows(one.text) if one.severity == NOTHING_RAISED.severity else []
        found += [replace(NOTHING_RAISED, text=text) for text in dice.sample(pieces, min(EACH_LONG, len(pieces)))]
    return found


def feedback(also: Path | None) -> list[Example]:
    """What themes learn from, as harmless messages: most of what is written is somebody's bad or good day.

    Left out is what its authors sent to a safeguarding lead first, what is about feeling safe, and words that may begin
    a disclosure. `also` is a file of development data, like themes.yml.
    """
    rows = [row for path in sorted((content_folder() / "themes" / "examples").glob("*.yml")) for row in _rows(path)]
    if also is not None:
        rows += [{**row, "themes": [theme["id"]]} for theme in _rows(also) for row in theme["examples"]]
    harmless = [
        row["text"]
        for row in rows
        if "route" not in row
        and "feeling_safe" not in row["themes"]
        and not MAY_BEGIN_A_DISCLOSURE.search(row["text"].lower())
    ]
    return [replace(NOTHING_RAISED, text=text) for text in harmless]


def _rows(path: Path) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return rows


def ordinary_questions(dice: random.Random) -> list[Example]:
    """What goals and cards learn from, as harmless messages: the same young people write them.

    Left out are cards that are asked in need, and words that also begin a disclosure ("is this private").
    """
    texts: list[str] = []
    for goal, found in goal_texts().items():
        clear = [text for text in found if not MAY_BEGIN_A_DISCLOSURE.search(text.lower())]
        texts += [] if goal in NOT_HARMLESS else dice.sample(clear, min(EACH_GOAL, len(clear)))
    for card, questions in load_library(content_folder() / "entitlements").questions.items():
        clear = [text for text in questions if not MAY_BEGIN_A_DISCLOSURE.search(text.lower())]
        texts += [] if card in NOT_HARMLESS else dice.sample(clear, min(EACH_CARD, len(clear)))
    return [replace(NOTHING_RAISED, text=text) for text in texts]


def goal_texts() -> dict[str, list[str]]:
    """The training text of every goal, by goal."""
    found: dict[str, list[str]] = {}
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        if path.name.startswith("generated_"):
            continue
        for entry in yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader).get("nlu", []):
            if "intent" in entry:
                lines = [line.removeprefix("- ").strip() for line in entry["examples"].splitlines() if line.strip()]
                found.setdefault(entry["intent"].partition("/")[0], []).extend(lines)
    return found


def severities_names() -> list[str]:
    return [one.value for one in SEVERITIES]


def read_file(path: Path) -> list[Example]:
    severities = severities_names()
    examples = []
    for row in _rows(path):
        text = BETWEEN.join([*row.get("before", []), row["text"]])
        category = RENAMED.get(row["category"], row["category"])
        examples.append(Example(text, severities.index(row["severity"]), CATEGORIES.index(category)))
    return examples


def add_development_data(parser: argparse.ArgumentParser) -> None:
    """The options of the commands that learn, for files that are not in this repository."""
    parser.add_argument("--also", type=Path, metavar="FILE", help="a file of development data, like disclosures.yml")
    parser.add_argument("--themes", type=Path, metavar="FILE", help="a file of development data, like themes.yml")
