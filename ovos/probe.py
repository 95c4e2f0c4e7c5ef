"""`ovos probe`, and the same every day: a made-up message takes the whole way, from the chat to an acknowledgement.

It goes in by every channel that is open (`ovos/probe_ways.py`), is screened, answered and raises an alert; the alert's
clock asks the rota and queues a nudge; the worker of nudges hands it to a marker that says "I have this"; the chat is
told. Nobody is rung. Not tried: that an SMS, an e-mail or a page arrives, and Telegram's own servers.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import assert_never

import aiohttp
import structlog

from bot.alerts import deeds
from bot.alerts.ladder import Ladder, read_ladder
from bot.alerts.rota import COUNCIL
from bot.content import Content, content_folder, read_content
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Store, Work, notifications, probes, staff
from bot.store.alert_models import Probe, ProbeState
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.models import Channel
from bot.store.notifications import Template
from bot.store.staff_models import NotificationChannel, Role
from ovos.probe_ways import HEARD, STEP_SECONDS, TelegramWalk, Walk, WebWalk
from ovos.settings import Settings

GRACE = timedelta(minutes=2)
OWNERS = (Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD)

log = structlog.get_logger()


class ProbeText(Content):
    """`content/safeguarding/probe.yml`."""

    version: str
    text: str


def read_probe_text() -> str:
    """Raises ContentError when the file is missing or wrong."""
    return read_content(content_folder() / "safeguarding" / "probe.yml", ProbeText).text


class ProbeMarker:
    """Stands in for the person who taps "I have this" when the nudge of a check of ours arrives."""

    def __init__(self, store: Store, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._store = store
        self._clock = clock

    async def send(self, to: str, template: Template) -> None:
        """`to` is the id of the nudge. Raises LookupError when it is not about a check."""
        Template(template)
        async with self._store.begin() as work:
            alert_id = await probes.alert_of_nudge(work, to)
            if alert_id is None:
                raise LookupError("This nudge is not of a check.")
            actor = deeds.Actor(audit.SERVICE, Role.SAFEGUARDING_LEAD, self._clock())
            for one in await deeds.acknowledge(work, actor, alert_id):
                await audit.note_line(work, one)


@dataclass(frozen=True)
class Result:
    """How one check ended; `reached` is the last thing that worked."""

    channel: Channel
    state: ProbeState
    reached: str


class Prober:
    """Runs checks against the service that listens at `address`, and watches them in its store."""

    def __init__(self, store: Store, address: str, ladder: Ladder, text: str) -> None:
        self._store = store
        self._address = address
        self._ladder = ladder
        self._text = text

    async def run(self, name: str) -> list[Result]:
        """One check of every channel that is open; of those only that this round has not checked yet."""
        checks = (self._one(channel, f"{name}:{channel}") for channel in await self.channels())
        return [one for one in await asyncio.gather(*checks) if one is not None]

    async def channels(self) -> tuple[Channel, ...]:
        """What is open, as the running service says itself: whoever asks may not know all of its settings. One that
        does not answer is checked by its web page, and found broken."""
        limit = aiohttp.ClientTimeout(total=STEP_SECONDS)
        try:
            async with aiohttp.ClientSession(timeout=limit) as session, session.get(f"{self._address}/ready") as answer:
                has_telegram = (await answer.json())["telegram"] != "off"
        except (TimeoutError, aiohttp.ClientError, OSError, ValueError, LookupError) as error:
            log.warning("probe_asked_in_vain", kind=type(error).__name__)
            has_telegram = False
        return (Channel.WEB, Channel.TELEGRAM) if has_telegram else (Channel.WEB,)

    async def _one(self, channel: Channel, occasion: str) -> Result | None:
        async with self._store.begin() as work:
            probe = await probes.begin(work, occasion, channel, datetime.now(UTC))
        if probe is None:
            return None
        reached = await self._take(channel, probe.id)
        state = ProbeState.ALIVE if reached == HEARD else ProbeState.BROKEN
        await finish(self._store, probe, state, reached)
        return Result(channel, state, reached)

    async def _take(self, channel: Channel, probe_id: str) -> str:
        """The last thing that worked."""
        walk = _way_of(channel)(self._store, self._text, probe_id)
        try:
            async with asyncio.timeout(self._ladder.probe.minutes * 60):
                await walk.take(self._address)
        except (TimeoutError, TypeError, aiohttp.ClientError, OSError, ValueError, LookupError) as error:
            log.warning("probe_broke_off", reason=type(error).__name__)
            await walk.look()
        return walk.reached


def _way_of(channel: Channel) -> type[Walk]:
    match channel:
        case Channel.WEB:
            return WebWalk
        case Channel.TELEGRAM:
            return TelegramWalk
        case Channel.CONVERSE:
            raise ValueError("Nobody writes to us by `ovos converse`.")
    assert_never(channel)


async def finish(store: Store, probe: Probe, state: ProbeState, reached: str) -> None:
    """Write down how it ended; when it broke, tell whoever runs the service."""
    at = datetime.now(UTC)
    async with store.begin() as work:
        if not await probes.finish(work, probe.id, state, reached, at):
            return
        details = {"channel": probe.channel, "state": state.value, "reached": reached}
        await audit.note(work, audit.SERVICE, Action.PROBE_FINISHED, "probe", probe.id, details)
        if state is ProbeState.BROKEN:
            await _raise_alarm(work, probe)
    if state is ProbeState.BROKEN:
        log.error("probe_broken", kind=str(probe.channel), reason=reached)


async def _raise_alarm(work: Work, probe: Probe) -> None:
    for one in await staff.active(work, set(OWNERS)):
        channels = {NotificationChannel.EMAIL} | ({NotificationChannel.SMS} if one.phone else set())
        await notifications.queue(work, f"probe:{probe.id}", one.id, Template.SIGN_IN_NEEDED, channels)


async def give_up_on_old_ones(store: Store, ladder: Ladder, at: datetime) -> int:
    """Checks whose process died under them count as broken. How many there were."""
    before = at - timedelta(minutes=ladder.probe.minutes) - GRACE
    async with store.look() as work:
        left = await probes.broken_off(work, before)
    for probe in left:
        await finish(store, probe, ProbeState.BROKEN, "broken_off")
    return len(left)


def daily_occasion(ladder: Ladder, at: datetime) -> str | None:
    """The day, once the hour of the daily check has come."""
    here = at.astimezone(COUNCIL)
    return here.date().isoformat() if here.time() >= ladder.probe.at else None


async def probe(settings: Settings) -> int:
    """Check every channel of the running service now; 1 when the way is not open."""
    store = Store(settings.database, load_keys(settings.key_file))
    try:
        await migrate(store)
        address = f"http://{settings.host}:{settings.port}"
        results = await Prober(store, address, read_ladder(), read_probe_text()).run(f"asked-{uuid.uuid4().hex}")
    finally:
        await store.close()
    for one in results:
        print(f"{one.channel}: {_said(one)}")
    return 0 if all(one.state is ProbeState.ALIVE for one in results) else 1


def _said(result: Result) -> str:
    if result.state is not ProbeState.ALIVE:
        return f"BROKEN after: {result.reached}"
    if result.channel is Channel.TELEGRAM:
        return "the way is open inside the service; Telegram's own servers were not tried"
    return "the whole way is open"
