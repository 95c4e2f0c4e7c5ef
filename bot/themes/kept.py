"""The model of themes on this machine: the one at work, the one before it, and changing from one to the other."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np

from bot.content import PROJECT_ROOT
from bot.encoder import load_encoder
from bot.themes.model import Encodes, ThemeModel, ThemeModelError


def model_path() -> Path:
    """Where the model at work is kept."""
    return Path(os.environ.get("OVOS_THEME_MODEL", PROJECT_ROOT / "models" / "themes.npz"))


def previous(path: Path) -> Path:
    """Where the model that it took the place of is kept."""
    return path.with_name(f"{path.stem}.before{path.suffix}")


def keys_of(path: Path) -> set[str]:
    """Fingerprints of the texts that a kept model was made from; none when there is no model, or it cannot be read."""
    try:
        with np.load(path, allow_pickle=False) as kept:
            return {str(one) for one in kept["keys"]}
    except (OSError, KeyError, ValueError):
        return set()


def put_to_work(model: ThemeModel, path: Path) -> None:
    """The one at work becomes the one before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists():
        shutil.copyfile(path, previous(path))
    model.save(path)


def roll_back(path: Path) -> None:
    """The one before works again, and the one at work becomes the one before. Raises ThemeModelError without one."""
    before = previous(path)
    if not before.exists():
        raise ThemeModelError("There is no model to go back to.")
    aside = path.with_name(f"{path.stem}.aside{path.suffix}")
    os.replace(path, aside)
    os.replace(before, path)
    os.replace(aside, before)


class Keeper:
    """Reads the model at work, and reads it again when another has been put there."""

    def __init__(self, path: Path | None = None, encoder: Callable[[], Encodes] = load_encoder) -> None:
        self._path = path or model_path()
        self._encoder = encoder
        self._model: ThemeModel | None = None
        self._from: tuple[int, int] | None = None

    def model(self) -> ThemeModel:
        """Raises ThemeModelError."""
        try:
            found = self._path.stat()
        except FileNotFoundError:
            raise ThemeModelError("There is no model of themes. Run `ovos train`.") from None
        stamp = (found.st_mtime_ns, found.st_size)
        if self._model is None or stamp != self._from:
            self._model, self._from = ThemeModel.load(self._path, self._encoder()), stamp
        return self._model
