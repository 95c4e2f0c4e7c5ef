"""Breaks each promise in a copy of the tree and demands that its test fails: python -m tests.promises [WORDS]

With words, only promises whose line holds them. For each: the test passes on the copy as it is, the code is broken in
one place, the same test must fail, and the code is put back. A test that cannot run, or breaks off in its set-up, is no
proof. Exit status 1 when a promise could be broken without its test noticing.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

from ovos.settings import ROOT
from tests.promises.promises import Promise, load_promises

LINKED = (".venv", ".venv-brain", ".encoder", "node_modules")
COPIED = ("models", "console/static")  # made by the set-up, and not in the repository
SECONDS = 420  # for one test; one that needs a trained brain may have to train it
FAILED = re.compile(r"^FAILED ", re.M)


class Result(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    BROKE = "could not run"


@contextmanager
def copy_of_the_tree() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ovos-promises-") as name:
        root = Path(name)
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            check=True,
            capture_output=True,
        )
        for file in filter(None, listed.stdout.decode().split("\0")):
            if (ROOT / file).is_file() and not (ROOT / file).is_symlink():
                (root / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, root / file)
        for linked in LINKED:
            if (ROOT / linked).exists() and not (root / linked).exists():
                (root / linked).symlink_to((ROOT / linked).resolve())
        for copied in COPIED:
            if (ROOT / copied).is_dir():
                shutil.copytree(ROOT / copied, root / copied, dirs_exist_ok=True)
        yield root


def run(test: str, root: Path) -> Result:
    command = [str(ROOT / ".venv" / "bin" / "python"), "-m", "pytest", "-q", "-x", "-p", "no:cacheprovider", test]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ran = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, timeout=SECONDS)
    except subprocess.TimeoutExpired:
        return Result.BROKE
    if ran.returncode == 0:
        return Result.PASSED
    return Result.FAILED if ran.returncode == 1 and FAILED.search(ran.stdout) else Result.BROKE


def try_one(promise: Promise, root: Path) -> str | None:
    """None when the test holds the promise; else what is wrong."""
    if fault := promise.fault(root):
        return fault
    sound = run(promise.test, root)
    if sound is not Result.PASSED:
        return f"the test {sound} on unbroken code"
    before = promise.break_in(root)
    try:
        broken = run(promise.test, root)
    finally:
        (root / promise.file).write_text(before, encoding="utf-8")
    return None if broken is Result.FAILED else f"the test {broken} on broken code"


def main(words: list[str]) -> int:
    chosen = [one for one in load_promises() if all(word in f"{one.claim} {one.broken} {one.test}" for word in words)]
    wrong = 0
    with copy_of_the_tree() as root:
        for n, promise in enumerate(chosen, 1):
            began = time.monotonic()
            fault = try_one(promise, root)
            wrong += fault is not None
            verdict = "held" if fault is None else f"NOT HELD: {fault}"
            took = time.monotonic() - began
            print(f"[{n}/{len(chosen)}] {promise.claim}: {promise.broken}: {verdict} ({took:.0f} s)", flush=True)
    print(f"{len(chosen) - wrong} of {len(chosen)} promises: the test fails when the code breaks them.")
    return 1 if wrong or not chosen else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
