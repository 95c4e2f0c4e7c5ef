"""`ovos doctor`: is everything there that the service needs, and does it say only what is true?"""

from __future__ import annotations

import subprocess
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TypeVar
from zoneinfo import ZoneInfo

from actions.service import today
from actions.status_talk import for_status, status_talk
from bot.alerts.cover import cover_now
from bot.content import ContentError, content_folder
from bot.encoder import EncoderError, load_encoder
from bot.entitlements.changes import overlaid
from bot.entitlements.library import Library, load_library
from bot.entitlements.status.rules import rule_file
from bot.entitlements.status.why import words
from bot.screening import load_detector
from bot.store import KeyRingError, Store, Work, card_changes, notifications, probes, staff
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.staff_models import NotificationChannel, Role
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
        _brain_environment, _encoder, _content, _status_rules, _hours, _local_pack, _cards_due, _models, _store,
        _on_call, _notifications, _sign_in, _telegram, _ports,
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


async def _status_rules(_settings: Settings) -> Finding:
    """The figures of the leaving-care rules, and the words that a result is said in."""
    try:
        rules, _reasons, _talk, _lines = rule_file(), words(), status_talk(), for_status()
    except ContentError as error:
        return Finding(Mark.BAD, "status rules", str(error))
    if overdue := rules.overdue(today()):
        return Finding(Mark.LOOK, "status rules", "read these again at their source: " + "; ".join(overdue))
    return Finding(Mark.GOOD, "status rules", f"{len(rules.rules)} figures, each within its review date")


async def _hours(_settings: Settings) -> Finding:
    if load_wording().hours is None:
        return Finding(
            Mark.LOOK,
            "reading hours",
            "nobody has set them, and the chat says so. Set them in content/entitlements/hours.yml.",
        )
    return Finding(Mark.GOOD, "reading hours", "set")


async def _local_pack(settings: Settings) -> Finding:
    """What only the council can supply, one line each, with what was filled in from the console."""
    name = "local pack"
    try:
        library = await _library_now(settings)
    except ContentError:
        return Finding(Mark.BAD, name, "the line about the content says what is wrong.")
    missing = library.missing_locally(_today())
    if not missing:
        return Finding(Mark.GOOD, name, "nothing is missing")
    lines = [
        f"{len(missing)} things are missing, and the chat says so. Fill them in in the console (Rights and money)."
    ]
    for part in dict.fromkeys(one.part for one in missing):
        lines.append(f"        {part}")
        lines += [
            f"          {one.lack:<7} {one.where} ({one.owner}): {one.what}" for one in missing if one.part == part
        ]
    return Finding(Mark.LOOK, name, "\n".join(lines))


async def _cards_due(settings: Settings) -> Finding:
    """What is past its review date: such figures are withheld from young people."""
    name = "cards in date"
    try:
        library = await _library_now(settings)
    except ContentError:
        return Finding(Mark.BAD, name, "the line about the content says what is wrong.")
    if overdue := library.overdue(_today()):
        return Finding(Mark.LOOK, name, f"{len(overdue)} must be checked again: {'; '.join(overdue)}")
    return Finding(Mark.GOOD, name, f"all, until {min(card.review_by for card in library.cards.values()):%-d %B %Y}")


async def _library_now(settings: Settings) -> Library:
    """The files, with what staff have changed since where the store can be asked. Raises ContentError."""
    files = load_library(content_folder() / "entitlements")
    return overlaid(files, await _ask_store(settings, card_changes.in_force, default=[])).library


def _today() -> date:
    return datetime.now(ZoneInfo("Europe/London")).date()


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


async def _on_call(settings: Settings) -> Finding:
    """Whether somebody is told of an alert now, and whether the way to them was found open."""
    name, page = "on call", "See deploy/alerts.md."

    async def ask(work: Work) -> tuple[bool, bool, bool]:
        covered = (await cover_now(work, datetime.now(UTC), None)).anybody
        leads = bool(await staff.active(work, {Role.SAFEGUARDING_LEAD}))
        return covered, leads, await probes.is_broken(work)

    covered, leads, broken = await _ask_store(settings, ask, default=(False, False, False))
    if broken:
        return Finding(Mark.LOOK, name, f"the last check of the alert path broke. Run `ovos probe`. {page}")
    if not leads:
        return Finding(Mark.LOOK, name, f"there is no safeguarding lead, so nobody is told of an allegation. {page}")
    if not covered:
        return Finding(Mark.LOOK, name, f"nobody is on call now; the safeguarding leads are told instead. {page}")
    return Finding(Mark.GOOD, name, "somebody is on call now")


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
        by = " and ".join("SMS" if one is NotificationChannel.SMS else one.value for one in channels)
        return Finding(Mark.LOOK, name, f"only by {by}: those by e-mail wait. {page}")
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
