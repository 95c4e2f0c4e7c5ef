"""Settings, from the environment. Every one has a default that is safe on a fresh machine."""

from __future__ import annotations

import os
import secrets
import socket
from dataclasses import dataclass, field, fields, replace
from pathlib import Path

from bot.store.database import sqlite_url

ROOT = Path(__file__).resolve().parents[1]
SERVICE_PYTHON = ROOT / ".venv" / "bin" / "python"
BRAIN_PYTHON = ROOT / ".venv-brain" / "bin" / "python"


class SettingsError(Exception):
    """A setting cannot be used; the text is one line that says what to do."""


@dataclass(frozen=True)
class DeliverySettings:
    """How staff are told to sign in, as the environment says it; empty is not set. `ovos/delivery.py` reads it."""

    smtp_url: str = field(default="", repr=False)
    smtp_from: str = ""
    smtp_ca_file: str = ""
    notify_key: str = field(default="", repr=False)
    notify_url: str = ""
    notify_sms_template: str = ""
    notify_email_template: str = ""
    pager_url: str = ""
    pager_secret: str = field(default="", repr=False)

    def environment(self) -> dict[str, str]:
        """Every name is in it, so that what is not set is not inherited either."""
        return {f"OVOS_{name.upper()}": value for name, value in vars(self).items()}


@dataclass(frozen=True)
class OidcSettings:
    """The council's own sign-in, as the environment says it; empty is not set. `ovos/council_sign_in.py` reads it."""

    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_scopes: str = ""
    oidc_second_factor: str = ""
    oidc_only: str = ""

    def environment(self) -> dict[str, str]:
        """Every name is in it, so that what is not set is not inherited either."""
        return {f"OVOS_{name.upper()}": value for name, value in vars(self).items()}


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
    public_address: str
    brain_model: Path
    card_search: Path
    theme_model: Path
    delivery: DeliverySettings = DeliverySettings()
    oidc: OidcSettings = OidcSettings()
    daily_probe: bool = True

    @property
    def address(self) -> str:
        """Where browsers find the service, without a path: what the council set, or this machine's own port."""
        return self.public_address.rstrip("/") or f"http://{self.host}:{self.port}"

    @property
    def brain_address(self) -> str:
        return f"http://127.0.0.1:{self.brain_port}"

    @property
    def actions_address(self) -> str:
        return f"http://127.0.0.1:{self.actions_port}/webhook"

    def environment(self) -> dict[str, str]:
        """What a child process needs to find the same places; no key of a mail server, Notify or a sign-in."""
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
            "OVOS_ADDRESS": self.public_address,
            "OVOS_BRAIN_MODEL": str(self.brain_model),
            "OVOS_CARD_SEARCH": str(self.card_search),
            "OVOS_THEME_MODEL": str(self.theme_model),
            "OVOS_DAILY_PROBE": "on" if self.daily_probe else "off",
            # Only the web process sends anything or signs anybody in; it is given these apart.
            **DeliverySettings().environment(),
            **OidcSettings().environment(),
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


_DELIVERY = tuple(one.name for one in fields(DeliverySettings))
_OIDC = tuple(one.name for one in fields(OidcSettings))


def settings_from_environment(home: Path | None = None) -> Settings:
    """The live service's settings, or those of another home. Raises SettingsError when a port is not a number."""
    home = (home or Path(os.environ.get("OVOS_HOME", ROOT / "var"))).resolve()
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
        public_address=_address("OVOS_ADDRESS"),
        brain_model=Path(os.environ.get("OVOS_BRAIN_MODEL", models / "brain.tar.gz")),
        card_search=Path(os.environ.get("OVOS_CARD_SEARCH", models / "card_search.npz")),
        theme_model=Path(os.environ.get("OVOS_THEME_MODEL", models / "themes.npz")),
        delivery=DeliverySettings(**{name: os.environ.get(f"OVOS_{name.upper()}", "") for name in _DELIVERY}),
        oidc=OidcSettings(**{name: os.environ.get(f"OVOS_{name.upper()}", "").strip() for name in _OIDC}),
        daily_probe=os.environ.get("OVOS_DAILY_PROBE", "on").strip().lower() != "off",
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
        public_address="",
        delivery=DeliverySettings(),
        oidc=OidcSettings(),
        daily_probe=False,
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


def _address(name: str) -> str:
    raw = os.environ.get(name, "")
    if raw and not raw.startswith(("http://", "https://")):
        raise SettingsError(f"{name} must be an address that begins with https:// (or http:// on this machine only).")
    return raw
