"""Learning the themes, and setting from which probability each is tagged: on authors who were left out."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from bot.themes.examples import CODEBOOK, Example, authors
from bot.themes.model import SENTIMENTS, Array, Encodes, Fitted, Kernel, Likeness, ThemeModel, chosen, text_key
from bot.themes.model import probabilities as shares_of

Matrix = NDArray[np.float64]

KERNEL = Kernel()
RIDGE = 0.5
EVEN = 0.2  # how far rare feelings weigh as much as frequent ones, 0 to 1
FOLDS = 5
THRESHOLDS = np.linspace(0.10, 0.70, 61)
SHRINK = 25.0  # a theme with so many positives moves half of the way from the common threshold to its own


@dataclass(frozen=True)
class Target:
    """What is to be learned: shape (examples, themes + sentiments), and which rows say how they feel."""

    values: Matrix
    felt: NDArray[np.bool_]


def learn(
    examples: Sequence[Example], themes: Sequence[str], encoder: Encodes, known: Mapping[str, Array] | None = None
) -> ThemeModel:
    """A model of these examples. `known` are vectors by the key of their text, which need not be encoded again.

    Raises ValueError when there is nothing to learn from.
    """
    if not examples:
        raise ValueError("There are no examples.")
    vectors = _vectors([one.text for one in examples], encoder, known or {})
    likeness = Likeness.of([one.text for one in examples], vectors)
    gram, target = likeness.among(KERNEL), _target(examples, themes)
    raw = left_out(gram, target, examples, len(themes))
    fitted = _calibrated(raw, target, examples, themes)
    weights, means = solve(gram, target.values[:, : len(themes)])
    felt, felt_means = solve_feelings(gram + likeness.hints_to([one.text for one in examples]), target, len(themes))
    weights, means = np.hstack([weights, felt]), np.concatenate([means, felt_means])
    learned = Fitted(tuple(themes), KERNEL, weights.astype(np.float32), means.astype(np.float32), *fitted)
    return ThemeModel(
        likeness, learned, encoder, version_of(examples, themes), [text_key(one.text) for one in examples]
    )


def version_of(examples: Sequence[Example], themes: Sequence[str]) -> str:
    """A name for what a model was made from."""
    digest = hashlib.sha256("|".join(themes).encode())
    for one in examples:
        digest.update(f"{text_key(one.text)}{one.themes}{one.sentiment}".encode())
    return f"ridge-{digest.hexdigest()[:12]}"


def _vectors(texts: Sequence[str], encoder: Encodes, known: Mapping[str, Array]) -> Array:
    missing = list(dict.fromkeys(text for text in texts if text_key(text) not in known))
    made = dict(zip(missing, encoder.encode(missing), strict=True)) if missing else {}
    result: Array = np.stack([made[text] if text in made else known[text_key(text)] for text in texts])
    return result


def _target(examples: Sequence[Example], themes: Sequence[str]) -> Target:
    place = {theme: n for n, theme in enumerate(themes)}
    values = np.zeros((len(examples), len(themes) + len(SENTIMENTS)))
    for row, one in enumerate(examples):
        for theme in one.themes:
            values[row, place[theme]] = 1.0
        if one.sentiment is not None:
            values[row, len(themes) + SENTIMENTS.index(one.sentiment)] = 1.0
    return Target(values, np.array([one.sentiment is not None for one in examples]))


def solve(gram: Matrix, values: Matrix) -> tuple[Matrix, Matrix]:
    """Dual weights, shape (examples, columns), and the means of the columns."""
    means = values.mean(axis=0)
    return np.linalg.solve(gram + RIDGE * np.eye(len(gram)), values - means), means


def solve_feelings(gram: Matrix, target: Target, count: int) -> tuple[Matrix, Matrix]:
    """The same for how texts feel: rows that feel nothing teach nothing, and rare feelings weigh more."""
    felt, values = target.felt, target.values[target.felt, count:]
    shares = values.mean(axis=0)
    weighs = (1 / np.maximum(shares, 1e-9)[values.argmax(axis=1)]) ** EVEN
    inner = gram[np.ix_(felt, felt)] + RIDGE * np.diag(weighs.mean() / weighs)
    weights = np.zeros((len(gram), values.shape[1]))
    weights[felt] = np.linalg.solve(inner, values - shares)
    return weights, shares * (1 - EVEN)


def left_out(gram: Matrix, target: Target, examples: Sequence[Example], count: int) -> Matrix:
    """Scores of each message for themes, by a model that has not seen its author; with one author, its fifth of the
    messages."""
    values = target.values[:, :count]
    raw = np.full_like(values, np.nan)
    for rows in _groups(examples):
        rest = np.setdiff1d(np.arange(len(examples)), rows)
        weights, means = solve(gram[np.ix_(rest, rest)], values[rest])
        raw[rows] = gram[np.ix_(rows, rest)] @ weights + means
    return raw


def _groups(examples: Sequence[Example]) -> list[NDArray[np.int64]]:
    names = np.array([one.author for one in examples])
    found = authors(examples)
    if len(found) > 1:
        return [np.flatnonzero(names == one) for one in found]
    rows = np.random.default_rng(0).permutation(np.flatnonzero(names != CODEBOOK))
    return [rows[fold::FOLDS] for fold in range(FOLDS)]


def _calibrated(
    raw: Matrix, target: Target, examples: Sequence[Example], themes: Sequence[str]
) -> tuple[float, float, Array]:
    """Slope and shift of the probabilities, and the thresholds, all from scores of authors who were left out."""
    # Loaded when themes are learned: the web process, which imports this, mostly never does.
    from sklearn.linear_model import LogisticRegression

    rows = np.array([one.author != CODEBOOK for one in examples])
    count = len(themes)
    scores, right = raw[rows, :count], target.values[rows, :count]
    fit = LogisticRegression(C=1e6).fit(scores.reshape(-1, 1), right.ravel())
    slope, shift = float(fit.coef_[0, 0]), float(fit.intercept_[0])
    shares = shares_of(scores.astype(np.float32), slope, shift)
    return slope, shift, _thresholds(shares, right)


def _thresholds(shares: Array, right: Matrix) -> Array:
    """The common threshold that gives the best micro-F1, moved for each theme towards its own best, the further the
    more messages say so."""
    common = max(THRESHOLDS, key=lambda at: _micro(shares, np.full(shares.shape[1], at, dtype=np.float32), right))
    made = np.full(shares.shape[1], common, dtype=np.float32)
    for column in range(shares.shape[1]):
        positives = right[:, column].sum()
        own = max(THRESHOLDS, key=lambda at: _f1(shares[:, column] >= at, right[:, column] > 0))
        made[column] = common + (own - common) * positives / (positives + SHRINK) * 0.5
    return made


def _micro(shares: Array, thresholds: Array, right: Matrix) -> float:
    found = np.zeros_like(right, dtype=bool)
    for row in range(len(shares)):
        found[row, chosen(shares[row], thresholds)] = True
    return _f1(found, right > 0)


def _f1(found: NDArray[np.bool_], right: NDArray[np.bool_]) -> float:
    return float(2 * (found & right).sum() / max(1, found.sum() + right.sum()))
