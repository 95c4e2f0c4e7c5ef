"""`ovos doctor`: is everything there that the service needs, and does it say only what is true?"""

from __future__ import annotations

import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum

from bot.content import ContentError, content_folder
from bot.encoder import EncoderError, load_encoder
from bot.entitlements.library import load_library
from bot.screening import load_detector
from bot.store import KeyRingError, Store
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from connectors.intake.wording import load_wording
from ovos.run import check_ports
from ovos.settings import BRAIN_PYTHON, Settings, SettingsError
from ovos.train import trained_when


class Mark(StrEnum):
    GOOD = "ok"
    LOOK = "look"
    BAD = "BAD"


@dataclass(frozen=True)
class Finding:
    """One line of the doctor's list. `say` tells what to do unless all is well."""

    mark: Mark
    name: str
    say: str


async def doctor(settings: Settings) -> int:
    """Print what was found; 1 when something keeps the service from running."""
    checks: list[Callable[[Settings], Awaitable[Finding]]] = [
        _brain_environment, _encoder, _content, _hours, _models, _store, _ports,
    ]  # fmt: skip
    findings = [await check(settings) for check in checks]
    for finding in findings:
        print(f"{finding.mark:>4}  {finding.name}: {finding.say}")
    return 1 if any(finding.mark is Mark.BAD for finding in findings) else 0


async def _brain_environment(_settings: Settings) -> Finding:
    probe = "from importlib.metadata import version; print(version('rasa'))"
    try:
        done = subprocess.run([str(BRAIN_PYTHON), "-c", probe], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return Finding(Mark.BAD, "brain environment", "it is not there. Run `make setup`.")
    if done.returncode != 0:
        return Finding(Mark.BAD, "brain environment", "it does not start. Delete .venv-brain and run `make setup`.")
    return Finding(Mark.GOOD, "brain environment", f"Rasa {done.stdout.strip()}")


async def _encoder(_settings: Settings) -> Finding:
    try:
        load_encoder().encode_one("hello")
    except EncoderError as error:
        return Finding(Mark.BAD, "encoder", str(error))
    return Finding(Mark.GOOD, "encoder", "the weights are the right ones")


async def _content(_settings: Settings) -> Finding:
    try:
        library = load_library(content_folder() / "entitlements")
        load_detector()
        load_wording()
    except ContentError as error:
        return Finding(Mark.BAD, "content", str(error))
    written = sum(card.written for card in library.cards.values())
    return Finding(Mark.GOOD, "content", f"{written} of {len(library.cards)} cards are written")


async def _hours(_settings: Settings) -> Finding:
    if load_wording().hours is None:
        return Finding(
            Mark.LOOK,
            "reading hours",
            "nobody has set them, and the chat says so. Set them in content/entitlements/hours.yml.",
        )
    return Finding(Mark.GOOD, "reading hours", "set")


async def _models(settings: Settings) -> Finding:
    stale = [name for name, current in trained_when(settings).items() if not current]
    if stale:
        return Finding(Mark.LOOK, "training", f"{' and '.join(stale)} will be trained at the next start")
    return Finding(Mark.GOOD, "training", "up to date")


async def _store(settings: Settings) -> Finding:
    settings.home.mkdir(parents=True, exist_ok=True)
    try:
        store = Store(settings.database, load_keys(settings.key_file))
    except KeyRingError as error:
        return Finding(Mark.BAD, "keys", str(error))
    try:
        await migrate(store)
        await store.answers()
    except Exception as error:  # noqa: BLE001 - the kind of fault is the finding
        return Finding(Mark.BAD, "store", f"the database does not answer ({type(error).__name__}). Look at OVOS_DB.")
    finally:
        await store.close()
    return Finding(Mark.GOOD, "store", "the database answers and its tables are current")


async def _ports(settings: Settings) -> Finding:
    try:
        check_ports(settings)
    except SettingsError as error:
        return Finding(Mark.LOOK, "ports", f"{error} (fine when the service is running)")
    return Finding(Mark.GOOD, "ports", "free")
