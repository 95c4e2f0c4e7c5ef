"""The board of requests: filters in the address, counts, what came of outcomes, and the list as a file."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Annotated

from aiohttp import web
from pydantic import Field

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import request_board
from bot.store.models import RequestKind
from bot.store.request_board import BoardLine, Place, View, Wanted
from bot.store.requests import Viewer
from bot.store.staff_models import Role
from console.context import (
    Filters,
    Permission,
    address_with,
    empty_form,
    filters_of,
    may,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.days_away import today_of
from console.render import LONDON
from console.request_words import WHO, Due, due, named
from console.routes import route
from console.sheet import csv_file

BOARD = "/console/requests"
PAGE_SIZE = 50
MOST_EXPORTED = 50_000
A_QUARTER = timedelta(days=91)

_ALWAYS = (View.OPEN, View.MINE, View.LATE, View.PROPOSED, View.CLOSED)
VIEWS: dict[Role, tuple[View, ...]] = {
    Role.PARTICIPATION_OFFICER: (View.OPEN, View.TRIAGE, View.MINE, View.LATE, View.PROPOSED, View.CLOSED),
    Role.SAFEGUARDING_LEAD: (View.OPEN, View.TRIAGE, View.MINE, View.LATE, View.PROPOSED, View.CLOSED),
    Role.MANAGER: (View.OPEN, View.MINE, View.CLIMBED, View.PEOPLE, View.LATE, View.PROPOSED, View.CLOSED),
    Role.IRO: (View.OPEN, View.MINE, View.PEOPLE, View.LATE, View.PROPOSED, View.CLOSED),
}


class BoardFilters(Filters):
    """`after` is the place of the last line of the page before; `since` and `until` are of the outcomes' panel."""

    view: View = View.OPEN
    kind: RequestKind | None = None
    who: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")] | None = None
    after: Annotated[str, Field(max_length=120)] = ""
    since: date | None = None
    until: date | None = None

    def wanted(self) -> Wanted:
        return Wanted(self.view, self.kind, self.who)


def viewer_of(request: web.Request) -> Viewer:
    staff = staff_of(request)
    return Viewer(staff.staff_id, staff.role)


@route("GET", "/console/triage", Permission.TRIAGE_REQUESTS)
async def triage(request: web.Request) -> web.StreamResponse:
    return redirect(request, f"{BOARD}?view=triage")


@route("GET", BOARD, Permission.HANDLE_REQUESTS)
async def board(request: web.Request) -> web.StreamResponse:
    filters, viewer, today = filters_of(request, BoardFilters), viewer_of(request), today_of(request)
    since, until = _period(filters, today)
    async with services_of(request).store.look() as work:
        place = _read_place(filters.after, filters.view)
        found = await request_board.lines(work, viewer, filters.wanted(), today, PAGE_SIZE + 1, place)
        counts = await request_board.counts(work, viewer, filters.wanted(), today)
        said = await request_board.outcomes(work, viewer, _begin(since), _begin(until + timedelta(days=1)), today)
    shown = found[:PAGE_SIZE]
    more = _write_place(shown[-1].place(filters.view)) if len(found) > PAGE_SIZE else None
    return render(
        request,
        "requests/board.html",
        lines=[(line, _due(request, line, today)) for line in shown],
        views=[(view, _view_name(request, view), counts[view], _with(request, view=view)) for view in _views(viewer)],
        filters=filters,
        named=partial(named, services_of(request).words),
        total=counts[filters.view],
        next_page=None if more is None else address_with(request, after=more),
        first_page=None if place is None else _with(request),
        export=f"{BOARD}/export{address_with(request, after=None).removeprefix(BOARD)}",
        kinds=_kinds(request),
        whom=_whom(request),
        said=said,
        form=empty_form(
            kind=filters.kind or "", who=filters.who or "", since=since.isoformat(), until=until.isoformat()
        ),
        may_import=may(viewer.role, Permission.IMPORT_ALLOCATIONS),
    )


def _views(viewer: Viewer) -> tuple[View, ...]:
    return VIEWS.get(viewer.role, _ALWAYS)


def _view_name(request: web.Request, view: View) -> str:
    """What an IRO sees of others' work is drift: late, and not theirs to change."""
    drift = view is View.PEOPLE and staff_of(request).role is Role.IRO
    return services_of(request).words.say("requests.view_drift" if drift else f"requests.view_{view}")


def _with(request: web.Request, **changes: object) -> str:
    return address_with(request, after=None, **changes)


def _due(request: web.Request, line: BoardLine, today: date) -> Due:
    return due(services_of(request).words, line.due_on, line.state, today)


def _kinds(request: web.Request) -> list[tuple[str, str]]:
    words = services_of(request).words
    return [("", ""), *((kind.value, named(words, "kind", kind)) for kind in RequestKind)]


def _whom(request: web.Request) -> list[tuple[str, str]]:
    words = services_of(request).words
    return [("", ""), *((who, named(words, "who", who)) for who in WHO)]


def _period(filters: BoardFilters, today: date) -> tuple[date, date]:
    """The days of the outcomes' panel, both included: the last quarter when none are chosen."""
    until = min(filters.until or today, today)
    since = filters.since or until - A_QUARTER
    return min(since, until), until


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


def _write_place(place: Place) -> str:
    return "_".join((place.key.isoformat(), place.created_at.isoformat(), place.id))


def _read_place(text: str, view: View) -> Place | None:
    """The place in the address; None, the beginning, when it makes no sense for this view."""
    key, _, rest = text.partition("_")
    created_at, _, request_id = rest.partition("_")
    try:
        read = datetime.fromisoformat(key) if view is View.CLOSED else date.fromisoformat(key)
        at = datetime.fromisoformat(created_at)
    except ValueError:
        return None
    has_zone = at.tzinfo is not None and (not isinstance(read, datetime) or read.tzinfo is not None)
    return Place(read, at, request_id) if has_zone and request_id.isalnum() else None


@route("GET", f"{BOARD}/export", Permission.HANDLE_REQUESTS)
async def export(request: web.Request) -> web.StreamResponse:
    """The list that the filters show, as CSV with a mark for Excel, and the log of who took it."""
    filters, viewer, today = filters_of(request, BoardFilters), viewer_of(request), today_of(request)
    async with services_of(request).store.begin() as work:
        found = await request_board.lines(work, viewer, filters.wanted(), today, MOST_EXPORTED)
        await audit.note(work, viewer.staff_id, Action.EXPORTED, "requests", "board", {"found": len(found)})
    headings = ["young person", "number", "kind", "asked for", "state", "urgency", "asked on", "due on", "with"]
    return csv_file("requests", headings, [_cells(request, line, today) for line in found])


def _cells(request: web.Request, line: BoardLine, today: date) -> list[str]:
    words = services_of(request).words
    return [
        line.designation,
        str(line.number),
        named(words, "kind", line.kind),
        named(words, "who", line.who),
        words.say(f"requests.state_{line.state}"),
        _due(request, line, today).urgency,
        line.created_at.astimezone(LONDON).date().isoformat(),
        "" if line.due_on is None else line.due_on.isoformat(),
        line.assigned_name or "",
    ]
