"""Everything that the service itself says to a young person, with where it stands: to measure it as it is read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from bot.content import read_yaml

ROOT = Path(__file__).resolve().parents[2]
CONTENT = ROOT / "content"
_BLANK = re.compile(r"\{+[^{}]*\}+")
# Files and parts of files with words that young people see. What stands in them beside is for code or for staff.
_FILES = {
    "notices": CONTENT / "notices.yml",
    "safety": CONTENT / "safeguarding" / "replies.yml",
    "handover": CONTENT / "handover.yml",
    "unmasking": CONTENT / "unmasking.yml",
    "requests": CONTENT / "requests" / "words.yml",
    "webchat": CONTENT / "webchat.yml",
    "promises": CONTENT / "themes" / "promises.yml",
    "conversations": CONTENT / "conversations.yml",
    "phrases": CONTENT / "entitlements" / "phrases.yml",
    "status check": CONTENT / "status_check.yml",
    "for status": CONTENT / "entitlements" / "for_status.yml",
}
_SAID_KEYS = {"text", "easy", "title", "result", "means", "means_easy", "next", "ask"}
# In these every string is said, whatever its key.
_ALL_SAID = {
    "notices: reading",
    "notices: reading_numbers",
    "notices: errors",
    "safety: who_reads",
    "conversations: who",
    "conversations: request_kinds",
    "conversations: request_states",
    "conversations: request_due",
    "conversations: teams",
    "conversations: goes_first",
    "conversations: hidden_from",
    "conversations: passed_on_to",
}
_NOT_SAID = {"phrases: sources"}  # names of laws and pages


def as_read(text: str) -> str:
    """The text with one short word in each blank."""
    return " ".join(_BLANK.sub("five", text).split())


def everything_said() -> Iterator[tuple[str, str]]:
    """(place, text) for each bubble, button and line. A place is file, part, and what is said together there."""
    for name, path in _FILES.items():
        for part, value in read_yaml(path).items():
            place = f"{name}: {part}"
            if place not in _NOT_SAID:
                every = place in _ALL_SAID or (name in ("phrases", "for status"))
                yield from ((where, as_read(text)) for where, text in _strings(place, value, every))
    domain = read_yaml(ROOT / "domain.yml")
    for name, variants in domain["responses"].items():
        yield from ((where, as_read(text)) for where, text in _strings(f"domain: {name}", variants, False))


def _strings(place: str, value: Any, every: bool) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        if every:
            yield place, value
    elif isinstance(value, list):
        for one in value:
            yield from _strings(place, one, every)
    elif isinstance(value, dict):
        for key, one in value.items():
            if key in _SAID_KEYS and isinstance(one, str):
                yield f"{place} ({'easy' if key == 'easy' else 'button' if key == 'title' else 'text'})", one
            elif key not in ("payload", "icon", "key"):
                yield from _strings(place, one, every)
