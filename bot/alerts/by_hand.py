"""An alert that a person raises after reading: on the same rota and the same ladder as one of the detector's.

The chat says nothing by itself, neither now nor when somebody takes it (`bot.alerts.deeds`): whoever raised or has it
knows whether writing to the young person is safe, and what is true to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.alerts.deeds import Actor
from bot.alerts.happened import Happened
from bot.store import Work, alert_work, alerts
from bot.store.alert_models import AlertEventKind
from bot.store.alert_work import NewEvent
from bot.store.messages import Screened
from bot.store.models import Severity

LONGEST_REASON = 500


class RaisedAlready(Exception):
    """This message has an alert."""


@dataclass(frozen=True)
class ByHand:
    """What somebody raises. `reason`, for whoever takes it, stands in the history of the alert."""

    message_id: str
    conversation_id: str
    severity: Severity
    category: str
    reason: str | None = None


async def raise_by_hand(work: Work, actor: Actor, wanted: ByHand) -> list[Happened]:
    """The message is best locked before. Raises RaisedAlready."""
    if await alert_work.of_message(work, wanted.message_id) is not None:
        raise RaisedAlready
    by_person = Screened(wanted.severity, wanted.category, 1.0, alerts.BY_PERSON)
    await alerts.raise_alert(work, wanted.message_id, wanted.conversation_id, by_person)
    alert = await alert_work.of_message(work, wanted.message_id)
    if alert is None:
        raise LookupError("The alert is not there.")
    kind = AlertEventKind.RAISED_BY_PERSON
    await alert_work.add_event(work, NewEvent(alert.id, kind, actor.staff_id, actor.at, facts=wanted.reason))
    details = {"severity": wanted.severity.value}
    return [Happened("alert_raised_by_person", alert.id, actor.staff_id, details, wanted.conversation_id)]
