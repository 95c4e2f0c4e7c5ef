"""The council's allocation list: upload, every fault by line, what would change, confirm."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.requests import allocations
from bot.requests.allocations import MOST_BYTES, Fault, Faulty, Line
from bot.requests.steps import Changed
from bot.staff import audit
from bot.store import Work, drafts, request_board
from console.context import (
    Filled,
    Form,
    Permission,
    add_fault,
    empty_form,
    read_file,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.routes import route

LIST = "/console/allocations"
WAITING = "_allocations"  # the draft that holds the list between preview and confirming, sealed like every draft
LARGEST = MOST_BYTES + 64 * 1024


class Confirm(Form):
    """`seen` names the list that the preview was compared with."""

    words: ClassVar[str] = "requests"
    seen: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


@route("GET", LIST, Permission.IMPORT_ALLOCATIONS)
async def page(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form())


async def _page(
    request: web.Request, form: Filled[Any], status: int = 200, faults: Sequence[Fault] = ()
) -> web.Response:
    async with services_of(request).store.look() as work:
        state = await request_board.allocation_list(work)
    return render(request, "allocations/list.html", status=status, form=form, state=state, faults=faults)


@route("POST", LIST, Permission.IMPORT_ALLOCATIONS, largest=LARGEST)
async def upload(request: web.Request) -> web.StreamResponse:
    """Nothing is imported here: the faults of the file, or what it would change."""
    form, data = await read_form(request, Form), await read_file(request, "file")
    if not data:
        add_fault(request, form, "file", "requests.file")
        return await _page(request, form, status=400)
    try:
        lines = allocations.read_list(data)
    except Faulty as faulty:
        return await _page(request, form, status=400, faults=faulty.faults)
    async with services_of(request).store.begin() as work:
        await drafts.keep(work, staff_of(request).staff_id, WAITING, _written(lines))
    return redirect(request, f"{LIST}/preview")


def _written(lines: Sequence[Line]) -> str:
    return json.dumps([[line.reference, dict(line.values)] for line in lines])


async def _waiting(request: web.Request, work: Work) -> list[Line] | None:
    kept = await drafts.read(work, staff_of(request).staff_id, WAITING)
    return None if kept is None else [Line(reference, values) for reference, values in json.loads(kept)]


@route("GET", f"{LIST}/preview", Permission.IMPORT_ALLOCATIONS)
async def preview(request: web.Request) -> web.StreamResponse:
    return await _preview(request, empty_form())


async def _preview(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    async with services_of(request).store.begin() as work:
        lines = await _waiting(request, work)
        would = None if lines is None else await allocations.preview(work, lines)
    if lines is None or would is None:
        return redirect(request, LIST, "requests.nothing_to_confirm")
    return render(request, "allocations/preview.html", status=status, would=would, lines=len(lines), form=form)


@route("POST", f"{LIST}/confirm", Permission.IMPORT_ALLOCATIONS)
async def confirm(request: web.Request) -> web.StreamResponse:
    """Put the list in force. When somebody else changed it meanwhile, nothing is written and the preview is new."""
    services, actor, form = services_of(request), staff_of(request).staff_id, await read_form(request, Confirm)
    if form.value is None:
        return await _preview(request, form, status=400)
    try:
        async with services.store.begin() as work:
            lines = await _waiting(request, work)
            if lines is None:
                return redirect(request, LIST, "requests.nothing_to_confirm")
            applied = await allocations.apply(work, lines, form.value.seen, actor, services.clock())
            await drafts.forget(work, actor, WAITING)
            await audit.note_line(work, applied.line)
            for step in applied.happened:
                await audit.note_line(work, step.line())
    except Changed:
        add_fault(request, form, "counts", "requests.list_changed")
        return await _preview(request, form, status=409)
    for step in applied.happened:
        services.hub.wake(step.conversation_id)
    done = applied.preview
    return redirect(request, LIST, "requests.imported", added=done.added, changed=done.changed, removed=done.removed)


@route("POST", f"{LIST}/drop", Permission.IMPORT_ALLOCATIONS)
async def drop(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.begin() as work:
        await drafts.forget(work, staff_of(request).staff_id, WAITING)
    return redirect(request, LIST, "requests.import_dropped")
