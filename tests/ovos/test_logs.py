"""Logs say what happened, and never what was said, by whom, or from where."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import logging
import structlog
from ovos.logs import set_up_logs
set_up_logs("test")
log = structlog.get_logger()
log.info("something_happened", text="SECRET words", conversation="SECRET id", address="203.0.113.5", seconds=1.5)
try:
    raise ValueError("SECRET words in an exception")
except ValueError as error:
    log.error("it_broke", exc_info=error)
logging.getLogger("some.library").error("request with SECRET words %s", "SECRET")
try:
    raise KeyError("SECRET")
except KeyError:
    logging.getLogger("some.library").exception("SECRET")
logging.getLogger("some.library").info("SECRET and quiet")
"""


def test_logs_are_json_lines_without_words_ids_or_addresses() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=ROOT, capture_output=True, text=True, check=True)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert [line["event"] for line in lines] == [
        "something_happened",
        "it_broke",
        "library.some.library",
        "library.some.library",
    ]
    assert "SECRET" not in done.stderr + done.stdout
    assert "203.0.113.5" not in done.stderr
    assert lines[0]["seconds"] == 1.5
    assert lines[1]["exception"]["class"] == "ValueError"


def test_every_process_sets_up_its_logs_this_way() -> None:
    for name in ("web.py", "actions_main.py", "main.py"):
        assert "set_up_logs(" in (ROOT / "ovos" / name).read_text()
    assert logging.getLogger("aiohttp.access").handlers == []
