"""What was kept, deleted or held, as a plain line for the log: the caller writes it in the same transaction."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.store import Work

SERVICE = "service"
YOUNG_PERSON = "young_person"


@dataclass(frozen=True)
class LogLine:
    """`action` is a value of the log's own list of actions. No field holds words."""

    actor: str
    action: str
    subject_type: str
    subject_id: str
    details: Mapping[str, Any] = field(default_factory=dict)


Record = Callable[[Work, LogLine], Awaitable[None]]
