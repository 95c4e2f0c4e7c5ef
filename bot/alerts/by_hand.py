"""An alert that a person raises, or makes more urgent, after reading: on the same rota and ladder as the detector's.

The chat says nothing by itself, neither now nor when somebody takes it (`bot.alerts.deeds`): whoever raised or has it
knows whether writing to the young person is safe, and what is true to say.
"""

from __future__ import annotations

from dataclasses import dataclass

from bot.alerts.deeds import Actor
from bot.alerts.happened import Happened
from bot.alerts.ladder import ALERTS
from bot.store import Work, alert_work, alerts
from bot.store.alert_models import AlertEventKind
from bot.store.alert_work import NewEvent
from bot.store.messages import Screened
from bot.store.models import AlertState, Severity

LONGEST_REASON = 500


class RaisedAlready(Exception):
    """This message has an alert that is as urgent, or more so."""


@dataclass(frozen=True)
class ByHand:
    """What somebody raises. `reason`, for whoever takes it, stands in the history of the alert."""

    message_id: str
    conversation_id: str
    severity: Severity
    category: str
    reason: str | None = None


def higher_than(severity: Severity) -> tuple[Severity, ...]:
    """What an alert of this severity can be raised to."""
    return ALERTS[: ALERTS.index(severity)] if severity in ALERTS else ALERTS


async def raise_by_hand(work: Work, actor: Actor, wanted: ByHand) -> list[Happened]:
    """An alert where there is none; a more urgent one where there is. The message is best locked before.

    Raises RaisedAlready.
    """
    known = await alert_work.of_message(work, wanted.message_id)
    if known is not None:
        return await _raise_higher(work, actor, known.id, wanted)
    by_person = Screened(wanted.severity, wanted.category, 1.0, alerts.BY_PERSON)
    await alerts.raise_alert(work, wanted.message_id, wanted.conversation_id, by_person)
    alert = await alert_work.of_message(work, wanted.message_id)
    if alert is None:
        raise LookupError("The alert is not there.")
    kind = AlertEventKind.RAISED_BY_PERSON
    await alert_work.add_event(work, NewEvent(alert.id, kind, actor.staff_id, actor.at, facts=wanted.reason))
    details = {"severity": wanted.severity.value}
    return [Happened("alert_raised_by_person", alert.id, actor.staff_id, details, wanted.conversation_id)]


async def _raise_higher(work: Work, actor: Actor, alert_id: str, wanted: ByHand) -> list[Happened]:
    """The ladder begins anew, with whoever has it; somebody who has it and says so themselves has it still."""
    alert = await alert_work.locked(work, alert_id)
    if alert is None:
        raise LookupError("The alert is not there.")
    before = Severity(alert.severity)
    if wanted.severity not in higher_than(before):
        raise RaisedAlready
    alert.answered_severity = alert.answered_severity or before
    alert.answered_category = alert.answered_category or alert.category
    alert.severity, alert.category = wanted.severity, wanted.category
    alert.round, alert.clock_from, alert.decided_at = alert.round + 1, actor.at, None
    if alert.holder_id == actor.staff_id:
        alert.state, alert.acknowledged_at = AlertState.ACKNOWLEDGED, actor.at
        alert.opened_at = actor.at if alert.opened_at else None
    else:
        alert.first_to = alert.holder_id or alert.first_to
        alert.state, alert.holder_id, alert.acknowledged_at, alert.opened_at = AlertState.RAISED, None, None, None
    kind = AlertEventKind.RAISED_HIGHER
    event = NewEvent(alert.id, kind, actor.staff_id, actor.at, severity=wanted.severity, facts=wanted.reason)
    await alert_work.add_event(work, event)
    details = {"severity": wanted.severity.value, "before": before.value}
    return [Happened("alert_raised_higher", alert.id, actor.staff_id, details, wanted.conversation_id)]
