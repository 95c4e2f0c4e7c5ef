"""The real content, a copy of it to spoil, and the card search that the service uses."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from bot.encoder import Encoder, load_encoder
from bot.entitlements.library import Library, load_library
from bot.entitlements.search import CardSearch
from ovos.settings import Settings
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
def search(trained: Settings, encoder: Encoder) -> CardSearch:
    """As it was trained for the service: reading its 3,700 questions again would take a minute."""
    return CardSearch.load(trained.card_search, encoder)
