"""The real content, a copy of it to spoil, and one card search for the whole run."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.encoder import Encoder, load_encoder
from bot.entitlements.library import Library, load_library
from bot.entitlements.search import CardSearch, train_on
from bot.entitlements.terms import Floats
from tests.bot.entitlements.spoiling import Copy

CONTENT = Path(__file__).resolve().parents[3] / "content" / "entitlements"


@pytest.fixture(scope="session")
def library() -> Library:
    return load_library(CONTENT)


@pytest.fixture
def copy(tmp_path: Path) -> Copy:
    shutil.copytree(CONTENT, tmp_path / "entitlements")
    return Copy(tmp_path / "entitlements")


@pytest.fixture(scope="session")
def encoder() -> Encoder:
    return load_encoder()


@pytest.fixture(scope="session")
def vectors(library: Library, encoder: Encoder) -> Floats:
    return encoder.encode(library.training_rows()[0])


@pytest.fixture(scope="session")
def search(library: Library, encoder: Encoder, vectors: Floats) -> CardSearch:
    return train_on(*library.training_rows(), vectors, encoder)
