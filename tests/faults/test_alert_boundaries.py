"""Killed at every point between a message that comes in and a person who has it: raised once, told, never lost.

Each boundary is a commit. The process dies just after it, with all that it had not yet committed, and another goes on.
"""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from datetime import time as hour
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.alerts import deeds
from bot.alerts.deeds import Actor
from bot.staff.notify import Notifier
from bot.store import Store, alert_rota, notifications, outbox, staff
from bot.store.alert_models import AlertHop, Duty
from bot.store.migrate import migrate
from bot.store.models import Alert, AlertState, Channel
from bot.store.staff_models import NotificationChannel, Role
from connectors.intake import intake as intake_module
from connectors.intake.intake import Inbound
from ovos.settings import DeliverySettings, Settings, temporary_settings
from ovos.web import House, build_house, load_designations
from tests.connectors.delivery.servers import KEY, NotifyDesk, notify_server

DANGER = "i have taken all the tablets and i want to die"
TEMPLATE = "f33517ff-2a88-4f6e-b855-c550268ce08a"


class Killed(BaseException):
    """As when the process is killed: nothing catches it."""


class Boundary(StrEnum):
    """The commits between receiving and acknowledging, in order."""

    MESSAGE_STORED = "the message is stored, and not screened"
    ALERT_RAISED = "screening, alert and safety reply are committed, and nobody is told"
    NUDGE_QUEUED = "the hop and its nudges are committed, and no worker has seen them"
    NUDGE_CLAIMED = "a nudge is claimed, and not sent"
    NUDGE_SENT = "the nudge is with the SMS provider, and that is not noted"
    ACKNOWLEDGED = "somebody has it, and the chat has not been woken"


@dataclass
class Life:
    """The service's processes, one after another, over one database."""

    settings: Settings
    sms: NotifyDesk
    stack: AsyncExitStack
    lead: str = ""
    conversation_id: str = ""

    async def house(self) -> House:
        """A process that has just started; its loops are run by hand."""
        house = build_house(self.settings)
        await migrate(house.store)
        self.stack.push_async_callback(house.store.close)
        self.stack.push_async_callback(house.brain.close)
        return house

    def notifier(self, house: House, ahead: timedelta = timedelta()) -> Notifier:
        senders = dict(house.notifier._senders)
        return Notifier(house.store, senders, clock=lambda: datetime.now(UTC) + ahead)

    async def acknowledge(self, house: House, alert_id: str) -> None:
        async with house.store.begin() as work:
            actor = Actor(self.lead, Role.SAFEGUARDING_LEAD, datetime.now(UTC))
            await deeds.acknowledge(work, actor, alert_id)
        house.hub.wake(self.conversation_id)


@asynccontextmanager
async def service(folder: Path, **answers: Any) -> AsyncIterator[Life]:
    """A lead on call, day and night, with a number; a young person with an open chat; a provider of SMS."""
    async with notify_server(**answers) as sms, AsyncExitStack() as stack:
        delivery = DeliverySettings(notify_key=KEY, notify_url=sms.address, notify_sms_template=TEMPLATE)
        settings = replace(temporary_settings(folder), delivery=delivery, public_address="https://voices.example")
        life = Life(settings, sms, stack)
        house = await life.house()
        async with house.store.begin() as work:
            life.lead = (await staff.add(work, "lead@council.example", "Lena Lead", Role.SAFEGUARDING_LEAD)).id
            await staff.set_phone(work, life.lead, "+447700900123")
            always = (hour(0), hour(0))
            await alert_rota.add(work, life.lead, Duty.ON_CALL, range(7), always, (date(2026, 1, 1), None))
        life.conversation_id = (await house.intake.open(Channel.WEB, load_designations())).conversation.id
        yield life


async def the_alert(store: Store) -> Alert:
    async with store.look() as work:
        found = (await work.session.scalars(select(Alert))).all()
    assert len(found) == 1, "raised once"
    return found[0]


def killing(monkeypatch: pytest.MonkeyPatch, where: object, name: str) -> None:
    async def killed(*_arguments: object, **_more: object) -> None:
        raise Killed

    monkeypatch.setattr(where, name, killed)


async def live_until(boundary: Boundary, life: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    """One process, killed just after this commit."""
    house = await life.house()
    points: dict[Boundary, Callable[[], None]] = {
        Boundary.MESSAGE_STORED: lambda: killing(monkeypatch, house.intake, "_screen_waiting"),
        Boundary.ALERT_RAISED: lambda: killing(monkeypatch, house.alert_clock, "round"),
        Boundary.NUDGE_QUEUED: lambda: killing(monkeypatch, Notifier, "run_once"),
        Boundary.NUDGE_CLAIMED: lambda: killing(monkeypatch, Notifier, "_try"),
        Boundary.NUDGE_SENT: lambda: killing(monkeypatch, Notifier, "_note"),
        Boundary.ACKNOWLEDGED: lambda: monkeypatch.setattr(house.hub, "wake", _kill),
    }
    receive = house.intake.receive(Inbound(life.conversation_id, Channel.WEB, "client-id-1", DANGER))
    if boundary is Boundary.ACKNOWLEDGED:
        await receive
        points[boundary]()
    else:
        points[boundary]()
        await receive
    await house.alert_clock.round(datetime.now(UTC))
    await life.notifier(house).run_once()
    await life.acknowledge(house, (await the_alert(house.store)).id)


def _kill(_conversation_id: str) -> None:
    raise Killed


@pytest.mark.parametrize("boundary", list(Boundary), ids=lambda one: one.name.lower())
async def test_killed_after_a_commit_the_next_process_goes_on(
    boundary: Boundary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with service(tmp_path) as life:
        with monkeypatch.context() as patch, pytest.raises(Killed):
            await live_until(boundary, life, patch)

        house = await life.house()
        await house.intake.screen_missed(life.conversation_id)
        for _ in range(2):
            await house.alert_clock.round(datetime.now(UTC))
            # What the dead process had claimed is due again when its claim has run out.
            await life.notifier(house, notifications.CLAIM).run_once()
        alert = await the_alert(house.store)
        await life.acknowledge(house, alert.id)
        await house.alert_clock.round(datetime.now(UTC))

        async with house.store.look() as work:
            hops = await work.session.scalar(select(func.count()).select_from(AlertHop))
            said = await outbox.timeline(work, life.conversation_id, 0)
            state = (await work.session.get_one(Alert, alert.id)).state
        keys = [line.key or "" for line in said]
        assert hops == 1
        assert state == AlertState.ACKNOWLEDGED
        assert keys.count("safety_immediate_heard") == 1
        assert keys.count("alert_acknowledged") == 1
        # A nudge is sent at least once: twice only where the process died between sending and noting it.
        assert len(life.sms.asked) == (2 if boundary is Boundary.NUDGE_SENT else 1)


async def test_with_the_sms_provider_down_the_ladder_climbs_and_the_nudge_is_tried_again(tmp_path: Path) -> None:
    async with service(tmp_path, answers=[(500, "SystemError")]) as life:
        house = await life.house()
        async with house.store.begin() as work:
            second = (await staff.add(work, "second@council.example", "Sid Second", Role.MANAGER)).id
            await staff.set_phone(work, second, "+447700900456")
            always = (hour(0), hour(0))
            await alert_rota.add(work, second, Duty.SECOND_PERSON, range(7), always, (date(2026, 1, 1), None))
        await house.intake.receive(Inbound(life.conversation_id, Channel.WEB, "client-id-1", DANGER))
        at = datetime.now(UTC)
        await house.alert_clock.round(at)
        await life.notifier(house).run_once()
        assert life.sms.asked == []
        await house.alert_clock.round(at + timedelta(minutes=5))
        await life.notifier(house, timedelta(minutes=5)).run_once()
        assert sorted(body["phone_number"] for _, body in life.sms.asked) == ["+447700900123", "+447700900456"]
        assert all(set(body["personalisation"]) == {"address"} for _, body in life.sms.asked)


async def test_with_the_database_locked_for_a_while_it_is_raised_once_and_answered(tmp_path: Path) -> None:
    async with service(tmp_path) as life:
        house = await life.house()
        other = sqlite3.connect(tmp_path / "ovos.db", isolation_level=None, check_same_thread=False)
        other.execute("BEGIN IMMEDIATE")
        began = time.monotonic()
        asyncio.get_running_loop().call_later(0.7, other.execute, "ROLLBACK")
        await house.intake.receive(Inbound(life.conversation_id, Channel.WEB, "client-id-1", DANGER))
        assert time.monotonic() - began > 0.6
        await asyncio.gather(*(house.alert_clock.round(datetime.now(UTC)) for _ in range(3)))
        await life.notifier(house).run_once()
        await the_alert(house.store)
        assert len(life.sms.asked) == 1
        other.close()


@pytest.mark.parametrize("fault", ["slow", "crashing"])
async def test_with_the_detector_slow_or_crashing_a_person_is_told_of_a_message_that_nobody_could_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    def screen(_text: str, _before: object = ()) -> object:
        if fault == "crashing":
            raise MemoryError
        time.sleep(0.5)
        return None

    async with service(tmp_path) as life:
        house = await life.house()
        monkeypatch.setattr(intake_module, "SCREENING_SECONDS", 0.1)
        monkeypatch.setattr(house.detector, "screen", screen)
        await house.intake.receive(Inbound(life.conversation_id, Channel.WEB, "client-id-1", "my shoes are blue"))
        await house.alert_clock.round(datetime.now(UTC))
        await life.notifier(house).run_once()
        alert = await the_alert(house.store)
        async with house.store.look() as work:
            said = await outbox.timeline(work, life.conversation_id, 0)
        assert alert.screening_version.startswith("unread+")
        assert len(life.sms.asked) == 1
        assert any(line.author == "safety" for line in said)
        assert NotificationChannel.SMS in house.notifier.channels
