"""`ovos train`: card questions and what officers taught into Rasa's data, Rasa's model, the card search, the themes.

Only what changed is made again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from bot.content import content_folder
from bot.encoder import load_encoder
from bot.entitlements.card_nlu import write_nlu
from bot.entitlements.library import Library, load_library
from bot.entitlements.search import train_search
from ovos.failures import TrainingError
from ovos.settings import BRAIN_PYTHON, ROOT, Settings
from ovos.taught import StoreNotRead, cards_learned, lessons, read_taught, with_lessons, write_lessons
from ovos.themes import forget, forgets_too_little, lessons_of, train_themes

GENERATED_NLU = ROOT / "data" / "nlu" / "generated_cards.yml"
GENERATED_TAUGHT = ROOT / "data" / "nlu" / "generated_taught.yml"


@dataclass(frozen=True)
class Part:
    """Something that is trained: its file, and the fingerprint of everything that it is made from."""

    name: str
    made: Path
    fingerprint: str

    @property
    def stamp(self) -> Path:
        return self.made.with_name(self.made.name + ".made_from")

    def is_current(self) -> bool:
        return self.made.exists() and self.stamp.exists() and self.stamp.read_text() == self.fingerprint

    def keep(self) -> None:
        self.stamp.write_text(self.fingerprint)


def fingerprint(paths: Iterable[Path]) -> str:
    """One hash over the names and contents of these files and of the files in these folders."""
    digest = hashlib.sha256()
    for path in sorted(_files(paths)):
        digest.update(os.path.relpath(path, ROOT).encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _files(paths: Iterable[Path]) -> Iterable[Path]:
    for path in paths:
        if path.is_dir():
            yield from (inner for inner in path.rglob("*") if inner.is_file() and "__pycache__" not in inner.parts)
        elif path.exists():
            yield path


def parts(settings: Settings) -> tuple[Part, Part]:
    """The brain and the card search, with what each is made from."""
    entitlements = content_folder() / "entitlements"
    encoder = ROOT / "bot" / "encoder"
    brain_inputs = [
        ROOT / "config.yml",
        ROOT / "domain.yml",
        ROOT / "data",
        ROOT / "brain",
        ROOT / "requirements" / "brain.txt",
        entitlements / "questions",
        encoder,
    ]
    search_inputs = [entitlements, ROOT / "bot" / "entitlements", encoder, taught_cards(settings)]
    return (
        Part("brain", settings.brain_model, fingerprint(brain_inputs)),
        Part("card search", settings.card_search, fingerprint(search_inputs)),
    )


def theme_part(settings: Settings) -> Part:
    """The model of themes. What officers decided comes in by `ovos themes retrain`, which measures it first."""
    inputs = [content_folder() / "themes", ROOT / "bot" / "themes", ROOT / "bot" / "encoder"]
    return Part("themes", settings.theme_model, fingerprint(inputs))


def taught_cards(settings: Settings) -> Path:
    """The questions that officers wrote, by card: what the card search was made from besides the content."""
    return settings.card_search.with_name("taught_cards.json")


def train(settings: Settings, *, again: bool = False, quiet: bool = False) -> None:
    """Make what is missing or out of date. Raises ContentError or TrainingError."""
    library = _library_with_lessons(settings)
    GENERATED_NLU.parent.mkdir(parents=True, exist_ok=True)
    _write_when_changed(library)
    brain, search = parts(settings)
    for part in (search, brain):
        if part.is_current() and not again:
            _say(quiet, f"  {part.name}: nothing changed")
            continue
        began = time.monotonic()
        _say(quiet, f"  {part.name}: training ...")
        part.made.parent.mkdir(parents=True, exist_ok=True)
        if part is search:
            train_search(library, load_encoder()).save(part.made)
        else:
            _train_brain(settings, part)
        part.keep()
        _say(quiet, f"  {part.name}: trained in {time.monotonic() - began:.0f} s")
    _train_themes(settings, again=again, quiet=quiet)


def train_themes_only(settings: Settings) -> None:
    """The model of themes, when it is missing or out of date. Raises ContentError or TrainingError."""
    _train_themes(settings, again=False, quiet=True)


def _train_themes(settings: Settings, *, again: bool, quiet: bool) -> None:
    """When its content changed, or when it holds words that have been erased since."""
    part = theme_part(settings)
    try:
        lessons = lessons_of(settings)
    except StoreNotRead as error:
        raise TrainingError(str(error)) from None
    too_much = forgets_too_little(settings, lessons)
    if part.is_current() and not again and not too_much:
        _say(quiet, f"  {part.name}: nothing changed")
        return
    began = time.monotonic()
    _say(quiet, f"  {part.name}: training ...")
    train_themes(settings, lessons or [])
    if too_much:
        forget(settings)
    part.keep()
    _say(quiet, f"  {part.name}: trained in {time.monotonic() - began:.0f} s")


def _library_with_lessons(settings: Settings) -> Library:
    """The cards with the questions that officers taught; their examples of goals are written beside Rasa's others."""
    library = load_library(content_folder() / "entitlements")
    try:
        taught = read_taught(settings)
    except StoreNotRead as error:
        raise TrainingError(str(error)) from None
    if taught is None:
        return with_lessons(library, cards_learned(taught_cards(settings)))
    learned = lessons(taught, library)
    write_lessons(learned, GENERATED_TAUGHT, taught_cards(settings))
    return with_lessons(library, learned)


def _write_when_changed(library: Library) -> None:
    """The generated file is an input of the brain: leave it alone when it would be the same."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / GENERATED_NLU.name
        write_nlu(library, fresh)
        if not GENERATED_NLU.exists() or GENERATED_NLU.read_bytes() != fresh.read_bytes():
            shutil.copyfile(fresh, GENERATED_NLU)


def _train_brain(settings: Settings, part: Part) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [str(BRAIN_PYTHON), "-m", "rasa", "train", "--force", "--out", folder, "--fixed-model-name", "brain"]
        environment = settings.environment()
        for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
            # Training is one process alone, so it may use every core.
            environment[name] = str(os.cpu_count() or 1)
        # Without these the allocator gives memory back and takes it again all the time: a seventh of the training time.
        environment["MALLOC_TRIM_THRESHOLD_"] = environment["MALLOC_MMAP_THRESHOLD_"] = "1000000000"
        done = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, text=True, stdin=subprocess.DEVNULL
        )
        made = Path(folder) / "brain.tar.gz"
        if done.returncode != 0 or not made.exists():
            tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-12:])
            raise TrainingError(f"Rasa could not train the brain. What it said last:\n{tail}")
        beside = part.made.with_name(part.made.name + ".new")
        shutil.copyfile(made, beside)
        os.replace(beside, part.made)


def trained_when(settings: Settings) -> dict[str, bool]:
    """Which parts are there and up to date, for `ovos doctor`."""
    return {part.name: part.is_current() for part in (*parts(settings), theme_part(settings))}


def _say(quiet: bool, line: str) -> None:
    if not quiet:
        print(line, file=sys.stderr, flush=True)
