"""`ovos demo`: fill an empty store with the demonstration, and say how to try it."""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import segno

from bot.staff import audit
from bot.store import Store, contents
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from ovos.demo.cast import SignIns
from ovos.demo.fill import Made, Progress, Quarter
from ovos.demo.stage import Player
from ovos.run import check_ports
from ovos.settings import ROOT, Settings, SettingsError

HOME = ROOT / "var" / "demo"


async def demo(settings: Settings, *, again: bool) -> int:
    """Raises SettingsError, with nothing changed, when the store holds anything but the demonstration."""
    # A running service would answer what is being written, and would show no banner.
    check_ports(settings)
    settings.home.mkdir(parents=True, exist_ok=True)
    store = Store(settings.database, load_keys(settings.key_file))
    began = time.monotonic()
    try:
        await migrate(store)
        await _make_room(store, again)
        quarter = Quarter(store, datetime.now(UTC))
        async for progress in quarter.play():
            _show(progress)
    finally:
        await store.close()
    print(f"\nFilled in {time.monotonic() - began:.0f} s.\n", file=sys.stderr)
    _tell(settings, quarter.made)
    return 0


async def _make_room(store: Store, again: bool) -> None:
    """Raises SettingsError unless the store is empty, or only ever held the demonstration and may be filled again."""
    async with store.begin() as work:
        if await contents.is_empty(work):
            return
        if not await audit.is_demonstration(work):
            raise SettingsError(
                "This database is in use. The demonstration only goes into an empty one: choose --home."
            )
        if not again:
            raise SettingsError("The demonstration is there already. Use --again to take it out and fill it afresh.")
        await contents.take_everything_out(work)


def _show(progress: Progress) -> None:
    line = f"  day {progress.day} of {progress.of}, {progress.conversations} conversations"
    if sys.stderr.isatty():
        print(f"\r{line}   ", end="", file=sys.stderr, flush=True)
    elif progress.day % 10 == 0 or progress.day == progress.of:
        print(line, file=sys.stderr, flush=True)


def _tell(settings: Settings, made: Made) -> None:
    """What somebody needs to try it. The password and the codes are shown here and nowhere else."""
    print(f"Start it:       OVOS_HOME={_short(settings.home)} .venv/bin/ovos run")
    print(f"For staff:      {settings.address}/console\n")
    for person in _first_of_each_role(made):
        print(f"  {person.role.replace('_', ' '):<22} {person.email:<36} {person.name}")
    _tell_sign_ins(made.sign_ins)
    print(f"\nFor young people: {settings.address}/chat")
    print(f"  a receipt that opens a chat in which an outcome waits: {' '.join(made.receipt)}")
    print("\nEverybody in it is invented. The password, the key and the receipt are shown once;")
    print("`ovos demo --again` makes the demonstration, and them, afresh.")


def _first_of_each_role(made: Made) -> list[Player]:
    found: dict[str, Player] = {}
    for person in made.stage.players.values():
        found.setdefault(person.role, person)
    return list(found.values())


def _tell_sign_ins(sign_ins: SignIns) -> None:
    print(f"\n  password for all of them:      {sign_ins.password}")
    print(f"  authenticator key for all:     {sign_ins.secret}")
    print(f"  or as an address:              {sign_ins.authenticator}")
    if sys.stdout.isatty():
        segno.make(sign_ins.authenticator).terminal(compact=True)


def _short(home: Path) -> Path:
    return home.relative_to(ROOT) if home.is_relative_to(ROOT) else home
