"""People on call, an alert, and a clock that a test holds in its hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from bot.alerts.clock_work import Means, Ticked, tick
from bot.alerts.happened import Happened
from bot.alerts.ladder import read_ladder
from bot.requests.clocks import clocks
from bot.staff import audit
from bot.store import Store, Work, alert_rota, alerts
from bot.store.alert_models import AlertHop, Duty
from bot.store.messages import Screened
from bot.store.models import Alert, Severity, pretending
from bot.store.staff_models import Notification, NotificationChannel, Role, Staff
from tests.bot.store.people import hired
from tests.bot.store.talk import chat, wrote

MONDAY = datetime(2026, 11, 30, 10, tzinfo=UTC)  # a working day, in winter time
ALWAYS = (time(0), time(0))
EVERY_DAY = range(7)
MEANS = Means(read_ladder(), clocks().calendar.is_working, pager=True)


async def record(work: Work, happened: Happened) -> None:
    await audit.note_line(work, happened)


@dataclass
class Office:
    """Four people, one for each duty, day and night."""

    store: Store
    people: dict[Duty, str]

    async def tick(self, at: datetime, means: Means = MEANS) -> Ticked:
        with pretending(at):
            return await tick(self.store, at, means, record)

    async def hops(self, alert_id: str) -> list[AlertHop]:
        async with self.store.look() as work:
            rows = await work.session.scalars(
                select(AlertHop).where(AlertHop.alert_id == alert_id).order_by(AlertHop.at, AlertHop.due_at)
            )
            return list(rows)

    async def told(self, alert_id: str, since: datetime = MONDAY) -> list[tuple[int, str]]:
        """Minutes since the alert, and who was told, as the duty they have."""
        duties = {staff_id: duty.value for duty, staff_id in self.people.items()}
        return [
            (int((hop.at - since).total_seconds() // 60), duties.get(hop.staff_id, hop.staff_id))
            for hop in await self.hops(alert_id)
        ]

    async def nudges(self) -> list[tuple[str, NotificationChannel]]:
        async with self.store.look() as work:
            rows = await work.session.scalars(select(Notification).order_by(Notification.key, Notification.channel))
            return [(row.staff_id, NotificationChannel(row.channel)) for row in rows]

    async def alert(self, alert_id: str) -> Alert:
        async with self.store.look() as work:
            return await work.session.get_one(Alert, alert_id)


async def open_office(store: Store, roles: dict[Duty, Role] | None = None) -> Office:
    people = {}
    for duty in Duty:
        role = (roles or {}).get(duty, Role.SAFEGUARDING_LEAD if duty is Duty.ON_CALL else Role.MANAGER)
        people[duty] = await hired(store, role, duty.value.replace("_", " ").title())
        async with store.begin() as work:
            (await work.session.get_one(Staff, people[duty])).phone = "+447700900123"
            await alert_rota.add(work, people[duty], duty, EVERY_DAY, ALWAYS, (date(2026, 1, 1), None))
    return Office(store, people)


async def alerted(
    store: Store,
    severity: Severity = Severity.IMMEDIATE,
    at: datetime = MONDAY,
    category: str = "self_harm",
    conversation_id: str | None = None,
    designation: str = "calm otter",
) -> tuple[str, str]:
    """An alert in a conversation; the ids of both."""
    with pretending(at):
        conversation_id = conversation_id or await chat(store, designation)
        message_id = await wrote(store, conversation_id, "words that raise an alert")
        async with store.begin() as work:
            await alerts.raise_alert(work, message_id, conversation_id, Screened(severity, category, 0.9, "1"))
            found = await work.session.scalar(select(Alert.id).where(Alert.message_id == message_id))
    assert found is not None
    return found, conversation_id


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)
