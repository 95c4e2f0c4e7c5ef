"""Who is told of an alert and when: `content/safeguarding/ladder.yml`, and pure functions of time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated

from pydantic import BeforeValidator, Field, model_validator

from bot.alerts.rota import COUNCIL
from bot.content import Content, content_folder, read_content
from bot.store.alert_models import Duty
from bot.store.models import Severity
from bot.store.staff_models import NotificationChannel

NOON = time(12)
A_DAY = timedelta(days=1)
ALERTS = (Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY)

IsWorking = Callable[[date], bool]


def _quoted(moment: object) -> object:
    if not isinstance(moment, str):  # YAML reads 17:00 without quotation marks as the number 1020
        raise ValueError('write the time in quotation marks, like "17:00"')
    return moment


Quoted = Annotated[time, BeforeValidator(_quoted)]


class Rung(Content):
    """One step: after so many minutes, or at noon of the n-th working day after the day on which the clock began."""

    tell: Duty
    after_minutes: Annotated[int, Field(ge=0)] | None = None
    noon_of_working_day: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _one_time(self) -> Rung:
        if (self.after_minutes is None) == (self.noon_of_working_day is None):
            raise ValueError("a step has after_minutes or noon_of_working_day, and not both")
        return self


class OutcomeTimes(Content):
    """How long after the words were opened an outcome must be recorded, and who is told when none is."""

    within_hours: Annotated[int, Field(ge=1)]
    tell: Duty


class Climb(Content):
    """The steps for one severity, and how often the last is taken again after them."""

    by: Annotated[tuple[NotificationChannel, ...], Field(min_length=1)]
    steps: Annotated[tuple[Rung, ...], Field(min_length=1)]
    again_after_minutes: Annotated[int, Field(ge=1)]
    open_within_minutes: Annotated[int, Field(ge=1)]
    outcome: OutcomeTimes

    @model_validator(mode="after")
    def _in_order(self) -> Climb:
        minutes = [step.after_minutes for step in self.steps if step.after_minutes is not None]
        if self.steps[0].after_minutes != 0:
            raise ValueError("the first step is at once: after_minutes: 0")
        if NotificationChannel.PROBE in self.by:
            raise ValueError("by: email, sms or pager")
        if minutes != sorted(set(minutes)):
            raise ValueError("the steps are not one after another")
        return self


class FollowUp(Content):
    again_after_minutes: Annotated[int, Field(ge=1)]


class FreeText(Content):
    off_after: Annotated[int, Field(ge=1)]
    unacknowledged_minutes: Annotated[int, Field(ge=1)]


class ProbeTimes(Content):
    at: Quoted
    minutes: Annotated[int, Field(ge=1, le=60)]


class SecondLookTimes(Content):
    percent: Annotated[float, Field(ge=0, le=100)]
    at: Quoted


class Ladder(Content):
    """`content/safeguarding/ladder.yml`."""

    version: int
    ladder: dict[Severity, Climb]
    follow_up: FollowUp
    free_text: FreeText
    probe: ProbeTimes
    second_look: SecondLookTimes

    @model_validator(mode="after")
    def _whole(self) -> Ladder:
        if set(self.ladder) != set(ALERTS):
            raise ValueError("there is a ladder for immediate, same_day and one_working_day, and for nothing else")
        return self


@dataclass(frozen=True)
class Step:
    """A step whose time has come. `key` is the same whoever takes it and however often it is worked out."""

    key: str
    duty: Duty
    due_at: datetime
    is_first: bool = False


def due_steps(climb: Climb, began: datetime, at: datetime, is_working: IsWorking) -> list[Step]:
    """The steps whose time has come by `at`, in order. Of the repeats of the last one only the newest is among them,
    so that a service that stood still for a day does not ring twenty times when it comes back."""
    steps = [
        Step(str(n), rung.tell, _moment(rung, began, is_working), is_first=n == 0) for n, rung in enumerate(climb.steps)
    ]
    due = [step for step in steps if step.due_at <= at]
    last = max(steps, key=lambda step: step.due_at)
    repeats = (at - last.due_at) // timedelta(minutes=climb.again_after_minutes)
    if repeats > 0:
        moment = last.due_at + repeats * timedelta(minutes=climb.again_after_minutes)
        due.append(Step(f"again-{repeats}", last.duty, moment))
    return due


def next_step(climb: Climb, began: datetime, at: datetime, is_working: IsWorking) -> Step:
    """The step that comes next while nobody acknowledges: the clock that the list shows."""
    coming = [
        Step(str(n), rung.tell, _moment(rung, began, is_working))
        for n, rung in enumerate(climb.steps)
        if _moment(rung, began, is_working) > at
    ]
    if coming:
        return min(coming, key=lambda step: step.due_at)
    last = max((_moment(rung, began, is_working), rung.tell) for rung in climb.steps)
    every = timedelta(minutes=climb.again_after_minutes)
    count = (at - last[0]) // every + 1
    return Step(f"again-{count}", last[1], last[0] + count * every)


def _moment(rung: Rung, began: datetime, is_working: IsWorking) -> datetime:
    if rung.after_minutes is not None:
        return began + timedelta(minutes=rung.after_minutes)
    day = began.astimezone(COUNCIL).date()
    left = rung.noon_of_working_day or 0
    while left:
        day += A_DAY
        left -= is_working(day)
    return datetime.combine(day, NOON, COUNCIL)


def read_ladder(folder: Path | None = None) -> Ladder:
    """Raises ContentError when the file is missing or wrong."""
    return read_content((folder or content_folder()) / "safeguarding" / "ladder.yml", Ladder)


@cache
def ladder() -> Ladder:
    """The same, read once."""
    return read_ladder()
