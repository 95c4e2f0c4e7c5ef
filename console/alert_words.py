"""Alerts in words: how long ago, what comes next, colours beside the words and never instead of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from bot.alerts.ladder import Ladder, next_step
from bot.requests.clocks import clocks
from bot.store.alert_models import Duty
from bot.store.alert_pages import AlertLine
from bot.store.models import AlertState, Severity
from console.wording import Words

COLOURS = {Severity.IMMEDIATE: "red", Severity.SAME_DAY: "orange", Severity.ONE_WORKING_DAY: "blue"}
STATE_COLOURS = {AlertState.RAISED: "red", AlertState.ACKNOWLEDGED: "yellow", AlertState.DECIDED: "green"}


@dataclass(frozen=True)
class Clock:
    """`waited` in words; `next_duty` and `next_at` are there while nobody has it, or while its outcome is not late."""

    waited: str
    next_duty: Duty | None = None
    next_at: datetime | None = None


def clock_of(words: Words, ladder: Ladder, line: AlertLine, at: datetime) -> Clock:
    waited = how_long(words, at - line.raised_at)
    climb = ladder.ladder.get(line.severity)
    if climb is None:
        return Clock(waited)
    match line.state:
        case AlertState.RAISED:
            step = next_step(climb, line.clock_from, at, clocks().calendar.is_working)
            return Clock(waited, step.duty, step.due_at)
        case AlertState.ACKNOWLEDGED:
            if line.opened_at is None or line.overdue:
                return Clock(waited)
            return Clock(waited, climb.outcome.tell, line.opened_at + timedelta(hours=climb.outcome.within_hours))
        case AlertState.DECIDED:
            return Clock(waited)


def how_long(words: Words, span: timedelta) -> str:
    """The largest unit that fits, rounded down."""
    minutes = max(0, int(span.total_seconds())) // 60
    for size, name in ((24 * 60, "day"), (60, "hour"), (1, "minute")):
        count = minutes // size
        if count:
            return words.say(f"alerts.{name}" if count == 1 else f"alerts.{name}s", count=count)
    return words.say("alerts.just_now")
