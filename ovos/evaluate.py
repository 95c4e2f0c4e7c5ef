"""`ovos evaluate`: goals and cards on messages by authors who had not read the training text.

Beside every figure stands how near the held-out messages are to the training text, so that a figure that is good only
because the test was seen in training cannot hide.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import yaml
from numpy.typing import NDArray

from bot.content import content_folder
from bot.encoder import load_encoder
from bot.entitlements.library import load_library
from ovos.cases import CasesError
from ovos.predict import Line, _messages
from ovos.settings import ROOT, settings_from_environment
from ovos.temporary import running_brain, temporary_home
from ovos.train import train

HOLDOUT = ROOT / "tests" / "holdout"
ENTITLEMENT = "entitlement"
TARGETS = {"goal": 0.90, "card first": 0.85, "card in three": 0.95}


@dataclass(frozen=True)
class Held:
    """A held-out message. `card` is None for messages that are labelled by goal only."""

    author: str
    text: str
    goal: str
    card: str | None


@dataclass(frozen=True)
class Judged:
    held: Held
    line: Line

    @property
    def goal_right(self) -> bool:
        return bool(self.line["goal"] == self.held.goal)

    @property
    def card_first(self) -> bool:
        """End to end: a wrong goal is a wrong card."""
        return self.goal_right and self.line["topic"] == self.held.card

    @property
    def card_in_three(self) -> bool:
        return self.goal_right and self.held.card in self.line["topics"]


def read_held() -> list[Held]:
    held = []
    for path in sorted([*HOLDOUT.glob("goals_author_*.yml"), *HOLDOUT.glob("cards_author_*.yml")]):
        kind, _, author = path.stem.partition("_author_")
        for label, texts in yaml.safe_load(path.read_text(encoding="utf-8")).items():
            goal, card = (label, None) if kind == "goals" else (ENTITLEMENT, label)
            held += [Held(author, text, goal, card) for text in texts]
    if not held:
        raise CasesError(f"There are no held-out messages in {HOLDOUT}.")
    return held


def training_texts() -> list[str]:
    """Everything that goals and cards are trained on."""
    texts = []
    for path in sorted((ROOT / "data" / "nlu").glob("*.yml")):
        for entry in yaml.safe_load(path.read_text(encoding="utf-8")).get("nlu", []):
            if "intent" in entry:
                texts += [line.removeprefix("- ").strip() for line in entry["examples"].splitlines() if line.strip()]
    for questions in load_library(content_folder() / "entitlements").questions.values():
        texts += questions
    return list(dict.fromkeys(texts))


async def evaluate_goals(misses: Path | None) -> bool:
    """Print the tables; True when every target is met."""
    settings = settings_from_environment()
    train(settings)
    held = read_held()
    async with temporary_home() as temporary, running_brain(temporary, with_actions=False):
        lines = [line async for line in _messages(temporary, [one.text for one in held])]
    judged = [Judged(one, line) for one, line in zip(held, lines, strict=True)]
    _print_overlap(held)
    met = _print_accuracy(judged)
    _print_by_goal(judged)
    _print_confusions(judged)
    if misses is not None:
        misses.write_text("".join(f"{_miss(one)}\n" for one in judged if _is_miss(one)), encoding="utf-8")
        print(f"\nMisses are in {misses}. Reading them and then changing the training text ends the use of this set.")
    return met


def interval(right: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927)."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.96, right / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * math.sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    return max(0.0, middle - half), min(1.0, middle + half)


def _share(name: str, flags: Iterable[bool], target: float | None = None) -> bool:
    values = list(flags)
    right = sum(values)
    low, high = interval(right, len(values))
    share = right / max(len(values), 1)
    aim = "" if target is None else f"   target {target:.2f}: {'met' if share >= target else 'MISSED'}"
    print(f"  {name:<42} {share:6.3f}  ({right}/{len(values)}; 95 % {low:.3f} to {high:.3f}){aim}")
    return target is None or share >= target


def _print_accuracy(judged: list[Judged]) -> bool:
    authors = sorted({one.held.author for one in judged})
    met = True
    print("\nAccuracy, by author and over all")
    for author in [*authors, "all"]:
        of_author = [one for one in judged if author in (one.held.author, "all")]
        goals = [one for one in of_author if one.held.card is None]
        cards = [one for one in of_author if one.held.card is not None]
        last = author == "all"
        results = [
            _share(f"{author}: goal", (one.goal_right for one in goals), TARGETS["goal"] if last else None),
            _share(f"{author}: card question read as one", (one.goal_right for one in cards)),
            _share(f"{author}: card first", (one.card_first for one in cards), TARGETS["card first"] if last else None),
            _share(
                f"{author}: card in three",
                (one.card_in_three for one in cards),
                TARGETS["card in three"] if last else None,
            ),
            _share(f"{author}: would be offered choices instead", (one.line["falls_back"] for one in of_author)),
        ]
        met = met and all(results)
    return met


def _print_by_goal(judged: list[Judged]) -> None:
    print("\nRecall by goal (messages labelled by goal)")
    goals = [one for one in judged if one.held.card is None]
    for goal in sorted({one.held.goal for one in goals}):
        _share(goal, (one.goal_right for one in goals if one.held.goal == goal))


def _print_confusions(judged: list[Judged]) -> None:
    print("\nMost frequent confusions (should be -> was)")
    goals = Counter((one.held.goal, one.line["goal"]) for one in judged if not one.goal_right)
    cards = Counter(
        (one.held.card, one.line["topic"]) for one in judged if one.held.card and one.goal_right and not one.card_first
    )
    for kind, counted in (("goal", goals), ("card", cards)):
        for (wanted, found), count in counted.most_common(12):
            print(f"  {kind}: {wanted} -> {found}  {count}")


def _print_overlap(held: list[Held]) -> None:
    """The nearest training text of each held-out message, by the encoder's cosine and by shared words."""
    known = training_texts()
    encoder = load_encoder()
    texts = [one.text for one in held]
    nearest = (encoder.encode(texts) @ encoder.encode(known).T).max(axis=1)
    same = {" ".join(text.lower().split()) for text in known}
    print(
        f"Held out: {len(held)} messages; trained on: {len(known)}. Nearest-neighbour overlap with the training text:"
    )
    for name, near, close in (("cosine", nearest, 0.95), ("same words", word_overlap(texts, known), 0.80)):
        spread = f"median {np.median(near):.2f}, 90th percentile {np.quantile(near, 0.9):.2f}"
        print(f"  {name:<10} {spread}, over {close:.2f}: {np.mean(near > close):.1%}")
    print(f"  word for word the same: {sum(' '.join(text.lower().split()) in same for text in texts)}")


def word_overlap(texts: list[str], known: list[str]) -> NDArray[np.float64]:
    """For each text, the largest share of words that it has in common with a known one (Jaccard), from 0 to 1."""
    known_words = [frozenset(text.lower().split()) for text in known]
    return np.array([max(_jaccard(frozenset(text.lower().split()), words) for words in known_words) for text in texts])


def _jaccard(one: frozenset[str], other: frozenset[str]) -> float:
    return len(one & other) / len(one | other) if one | other else 0.0


def _is_miss(one: Judged) -> bool:
    return not one.goal_right or (one.held.card is not None and not one.card_first)


def _miss(one: Judged) -> str:
    wanted = one.held.card or one.held.goal
    return f"{wanted}\t{one.line['goal']}/{one.line['topic']}\t{one.line['confidence']}\t{one.held.text}"
