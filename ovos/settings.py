"""Settings, from the environment. Every one has a default that is safe on a fresh machine."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, replace
from pathlib import Path

from bot.store.database import sqlite_url

ROOT = Path(__file__).resolve().parents[1]
SERVICE_PYTHON = ROOT / ".venv" / "bin" / "python"
BRAIN_PYTHON = ROOT / ".venv-brain" / "bin" / "python"


class SettingsError(Exception):
    """A setting cannot be used; the text is one line that says what to do."""


@dataclass(frozen=True)
class Settings:
    """Where things are and who listens where. Only the web process may listen beyond loopback."""

    home: Path
    database: str
    brain_database: str
    key_file: Path
    host: str
    port: int
    brain_port: int
    actions_port: int
    brain_token: str
    frame_ancestors: str
    leave_to: str
    brain_model: Path
    card_search: Path

    @property
    def brain_address(self) -> str:
        return f"http://127.0.0.1:{self.brain_port}"

    @property
    def actions_address(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}/webhook"

    def environment(self) -> dict[str, str]:
        """What a child process needs to find the same places."""
        return {
            **os.environ,
            "OVOS_HOME": str(self.home),
            "OVOS_DB": self.database,
            "OVOS_BRAIN_DB": self.brain_database,
            "OVOS_KEY_FILE": str(self.key_file),
            "OVOS_HOST": self.host,
            "OVOS_PORT": str(self.port),
            "OVOS_BRAIN_PORT": str(self.brain_port),
            "OVOS_ACTIONS_PORT": str(self.actions_port),
            "OVOS_ACTIONS_URL": self.actions_address,
            "OVOS_BRAIN_TOKEN": self.brain_token,
            "OVOS_FRAME_ANCESTORS": self.frame_ancestors,
            "OVOS_LEAVE_TO": self.leave_to,
            "OVOS_BRAIN_MODEL": str(self.brain_model),
            "OVOS_CARD_SEARCH": str(self.card_search),
            "PYTHONPATH": str(ROOT),
            # rasa_sdk would listen on every address without this.
            "SANIC_HOST": "127.0.0.1",
            "RASA_TELEMETRY_ENABLED": "false",
            # One sentence is too little work to share between threads.
            "OPENBLAS_NUM_THREADS": "1",
            "OMP_NUM_THREADS": "1",
            "TF_CPP_MIN_LOG_LEVEL": "3",
            "PYTHONWARNINGS": "ignore",
        }


def settings_from_environment() -> Settings:
    """The live service's settings. Raises SettingsError when a port is not a number."""
    home = Path(os.environ.get("OVOS_HOME", ROOT / "var")).resolve()
    models = ROOT / "models"
    return Settings(
        home=home,
        database=os.environ.get("OVOS_DB", sqlite_url(home / "ovos.db")),
        brain_database=os.environ.get("OVOS_BRAIN_DB", f"sqlite:///{home / 'brain.db'}"),
        key_file=Path(os.environ.get("OVOS_KEY_FILE", home / "keys")),
        host=os.environ.get("OVOS_HOST", "127.0.0.1"),
        port=_port("OVOS_PORT", 8080),
        brain_port=_port("OVOS_BRAIN_PORT", 5005),
        actions_port=_port("OVOS_ACTIONS_PORT", 5055),
        brain_token=os.environ.get("OVOS_BRAIN_TOKEN") or secrets.token_urlsafe(32),
        frame_ancestors=os.environ.get("OVOS_FRAME_ANCESTORS", "'self'"),
        leave_to=os.environ.get("OVOS_LEAVE_TO", "https://www.bbc.co.uk/weather"),
        brain_model=Path(os.environ.get("OVOS_BRAIN_MODEL", models / "brain.tar.gz")),
        card_search=Path(os.environ.get("OVOS_CARD_SEARCH", models / "card_search.npz")),
    )


def temporary_settings(home: Path) -> Settings:
    """A house of its own on free ports, with a store that goes away: for `predict`, `converse` and the tests."""
    web, brain, actions = free_ports(3)
    return replace(
        settings_from_environment(),
        home=home,
        database=sqlite_url(home / "ovos.db"),
        brain_database=f"sqlite:///{home / 'brain.db'}",
        key_file=home / "keys",
        host="127.0.0.1",
        port=web,
        brain_port=brain,
        actions_port=actions,
        brain_token=secrets.token_urlsafe(32),
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody listened on a moment ago."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def _port(name: str, default: int) -> int:
    raw = os.environ.get(name, str(default))
    if not raw.isdecimal() or not 0 < int(raw) < 65536:
        raise SettingsError(f"{name} must be a port number from 1 to 65535.")
    return int(raw)
