"""What the service reads, compiles and migrates when it starts, done once in a test process: hundreds start it.

All of it is unchangeable, and comes from the project's own files. A changed copy of them is named by its folder and
read each time; starting for real, in a process of its own, is tried in `tests/ovos`.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import jinja2
import pytest

from tests.databases import Upgrades

# Module and function; each is called without arguments.
READ_AT_START = (
    ("console.services", "Assets"),
    ("console.services", "load_common_passwords"),
    ("console.services", "load_handover_notices"),
    ("console.services", "load_reply_templates"),
    ("console.services", "load_ring"),
    ("console.services", "load_words"),
    ("ovos.web", "load_detector_or_phrases"),
    ("ovos.web", "load_wording"),
)


@contextmanager
def reading_once() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory(prefix="ovos-once-") as folder:
        patch.setattr(importlib.import_module("bot.store.migrate"), "command", Upgrades(Path(folder)))
        for place, name in READ_AT_START:
            module = importlib.import_module(place)
            patch.setattr(module, name, cache(getattr(module, name)))
        compiled = jinja2.FileSystemBytecodeCache(folder)
        console = importlib.import_module("console.app")
        make = console.make_environment

        def make_environment(services: object) -> jinja2.Environment:
            environment = make(services)
            environment.bytecode_cache = compiled
            return environment

        patch.setattr(console, "make_environment", make_environment)
        yield
