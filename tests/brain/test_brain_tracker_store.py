"""Rasa's conversations as they are stored, in SQLite and in PostgreSQL."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest
from brain_harness import BRAIN_PYTHON, ROOT, brain_environment

from tests.databases import PostgresqlCopies

START = ["session_started", "action"]
TURN = ["user", "slot", "bot", "action"]


pytestmark = pytest.mark.xdist_group("the brain's store")


@pytest.fixture(scope="module")
def results(postgresql_copies: PostgresqlCopies, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the probe found in each database; importing Rasa takes longer than both, so it is started once."""
    folder = tmp_path_factory.mktemp("store")
    urls = {
        "sqlite": f"sqlite:///{folder}/new/brain.db",
        "postgresql": f"postgresql://{postgresql_copies.server.partition('://')[2]}/postgres",
    }
    probe = [str(BRAIN_PYTHON), str(Path(__file__).with_name("store_probe.py")), *urls.values()]
    done = subprocess.run(probe, cwd=ROOT, env=brain_environment(folder), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(urls, json.loads(done.stdout), strict=True))


@pytest.fixture(params=["sqlite", "postgresql"])
def result(request: pytest.FixtureRequest, results: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return results[request.param]


def test_a_conversation_is_kept_without_words_and_without_what_is_over(result: dict[str, Any]) -> None:
    assert result["first"] == START + TURN + TURN
    assert result["before_second"] == len(START + TURN + TURN), "each event is stored once"
    assert result["second"] == START + TURN + TURN, "the first session is gone and the second is whole"
    assert result["second_ids"] == ["m-3", "m-4"]
    assert result["rows"] == len(START + TURN + TURN) + len(START + TURN), "no row of an earlier session is left"

    assert result["words_stored"] == []
    assert result["live_text"] == "zanzibar marmalade", "the turn that is running still has them"
    assert result["said_is_filled"], "a slot that held words stays filled"

    assert result["forgotten"] == [len(START + TURN + TURN), 0]
    assert result["rows_left"] == len(START + TURN), "only one conversation was forgotten"
    assert result["rows_of_the_idle"] == [len(START + TURN), 0], "a conversation whose session has run out is gone"
    assert result["journal"] in ("wal", "")
