"""Rasa's conversations as they are stored, in SQLite and in PostgreSQL."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from brain_harness import BRAIN_PYTHON, ROOT, brain_environment

START = ["session_started", "action"]
TURN = ["user", "slot", "bot", "action"]


@pytest.fixture(params=["sqlite", "postgresql"])
def result(request: pytest.FixtureRequest, tmp_path: Path) -> dict[str, object]:
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/new/brain.db"
    else:
        server: str = request.getfixturevalue("postgresql_copies").server
        url = f"postgresql://{server.partition('://')[2]}/postgres"
    probe = [str(BRAIN_PYTHON), str(Path(__file__).with_name("store_probe.py")), url]
    done = subprocess.run(probe, cwd=ROOT, env=brain_environment(tmp_path), capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr[-3000:]
    found: dict[str, object] = json.loads(done.stdout)
    return found


def test_a_conversation_is_kept_without_words_and_without_what_is_over(result: dict[str, object]) -> None:
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
