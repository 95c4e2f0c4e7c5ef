"""How two pytest workers share one machine: what is costly is started once, and what measures time runs alone.

`make test` runs two workers (`-n 2 --dist loadgroup --no-loadscope-reorder`). Tests of one `xdist_group` go to the same
worker one after another, in the order of `pytest_collection_modifyitems`: groups first, so that single quick tests are
left for the end and neither worker waits long for the other.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from _pytest.nodeid import coerce_node_id

# A fixture that takes seconds to make, and the group of the tests that share it.
COSTLY = {
    "living": "the real brain",
    "brain": "a small brain",
    "model": "a small brain",
}
# Temporary files in memory: a commit on a disk waits five thousandths of a second, and there are tens of thousands.
IN_MEMORY = Path("/dev/shm")
ENOUGH_BYTES = 3 << 30
DOOR, ROOM = Path(__file__), Path(__file__).with_name("__init__.py")


def keep_temporary_files_in_memory() -> None:
    """Where the machine has the room; otherwise nothing changes."""
    if (
        "TMPDIR" not in os.environ
        and os.access(IN_MEMORY, os.W_OK)
        and shutil.disk_usage(IN_MEMORY).free > ENOUGH_BYTES
    ):
        os.environ["TMPDIR"] = str(IN_MEMORY)
        tempfile.tempdir = None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        names = getattr(item, "fixturenames", ())
        group = next((COSTLY[name] for name in COSTLY if name in names), None)
        if group is not None and item.get_closest_marker("xdist_group") is None:
            item.add_marker(pytest.mark.xdist_group(group))
    items.sort(key=_turn)
    if getattr(config.option, "loadgroup", False):
        for item in items:
            _name_group(item)


def _name_group(item: pytest.Item) -> None:
    """Put the group's name where xdist's scheduler looks for it: xdist 3.8 writes it where pytest 9.2 does not read."""
    marker = item.get_closest_marker("xdist_group")
    if marker is not None and not item.nodeid.endswith(f"@{marker.args[0]}"):
        item._id = coerce_node_id(f"{item.nodeid}@{marker.args[0]}")


def _turn(item: pytest.Item) -> tuple[int, str]:
    """Groups, then what opens a browser, then the rest; within one rank as they were found."""
    if marker := item.get_closest_marker("xdist_group"):
        group = str(marker.args[0])
        return (0 if group == "the real brain" else 1, group)
    return (2 if "browser" in getattr(item, "fixturenames", ()) else 3, "")


@contextmanager
def locked(path: Path, how: int = fcntl.LOCK_EX) -> Iterator[None]:
    """Hold a lock on a file that is there anyway. Other programs that only read or write it notice nothing."""
    with path.open("rb") as file:
        fcntl.flock(file, how)
        yield


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """A test that is marked `alone` waits until the other worker's test is over, and the other then waits for it."""
    if "PYTEST_XDIST_WORKER" not in os.environ:
        return (yield)
    how = fcntl.LOCK_EX if item.get_closest_marker("alone") else fcntl.LOCK_SH
    with ExitStack() as stack:
        # Whoever waits to be alone holds the door meanwhile, so that nobody else slips in.
        with locked(DOOR):
            stack.enter_context(locked(ROOM, how))
        return (yield)
