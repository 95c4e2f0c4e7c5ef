"""What happens to alerts by itself: people are told, step after step, until somebody says "I have this".

Run every few seconds. Each alert is looked at again under its lock, in a transaction of its own, so that two processes
do nothing twice, one alert's fault does not stop the others, and a process that dies goes on where it left off.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from bot.alerts.happened import Happened
from bot.alerts.ladder import IsWorking, Ladder, Step, due_steps
from bot.alerts.rota import COUNCIL
from bot.alerts.telling import Told, Why, above, whom
from bot.store import Store, Work, alert_rota, alert_work, notifications
from bot.store.alert_models import NO_OUTCOME, Duty
from bot.store.alert_rota import Person
from bot.store.models import Alert, AlertState, Severity
from bot.store.notifications import Template
from bot.store.staff_models import NotificationChannel

A_DAY = timedelta(days=1)
NEWS = "news"
UNOPENED = "unopened"

log = structlog.get_logger()

Record = Callable[[Work, Happened], Awaitable[None]]


@dataclass(frozen=True)
class Means:
    """What a round works with. `pager`: is there one to ring? A row for one that is not set would wait for ever."""

    ladder: Ladder
    is_working: IsWorking
    pager: bool = False


@dataclass
class Ticked:
    """What one round did."""

    done: int = 0
    failed: int = 0
    nobody: int = 0


async def tick(store: Store, at: datetime, means: Means, record: Record) -> Ticked:
    """One round. `record` writes what happened to the log, in the transaction in which it happens."""
    ticked = Ticked()
    async with store.look() as work:
        raised, news = await alert_work.unacknowledged(work), await alert_work.with_news(work)
        due = [one for one in raised if await _is_due(work, one, at, means)]
        unopened = [one for one in await alert_work.unopened(work) if await _is_left_unopened(work, one, at, means)]
        undecided = [one for one in await alert_work.undecided(work) if await _is_left_undecided(work, one, at, means)]
    for alert_id in due:
        await _once(store, alert_id, _climb, at, means, record, ticked)
    for alert_id in unopened:
        await _once(store, alert_id, _tell_unopened, at, means, record, ticked)
    for alert_id in undecided:
        await _once(store, alert_id, _tell_undecided, at, means, record, ticked)
    for alert_id in news:
        await _once(store, alert_id, _tell_news, at, means, record, ticked)
    return ticked


Doing = Callable[[Work, Alert, datetime, Means], Awaitable[list[Happened]]]


async def _once(
    store: Store, alert_id: str, doing: Doing, at: datetime, means: Means, record: Record, ticked: Ticked
) -> None:
    try:
        async with store.begin() as work:
            alert = await alert_work.locked(work, alert_id)
            happened = [] if alert is None else await doing(work, alert, at, means)
            for one in happened:
                await record(work, one)
    except Exception as error:  # the next alert must not wait for this one; it is tried again in the next round
        log.error("alert_clock_failed", exc_info=error)
        ticked.failed += 1
        return
    ticked.done += len(happened)
    ticked.nobody += sum(one.details.get("why") == Why.NOBODY for one in happened)


async def _is_due(work: Work, alert_id: str, at: datetime, means: Means) -> bool:
    """Looked at without a lock, so that a round in which nothing is due writes nothing."""
    alert = await work.session.get(Alert, alert_id)
    return alert is not None and bool(await _steps(work, alert, at, means))


async def _steps(work: Work, alert: Alert, at: datetime, means: Means) -> list[Step]:
    taken = await alert_work.hops_taken(work, alert.id)
    climb = means.ladder.ladder[Severity(alert.severity)]
    began = alert.clock_from or alert.raised_at
    return [one for one in due_steps(climb, began, at, means.is_working) if _key(alert, one) not in taken]


def _key(alert: Alert, step: Step) -> str:
    """An alert that was handed on begins its ladder anew: its steps have keys of their own."""
    return f"{alert.round}-{step.key}"


async def _climb(work: Work, alert: Alert, at: datetime, means: Means) -> list[Happened]:
    if alert.state != AlertState.RAISED:
        return []
    steps = await _steps(work, alert, at, means)
    if not steps:
        return []
    today = at.astimezone(COUNCIL).date()
    rota = await alert_rota.read(work, today - A_DAY, today)
    barred = await alert_work.barred(work, alert.conversation_id)
    happened = []
    for step in steps:
        first_to = alert.first_to if step.is_first else None
        told = whom(rota, step.duty, at, barred, first_to)
        happened += [await _hop(work, alert, step, one, at) for one in told]
        await _nudge(work, alert, _key(alert, step), [one.person for one in told if one.person is not None], means)
    return happened


async def _hop(work: Work, alert: Alert, step: Step, told: Told, at: datetime) -> Happened:
    staff_id = "" if told.person is None else told.person.staff_id
    key = _key(alert, step)
    await alert_work.add_hop(work, alert.id, key, step.duty, staff_id, told.why, step.due_at, at)
    details = {"duty": step.duty.value, "why": told.why.value, "staff_id": staff_id or None}
    return Happened("alert_hop", alert.id, details=details)


async def _nudge(work: Work, alert: Alert, occasion: str, people: Collection[Person], means: Means) -> None:
    """Queue what tells them. A check of our own goes to the marker that acknowledges it, and rings nobody."""
    climb = means.ladder.ladder[Severity(alert.severity)]
    conversation = await alert_work.conversation_of(work, alert)
    for n, person in enumerate(people):
        if conversation.synthetic:
            channels = {NotificationChannel.PROBE} if n == 0 else set()
        else:
            channels = set(climb.by)
            if not person.has_phone:
                channels.discard(NotificationChannel.SMS)
            if n > 0 or not means.pager:  # one ring of the council's pager for each step
                channels.discard(NotificationChannel.PAGER)
        key = f"alert:{alert.id}:{occasion}"
        await notifications.queue(work, key, person.staff_id, Template.ALERT_WAITING, channels)


async def _is_left_unopened(work: Work, alert_id: str, at: datetime, means: Means) -> bool:
    alert = await work.session.get(Alert, alert_id)
    return alert is not None and await _unopened_step(work, alert, at, means) is not None


async def _unopened_step(work: Work, alert: Alert, at: datetime, means: Means) -> str | None:
    """The key of the newest telling that is due because whoever has it has not opened the words."""
    if alert.state != AlertState.ACKNOWLEDGED or alert.opened_at is not None or alert.acknowledged_at is None:
        return None
    every = timedelta(minutes=means.ladder.ladder[Severity(alert.severity)].open_within_minutes)
    count = (at - alert.acknowledged_at) // every
    key = f"{alert.round}-{UNOPENED}-{count}"
    return key if count > 0 and key not in await alert_work.hops_taken(work, alert.id) else None


async def _tell_unopened(work: Work, alert: Alert, at: datetime, means: Means) -> list[Happened]:
    """Whoever has it is told again, and the second person with them: a tap alone helps nobody."""
    key = await _unopened_step(work, alert, at, means)
    if key is None:
        return []
    today = at.astimezone(COUNCIL).date()
    rota = await alert_rota.read(work, today - A_DAY, today)
    barred = await alert_work.barred(work, alert.conversation_id)
    found = whom(rota, Duty.ON_CALL, at, barred, alert.holder_id) + whom(rota, Duty.SECOND_PERSON, at, barred)
    told = {one.person.staff_id: one for one in reversed(found) if one.person is not None}
    happened = []
    for staff_id, one in told.items():
        await alert_work.add_hop(work, alert.id, key, UNOPENED, staff_id, one.why, at, at)
        details = {"duty": UNOPENED, "why": one.why.value, "staff_id": staff_id}
        happened.append(Happened("alert_hop", alert.id, details=details))
    await _nudge(work, alert, key, [one.person for one in told.values() if one.person is not None], means)
    return happened


async def _is_left_undecided(work: Work, alert_id: str, at: datetime, means: Means) -> bool:
    alert = await work.session.get(Alert, alert_id)
    return alert is not None and await _undecided_step(work, alert, at, means) is not None


async def _undecided_step(work: Work, alert: Alert, at: datetime, means: Means) -> tuple[str, datetime] | None:
    """The key of the one telling that is due because no outcome was recorded, and since when it is."""
    if alert.state != AlertState.ACKNOWLEDGED or alert.opened_at is None:
        return None
    times = means.ladder.ladder[Severity(alert.severity)].outcome
    due_at = alert.opened_at + timedelta(hours=times.within_hours)
    key = f"{alert.round}-{NO_OUTCOME}"
    if at < due_at or key in await alert_work.hops_taken(work, alert.id):
        return None
    return key, due_at


async def _tell_undecided(work: Work, alert: Alert, at: datetime, means: Means) -> list[Happened]:
    """It was read, and nothing was recorded: it goes up, once, and whoever has it is told that it did."""
    step = await _undecided_step(work, alert, at, means)
    if step is None:
        return []
    key, due_at = step
    today = at.astimezone(COUNCIL).date()
    rota = await alert_rota.read(work, today - A_DAY, today)
    barred = await alert_work.barred(work, alert.conversation_id)
    tell = means.ladder.ladder[Severity(alert.severity)].outcome.tell
    told = above(rota, tell, at, barred, alert.holder_id)
    holder = rota.people.get(alert.holder_id or "")
    if holder is not None:
        told.append(Told(holder, Why.SAME_PERSON))
    happened = []
    for one in told:
        staff_id = "" if one.person is None else one.person.staff_id
        await alert_work.add_hop(work, alert.id, key, NO_OUTCOME, staff_id, one.why, due_at, at)
        details = {"duty": NO_OUTCOME, "why": one.why.value, "staff_id": staff_id or None}
        happened.append(Happened("alert_hop", alert.id, details=details))
    await _nudge(work, alert, key, [one.person for one in told if one.person is not None], means)
    return happened


async def _tell_news(work: Work, alert: Alert, at: datetime, means: Means) -> list[Happened]:
    """The young person has written more: whoever has it is told, at once and then now and then until they open it."""
    conversation = await alert_work.conversation_of(work, alert)
    said = conversation.said_position
    if alert.holder_id is None or conversation.said_position <= alert.told_position:
        return []
    opened = await alert_work.opened_up_to(work, conversation.id, alert.holder_id)
    pause = timedelta(minutes=means.ladder.follow_up.again_after_minutes)
    told_and_unopened = alert.told_at is not None and opened < alert.told_position and at < alert.told_at + pause
    if opened < said and told_and_unopened:
        return []
    for one in await alert_work.same_holder(work, alert):
        one.told_position, one.told_at = said, at if opened < said else one.told_at
    if opened >= said:
        return []
    rota = await alert_rota.read(work, at.astimezone(COUNCIL).date() - A_DAY, at.astimezone(COUNCIL).date())
    barred = await alert_work.barred(work, conversation.id)
    told = whom(rota, Duty.ON_CALL, at, barred, alert.holder_id)
    happened: list[Happened] = []
    for each in told:
        staff_id = "" if each.person is None else each.person.staff_id
        await alert_work.add_hop(work, alert.id, f"{NEWS}-{said}", NEWS, staff_id, each.why, at, at)
        details = {"duty": NEWS, "why": each.why.value, "staff_id": staff_id or None}
        happened.append(Happened("alert_hop", alert.id, details=details))
    await _nudge(work, alert, f"{NEWS}-{said}", [one.person for one in told if one.person], means)
    return happened
