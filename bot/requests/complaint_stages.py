"""The stages of a complaint after local resolution, and the time for each.

The Children Act 1989 Representations Procedure (England) Regulations 2006 (SI 2006/1738): investigation in 25 working
days, 65 at most; a review panel within 30 of the request for it, its report within 5, the council's answer within 15.
The numbers are in `content/requests/complaint_stages.yml`.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.requests.clocks import Clock, Days, Read, clocks, local_day
from bot.store.models import ComplaintStage, Request, RequestKind


class Stage(Content):
    """What a stage leads to, and for how long the young person may ask for that."""

    asks_within: Days | None = None
    next: ComplaintStage | None = None


class TimedStage(Stage):
    """A stage that the law gives a time of its own, in working days."""

    days: Days
    longer: Days | None = None
    counts_from: str
    source: str
    read: Read


class StageFile(Content):
    """`content/requests/complaint_stages.yml`."""

    version: int
    local: Stage
    investigation: TimedStage
    panel: TimedStage
    panel_report: TimedStage
    panel_answer: TimedStage

    @model_validator(mode="after")
    def _leads_from_the_first_to_the_last(self) -> StageFile:
        order = list(ComplaintStage)
        if [self.of(stage).next for stage in order] != [*order[1:], None]:
            raise ValueError("next: each stage leads to the one below it, and the last to none")
        return self

    def of(self, stage: ComplaintStage) -> Stage:
        found: Stage = getattr(self, stage.value)
        return found

    def timed(self, stage: ComplaintStage) -> TimedStage | None:
        """None for local resolution, whose time is that of the kind of request."""
        found = self.of(stage)
        return found if isinstance(found, TimedStage) else None


def read_stages(folder: Path | None = None) -> StageFile:
    """Raises ContentError that names every fault."""
    return read_content((folder or content_folder()) / "requests" / "complaint_stages.yml", StageFile)


@cache
def stages() -> StageFile:
    """Read once per process."""
    return read_stages()


def time_at(kind: RequestKind, stage: ComplaintStage) -> Clock:
    """How long a request of this kind may take at this stage."""
    timed = stages().timed(stage)
    if timed is None:
        return clocks().file.kinds[kind]
    return Clock(days=timed.days, longer=timed.longer, set_by="law", source=timed.source, read=timed.read)


def time_for(request: Request) -> Clock:
    """How long the request may take where it stands now."""
    return time_at(RequestKind(request.kind), ComplaintStage(request.stage))


def counts_from(request: Request) -> date:
    """The local day that its time counts from."""
    return request.stage_from or local_day(request.created_at)


def due_on(request: Request) -> date:
    """The local day by whose end there should be an answer, with the longer time where that was taken."""
    time = time_for(request)
    days = time.longer if request.extended and time.longer is not None else time.days
    return clocks().calendar.after(counts_from(request), days)


def asks_by(stage: ComplaintStage, answered_on: date) -> date | None:
    """The last day on which the young person may ask for the next stage; None when they need not ask by any day."""
    within = stages().of(stage).asks_within
    return None if within is None else clocks().calendar.after(answered_on, within)
