"""Safety checks: is the way from a message to a person open, what was missed; free text off and on."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any, ClassVar, Literal

from aiohttp import web
from pydantic import Field

from bot.alerts.free_text import How, Turn
from bot.alerts.free_text import turn as turn_it
from bot.alerts.second_look import miss_rate
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import free_text, probes, second_looks, staff, watch
from bot.store.alert_models import Probe, ProbeState
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
WAIT_SECONDS = 25.0  # a check mostly ends sooner; one that does not goes on without its page


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
        can_try=services.try_alarm is not None,
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


@route("POST", f"{SAFETY}/try", Permission.SAFETY_CHECKS)
async def try_the_alarm(request: web.Request) -> web.StreamResponse:
    """What `ovos probe` does. The page waits a while for how it ends."""
    services, actor = services_of(request), staff_of(request).staff_id
    if services.try_alarm is None:
        return redirect(request, SAFETY, "safety.not_here")
    name = uuid.uuid4().hex
    async with services.store.begin() as work:
        since = services.clock() - timedelta(minutes=services.ladder.probe.minutes)
        if await probes.is_running(work, since):
            return redirect(request, SAFETY, "safety.runs_already")
        await audit.note(work, actor, Action.ALARM_TRIED, "probe", name)
    # The check outlives this wait: `try_alarm` shields it.
    try:
        await asyncio.wait_for(services.try_alarm(name), WAIT_SECONDS)
    except TimeoutError:
        return redirect(request, SAFETY, "safety.still_runs")
    async with services.store.look() as work:
        ended = await probes.of_round(work, name)
    return redirect(request, SAFETY, _ended(ended))


def _ended(checks: Sequence[Probe]) -> str:
    """The key of what is said about checks that have ended."""
    is_open = bool(checks) and all(one.state == ProbeState.ALIVE for one in checks)
    return "safety.tried_open" if is_open else "safety.tried_broken"
