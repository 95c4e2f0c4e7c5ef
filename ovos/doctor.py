"""`ovos doctor`: is everything there that the service needs, and does it say only what is true?"""

from __future__ import annotations

import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from bot.content import ContentError, content_folder
from bot.encoder import EncoderError, load_encoder
from bot.entitlements.library import load_library
from bot.screening import load_detector
from bot.store import KeyRingError, Store, Work, notifications, staff
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.staff_models import NotificationChannel
from connectors.intake.wording import load_wording
from console.oidc.provider import ProviderDown
from ovos.council_sign_in import build_council_sign_in, try_out
from ovos.delivery import build_senders
from ovos.run import check_ports
from ovos.settings import BRAIN_PYTHON, Settings, SettingsError
from ovos.telegram import telegram_is
from ovos.train import trained_when

Answer = TypeVar("Answer")


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
        _brain_environment, _encoder, _content, _hours, _models, _store, _notifications, _sign_in, _telegram, _ports,
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


async def _notifications(settings: Settings) -> Finding:
    """By which channels staff are told, and whether any telling is stuck. The store has been looked at before."""
    name, page = "notifications", "See deploy/notifications.md."
    try:
        channels = sorted(build_senders(settings))
    except SettingsError as error:
        return Finding(Mark.BAD, name, str(error))
    if not channels:
        return Finding(Mark.LOOK, name, f"no mail server or GOV.UK Notify is set, so staff are not told. {page}")
    stuck = await _ask_store(settings, notifications.stuck_count, default=0)
    if stuck:
        again = "Mend the cause, then run `ovos notifications retry`."
        return Finding(Mark.LOOK, name, f"{stuck} could not be sent. {again}")
    if NotificationChannel.EMAIL not in channels:
        return Finding(Mark.LOOK, name, f"only by SMS: those by e-mail wait. {page}")
    return Finding(Mark.GOOD, name, f"by {' and '.join(channels)}")


async def _ask_store(settings: Settings, question: Callable[[Work], Awaitable[Answer]], default: Answer) -> Answer:
    """The answer, or the default where the store cannot be asked: the line about the store says that."""
    try:
        store = Store(settings.database, load_keys(settings.key_file))
    except KeyRingError:
        return default
    try:
        async with store.look() as work:
            return await question(work)
    except Exception:  # noqa: BLE001 - the line about the store says it
        return default
    finally:
        await store.close()


async def _sign_in(settings: Settings) -> Finding:
    """How staff sign in, and whether the council's own sign-in answers. No password or secret is tried out."""
    name, page = "sign-in", "See deploy/sign_in.md."
    try:
        council = build_council_sign_in(settings)
    except SettingsError as error:
        return Finding(Mark.BAD, name, str(error))
    if council is None:
        return Finding(Mark.GOOD, name, "with passwords; no council sign-in is set")
    try:
        await try_out(council)
    except ProviderDown:
        return Finding(Mark.LOOK, name, f"OVOS_OIDC_ISSUER does not answer as that address should. {page}")
    if council.only and not await _ask_store(settings, staff.has_break_glass, default=True):
        again = "Run `ovos staff link EMAIL --break-glass` for an administrator."
        return Finding(Mark.LOOK, name, f"nobody could sign in while the council's sign-in is down. {again}")
    return Finding(Mark.GOOD, name, f"with the council's accounts{'' if council.only else ' or passwords'}")


async def _telegram(settings: Settings) -> Finding:
    """Whether the channel is on, whether Telegram knows the token, and what is missing. Nothing is sent to anybody."""
    try:
        good, line = await telegram_is(settings)
    except SettingsError as error:
        return Finding(Mark.BAD, "telegram", f"{error} See deploy/telegram.md.")
    return Finding(Mark.GOOD if good else Mark.LOOK, "telegram", line)


async def _ports(settings: Settings) -> Finding:
    try:
        check_ports(settings)
    except SettingsError as error:
        return Finding(Mark.LOOK, "ports", f"{error} (fine when the service is running)")
    return Finding(Mark.GOOD, "ports", "free")
