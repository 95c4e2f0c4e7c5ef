"""What the console is given when it starts, and what it makes of it for its views."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from aiohttp import web

from bot.alerts.ladder import read_ladder
from bot.handover import load_handover_notices
from bot.staff.council_sign_in import CouncilSignIn
from bot.staff.passwords import Cost, Passwords, load_common_passwords
from bot.staff.reply_templates import load_reply_templates
from bot.staff.sign_in import SignIn
from bot.staff.tries import Tries
from bot.store import Store
from bot.store.search import Search
from bot.store.staff_sessions import Limits
from bot.themes.kept import model_path
from connectors.delivery import Hub
from console.asset_files import Assets
from console.numbers import load_ring
from console.oidc.settings import ProviderSettings
from console.oidc.way_in import WayIn
from console.permissions import needs_second_factor
from console.wording import Words, load_words


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True)
class ConsoleSettings:
    """`address` is what a browser uses, without a path; cookies are Secure when it begins with https. `council` is
    where staff sign in with the council's own accounts, None where they have passwords only."""

    address: str = "http://127.0.0.1:8080"
    limits: Limits = field(default_factory=Limits)
    password_cost: Cost = field(default_factory=Cost)
    tries_a_minute: int = 30
    council: ProviderSettings | None = None

    @property
    def https(self) -> bool:
        return self.address.startswith("https://")

    @property
    def takes_passwords(self) -> bool:
        """False where only the break-glass administrator has one that counts."""
        return self.council is None or not self.council.only


@dataclass
class ConsoleServices:
    """Shared with the rest of the web process. Views reach it by `services_of(request)`."""

    store: Store
    hub: Hub
    settings: ConsoleSettings = field(default_factory=ConsoleSettings)
    clock: Callable[[], datetime] = _now
    theme_model: Path = field(default_factory=model_path)
    detector_reads: Callable[[], bool] = lambda: True  # False while messages cannot be read by the learned detector
    # A check of every channel, under this name; None where nobody would be told of its alert.
    try_alarm: Callable[[str], Awaitable[None]] | None = None

    def __post_init__(self) -> None:
        self.words: Words = load_words()
        self.assets = Assets()
        self.passwords = Passwords(self.settings.password_cost)
        self.common_passwords = load_common_passwords()
        a_minute, council = self.settings.tries_a_minute, self.settings.council
        tries, only = Tries(a_minute, a_minute), not self.settings.takes_passwords
        self.sign_in = SignIn(self.store, self.passwords, self.clock, needs_second_factor, tries, council_only=only)
        self.council_sign_in = CouncilSignIn(self.store, self.clock, needs_second_factor)
        self.way_in: WayIn | None = None
        if council is not None:
            # Counted apart from passwords, so that a flood of the one leaves the other open.
            tries = Tries(a_minute, a_minute)
            self.way_in = WayIn(council, self.settings.address, self.store.keys, self.clock, tries)
        self.flashes: dict[str, object] = {}
        self.search = Search(self.store)
        self.handover = load_handover_notices()
        self.reply_templates = load_reply_templates()
        self.ladder = read_ladder()
        self.ring = load_ring()


SERVICES: web.AppKey[ConsoleServices] = web.AppKey("console_services", ConsoleServices)
