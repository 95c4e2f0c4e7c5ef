"""What must be put into the child's case record before the copy here can go: alerts, and requests that have ended."""

from __future__ import annotations

from aiohttp import web

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import holds
from console.context import Form, NotYours, Permission, Undo, read_form, redirect, render, services_of, staff_of
from console.routes import route
from console.views.requests import viewer_of

LIST = "/console/case-record"
ONE = LIST + "/{kind}/{id}"


@route("GET", LIST, Permission.PUT_INTO_RECORD)
async def case_record(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.look() as work:
        found = await holds.for_the_record(work, viewer_of(request))
    return render(request, "data_protection/case_record.html", waiting=found)


@route("POST", f"{ONE}/done", Permission.PUT_INTO_RECORD)
async def done(request: web.Request) -> web.StreamResponse:
    """Somebody has put it there. From then on the copy here runs out."""
    await read_form(request, Form)
    kind, subject_id, me = request.match_info["kind"], request.match_info["id"], staff_of(request).staff_id
    async with services_of(request).store.begin() as work:
        waiting = await holds.for_the_record(work, viewer_of(request))
        if not any((one.kind, one.id) == (kind, subject_id) for one in waiting):
            raise NotYours
        await holds.hand_over(work, kind, subject_id, me)
        await audit.note(work, me, Action.PUT_INTO_RECORD, kind, subject_id)
    return redirect(request, LIST, "data_protection.in_record", undo=Undo(f"{LIST}/{kind}/{subject_id}/undo"))


@route("POST", f"{ONE}/undo", Permission.PUT_INTO_RECORD)
async def undo(request: web.Request) -> web.StreamResponse:
    """It is not there after all. Only who marked it can say so."""
    await read_form(request, Form)
    kind, subject_id, me = request.match_info["kind"], request.match_info["id"], staff_of(request).staff_id
    async with services_of(request).store.begin() as work:
        if kind not in ("alert", "request") or not await holds.take_back_handover(work, kind, subject_id, me):
            raise NotYours
        await audit.note(work, me, Action.TAKEN_OUT_OF_RECORD, kind, subject_id)
    return redirect(request, LIST, "data_protection.not_in_record")
