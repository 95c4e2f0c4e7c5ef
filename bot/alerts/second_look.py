"""Drawing conversations for a second reader, the alert that they raise, and the rate of what was missed."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from bot.alerts.by_hand import ByHand, RaisedAlready, raise_by_hand
from bot.alerts.deeds import Actor
from bot.alerts.happened import Happened
from bot.alerts.ladder import SecondLookTimes
from bot.alerts.rota import COUNCIL
from bot.store import Work, second_looks
from bot.store.alert_models import Verdict
from bot.store.models import Severity
from bot.store.second_looks import Look

A_DAY = timedelta(days=1)
UNSORTED = "distress"  # a second reader is asked how urgent it is, and not what it is about
Z = 1.959964  # 95 %


@dataclass(frozen=True)
class MissRate:
    """A share with its 95 % interval after Wilson (1927), which holds for few readings and for none missed."""

    share: float
    low: float
    high: float


def miss_rate(missed: int, read: int) -> MissRate | None:
    """None before anything was read."""
    if not read:
        return None
    share = missed / read
    below = 1 + Z * Z / read
    middle = (share + Z * Z / (2 * read)) / below
    half = Z / below * math.sqrt(share * (1 - share) / read + Z * Z / (4 * read * read))
    return MissRate(share, max(0.0, middle - half), min(1.0, middle + half))


def day_to_draw(times: SecondLookTimes, at: datetime) -> date | None:
    """The day before, once the hour of drawing has come."""
    here = at.astimezone(COUNCIL)
    return here.date() - A_DAY if here.time() >= times.at else None


async def draw(work: Work, times: SecondLookTimes, at: datetime) -> int | None:
    """Draw for the day before, once. None when it is not time, or was done."""
    day = day_to_draw(times, at)
    if day is None:
        return None
    span = (datetime.combine(day, time(), COUNCIL), datetime.combine(day + A_DAY, time(), COUNCIL))
    return await second_looks.draw(work, day, span, times.percent, at)


async def nothing_to_raise(work: Work, actor: Actor, look: Look) -> bool:
    """False when somebody has decided meanwhile."""
    return await second_looks.decide(work, look.id, Verdict.NOTHING, actor.staff_id, actor.at)


async def should_have_been_raised(
    work: Work, actor: Actor, look: Look, message_id: str, severity: Severity
) -> list[Happened] | None:
    """The alert is raised now, by a person, and climbs like any other; nothing is raised where somebody has raised one
    for this message meanwhile. None when somebody has decided meanwhile."""
    if not await second_looks.decide(work, look.id, Verdict.MISSED, actor.staff_id, actor.at):
        return None
    try:
        return await raise_by_hand(work, actor, ByHand(message_id, look.conversation_id, severity, UNSORTED))
    except RaisedAlready:
        return []
