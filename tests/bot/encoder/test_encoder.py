"""The encoder gives the published similarities, the same alone and in a batch, in both environments."""

from __future__ import annotations

import json
import os
import subprocess
import time
from pathlib import Path

import numpy as np
import pytest

from bot.encoder import DIMENSIONS, load_encoder

ROOT = Path(__file__).resolve().parents[3]


def test_it_gives_the_similarities_published_with_the_model() -> None:
    # The example of the model's own card: three sentences against "That is a happy person".
    vectors = load_encoder().encode(
        ["That is a happy person", "That is a happy dog", "That is a very happy person", "Today is a sunny day"]
    )
    assert vectors[0] @ vectors[1:].T == pytest.approx([0.695, 0.943, 0.257], abs=0.002)


def test_a_text_has_the_same_vector_alone_and_in_a_batch() -> None:
    encoder = load_encoder()
    texts = ["pa?", "my social worker keeps changing and nobody tells me why " * 5, "🙂", "x" * 5000]
    together = encoder.encode(texts)
    alone = np.stack([encoder.encode_one(text) for text in texts])
    assert together.shape == (4, DIMENSIONS)
    assert together == pytest.approx(alone, abs=1e-4)
    assert np.linalg.norm(together, axis=1) == pytest.approx(np.ones(4), abs=1e-5)


def test_nothing_to_encode_gives_an_empty_table() -> None:
    assert load_encoder().encode([]).shape == (0, DIMENSIONS)


@pytest.mark.alone
def test_a_short_message_takes_under_fifty_milliseconds() -> None:
    encoder = load_encoder()
    encoder.encode_one("warm up")
    times = []
    for _ in range(15):
        began = time.perf_counter()
        encoder.encode_one("how often should my social worker visit me")
        times.append(time.perf_counter() - began)
    assert sorted(times)[7] < 0.05


def test_the_brains_environment_computes_the_same_vectors() -> None:
    program = "import json, bot.encoder as e; print(json.dumps(e.load_encoder().encode_one('hiya').tolist()))"
    done = subprocess.run(
        [str(ROOT / ".venv-brain" / "bin" / "python"), "-c", program],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) == pytest.approx(load_encoder().encode_one("hiya").tolist(), abs=1e-5)
