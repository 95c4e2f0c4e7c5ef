"""Real Chromium: started once, with windows of its own for each test."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright._impl._driver import compute_driver_executable, get_driver_env

from ovos.processes import _die_with_parent

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def chromium_program() -> str:
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        pytest.fail("Chromium is not installed. Run `make setup-dev`.")
    return program


@contextmanager
def chromium_server(folder: Path) -> Iterator[str]:
    """The address on loopback at which Playwright is given windows in it."""
    config = folder / "launch.json"
    config.write_text(json.dumps({"executablePath": chromium_program(), "args": FLAGS, "host": "127.0.0.1"}))
    command = [*compute_driver_executable(), "launch-server", "--browser=chromium", f"--config={config}"]
    running = subprocess.Popen(
        command, env=get_driver_env(), stdout=subprocess.PIPE, text=True, preexec_fn=_die_with_parent
    )
    with running:
        assert running.stdout is not None
        try:
            yield running.stdout.readline().strip()
        finally:
            running.terminate()
