"""`ovos probe`, and the same every day: a made-up message takes the whole way, from the chat to an acknowledgement.

It goes in by the chat's own socket, is screened, answered and raises an alert; the alert's clock asks the rota and
queues a nudge; the worker of nudges hands it to a marker that says "I have this"; the chat is told. Nobody is rung.
"""

from __future__ import annotations

import asyncio
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

import aiohttp
import structlog

from bot.alerts import deeds
from bot.alerts.ladder import Ladder, read_ladder
from bot.alerts.rota import COUNCIL
from bot.alerts.told import told
from bot.content import Content, content_folder, read_content
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Store, Work, notifications, probes, staff
from bot.store.alert_models import Probe, ProbeState
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.notifications import Template
from bot.store.staff_models import NotificationChannel, Role
from ovos.settings import Settings

STEP_SECONDS = 15.0
GRACE = timedelta(minutes=2)
OWNERS = (Role.ADMINISTRATOR, Role.SAFEGUARDING_LEAD)

log = structlog.get_logger()


class ProbeChannel(StrEnum):
    """The channels that are open. Each has a way in of its own."""

    WEB = "web"


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

    channel: ProbeChannel
    state: ProbeState
    reached: str


class Prober:
    """Runs checks against the service that listens at `address`, and watches them in its store."""

    def __init__(self, store: Store, address: str, ladder: Ladder, text: str) -> None:
        self._store = store
        self._address = address
        self._ladder = ladder
        self._text = text

    async def run(self, occasion: str) -> list[Result]:
        """One check of every channel, unless this occasion was taken before."""
        found = [await self._one(channel, f"{occasion}:{channel}") for channel in ProbeChannel]
        return [one for one in found if one is not None]

    async def _one(self, channel: ProbeChannel, occasion: str) -> Result | None:
        async with self._store.begin() as work:
            probe = await probes.begin(work, occasion, channel, datetime.now(UTC))
        if probe is None:
            return None
        reached = await self._take(probe.id)
        state = ProbeState.ALIVE if reached == "heard" else ProbeState.BROKEN
        await finish(self._store, probe, state, reached)
        return Result(channel, state, reached)

    async def _take(self, probe_id: str) -> str:
        """The last thing that worked: nothing, opened, stored, alerted, told, acknowledged or heard."""
        walk = _Walk(self._store, self._text, probe_id)
        try:
            async with asyncio.timeout(self._ladder.probe.minutes * 60):
                await walk.take(self._address)
        except (TimeoutError, TypeError, aiohttp.ClientError, OSError, ValueError, LookupError) as error:
            log.warning("probe_broke_off", reason=type(error).__name__)
            await walk.look()
        return walk.reached


class _Walk:
    """One conversation of a check, as a browser would have it."""

    def __init__(self, store: Store, text: str, probe_id: str) -> None:
        self._store = store
        self._text = text
        self._probe_id = probe_id
        self._conversation_id: str | None = None
        self.reached = "nothing"

    async def take(self, address: str) -> None:
        limit = aiohttp.ClientTimeout(total=None, connect=STEP_SECONDS)
        async with aiohttp.ClientSession(timeout=limit) as session, session.ws_connect(f"{address}/chat/ws") as socket:
            await socket.send_json({"type": "hello"})
            welcome = await socket.receive_json(timeout=STEP_SECONDS)
            async with self._store.begin() as work:
                self._conversation_id = await probes.mark(work, self._probe_id, str(welcome.get("token", "")))
            if self._conversation_id is None:
                raise LookupError("The conversation could not be marked.")
            self.reached = "opened"
            await socket.send_json({"type": "say", "id": f"probe-{uuid.uuid4().hex}", "text": self._text})
            await self._listen(socket)
            await socket.send_json({"type": "leave"})

    async def _listen(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        """Until the chat says who has the words."""
        [has_it, *_] = told().said(told().acknowledged, Role.SAFEGUARDING_LEAD)
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT and json.loads(message.data).get("text") == has_it.text:
                self.reached = "heard"
                return
        raise ConnectionError("The chat was closed.")

    async def look(self) -> None:
        if self._conversation_id is not None:
            async with self._store.look() as work:
                self.reached = await probes.how_far(work, self._conversation_id)


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
        said = "the whole way is open" if one.state is ProbeState.ALIVE else f"BROKEN after: {one.reached}"
        print(f"{one.channel}: {said}")
    return 0 if all(one.state is ProbeState.ALIVE for one in results) else 1
