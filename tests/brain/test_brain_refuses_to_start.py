"""A brain that is set up wrongly says so in one line and does not start."""

from __future__ import annotations

import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from brain_harness import ROOT, brain_environment, free_port, rasa_run

EVERYWHERE = "0.0.0.0"  # noqa: S104  # what is refused
# what is wrong -> (environment, interface, what is said)
WRONG = {
    "no token": ({"OVOS_BRAIN_TOKEN": ""}, "127.0.0.1", "OVOS_BRAIN_TOKEN"),
    "open to the network": ({}, EVERYWHERE, "-i 127.0.0.1"),
}


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory, model: Path) -> dict[str, tuple[int, str]]:
    """Exit status and output of each wrong start. They run side by side, because each imports Rasa first."""

    def start(name: str) -> tuple[int, str]:
        changed, interface, _ = WRONG[name]
        environment = {**brain_environment(tmp_path_factory.mktemp("refused")), **changed}
        command = rasa_run(free_port(), model, interface=interface)
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60)
        return done.returncode, done.stdout + done.stderr

    with ThreadPoolExecutor(2) as pool:
        return dict(zip(WRONG, pool.map(start, WRONG), strict=True))


@pytest.mark.parametrize("wrong", WRONG)
def test_the_brain_does_not_start_with(outcomes: dict[str, tuple[int, str]], wrong: str) -> None:
    status, output = outcomes[wrong]
    assert status != 0
    assert WRONG[wrong][2] in output
