"""What happened to an alert, as plain data: the caller writes it to the log in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

SERVICE = "service"  # how the log names the clock


@dataclass(frozen=True)
class Happened:
    """One line for the log: `action` is a value of the log's own list. `conversation_id` has something new to show."""

    action: str
    alert_id: str
    actor: str = SERVICE
    details: Mapping[str, Any] = field(default_factory=dict)
    conversation_id: str | None = None

    @property
    def subject_type(self) -> str:
        return "alert"

    @property
    def subject_id(self) -> str:
        return self.alert_id
