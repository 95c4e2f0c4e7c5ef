"""`ovos run`: everything, started by one command, with a dead process restarted and a clean stop on Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import structlog

from ovos.processes import Program, Running, actions_program, brain_program, web_program
from ovos.settings import Settings, SettingsError

SHORTEST_PAUSE = 0.5
LONGEST_PAUSE = 5.0
STEADY_SECONDS = 20.0
TOKEN_HEADER = "X-Ovos-Token"  # noqa: S105 - the header's name, not a token

log = structlog.get_logger()


@dataclass
class Keeper:
    """Keeps one program running: restarts it when it dies, after a pause that grows while it keeps dying."""

    program: Program
    settings: Settings
    log_file: Path | None = None
    running: Running | None = None
    restarts: int = 0
    _pause: float = field(default=SHORTEST_PAUSE)
    _stopping: bool = False

    async def keep(self) -> None:
        while not self._stopping:
            began = time.monotonic()
            self.running = await Running.start(self.program, self.settings, self.log_file)
            status = await self.running.process.wait()
            if self._stopping:
                return
            if time.monotonic() - began > STEADY_SECONDS:
                self._pause = SHORTEST_PAUSE
            log.error("process_died", kind=self.program.name, status=status, seconds=self._pause)
            self.restarts += 1
            await asyncio.sleep(self._pause)
            self._pause = min(self._pause * 2, LONGEST_PAUSE)

    async def stop(self) -> None:
        self._stopping = True
        if self.running is not None:
            await self.running.stop()


class HouseKeeper:
    """The three processes of one house."""

    def __init__(self, settings: Settings, log_folder: Path | None = None) -> None:
        self._settings = settings
        programs = (web_program(), actions_program(settings), brain_program(settings))
        self.keepers = {
            program.name: Keeper(program, settings, None if log_folder is None else log_folder / f"{program.name}.log")
            for program in programs
        }
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        self._tasks = [asyncio.create_task(keeper.keep()) for keeper in self.keepers.values()]

    async def stop(self) -> None:
        """The web process first, so that no new turn begins; then the others."""
        for name in ("web", "brain", "actions"):
            await self.keepers[name].stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def wait_for_web(self, seconds: float) -> bool:
        return await wait_until(lambda: web_is_ready(self._settings), seconds)

    async def wait_for_all(self, seconds: float) -> bool:
        return await wait_until(lambda: all_are_ready(self._settings), seconds)


async def wait_until(check: Callable[[], Awaitable[bool]], seconds: float) -> bool:
    """Ask again and again until it is so; False when the time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if await check():
            return True
        await asyncio.sleep(0.1)
    return False


async def status_of(address: str, headers: dict[str, str] | None = None) -> int:
    limit = aiohttp.ClientTimeout(total=3)
    try:
        async with aiohttp.ClientSession(timeout=limit) as session, session.get(address, headers=headers) as answer:
            return answer.status
    except (aiohttp.ClientError, TimeoutError, OSError):
        return 0


async def web_is_ready(settings: Settings) -> bool:
    host = "127.0.0.1" if settings.host == "0.0.0.0" else settings.host  # noqa: S104 - compared, not bound
    return await status_of(f"http://{host}:{settings.port}/ready") == 200


async def all_are_ready(settings: Settings) -> bool:
    brain = f"{settings.brain_address}/webhooks/ovos/health"
    actions = f"http://127.0.0.1:{settings.actions_port}/health"
    return (
        await web_is_ready(settings)
        and await status_of(actions) == 200
        and await status_of(brain, {TOKEN_HEADER: settings.brain_token}) == 200
    )


def check_ports(settings: Settings) -> None:
    """Raises SettingsError, naming the port and the setting, when somebody else listens there."""
    import socket

    wanted = (
        ("OVOS_PORT", settings.port),
        ("OVOS_BRAIN_PORT", settings.brain_port),
        ("OVOS_ACTIONS_PORT", settings.actions_port),
    )
    for name, port in wanted:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                raise SettingsError(
                    f"Port {port} is in use. Stop what uses it, or set {name} to another port."
                ) from None


async def run(settings: Settings) -> int:
    """Start everything, say where, and stay until Ctrl-C."""
    check_ports(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(name, stop.set)
    house = HouseKeeper(settings, settings.home)
    began = time.monotonic()
    house.start()
    print("Starting ...", flush=True)
    watching = asyncio.create_task(_announce(house, settings, began))
    await stop.wait()
    print("Stopping ...", flush=True)
    watching.cancel()
    await asyncio.gather(watching, return_exceptions=True)
    await house.stop()
    print("Stopped.", flush=True)
    return 0


async def _announce(house: HouseKeeper, settings: Settings, began: float) -> None:
    if not await house.wait_for_web(60):
        print(f"The chat did not start. See {settings.home / 'web.log'}.", file=sys.stderr, flush=True)
        return
    print(f"  the chat answers after {time.monotonic() - began:.1f} s; the brain is still starting", flush=True)
    if not await house.wait_for_all(180):
        print(f"The brain or the actions did not start. See {settings.home}/*.log.", file=sys.stderr, flush=True)
        return
    print(f"  everything runs after {time.monotonic() - began:.0f} s\n", flush=True)
    print(f"Open the chat:  http://{settings.host}:{settings.port}/chat", flush=True)
    print(f"For staff:      {settings.address}/console", flush=True)
    print("First account:  .venv/bin/ovos staff add EMAIL --name NAME --role administrator", flush=True)
    print("Stop:           Ctrl-C", flush=True)
