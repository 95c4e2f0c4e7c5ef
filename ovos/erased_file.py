"""The list of deletions beside the database: what a backup that is put back must be emptied of again.

One line for each: the id that the conversation had (random, and nobody's name) and when it was done. It is written from
the database, so nothing is lost when a process stops between the two.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from bot.store.privacy_models import Erasure

NAME = "erased"


def note_erased(home: Path, done: Iterable[Erasure]) -> None:
    """Add those that are not in the file yet."""
    path = home / NAME
    known = {conversation_id for conversation_id, _ in read_erased(path)}
    new = [one for one in done if one.conversation_id not in known]
    if not new:
        return
    lines = "".join(f"{one.conversation_id} {one.done_at.isoformat()}\n" for one in new if one.done_at is not None)
    # Appended in one write, so that two processes do not mix their lines; a line that is there twice does no harm.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        os.write(descriptor, lines.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_erased(path: Path) -> list[tuple[str, datetime]]:
    """Ids and moments. A line that was cut off by a power cut is left out. Raises OSError when it cannot be read."""
    if not path.exists():
        return []
    found = []
    for line in path.read_text().splitlines():
        conversation_id, _, moment = line.partition(" ")
        try:
            found.append((conversation_id, datetime.fromisoformat(moment)))
        except ValueError:
            continue
    return found
