"""What happened to a request, as plain data: the caller writes it to the log in the same transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from bot.requests.states import Event
from bot.store.models import ComplaintStage, RequestState

YOUNG_PERSON = "young_person"
CLOCK = "clock"
SERVICE = "service"  # how the log names the clock


@dataclass(frozen=True)
class AuditLine:
    """One line for the log. `action` is a value of the log's own list of actions."""

    actor: str
    action: str
    subject_type: str
    subject_id: str
    details: Mapping[str, Any]


@dataclass(frozen=True)
class Happened:
    """One step in the life of a request. `by` is a staff id, `young_person` or `clock`; `n` numbers the outcome."""

    request_id: str
    conversation_id: str
    event: Event
    by: str
    before: RequestState
    after: RequestState
    n: int | None = None
    to_staff: str | None = None
    stage: ComplaintStage | None = None

    def line(self) -> AuditLine:
        action, details = self._said()
        actor = SERVICE if self.by == CLOCK else self.by
        return AuditLine(actor, action, "request", self.request_id, details)

    def _said(self) -> tuple[str, dict[str, Any]]:
        match self.event:
            case Event.ASSIGNED:
                return "request_assigned", {"staff_id": self.to_staff}
            case Event.CLIMBED:
                return "request_climbed", {"staff_id": self.to_staff}
            case Event.MOVED_ON:
                return "complaint_moved_on", {"stage": None if self.stage is None else self.stage.value}
            case Event.PROPOSED:
                return "outcome_proposed", self._change()
            case Event.SAID_YES | Event.SAID_HALF | Event.SAID_NO:
                return "outcome_answered", {"answer": self.event.removeprefix("said_"), "n": self.n}
            case (
                Event.SENT
                | Event.OPENED
                | Event.REMINDED
                | Event.CLOSED_NO_REPLY
                | Event.WITHDRAWN
                | Event.ASKED_AGAIN
                | Event.NAMED
                | Event.EXTENDED
                | Event.ASKED_NEXT
            ):
                return "request_state_changed", self._change()

    def _change(self) -> dict[str, Any]:
        return {"before": self.before.value, "after": self.after.value, "n": self.n}
