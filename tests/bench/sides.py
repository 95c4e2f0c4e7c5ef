"""The two sides of the bench: how each is trained and started."""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import psutil
import yaml

from ovos.processes import actions_program, brain_program
from ovos.settings import BRAIN_PYTHON, ROOT, Settings, temporary_settings
from ovos.train import fingerprint
from tests.conftest import process, wait_for_brain

OURS, DEFAULT = "ours", "default"
COPIED = ("data", "brain", "bot", "domain.yml", "config.yml", "credentials.yml", "endpoints.yml")
# What the default is made from; how Rasa's own configuration reads is part of the locked version.
OF_DEFAULT = [ROOT / "data", ROOT / "domain.yml", ROOT / "requirements" / "brain.txt", Path(__file__)]
KEPT = ROOT / "var" / "bench"
RASAS_CONFIG = "import rasa.engine.recipes as r; print(r.__path__[0] + '/config_files/default_config.yml')"


@dataclass(frozen=True)
class Side:
    name: str
    model: Path


@dataclass(frozen=True)
class Trained:
    """A side, and what its training took: by the clock and on all cores together."""

    side: Side
    seconds: float
    cpu_seconds: float


def trained_before(name: str, epochs: int | None = None) -> Trained:
    """This side's model as it was kept, trained anew only when what it is made from has changed."""
    KEPT.mkdir(parents=True, exist_ok=True)
    model = KEPT / f"{name}-{epochs or 'all'}.tar.gz"
    record, made_from = model.with_suffix(".json"), fingerprint(OF_DEFAULT)
    kept = json.loads(record.read_text()) if record.exists() and model.exists() else {}
    if kept.get("made_from") != made_from:
        with tempfile.TemporaryDirectory(prefix="ovos-bench-") as folder:
            made = trained(name, Path(folder) / "side", epochs)
            shutil.copyfile(made.side.model, model)
        kept = {"made_from": made_from, "seconds": made.seconds, "cpu_seconds": made.cpu_seconds}
        record.write_text(json.dumps(kept))
    return Trained(Side(name, model), kept["seconds"], kept["cpu_seconds"])


def trained(name: str, folder: Path, epochs: int | None = None) -> Trained:
    """Train from nothing on every core, in a copy of the project."""
    prepare(name, folder, epochs)
    settings = temporary_settings(folder)
    environment = {**settings.environment(), "PYTHONPATH": str(folder), "OVOS_ENCODER_DIR": str(ROOT / ".encoder")}
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        environment[variable] = str(os.cpu_count() or 1)
    command = [str(BRAIN_PYTHON), "-m", "rasa", "train", "--force", "--out", "models", "--fixed-model-name", "brain"]
    print(f"{name}: training from nothing ...", flush=True)
    began, used = time.monotonic(), _cpu_of_children()
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )
    if done.returncode != 0:
        raise SystemExit(f"Training {name} failed:\n{(done.stdout + done.stderr)[-2000:]}")
    side = Side(name, folder / "models" / "brain.tar.gz")
    return Trained(side, time.monotonic() - began, _cpu_of_children() - used)


def prepare(name: str, folder: Path, epochs: int | None = None) -> None:
    """A copy of the project; for Rasa's default, the same but for `pipeline` and `policies`, which are left to Rasa.

    With `epochs` Rasa's default is written out, and trained that often.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for part in COPIED:
        source = ROOT / part
        if source.is_dir():
            shutil.copytree(source, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, folder / part)
    if name == DEFAULT:
        config = yaml.safe_load((folder / "config.yml").read_text())
        default = {"pipeline": None, "policies": None} if epochs is None else _written_out(epochs)
        (folder / "config.yml").write_text(yaml.safe_dump({**config, **default}))


def _written_out(epochs: int) -> dict[str, Any]:
    found = subprocess.run([str(BRAIN_PYTHON), "-c", RASAS_CONFIG], capture_output=True, text=True, check=True)
    default = yaml.safe_load(Path(found.stdout.split()[-1]).read_text())
    parts = {key: default[key] for key in ("pipeline", "policies")}
    for component in (*parts["pipeline"], *parts["policies"]):
        if "epochs" in component:
            component["epochs"] = epochs
    return parts


def _cpu_of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


@dataclass(frozen=True)
class Served:
    settings: Settings
    started_in: float
    brain: psutil.Process
    actions: psutil.Process

    @property
    def memory_mb(self) -> float:
        """Resident memory of the brain and its children, in MB."""
        return sum(one.memory_info().rss for one in _family(self.brain)) / 1e6

    @property
    def cpu_seconds(self) -> float:
        """CPU time that the brain and the action server have used so far."""
        times = [one.cpu_times() for one in (*_family(self.brain), *_family(self.actions))]
        return sum(each.user + each.system for each in times)


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]


@contextmanager
def serving(side: Side, home: Path) -> Iterator[Served]:
    """This side's model in the very brain that the service runs, with the very actions."""
    home.mkdir()
    settings = replace(temporary_settings(home), brain_model=side.model)
    with process(actions_program(settings), settings) as actions:
        began = time.monotonic()
        with process(brain_program(settings), settings) as brain:
            wait_for_brain(settings, 300)
            took = time.monotonic() - began
            yield Served(settings, took, psutil.Process(brain.pid), psutil.Process(actions.pid))
