"""What the tests of delivery share: the fixed texts, and a certificate that nobody else trusts."""

from __future__ import annotations

import pytest

from bot.staff.notify import Letters, load_letters
from tests.connectors.delivery.servers import Certificate, make_certificate


@pytest.fixture(scope="session")
def letters() -> Letters:
    return load_letters("https://voices.council.example")


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))
