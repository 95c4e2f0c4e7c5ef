"""What a person does with an alert: takes it, opens the words, records what was decided, hands it on, names somebody.

Each is one transaction of the caller's, under the alert's lock, and adds one event that is never changed. The clock
stops at "I have this" and at nothing else; opening the words and recording the outcome are timed apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from bot.alerts.happened import Happened
from bot.alerts.told import Notice, told
from bot.store import Work, alert_work, alerts, outbox
from bot.store.alert_models import AlertEventKind, AlertOutcome
from bot.store.alert_work import NewEvent
from bot.store.models import Alert, AlertState, Author
from bot.store.outbox import Outgoing
from bot.store.staff_models import Role

LONGEST = 5_000
LONGEST_REFERENCE = 80


class NotThere(Exception):
    """There is no such alert, or this person may not know of it."""


class TakenAlready(Exception):
    """Somebody else has it. `holder_id` says who."""

    def __init__(self, holder_id: str | None) -> None:
        super().__init__("Somebody else has this alert.")
        self.holder_id = holder_id


class NotYoursToDo(Exception):
    """Only whoever has the alert does this."""


class MayNotKnow(Exception):
    """That person must not be told of this alert."""


class Missing(Exception):
    """This outcome needs something more. `field` names it: reference or facts."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


@dataclass(frozen=True)
class Actor:
    """Who does it, and when."""

    staff_id: str
    role: Role
    at: datetime


@dataclass(frozen=True)
class Decision:
    """What was decided. Facts are what was seen, said or done; an opinion stands apart from them."""

    outcome: AlertOutcome
    reference: str | None = None
    facts: str | None = None
    opinion: str | None = None


async def acknowledge(work: Work, actor: Actor, alert_id: str) -> list[Happened]:
    """ "I have this". Twice by the same person is once. Raises NotThere, TakenAlready."""
    alert = await _locked(work, actor, alert_id)
    if alert.state != AlertState.RAISED:
        if alert.holder_id == actor.staff_id:
            return []
        raise TakenAlready(alert.holder_id)
    conversation = await alert_work.conversation_of(work, alert)
    alert.state, alert.holder_id, alert.acknowledged_at = AlertState.ACKNOWLEDGED, actor.staff_id, actor.at
    alert.told_position, alert.told_at = conversation.said_position, None
    await alert_work.add_event(work, NewEvent(alert.id, AlertEventKind.ACKNOWLEDGED, actor.staff_id, actor.at))
    await _say(work, actor, alert, "has", told().acknowledged)
    seconds = max(0, int((actor.at - alert.raised_at).total_seconds()))
    return [_happened(actor, alert, "alert_acknowledged", seconds=seconds)]


async def open_words(work: Work, actor: Actor, alert_id: str) -> list[Happened]:
    """The words are shown to this person now, up to the newest message. Raises NotThere; NotYoursToDo before anybody
    has said "I have this"."""
    alert = await _locked(work, actor, alert_id)
    if alert.state == AlertState.RAISED:
        raise NotYoursToDo
    conversation = await alert_work.conversation_of(work, alert)
    up_to = conversation.next_position - 1
    opened = AlertEventKind.WORDS_OPENED
    await alert_work.add_event(work, NewEvent(alert.id, opened, actor.staff_id, actor.at, up_to=up_to))
    if alert.holder_id == actor.staff_id and alert.opened_at is None:
        alert.opened_at = actor.at
        await _say(work, actor, alert, "read", told().read)
    return [_happened(actor, alert, "alert_words_opened", up_to=up_to)]


async def record(work: Work, actor: Actor, alert_id: str, decision: Decision) -> list[Happened]:
    """What was decided; a second one stands beside the first. Raises NotThere, NotYoursToDo, Missing."""
    alert = await _locked(work, actor, alert_id)
    _check_holder(alert, actor)
    _check_whole(decision)
    event = NewEvent(
        alert.id,
        AlertEventKind.OUTCOME_RECORDED,
        actor.staff_id,
        actor.at,
        outcome=decision.outcome,
        reference=decision.reference,
        facts=decision.facts,
        opinion=decision.opinion,
    )
    await alert_work.add_event(work, event)
    alert.state = AlertState.DECIDED
    alert.decided_at = alert.decided_at or actor.at
    return [_happened(actor, alert, "alert_outcome_recorded", outcome=decision.outcome.value)]


def _check_whole(decision: Decision) -> None:
    match decision.outcome:
        case AlertOutcome.REFERRED:
            if not decision.reference:
                raise Missing("reference")
        case AlertOutcome.NO_FURTHER_ACTION | AlertOutcome.HANDED_TO | AlertOutcome.RANG_999:
            if not decision.facts:
                raise Missing("facts")


async def hand_on(work: Work, actor: Actor, alert_id: str, to: tuple[str, Role] | None) -> list[Happened]:
    """It was taken by mistake, or somebody else is to have it: the ladder begins anew, with that person or with the
    rota. Raises NotThere, NotYoursToDo, MayNotKnow."""
    alert = await _locked(work, actor, alert_id)
    _check_holder(alert, actor)
    if to is not None and not (await alert_work.barred(work, alert.conversation_id)).may(*to):
        raise MayNotKnow
    to_id = None if to is None else to[0]
    event = NewEvent(alert.id, AlertEventKind.HANDED_ON, actor.staff_id, actor.at, to_id=to_id)
    await alert_work.add_event(work, event)
    alert.state, alert.holder_id, alert.acknowledged_at, alert.opened_at = AlertState.RAISED, None, None, None
    alert.round, alert.clock_from, alert.first_to = alert.round + 1, actor.at, to_id
    return [_happened(actor, alert, "alert_handed_on", to=to_id)]


async def take_over(work: Work, actor: Actor, alert_id: str) -> list[Happened]:
    """It has gone up because no outcome was recorded, and this person answers for it from now on. Twice by the same
    person is once. Raises NotThere; NotYoursToDo where it has not gone up."""
    alert = await _locked(work, actor, alert_id)
    if alert.holder_id == actor.staff_id:
        return []
    if not await alert_work.has_gone_up(work, alert):
        raise NotYoursToDo
    before, conversation = alert.holder_id, await alert_work.conversation_of(work, alert)
    kind = AlertEventKind.TAKEN_OVER
    await alert_work.add_event(work, NewEvent(alert.id, kind, actor.staff_id, actor.at, to_id=before))
    alert.holder_id, alert.acknowledged_at, alert.opened_at = actor.staff_id, actor.at, None
    alert.round, alert.clock_from, alert.first_to = alert.round + 1, actor.at, None
    alert.told_position, alert.told_at = conversation.said_position, None
    await _say(work, actor, alert, "has", told().acknowledged)
    return [_happened(actor, alert, "alert_taken_over", staff_id=before)]


async def name(work: Work, actor: Actor, alert_id: str, staff_id: str) -> list[Happened]:
    """It may be about this member of staff: they never see it from now on. Raises NotThere, NotYoursToDo."""
    alert = await _locked(work, actor, alert_id)
    if staff_id == actor.staff_id:
        raise NotYoursToDo
    event = NewEvent(alert.id, AlertEventKind.NAMED, actor.staff_id, actor.at, to_id=staff_id)
    await alert_work.add_event(work, event)
    if alert.holder_id == staff_id:
        alert.state, alert.holder_id, alert.acknowledged_at, alert.opened_at = AlertState.RAISED, None, None, None
        alert.round, alert.clock_from = alert.round + 1, actor.at
    if alert.first_to == staff_id:
        alert.first_to = None
    return [_happened(actor, alert, "alert_person_named", staff_id=staff_id)]


async def _locked(work: Work, actor: Actor, alert_id: str) -> Alert:
    alert = await alert_work.locked(work, alert_id)
    if alert is None or not (await alert_work.barred(work, alert.conversation_id)).may(actor.staff_id, actor.role):
        raise NotThere
    return alert


def _check_holder(alert: Alert, actor: Actor) -> None:
    if alert.holder_id != actor.staff_id:
        raise NotYoursToDo


async def _say(work: Work, actor: Actor, alert: Alert, part: str, notice: Notice) -> None:
    """Once for each time that somebody takes it. Never where somebody else may see the device, nor to an alert that a
    person raised: the chat answered nothing then, so what it said now would come out of the blue."""
    conversation = await alert_work.conversation_of(work, alert)
    if conversation.quiet_since is not None or conversation.ended_at is not None:
        return
    if alert.screening_version == alerts.BY_PERSON:
        return
    bubbles = told().said(notice, actor.role)
    part = f"{part}_{alert.round}"
    await outbox.say(work, Outgoing(alert.conversation_id, alert.message_id, part, Author.SAFETY, bubbles))


def _happened(actor: Actor, alert: Alert, action: str, **details: object) -> Happened:
    return Happened(action, alert.id, actor.staff_id, details, alert.conversation_id)
