"""The load of `make bench-telegram`, small: nothing is lost, doubled or out of order under limits and faults."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.bench.telegram_load import run


@pytest.mark.alone
async def test_forty_people_at_telegrams_limits_with_faults_and_nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    found = await run(tmp_path, people=40, speed=12, seconds=120)
    assert found.wrong == 0
    assert found.faults > 0
    assert found.sent >= 40 * 5
    assert found.busiest <= 33
