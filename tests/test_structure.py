"""The rooms keep their order: arrows between them point one way."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def test_no_room_imports_one_that_it_must_not_know() -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("lint-imports")), "--config", "pyproject.toml", "--no-cache"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout


def test_the_bots_own_package_file_stays_empty() -> None:
    # The brain's environment has not what the rooms need, so importing `bot.encoder` must import nothing else.
    assert (ROOT / "bot" / "__init__.py").read_text() == ""
