"""The log of who did what: filters in the address, page by page, as a file, and whether the chain is whole.

The log holds no words of a young person, so whoever may read it sees all of it. Reading it stands in it too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from operator import itemgetter
from typing import Annotated

from aiohttp import web
from pydantic import Field

from bot.staff import audit
from bot.staff.audit import COMMAND, LENT_READER, SERVICE, YOUNG_PERSON, Action
from bot.store import Work, staff
from bot.store import audit as chain
from bot.store.audit import Broken
from bot.store.staff_models import AuditEvent, Staff
from console.context import (
    Filters,
    Permission,
    address_with,
    empty_form,
    filters_of,
    render,
    services_of,
    staff_of,
)
from console.render import LONDON
from console.routes import route
from console.sheet import csv_file
from console.wording import Words

LOG = "/console/audit"
PAGE_SIZE = 50
MOST_EXPORTED = 50_000


class LogFilters(Filters):
    """`who` is a staff id, `service` or `young_person`; `subject` the id of what it was done to.

    `before` is the number of the last line of the page before.
    """

    action: Action | None = None
    who: Annotated[str, Field(pattern=r"^([0-9a-f]{32}|service|young_person)$")] | None = None
    subject: Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,64}$")] | None = None
    since: date | None = None
    until: date | None = None
    before: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None

    def wanted(self, limit: int) -> chain.Filter:
        return chain.Filter(
            actor=self.who,
            action=None if self.action is None else self.action.value,
            subject_id=self.subject,
            before=self.before,
            since=None if self.since is None else _begin(self.since),
            until=None if self.until is None or self.until == date.max else _begin(self.until + timedelta(days=1)),
            limit=limit,
        )


@dataclass(frozen=True)
class LogLine:
    """One line in words. `more` are its details, ids of staff as their names."""

    seq: int
    at: datetime
    who: str
    action: str
    subject_type: str
    subject_id: str
    more: str


@route("GET", LOG, Permission.READ_AUDIT)
async def log(request: web.Request) -> web.StreamResponse:
    filters = filters_of(request, LogFilters)
    async with services_of(request).store.begin() as work:
        found = await chain.newest(work, filters.wanted(PAGE_SIZE + 1))
        people = await staff.everybody(work)
        lines = _in_words(services_of(request).words, found[:PAGE_SIZE], people)
        await _note(request, work, Action.AUDIT_READ, len(lines))
    return render(
        request,
        "audit/log.html",
        lines=lines,
        next_page=address_with(request, before=lines[-1].seq) if len(found) > PAGE_SIZE else None,
        first_page=None if filters.before is None else address_with(request, before=None),
        is_filtered=filters != LogFilters(),
        export=f"{LOG}/export{address_with(request, before=None).removeprefix(LOG)}",
        actions=_actions(services_of(request).words),
        people=_people(services_of(request).words, people),
        form=empty_form(
            action=filters.action or "",
            who=filters.who or "",
            subject=filters.subject or "",
            since="" if filters.since is None else filters.since.isoformat(),
            until="" if filters.until is None else filters.until.isoformat(),
        ),
    )


@route("GET", f"{LOG}/check", Permission.READ_AUDIT)
async def check(request: web.Request) -> web.StreamResponse:
    """Read the whole chain. It takes some seconds for a long log, so it is done when somebody asks for it."""
    head, broken = None, None
    async with services_of(request).store.begin() as work:
        try:
            head = await chain.verify(work)
        except Broken as fault:
            broken = fault  # nothing is written to a log that is evidence now
        else:
            await _note(request, work, Action.AUDIT_READ, head.seq)
    return render(request, "audit/check.html", head=head, broken=broken)


@route("GET", f"{LOG}/export", Permission.READ_AUDIT)
async def export(request: web.Request) -> web.StreamResponse:
    """The lines that the filters show, and the log of who took them."""
    filters = filters_of(request, LogFilters)
    async with services_of(request).store.begin() as work:
        found = await chain.newest(work, filters.wanted(MOST_EXPORTED))
        lines = _in_words(services_of(request).words, found, await staff.everybody(work))
        await _note(request, work, Action.EXPORTED, len(found))
    headings = ["line", "at", "who", "what", "of what", "id", "more", "hash"]
    return csv_file("log", headings, [_cells(line, event.hash) for line, event in zip(lines, found, strict=True)])


async def _note(request: web.Request, work: Work, action: Action, found: int) -> None:
    await audit.note(work, staff_of(request).staff_id, action, "audit", "log", {"found": found})


def _cells(line: LogLine, line_hash: str) -> list[str]:
    at = line.at.astimezone(UTC).isoformat(timespec="seconds")
    return [str(line.seq), at, line.who, line.action, line.subject_type, line.subject_id, line.more, line_hash]


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


# --- In words ---


def _in_words(words: Words, events: list[AuditEvent], people: list[Staff]) -> list[LogLine]:
    names = {one.id: one.name for one in people}
    names |= {SERVICE: words.say("audit.by_service"), YOUNG_PERSON: words.say("audit.by_young_person")}
    names[COMMAND] = words.say("audit.by_command")
    names[LENT_READER] = words.say("audit.by_lent_reader")
    gone = words.say("audit.by_gone")
    return [
        LogLine(
            seq=event.seq,
            at=event.at,
            who=names.get(event.actor, gone),
            action=words.first(f"audit.action_{event.action}", "audit.action_other"),
            subject_type=event.subject_type.replace("_", " "),
            subject_id=event.subject_id,
            more=_more(event.details, names),
        )
        for event in events
    ]


def _more(details: Mapping[str, object], names: Mapping[str, str]) -> str:
    return ", ".join(
        f"{name.replace('_', ' ')}: {names.get(str(value), str(value).replace('_', ' '))}"
        for name, value in details.items()
    )


def _actions(words: Words) -> list[tuple[str, str]]:
    named = [(action.value, words.say(f"audit.action_{action.value}")) for action in Action]
    return [("", ""), *sorted(named, key=itemgetter(1))]


def _people(words: Words, people: list[Staff]) -> list[tuple[str, str]]:
    ours = [(SERVICE, words.say("audit.by_service")), (YOUNG_PERSON, words.say("audit.by_young_person"))]
    return [("", ""), *ours, *((one.id, one.name) for one in people)]
