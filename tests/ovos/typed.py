"""The `ovos` command as somebody types it: in a process of its own, or, much quicker, in this one.

What only a process of its own shows (how it starts, that nothing else is printed) is tried once for each command.
"""

from __future__ import annotations

import contextlib
import io
import os
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from unittest import mock

from ovos.main import main
from ovos.settings import ROOT

Done = subprocess.CompletedProcess[str]


def clean(**more: str) -> dict[str, str]:
    """This process's environment without what sets the service up, and with `more`."""
    return {name: value for name, value in os.environ.items() if not name.startswith("OVOS_")} | more


def in_a_process(*arguments: str, environment: Mapping[str, str]) -> Done:
    command = [sys.executable, "-m", "ovos.main", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)


def typed(*arguments: str, environment: Mapping[str, str]) -> Done:
    """In this process, beside an event loop that may run: the command runs its own."""
    with ThreadPoolExecutor(1) as aside:
        return aside.submit(_run, list(arguments), environment).result()


def _run(arguments: list[str], environment: Mapping[str, str]) -> Done:
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.dict(os.environ, environment, clear=True),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            status = main(arguments)
        except SystemExit as stopped:
            status = int(stopped.code or 0)
    return subprocess.CompletedProcess(arguments, status, out.getvalue(), err.getvalue())
