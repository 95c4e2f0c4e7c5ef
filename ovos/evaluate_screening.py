"""`ovos evaluate screening`: the detector on messages by authors who had not read the training text.

The nearest-neighbour overlap with the training text stands beside the figures. Ordinary chat is CLINC150's
(CC BY 3.0), where the folder of research data lies beside the checkout; it is for measuring and never for training.
"""

from __future__ import annotations

import os
import statistics
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from bot.content import content_folder
from bot.encoder import load_encoder
from bot.screening import Detector, Screening, load_detector
from bot.screening.screening import ALERTING, ORDER
from bot.store.models import Severity
from ovos.cases import CasesError
from ovos.evaluate import interval, word_overlap
from ovos.evaluate import read_held as read_goals_and_cards
from ovos.evaluate_replies import print_reply_check
from ovos.evaluate_split import read_together
from ovos.settings import ROOT

HOLDOUT = ROOT / "tests" / "holdout"
RESEARCH = Path(os.environ.get("OVOS_RESEARCH_DATA", ROOT.parent / "shared" / "data"))
MOST_MISSES = 60
# Cards that are asked in need, and words that also begin a disclosure: an alert on those is no false one.
ASKED_IN_NEED = frozenset(
    {
        "homeless_now",
        "emergency_money_food",
        "suitable_accommodation_16_17",
        "mental_health_support",
        "holiday_accommodation",
        "debt_bailiffs",
        "privacy",
        "restart_or_stop",
    }
)
LOW = frozenset({Severity.WELLBEING, Severity.NONE})


@dataclass(frozen=True)
class Held:
    """A held-out message with its label."""

    author: str
    text: str
    severity: Severity
    category: str
    style: str

    @property
    def should_alert(self) -> bool:
        return self.severity in ALERTING


@dataclass(frozen=True)
class Judged:
    held: Held
    found: Screening


@dataclass(frozen=True)
class Target:
    """A share that must reach `share`, or stay under it when `at_most`."""

    share: float
    at_most: bool = False

    def met(self, share: float) -> bool:
        return share <= self.share if self.at_most else share >= self.share


def read_held() -> list[Held]:
    held = []
    for path in sorted(HOLDOUT.glob("screening_author_*.yml")):
        author = path.stem.removeprefix("screening_author_")
        rows: list[dict[str, Any]] = yaml.safe_load(path.read_text(encoding="utf-8"))
        held += [Held(author, row["text"], Severity(row["severity"]), row["category"], row["style"]) for row in rows]
    if not held:
        raise CasesError(f"There are no held-out messages for the detector in {HOLDOUT}.")
    return held


def training_texts() -> list[str]:
    """Everything that the detector learned from."""
    texts: list[str] = []
    for path in sorted((content_folder() / "safeguarding" / "examples").glob("*.yml")):
        texts += [row["text"] for row in yaml.safe_load(path.read_text(encoding="utf-8"))]
    return texts


def evaluate_screening(misses: Path | None) -> bool:
    """Print the tables; True when every target is met."""
    detector, held = load_detector(), read_held()
    judged = [Judged(one, detector.screen(one.text)) for one in held]
    print(f"\nThe detector, {detector.version}, on {len(held)} held-out messages")
    _print_overlap(held)
    met = [_print_recall(judged), _print_false_alarms(judged, detector), _print_by_kind(judged)]
    _print_confusion(judged)
    met.append(_print_too_severe(judged))
    _print_together(detector, held)
    met.append(_print_speed(detector, held))
    _print_misses(judged, misses)
    met.append(print_reply_check())
    return all(met)


def _share(name: str, flags: Iterable[bool], target: Target | None = None) -> bool:
    values = list(flags)
    if not values:
        return True
    right = sum(values)
    low, high = interval(right, len(values))
    share = right / len(values)
    aim = ""
    if target is not None:
        word = "at most" if target.at_most else "at least"
        aim = f"   target {word} {target.share:.2f}: {'met' if target.met(share) else 'MISSED'}"
    print(f"  {name:<44} {share:6.3f}  ({right}/{len(values)}; 95 % {low:.3f} to {high:.3f}){aim}")
    return target is None or target.met(share)


def _print_recall(judged: list[Judged]) -> bool:
    print("\nRecall: an alert was raised")
    results = []
    for author in [*sorted({one.held.author for one in judged}), "all"]:
        mine = [one for one in judged if author in (one.held.author, "all")]
        last = author == "all"
        immediate = [one for one in mine if one.held.severity is Severity.IMMEDIATE]
        soon = [one for one in mine if one.held.severity in (Severity.IMMEDIATE, Severity.SAME_DAY)]
        results += [
            _share(f"{author}: immediate", (one.found.alerts for one in immediate), Target(0.98) if last else None),
            _share(
                f"{author}: immediate and same day", (one.found.alerts for one in soon), Target(0.95) if last else None
            ),
            _share(f"{author}: all three", (one.found.alerts for one in mine if one.held.should_alert)),
            _share(
                f"{author}: immediate read as wellbeing or none",
                (one.found.severity in LOW for one in immediate),
                Target(0.0, at_most=True) if last else None,
            ),
            _share(
                f"{author}: immediate read as immediate",
                (one.found.severity is Severity.IMMEDIATE for one in immediate),
            ),
        ]
    return all(results)


def _print_false_alarms(judged: list[Judged], detector: Detector) -> bool:
    print("\nFalse alarms")
    look_alikes = [one for one in judged if one.held.style == "look_alike"]
    about_care = [one for one in judged if one.held.style == "ordinary" and one.held.severity is Severity.NONE]
    wellbeing = [one for one in judged if one.held.severity is Severity.WELLBEING]
    results = [
        _share("look-alikes", (one.found.alerts for one in look_alikes), Target(0.30, at_most=True)),
        _share("ordinary messages about care", (one.found.alerts for one in about_care), Target(0.05, at_most=True)),
        _share("wellbeing", (one.found.alerts for one in wellbeing)),
    ]
    asked = [one for one in read_goals_and_cards() if (one.card or one.goal) not in ASKED_IN_NEED]
    results.append(
        _share("questions and requests of the other holdout", (detector.screen(one.text).alerts for one in asked))
    )
    chat = RESEARCH / "ordinary_chat.txt"
    if chat.exists():
        lines = [line.strip() for line in chat.read_text(encoding="utf-8").splitlines() if line.strip()]
        results.append(
            _share("ordinary chat", (detector.screen(line).alerts for line in lines), Target(0.02, at_most=True))
        )
    else:
        print("  ordinary chat: not measured, there is no ordinary_chat.txt (set OVOS_RESEARCH_DATA)")
    return all(results)


def _print_by_kind(judged: list[Judged]) -> bool:
    results = []
    kinds: dict[str, Callable[[Held], str]] = {
        "severity": lambda held: held.severity,
        "category": lambda held: held.category,
        "style": lambda held: held.style,
    }
    for name, kind in kinds.items():
        print(f"\nRecall by {name}: an alert was raised")
        alerting = [one for one in judged if one.held.should_alert]
        for value in sorted({kind(one.held) for one in alerting}):
            flags = [one.found.alerts for one in alerting if kind(one.held) == value]
            results.append(_share(value, flags, Target(0.85)))
    alerted = [one for one in judged if one.held.should_alert and one.found.alerts]
    print("\nOf the alerts raised rightly")
    _share("the category is the labelled one", (one.found.category == one.held.category for one in alerted))
    return all(results)


def _print_confusion(judged: list[Judged]) -> None:
    print("\nSeverities: labelled (down) and read as (across)")
    counted = Counter((one.held.severity, one.found.severity) for one in judged)
    print(" " * 18 + "".join(f"{severity.value:>17}" for severity in ORDER))
    for labelled in ORDER:
        print(f"{labelled.value:<18}" + "".join(f"{counted[labelled, read]:>17}" for read in ORDER))


def _print_too_severe(judged: list[Judged]) -> bool:
    lower = [one for one in judged if one.held.severity is not Severity.IMMEDIATE]
    flags = [one.found.severity is Severity.IMMEDIATE for one in lower]
    same_day = [one.found.severity is Severity.IMMEDIATE for one in lower if one.held.severity is Severity.SAME_DAY]
    print()
    _share("same day read as immediate", same_day)
    return _share("same day and lower read as immediate", flags, Target(0.25, at_most=True))


def _print_together(detector: Detector, held: list[Held]) -> None:
    """No target is set for these. The disclosures are those that are found when they come whole."""
    soon = [one for one in held if one.severity in (Severity.IMMEDIATE, Severity.SAME_DAY)]
    whole = [one.text for one in soon if detector.screen(one.text).alerts]
    together = read_together(detector, whole, [one.text for one in held if one.severity is Severity.NONE])
    print("\nSeveral messages, read together")
    _share("a disclosure in three messages: an alert", _flags(together.found, together.split))
    _share("harmless, and alerted for those before it", _flags(together.raised, together.harmless))


def _flags(right: int, of: int) -> list[bool]:
    return [True] * right + [False] * (of - right)


def _print_speed(detector: Detector, held: list[Held]) -> bool:
    times = []
    for one in held[:200]:
        began = time.process_time()  # of the one core that works: what else the machine does is not counted
        detector.screen(one.text)
        times.append((time.process_time() - began) * 1000)
    median = statistics.median(times)
    slow = np.quantile(times, 0.95)
    print(f"\nTime of one message: median {median:.1f} ms, 95th percentile {slow:.1f} ms (target 30 ms)")
    return median < 30


def _print_misses(judged: list[Judged], file: Path | None) -> None:
    missed = [one for one in judged if one.held.should_alert and not one.found.alerts]
    lines = [_line(one) for one in missed]
    print(f"\nMissed: {len(missed)}")
    for line in lines[:MOST_MISSES]:
        print(f"  {line}")
    if file is not None:
        false = [one for one in judged if not one.held.should_alert and one.found.alerts]
        lines += [f"raised: {_line(one)}" for one in false]
        file.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _line(one: Judged) -> str:
    labels = f"{one.held.severity} read as {one.found.severity}\t{one.held.category}\t{one.held.style}"
    return f"{labels}\t{one.found.score:.3f}\t{one.held.text}"


def _print_overlap(held: list[Held]) -> None:
    """The nearest training text of each held-out message, by the plain encoder's cosine and by shared words."""
    known = training_texts()
    encoder = load_encoder()
    texts = [one.text for one in held]
    nearest = (encoder.encode(texts) @ encoder.encode(known).T).max(axis=1)
    shared = word_overlap(texts, known)
    print(f"Learned from {len(known)} messages. Nearest-neighbour overlap of the held-out messages with them:")
    for name, near, close in (("cosine", nearest, 0.95), ("same words", shared, 0.80)):
        spread = f"median {np.median(near):.2f}, 90th percentile {np.quantile(near, 0.9):.2f}"
        print(f"  {name:<10} {spread}, over {close:.2f}: {np.mean(near > close):.1%}")
