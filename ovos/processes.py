"""Starting and stopping the three processes: web, actions and brain."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path

from ovos.settings import BRAIN_PYTHON, ROOT, SERVICE_PYTHON, Settings

STOP_SECONDS = 12.0


@dataclass(frozen=True)
class Program:
    """A process of the house: how to start it."""

    name: str
    command: tuple[str, ...]


def web_program() -> Program:
    return Program("web", (str(SERVICE_PYTHON), "-m", "ovos.web_main"))


def actions_program(settings: Settings) -> Program:
    port = str(settings.actions_port)
    return Program("actions", (str(SERVICE_PYTHON), "-m", "ovos.actions_main", port))


def brain_program(settings: Settings) -> Program:
    arguments = ("run", "-i", "127.0.0.1", "-p", str(settings.brain_port), "-m", str(settings.brain_model))
    files = ("--credentials", "credentials.yml", "--endpoints", "endpoints.yml")
    return Program("brain", (str(BRAIN_PYTHON), "-m", "rasa", *arguments, *files))


class Running:
    """A started program. Its output goes to a file or to ours; it dies with us."""

    def __init__(self, program: Program, process: asyncio.subprocess.Process) -> None:
        self.program = program
        self.process = process

    @classmethod
    async def start(cls, program: Program, settings: Settings, log: Path | None = None) -> Running:
        if log is None:
            process = await _spawn(program, settings, None)
        else:
            with log.open("ab") as output:
                process = await _spawn(program, settings, output.fileno())
        return cls(program, process)

    @property
    def alive(self) -> bool:
        return self.process.returncode is None

    def ask_to_stop(self) -> None:
        if self.alive:
            self.process.send_signal(signal.SIGTERM)

    async def stop(self) -> None:
        """Ask, wait, insist."""
        self.ask_to_stop()
        try:
            await asyncio.wait_for(self.process.wait(), STOP_SECONDS)
        except TimeoutError:
            self.process.kill()
            await self.process.wait()


async def _spawn(program: Program, settings: Settings, output: int | None) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *program.command,
        cwd=ROOT,
        env=_environment(program, settings),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=output,
        stderr=asyncio.subprocess.STDOUT if output is not None else None,
        preexec_fn=_die_with_parent if sys.platform == "linux" else None,
        # Ctrl-C reaches only the supervisor, which then stops the others in order.
        start_new_session=True,
    )


def _environment(program: Program, settings: Settings) -> dict[str, str]:
    """What a process is told: only what it needs. The brain holds no words, so it has no key that opens any."""
    of_web = {
        **settings.delivery.environment(),
        **settings.oidc.environment(),
        **settings.telegram.environment(),
    }
    told = of_web if program.name == "web" else {}
    environment = {**settings.environment(), **told}
    if program.name == "brain":
        environment.pop("OVOS_KEYS", None)
    return environment


def _die_with_parent() -> None:
    """Linux: when the supervisor is killed outright, its children are not left behind holding the ports."""
    import ctypes

    pr_set_pdeathsig = 1
    ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)
    if os.getppid() == 1:
        os._exit(1)
