"""A house of its own for cases and checks: real processes on free loopback ports, a store that goes away afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from ovos.failures import StartError
from ovos.processes import Program, Running, actions_program, brain_program
from ovos.run import TOKEN_HEADER, status_of, wait_until
from ovos.settings import Settings, temporary_settings
from ovos.web import House, build_house

START_SECONDS = 120


@asynccontextmanager
async def temporary_home() -> AsyncIterator[Settings]:
    with tempfile.TemporaryDirectory(prefix="ovos-") as folder:
        yield temporary_settings(Path(folder))


@asynccontextmanager
async def running_brain(settings: Settings, *, with_actions: bool) -> AsyncIterator[None]:
    """The brain, and when conversations are to be held the actions, started and at the end stopped."""
    programs = [brain_program(settings)] + ([actions_program(settings)] if with_actions else [])
    async with AsyncExitStack() as stack:
        started = []
        for program in programs:
            running = await Running.start(program, settings, settings.home / f"{program.name}.log")
            stack.push_async_callback(running.stop)
            started.append(running)
        for running in started:
            await _wait(running, settings)
        yield


async def _wait(running: Running, settings: Settings) -> None:
    async def ready_or_dead() -> bool:
        return not running.alive or await _is_ready(running.program, settings)

    if not await wait_until(ready_or_dead, START_SECONDS) or not running.alive:
        lines = (settings.home / f"{running.program.name}.log").read_text(errors="replace").splitlines()
        raise StartError(f"The process {running.program.name!r} did not start:\n" + "\n".join(lines[-15:]))


async def _is_ready(program: Program, settings: Settings) -> bool:
    if program.name == "brain":
        headers = {TOKEN_HEADER: settings.brain_token}
        return await status_of(f"{settings.brain_address}/webhooks/ovos/health", headers) == 200
    return await status_of(f"http://127.0.0.1:{settings.actions_port}/health") == 200


@asynccontextmanager
async def temporary_house() -> AsyncIterator[House]:
    """Intake, store and workers in this process; brain and actions beside it."""
    async with temporary_home() as settings, running_brain(settings, with_actions=True):
        house = build_house(settings)
        await house.open()
        try:
            yield house
        finally:
            await house.close()
