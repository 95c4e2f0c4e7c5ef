"""Learn the words that the detector weighs: three logistic regressions on TF-IDF of words and of pieces of words.

Part of `make learn-screening`; by itself, without PyTorch and in seconds: `python -m ovos.learn_screening_words`.
Method: logistic regression with an L2 penalty (scikit-learn's liblinear, which gives the same result each time).
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from scipy.sparse import csr_matrix, hstack
from sklearn.linear_model import LogisticRegression

from bot.encoder.weights import Array
from bot.screening.model import SEVERITIES, WEIGHTS
from bot.screening.plain import readable
from bot.screening.words import LEVELS, WordReader, packed
from bot.terms import Indices, Terms, pieces, words
from ovos.screening_examples import Example, add_development_data, read_examples

WORDS_IN = 3  # messages that a word, or a pair, must occur in
PIECES_IN = 5
PENALTY = 10.0  # the larger, the less it is held back (scikit-learn's C)
FILE = "screening_words.safetensors"


def learn_words(examples: list[Example]) -> WordReader:
    texts = [readable(one.text) for one in examples]
    single, parts = Terms.learn(words, texts, WORDS_IN), Terms.learn(pieces, texts, PIECES_IN)
    features = hstack([_counted(single, texts), _counted(parts, texts)]).tocsr()
    severities = np.array([one.severity for one in examples])
    fitted = [
        LogisticRegression(C=PENALTY, solver="liblinear").fit(features, severities <= SEVERITIES.index(level))
        for level in LEVELS
    ]
    weights = np.stack([one.coef_[0] for one in fitted]).astype(np.float32)
    return WordReader(single, parts, weights, np.array([one.intercept_[0] for one in fitted], dtype=np.float32))


def _counted(terms: Terms, texts: list[str]) -> csr_matrix:
    """Shape (texts, terms)."""
    columns: list[Indices] = []
    values: list[Array] = []
    begins = [0]
    for text in texts:
        indices, weights = terms.read(text)
        columns.append(indices)
        values.append(weights)
        begins.append(begins[-1] + len(indices))
    return csr_matrix((np.concatenate(values), np.concatenate(columns), begins), shape=(len(texts), len(terms)))


def save(reader: WordReader, folder: Path) -> str:
    """Write the file; its SHA-256."""
    file = folder / FILE
    save_file(packed(reader), file)
    return hashlib.sha256(file.read_bytes()).hexdigest()


def main() -> int:
    parser = argparse.ArgumentParser(description="Learn the words that the detector weighs.")
    parser.add_argument("--out", type=Path, default=WEIGHTS)
    add_development_data(parser)
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    print(f"weights_sha256 words: {save(learn_words(read_examples(chosen.also, chosen.themes)), chosen.out)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
