"""Killed outright, at random moments, in turn: no message lost, none doubled, order kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from ovos.settings import Settings, temporary_settings
from tests.faults.harness import Result, kill_and_check

pytestmark = pytest.mark.xdist_group("faults")


async def _prove(home: Path, kills: int, conversations: int, seconds_between: float) -> Result:
    result = await kill_and_check(temporary_settings(home), kills, conversations, seconds_between)
    print(f"\n{sum(result.kills.values())} kills {dict(result.kills)}, {conversations} conversations,")
    print(f"{result.sent} messages sent, {result.stored} stored, {result.seconds:.0f} s, {dict(result.outcomes)}")
    assert result.problems == []
    assert result.stored == result.sent
    return result


@pytest.mark.timeout(280)
async def test_six_kills_lose_nothing_and_double_nothing(trained: Settings, tmp_path: Path) -> None:
    result = await _prove(tmp_path, kills=6, conversations=20, seconds_between=5)
    assert sum(result.kills.values()) == 6
    assert result.outcomes["answered"] > 0


@pytest.mark.slow
@pytest.mark.timeout(3000)
async def test_fifty_kills_lose_nothing_and_double_nothing(trained: Settings, tmp_path: Path) -> None:
    result = await _prove(tmp_path, kills=50, conversations=20, seconds_between=6)
    assert sum(result.kills.values()) == 50
    assert result.outcomes["answered"] > 0
