"""The web process: chat, intake, delivery and the sweeps, with its health, readiness and metrics."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import structlog
from aiohttp import web
from prometheus_client import Gauge, generate_latest

from bot.content import Content, content_folder, read_content
from bot.screening import Detector, load_detector_or_phrases
from bot.staff import audit
from bot.staff.notify import Notifier
from bot.store import Store, alerts, free_text, messages, notifications, probes, telegram
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.staff_models import NotificationChannel, Role
from connectors.delivery import Hub
from connectors.intake.brain import BrainClient
from connectors.intake.handing import HeldTooLong
from connectors.intake.intake import Intake
from connectors.intake.measures import Measures
from connectors.intake.turns import Turns
from connectors.intake.wording import Wording, load_wording
from connectors.telegram.room import Joined, Telegram
from connectors.webchat.app import ChatSettings, WebChat
from connectors.webchat.chat_state import ChatState
from connectors.webchat.page import load_page_words, role_names
from connectors.webchat.receipts import ReceiptDesk
from connectors.webchat.session import Doorway, Services
from console.app import Console, ConsoleServices, ConsoleSettings
from console.permissions import Permission, roles_with
from ovos.alert_clock import AlertClock, ClockSettings
from ovos.council_sign_in import build_council_sign_in
from ovos.delivery import build_senders
from ovos.logs import set_up_logs
from ovos.probe import ProbeMarker
from ovos.request_clock import RequestClock
from ovos.retention_clock import RetentionClock
from ovos.settings import Settings, settings_from_environment
from ovos.telegram import build_telegram
from ovos.themes import forget_in_service

log = structlog.get_logger()


class Designations(Content):
    """`content/designations.yml`."""

    first: tuple[str, ...]
    second: tuple[str, ...]

    def names(self) -> list[str]:
        return [f"{first} {second}" for first in self.first for second in self.second]


@dataclass(frozen=True)
class House:
    """The rooms of the web process, joined."""

    store: Store
    detector: Detector
    wording: Wording
    hub: Hub
    brain: BrainClient
    intake: Intake
    turns: Turns
    measures: Measures
    notifier: Notifier
    held: HeldTooLong
    request_clock: RequestClock
    alert_clock: AlertClock
    retention_clock: RetentionClock
    telegram: Telegram | None

    async def open(self) -> None:
        await migrate(self.store)
        await self.turns.start(self.intake)
        self.held.start()
        self.request_clock.start()
        async with self.store.look() as work:
            is_demonstration = await audit.is_demonstration(work)
        self.alert_clock.start(by_itself=not is_demonstration)
        self.retention_clock.start(by_itself=not is_demonstration)
        self.intake.safety.demonstration = is_demonstration
        if not is_demonstration:  # nobody has the addresses of its staff
            self.notifier.start()
            if self.telegram is not None:
                self.telegram.start()

    async def close(self) -> None:
        if self.telegram is not None:
            await self.telegram.stop()
        await asyncio.gather(self.notifier.stop(), self.held.stop(), self.request_clock.stop(), self.turns.stop())
        await asyncio.gather(self.alert_clock.stop(), self.retention_clock.stop())
        await self.brain.close()
        await self.store.close()


def build_house(settings: Settings, slot: str = "web") -> House:
    """Load content and keys and join the rooms. Raises ContentError, KeyRingError or SettingsError."""
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store(settings.database, load_keys(settings.key_file))
    detector, fault = load_detector_or_phrases()
    if fault is not None:
        log.error("detector_without_model", kind=type(fault).__name__)
    wording, hub, measures = replace(load_wording(), may_read=readers_of_chats()), Hub(), Measures()
    brain = BrainClient(settings.brain_address, settings.brain_token)
    intake = Intake(store, detector, wording, hub)
    turns = Turns(store, brain, wording, hub, slot, measures)
    senders = build_senders(settings)
    has_pager = NotificationChannel.PAGER in senders
    senders[NotificationChannel.PROBE] = ProbeMarker(store)
    notifier = Notifier(store, senders, counted=measures.notified)
    held = HeldTooLong(store, wording, hub, measures)
    request_clock = RequestClock(store, hub, measures)
    own_address = f"http://{settings.host}:{settings.port}"
    alert_clock = AlertClock(store, measures, ClockSettings(own_address, has_pager, settings.daily_probe))
    retention_clock = RetentionClock(store, brain, hub, measures, settings.home)
    retention_clock.learned = lambda store, at: forget_in_service(store, settings.theme_model, at)
    roles = role_names(load_page_words(wording))
    channel = build_telegram(settings, Joined(store, intake, wording, hub, load_designations(), roles))
    return House(
        store=store,
        detector=detector,
        wording=wording,
        hub=hub,
        brain=brain,
        intake=intake,
        turns=turns,
        measures=measures,
        notifier=notifier,
        held=held,
        request_clock=request_clock,
        alert_clock=alert_clock,
        retention_clock=retention_clock,
        telegram=channel,
    )


def readers_of_chats() -> frozenset[Role]:
    """Whom the console's permissions let read a chat: what the young person is told comes from here."""
    return roles_with(Permission.READ_TRANSCRIPTS)


def load_designations() -> list[str]:
    return read_content(content_folder() / "designations.yml", Designations).names()


def build_app(settings: Settings, house: House) -> web.Application:
    page = load_page_words(house.wording)
    services = Services(
        store=house.store,
        intake=house.intake,
        brain=house.brain,
        hub=house.hub,
        wording=house.wording,
        designations=load_designations(),
        page=page,
        doorway=Doorway(),
        receipts=ReceiptDesk(house.store, house.wording.receipt_words, house.wording),
        chat_state=ChatState(house.store, house.wording, page),
        telegram_name=None if house.telegram is None else house.telegram.name,
    )
    app = web.Application(client_max_size=256 * 1024)
    WebChat(services, page, ChatSettings(settings.frame_ancestors, settings.leave_to)).add_to(app)
    if house.telegram is not None:
        house.telegram.add_to(app)
    console = ConsoleSettings(address=settings.address, council=build_council_sign_in(settings))
    desk = ConsoleServices(house.store, house.hub, console, detector_reads=lambda: house.detector.reads)
    house.retention_clock.search = desk.search
    Console(desk).add_to(app)
    Checks(house).add_to(app)

    async def live(_app: web.Application) -> AsyncIterator[None]:
        await house.open()
        if not house.intake.safety.demonstration:  # nobody is told of anything there, so no check could end well
            desk.try_alarm = house.alert_clock.check_now
        yield
        await house.close()

    app.cleanup_ctx.append(live)
    return app


class Checks:
    """`/health`: this process runs. `/ready`: it can take a message. `/metrics`: counts, for this machine only."""

    def __init__(self, house: House) -> None:
        self._house = house
        registry = house.measures.registry
        self._waiting = Gauge("ovos_messages_waiting", "Messages whose turn is open", registry=registry)
        self._alerts = Gauge("ovos_alerts_waiting", "Alerts that nobody has acknowledged", registry=registry)
        self._stuck = Gauge("ovos_notifications_stuck", "Notifications that somebody must look at", registry=registry)
        self._telegram_down = Gauge("ovos_telegram_down", "1 while Telegram is on and not reached", registry=registry)
        self._telegram = Gauge(
            "ovos_telegram_waiting", "Telegram chats with something that could not be sent", ["why"], registry=registry
        )
        self._probe = Gauge("ovos_probe_broken", "1 when the last check of some channel broke", registry=registry)
        self._free_text = Gauge("ovos_free_text_off", "1 while nobody can type in the chat", registry=registry)
        self._connected = Gauge("ovos_devices_connected", "Devices connected to this process", registry=registry)

    def add_to(self, app: web.Application) -> None:
        app.router.add_get("/health", self.health)
        app.router.add_get("/ready", self.ready)
        app.router.add_get("/metrics", self.metrics)

    async def health(self, _request: web.Request) -> web.StreamResponse:
        return web.json_response({"status": "ok"})

    async def ready(self, _request: web.Request) -> web.StreamResponse:
        """200 when a message would be stored and screened; the brain is told apart, since the rest works without it."""
        try:
            stored = await asyncio.wait_for(self._house.store.answers(), 2)
        except Exception as error:  # any fault of the store means "not ready"
            log.error("store_not_ready", exc_info=error)
            stored = False
        brain = await self._house.brain.is_ready()
        detector = self._house.detector
        channel = self._house.telegram
        state = {
            "telegram": "off" if channel is None else channel.is_reached(),
            "store": stored,
            "screening": detector.version,
            "detector": detector.reads,
            "brain": brain,
        }
        return web.json_response({"status": "ready" if stored else "not ready", **state}, status=200 if stored else 503)

    async def metrics(self, request: web.Request) -> web.StreamResponse:
        if request.remote not in ("127.0.0.1", "::1") or "X-Forwarded-For" in request.headers:
            raise web.HTTPNotFound
        async with self._house.store.look() as work:
            self._waiting.set(await messages.waiting_count(work))
            self._alerts.set(await alerts.waiting_count(work))
            self._stuck.set(await notifications.stuck_count(work))
            reached = self._house.telegram is None or self._house.telegram.is_reached()
            self._telegram_down.set(not reached)
            self._telegram.labels(why="blocked").set(await telegram.blocked_count(work))
            self._telegram.labels(why="failed").set(await telegram.failing_count(work))
            self._probe.set(await probes.is_broken(work))
            self._free_text.set(await free_text.is_off(work))
        self._connected.set(self._house.hub.connected())
        return web.Response(body=generate_latest(self._house.measures.registry), content_type="text/plain")


def serve() -> None:
    """Run the web process until it is told to stop. No access log: addresses of devices are written nowhere."""
    set_up_logs("web")
    settings = settings_from_environment()
    house = build_house(settings, os.environ.get("OVOS_SLOT", "web"))
    web.run_app(
        build_app(settings, house),
        host=settings.host,
        port=settings.port,
        access_log=None,
        print=None,
        shutdown_timeout=3,
    )
