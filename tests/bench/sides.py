"""The two sides of the bench: how each is trained and started."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psutil
import yaml

from ovos.processes import actions_program, brain_program
from ovos.settings import BRAIN_PYTHON, ROOT, Settings, temporary_settings
from tests.conftest import process, wait_for_brain

COPIED = ("data", "brain", "bot", "domain.yml", "config.yml", "credentials.yml", "endpoints.yml")


@dataclass(frozen=True)
class Side:
    name: str
    folder: Path
    model: Path


def prepare(name: str, folder: Path) -> Side:
    """A copy of the project; for Rasa's default, the same but for `pipeline` and `policies`, which are left to Rasa."""
    for part in COPIED:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / part)
    if name == "default":
        config = yaml.safe_load((folder / "config.yml").read_text())
        (folder / "config.yml").write_text(yaml.safe_dump({**config, "pipeline": None, "policies": None}))
    return Side(name, folder, folder / "models" / "brain.tar.gz")


def train_side(side: Side) -> float:
    """Train from nothing on every core; seconds from the start of the process to its end."""
    settings = temporary_settings(side.folder)
    environment = {**settings.environment(), "PYTHONPATH": str(side.folder), "OVOS_ENCODER_DIR": str(ROOT / ".encoder")}
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        environment[name] = str(os.cpu_count() or 1)
    command = [str(BRAIN_PYTHON), "-m", "rasa", "train", "--force", "--out", "models", "--fixed-model-name", "brain"]
    began = time.monotonic()
    done = subprocess.run(
        command, cwd=side.folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise SystemExit(f"Training {side.name} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    return time.monotonic() - began


@dataclass(frozen=True)
class Served:
    settings: Settings
    started_in: float
    process: psutil.Process

    @property
    def memory_mb(self) -> float:
        """Resident memory of the brain and its children, in MB."""
        family = [self.process, *self.process.children(recursive=True)]
        return sum(one.memory_info().rss for one in family) / 1e6


@contextmanager
def serving(side: Side, home: Path) -> Iterator[Served]:
    """This side's model in the very brain that the service runs, with the very actions."""
    home.mkdir()
    settings = replace(temporary_settings(home), brain_model=side.model)
    with process(actions_program(settings), settings):
        began = time.monotonic()
        with process(brain_program(settings), settings) as brain:
            wait_for_brain(settings, 300)
            yield Served(settings, time.monotonic() - began, psutil.Process(brain.pid))
