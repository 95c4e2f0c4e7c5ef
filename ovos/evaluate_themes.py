"""`ovos evaluate themes`: the themes on messages by authors who knew only the definitions.

Judged as tags: micro and macro F1 over all themes, the main theme among the best five, and how it feels. Beside the
figures stands how near the messages are to the training text.
"""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from bot.encoder import load_encoder
from bot.themes.codebook import codebook
from bot.themes.examples import Example, read_examples, written_examples
from bot.themes.kept import Keeper
from bot.themes.measures import score
from bot.themes.model import Reading
from ovos.cases import CasesError
from ovos.evaluate import interval, word_overlap
from ovos.settings import ROOT, settings_from_environment
from ovos.train import train_themes_only

HOLDOUT = ROOT / "tests" / "holdout"
MICRO, MACRO, AMONG_FIVE, FEELING = 0.74, 0.65, 0.90, 0.80
RESAMPLES = 500
MOST_MILLISECONDS = 50.0


@dataclass(frozen=True)
class Judged:
    held: Example
    found: Reading

    @property
    def tagged(self) -> frozenset[str]:
        return frozenset(tag.theme for tag in self.found.themes)

    @property
    def among_five(self) -> bool:
        return self.held.themes[0] in [theme for theme, _ in self.found.ranked]

    @property
    def feels_right(self) -> bool:
        return self.found.sentiment == self.held.sentiment


def read_held() -> list[Example]:
    """Raises CasesError when there are none."""
    held = [one for path in sorted(HOLDOUT.glob("themes_author_*.yml")) for one in read_examples(path, codebook())]
    if not held:
        raise CasesError(f"There are no held-out messages for the themes in {HOLDOUT}.")
    return held


def evaluate_themes(misses: Path | None) -> bool:
    """Print the tables; True when every target is met."""
    settings, held = settings_from_environment(), read_held()
    train_themes_only(settings)
    model = Keeper(settings.theme_model).model()
    found = model.read_many([one.text for one in held])
    judged = [Judged(*pair) for pair in zip(held, found, strict=True)]
    print(f"\nThemes, {model.version}, on {len(held)} held-out messages")
    _print_overlap(held)
    authors = sorted({one.author for one in held})
    for author in authors if len(authors) > 1 else ():
        _print_scores(author, [one for one in judged if one.held.author == author])
    met = _print_scores("all", judged, judge=True)
    _print_by_theme(judged)
    started = time.perf_counter()
    for one in held[:50]:
        model.read(one.text)
    each = (time.perf_counter() - started) / len(held[:50]) * 1000
    print(f"  a message takes {each:.1f} ms (target {MOST_MILLISECONDS:.0f})")
    if misses is not None:
        misses.write_text("".join(_miss(one) for one in judged if one.tagged != set(one.held.themes)), encoding="utf-8")
        print(f"\nMisses are in {misses}. Reading them and then changing the training text ends the use of this set.")
    return met


def _print_scores(name: str, judged: list[Judged], *, judge: bool = False) -> bool:
    ids = codebook().ids
    made = score([one.held.themes for one in judged], [one.tagged for one in judged], ids)
    low, high = _resampled(judged)
    five, feeling = [one.among_five for one in judged], [one.feels_right for one in judged]
    rows = [
        ("micro-F1", made.micro, MICRO, (low, high)),
        ("macro-F1", made.macro, MACRO, None),
        ("main theme among five", float(np.mean(five)), AMONG_FIVE, interval(sum(five), len(five))),
        ("sentiment", float(np.mean(feeling)), FEELING, interval(sum(feeling), len(feeling))),
    ]
    for what, value, target, spread in rows:
        beside = "" if spread is None else f"  (95 % {spread[0]:.3f} to {spread[1]:.3f})"
        aim = f"   target {target:.2f}: {'met' if value >= target else 'MISSED'}" if judge else ""
        print(f"  {name + ': ' + what:<42} {value:6.3f}{beside}{aim}")
    return all(value >= target for _, value, target, _ in rows)


def _resampled(judged: list[Judged]) -> tuple[float, float]:
    """The 95 % interval of micro-F1, by drawing the messages again (Efron 1979)."""
    chance, ids = random.Random(0), codebook().ids  # noqa: S311 - chance for a figure, not for a secret
    drawn = []
    for _ in range(RESAMPLES):
        some = chance.choices(judged, k=len(judged))
        right = sum(len(one.tagged & set(one.held.themes)) for one in some)
        tags = sum(len(one.tagged) + len(set(one.held.themes) & set(ids)) for one in some)
        drawn.append(2 * right / max(1, tags))
    return float(np.quantile(drawn, 0.025)), float(np.quantile(drawn, 0.975))


def _print_by_theme(judged: list[Judged]) -> None:
    print("\nF1 by theme (messages that have it)")
    by_theme = score([one.held.themes for one in judged], [one.tagged for one in judged], codebook().ids).by_theme
    for theme, tags in sorted(by_theme.items(), key=lambda entry: entry[1].f1):
        print(f"  {theme:<28} {tags.f1:6.3f}  ({tags.support})")


def _print_overlap(held: list[Example]) -> None:
    known = [one.text for one in written_examples(codebook())]
    encoder, texts = load_encoder(), [one.text for one in held]
    nearest = (encoder.encode(texts) @ encoder.encode(known).T).max(axis=1)
    print(f"Trained on {len(known)} written messages. Nearest-neighbour overlap with them:")
    for name, near, close in (("cosine", nearest, 0.95), ("same words", word_overlap(texts, known), 0.80)):
        spread = f"median {np.median(near):.2f}, 90th percentile {np.quantile(near, 0.9):.2f}"
        print(f"  {name:<10} {spread}, over {close:.2f}: {np.mean(near > close):.1%}")


def _miss(one: Judged) -> str:
    return f"{','.join(one.held.themes)}\t{','.join(sorted(one.tagged))}\t{one.held.text}\n"
