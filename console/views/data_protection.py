"""Data protection: what is stored and for how long, holds, a subject access bundle, deleting a chat."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.privacy import erasing, retention
from bot.privacy.copying import bundle
from bot.privacy.erasing import Asked
from bot.privacy.happened import LogLine
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, erasures, holds, staff
from bot.store import retention as stored
from bot.store.models import Conversation
from bot.store.requests import NotThere
from bot.store.sight import conversation_for
from console.bundle import bundle_zip
from console.context import (
    Filled,
    Form,
    NotYours,
    Permission,
    Undo,
    add_fault,
    as_if_not_there,
    empty_form,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.routes import route
from console.views.requests import viewer_of

PAGE = "/console/data-protection"
ONE = PAGE + "/{id}"
ROUNDS = 10
RULES = (
    "unused_session_hours",
    "chat_days",
    "identity_link_days",
    "quote_days",
    "count_link_days",
    "theme_count_days",
    "after_handover_days",
    "audit_years",
    "staff_traces_days",
    "backup_days",
    "undo_minutes",
)


class Find(Form):
    words: ClassVar[str] = "data_protection"
    designation: Annotated[str, Field(max_length=64)]


class SetHold(Form):
    words: ClassVar[str] = "data_protection"
    reason: Annotated[str, Field(min_length=10, max_length=2000)]


class Delete(Form):
    """`sure` is a box that is ticked."""

    words: ClassVar[str] = "data_protection"
    sure: Annotated[str, Field(pattern="^yes$")]


@route("GET", PAGE, Permission.KEEP_DATA)
async def page(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form())


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    words, rules = services_of(request).words, retention.rules().model_dump()
    async with services_of(request).store.look() as work:
        held = await holds.standing(work)
        names = {key: one.name for key, one in (await staff.by_ids(work, {one.set_by for one in held})).items()}
        counts = await stored.kept_counts(work)
        rounds = await stored.latest_rounds(work, ROUNDS)
    return render(
        request,
        "data_protection/page.html",
        status=status,
        form=form,
        held=[(one, names.get(one.set_by, "")) for one in held],
        counts=counts,
        rounds=rounds,
        rules=[(words.say(f"data_protection.{name}"), rules[name]) for name in RULES],
    )


@route("POST", f"{PAGE}/find", Permission.KEEP_DATA)
async def find(request: web.Request) -> web.StreamResponse:
    """From the two-word name to the page about it; one that is hidden from this reader is as if it was not there."""
    form = await read_form(request, Find)
    if form.value is None:
        return await _page(request, form, status=400)
    async with services_of(request).store.look() as work:
        found = await holds.by_designation(work, form.value.designation)
        if found is not None and await _is_theirs(request, work, found.id):
            return redirect(request, f"{PAGE}/{found.id}")
    add_fault(request, form, "designation", "data_protection.not_found")
    return await _page(request, form, status=400)


async def _is_theirs(request: web.Request, work: Work, conversation_id: str) -> bool:
    try:
        await conversation_for(work, viewer_of(request), conversation_id)
    except NotThere:
        return False
    return True


async def _conversation(request: web.Request, work: Work) -> Conversation:
    with as_if_not_there():
        return await conversation_for(work, viewer_of(request), request.match_info["id"])


@route("GET", ONE, Permission.KEEP_DATA)
async def one(request: web.Request) -> web.StreamResponse:
    """None of the chat's words are here. That somebody looked is logged, and its young person can see it."""
    shown = await _one(request, empty_form())
    async with services_of(request).store.begin() as work:
        me, looked_at = staff_of(request).staff_id, request.match_info["id"]
        await audit.note(work, me, Action.KEEPING_LOOKED_AT, "conversation", looked_at)
    return shown


async def _one(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    async with services_of(request).store.look() as work:
        conversation = await _conversation(request, work)
        before = await erasing.preview(work, conversation.id)
        waiting = await erasures.waiting_for(work, conversation.id)
    return render(
        request,
        "data_protection/one.html",
        status=status,
        form=form,
        conversation=conversation,
        before=before,
        waiting=waiting,
        minutes=retention.rules().undo_minutes,
    )


@route("POST", f"{ONE}/bundle", Permission.KEEP_DATA)
async def take_bundle(request: web.Request) -> web.StreamResponse:
    """A zip with a page and plain data; names of others are taken out unless the box is ticked."""
    form = await read_form(request, Form)
    services = services_of(request)
    async with services.store.begin() as work:
        conversation = await _conversation(request, work)
        whole = form.text("whole") == "yes"
        made = await bundle(work, conversation.id, services.clock(), take_out_others=not whole)
        me, details = staff_of(request).staff_id, {"found": made.rows}
        await audit.note(work, me, Action.SUBJECT_ACCESS_MADE, "conversation", conversation.id, details)
    headers = {"Content-Disposition": 'attachment; filename="subject-access.zip"', "Cache-Control": "no-store"}
    return web.Response(body=bundle_zip(made), content_type="application/zip", headers=headers)


@route("POST", f"{ONE}/hold", Permission.KEEP_DATA)
async def hold(request: web.Request) -> web.StreamResponse:
    form, me = await read_form(request, SetHold), staff_of(request).staff_id
    if form.value is None:
        return await _one(request, form, status=400)
    async with services_of(request).store.begin() as work:
        conversation = await _conversation(request, work)
        hold_id = await holds.hold(work, conversation.id, form.value.reason, me)
        await audit.note(work, me, Action.HOLD_SET, "conversation", conversation.id)
    return redirect(request, PAGE, "data_protection.hold_set", undo=Undo(f"{PAGE}/holds/{hold_id}/lift"))


@route("POST", PAGE + "/holds/{hold}/lift", Permission.KEEP_DATA)
async def lift(request: web.Request) -> web.StreamResponse:
    await read_form(request, Form)
    me = staff_of(request).staff_id
    async with services_of(request).store.begin() as work:
        conversation_id = await holds.lift(work, request.match_info["hold"], me)
        if conversation_id is None:
            raise NotYours
        await audit.note(work, me, Action.HOLD_LIFTED, "conversation", conversation_id)
    return redirect(request, PAGE, "data_protection.hold_lifted")


@route("POST", f"{ONE}/delete", Permission.KEEP_DATA)
async def delete(request: web.Request) -> web.StreamResponse:
    """Ask for the deletion; it runs by itself when the time to undo it is over."""
    form, services, me = await read_form(request, Delete), services_of(request), staff_of(request).staff_id
    if form.value is None:
        return await _one(request, form, status=400)
    async with services.store.begin() as work:
        conversation = await _conversation(request, work)
        asked = await erasing.ask(work, conversation.id, me, services.clock(), retention.rules(), _record)
    if asked is Asked.HELD:
        add_fault(request, form, "sure", "data_protection.held")
        return await _one(request, form, status=409)
    undo = Undo(f"{PAGE}/{conversation.id}/keep")
    return redirect(request, f"{PAGE}/{conversation.id}", "data_protection.delete_asked", undo=undo)


@route("POST", f"{ONE}/keep", Permission.KEEP_DATA)
async def keep(request: web.Request) -> web.StreamResponse:
    await read_form(request, Form)
    services = services_of(request)
    async with services.store.begin() as work:
        conversation = await _conversation(request, work)
        undone = await erasing.undo(work, conversation.id, staff_of(request).staff_id, services.clock(), _record)
    said = "data_protection.delete_undone" if undone else "data_protection.nothing_waits"
    return redirect(request, f"{PAGE}/{conversation.id}", said)


async def _record(work: Work, line: LogLine) -> None:
    await audit.note_line(work, line)
