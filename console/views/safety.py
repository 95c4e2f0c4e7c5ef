"""Safety checks: is the way from a message to a person open, what was missed; free text off and on."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from aiohttp import web
from pydantic import Field

from bot.alerts.free_text import How, Turn
from bot.alerts.free_text import turn as turn_it
from bot.alerts.second_look import miss_rate
from bot.staff import audit
from bot.store import free_text, probes, second_looks, staff, watch
from console.banners import LATELY
from console.context import (
    Filled,
    Form,
    Permission,
    Undo,
    empty_form,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.routes import route

SAFETY = "/console/safety"
LONGEST_REASON = 500


class TurnForm(Form):
    words: ClassVar[str] = "safety"
    to: Literal["off", "on"]
    reason: Annotated[str, Field(max_length=LONGEST_REASON)]


@route("GET", SAFETY, Permission.SAFETY_CHECKS)
async def page(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form())


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    services = services_of(request)
    async with services.store.look() as work:
        changes = await free_text.changes(work)
        names = await staff.by_ids(work, {one.by for one in changes})
        checks = await probes.newest(work)
        tally = await second_looks.tally(work)
        unread = await watch.unread_count(work, services.clock() - LATELY)
    return render(
        request,
        "safety/safety.html",
        status=status,
        off=bool(changes and changes[0].off),
        changes=changes,
        names={staff_id: one.name for staff_id, one in names.items()},
        checks=checks,
        tally=tally,
        rate=miss_rate(tally.missed, tally.read),
        percent=services.ladder.second_look.percent,
        detector=services.detector_reads(),
        unread=unread,
        by_itself=services.ladder.free_text,
        probe_at=services.ladder.probe.at,
        longest=LONGEST_REASON,
        form=form,
    )


@route("POST", f"{SAFETY}/free-text", Permission.SAFETY_CHECKS)
async def turn(request: web.Request) -> web.StreamResponse:
    """One button. The reason is kept, and the safeguarding leads and administrators are told."""
    services, actor, form = services_of(request), staff_of(request).staff_id, await read_form(request, TurnForm)
    if form.value is None:
        return await _page(request, form, status=400)
    off = form.value.to == "off"
    async with services.store.begin() as work:
        happened = await turn_it(work, Turn(off, actor, How.CONSOLE, form.value.reason), services.clock())
        for one in happened:
            await audit.note_line(work, one)
    if not happened:
        return redirect(request, SAFETY, "safety.already")
    undo = Undo(f"{SAFETY}/free-text", {"to": "on" if off else "off", "reason": form.value.reason})
    return redirect(request, SAFETY, "safety.turned_off" if off else "safety.turned_on", undo=undo)
