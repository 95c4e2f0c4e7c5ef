"""The switch that takes the text box away and shows numbers and people instead: when nobody answers, or by hand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from bot.alerts.happened import Happened
from bot.alerts.ladder import FreeText
from bot.store import Work, alert_work, free_text, notifications, staff
from bot.store.notifications import Template
from bot.store.staff_models import NotificationChannel, Role

TOLD = (Role.SAFEGUARDING_LEAD, Role.ADMINISTRATOR)
CHAT = "chat"


class How(StrEnum):
    """By what it was turned."""

    CONSOLE = "console"
    COMMAND = "command"
    ITSELF = "itself"


@dataclass(frozen=True)
class Turn:
    """`by` is a staff id, `service` or `command`; `alerts` is how many waited when it turned off by itself."""

    off: bool
    by: str
    how: How
    reason: str | None = None
    alerts: int | None = None


@dataclass(frozen=True)
class Turned(Happened):
    """The line for the log is about the chat, not about one alert."""

    @property
    def subject_type(self) -> str:
        return "free_text"


async def turn(work: Work, wanted: Turn, at: datetime) -> list[Happened]:
    """Turn it, and tell the safeguarding leads and administrators. Nothing when it is so already."""
    change = await free_text.turn(work, wanted.off, wanted.by, wanted.reason, at)
    if change is None:
        return []
    for one in await staff.active(work, set(TOLD)):
        channels = {NotificationChannel.EMAIL} | ({NotificationChannel.SMS} if one.phone and wanted.off else set())
        await notifications.queue(work, f"free-text:{change.n}", one.id, Template.SIGN_IN_NEEDED, channels)
    details = {"off": wanted.off, "how": wanted.how.value, "alerts": wanted.alerts}
    return [Turned("free_text_turned", CHAT, wanted.by, details)]


async def turn_off_when_nobody_answers(work: Work, times: FreeText, at: datetime) -> list[Happened]:
    """Off when so many alerts were left unacknowledged for so long since it was last turned on."""
    latest = await free_text.latest(work)
    if latest is not None and latest.off:
        return []
    before = at - timedelta(minutes=times.unacknowledged_minutes)
    waiting = await alert_work.long_unacknowledged(work, before, None if latest is None else latest.at)
    if waiting < times.off_after:
        return []
    return await turn(work, Turn(True, "service", How.ITSELF, alerts=waiting), at)
