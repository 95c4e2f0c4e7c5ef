"""A real Rasa with a small project, trained and started once for all tests of this folder."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from brain_harness import (
    PROJECT,
    RASA,
    ROOT,
    Brain,
    Gate,
    brain_environment,
    free_port,
    rasa_run,
    running,
    wait_until_ready,
)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small project, trained with the service's own config.yml."""
    folder = tmp_path_factory.mktemp("model")
    data = ["-d", str(PROJECT / "domain.yml"), "--data", str(PROJECT / "data"), "-c", "config.yml"]
    command = [str(RASA), "train", *data, "--out", str(folder), "--fixed-model-name", "small"]
    done = subprocess.run(command, cwd=ROOT, env=brain_environment(folder), capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return folder / "small.tar.gz"


@pytest.fixture(scope="session")
def gate(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Gate]:
    folder = tmp_path_factory.mktemp("actions")
    port = free_port()
    command = [sys.executable, "-m", "rasa_sdk", "--actions", "small_actions", "--port", str(port)]
    environment = {**os.environ, "SANIC_HOST": "127.0.0.1", "OVOS_TEST_BROKEN": str(folder / "broken")}
    with running(command, folder / "actions.log", cwd=PROJECT, env=environment):
        gate = Gate(port, folder / "broken")
        threading.Thread(target=gate.serve_forever, daemon=True).start()
        yield gate
        gate.shutdown()


@pytest.fixture(scope="session")
def brain(gate: Gate, model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Brain]:
    """Started with every log switched to debug: what is not in this log is in no other."""
    folder = tmp_path_factory.mktemp("brain")
    port = free_port()
    environment = {**brain_environment(folder, gate.url), "LOG_LEVEL": "DEBUG", "LOG_LEVEL_LIBRARIES": "DEBUG"}
    with running(rasa_run(port, model, "--debug"), folder / "brain.log", cwd=ROOT, env=environment) as process:
        found = Brain(port=port, folder=folder, gate=gate, pid=process.pid, broken=gate.broken)
        wait_until_ready(found, process)
        yield found


@pytest.fixture
def conversation() -> str:
    """A conversation of its own for each test."""
    return f"conversation-{uuid.uuid4()}"
