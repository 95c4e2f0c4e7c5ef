"""Who a young person is: one asks with a reason, another decides, and only then the case is opened, and logged."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from aiohttp import web
from pydantic import BeforeValidator, Field

from bot.handover import as_said
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, drafts, outbox, sight, staff, unmasking
from bot.store.models import Author
from bot.store.outbox import Outgoing
from bot.store.requests import NotThere
from bot.store.unmasking import LONGEST_REASON, OPENS_FOR, Decided, OneOfTwo, OpenedAsk
from bot.unmasking import load_unmasking_notices
from console.context import (
    Filled,
    Form,
    NotYours,
    Permission,
    add_fault,
    draft_of,
    empty_form,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.routes import route
from console.views.request import one_line_end
from console.views.requests import viewer_of

DECIDE = "/console/unmasking"
ASKED = "/console/unmasking/asked"
PART = "unmasking"


class Ask(Form):
    words: ClassVar[str] = "unmasking"
    reason: Annotated[str, Field(min_length=20, max_length=LONGEST_REASON), BeforeValidator(one_line_end)]


class Decide(Form):
    words: ClassVar[str] = "unmasking"
    decision: Literal["approve", "refuse"]


# --- Whoever asks ---


def _draft(request: web.Request) -> str:
    return f"unmasking:{request.match_info['conversation']}"


@route("GET", f"{ASKED}", Permission.ASK_UNMASKING)
async def asked(request: web.Request) -> web.StreamResponse:
    """One's own: what was asked, what came of it, and the way to open what was approved."""
    services = services_of(request)
    async with services.store.look() as work:
        found = await unmasking.asked_by(work, viewer_of(request))
        names = await _names(work, found)
    now = services.clock()
    lines = [(one, names.get(one.decided_by or "", ""), one.is_open_at(now)) for one in found]
    return render(request, "unmasking/asked.html", lines=lines, days=OPENS_FOR.days)


async def _names(work: Work, found: list[OpenedAsk]) -> dict[str, str]:
    ids = {one.asked_by for one in found} | {one.decided_by for one in found if one.decided_by}
    return {staff_id: one.name for staff_id, one in (await staff.by_ids(work, ids)).items()}


@route("GET", f"{DECIDE}/ask/{{conversation}}", Permission.ASK_UNMASKING)
async def ask_page(request: web.Request) -> web.StreamResponse:
    return await _ask_page(request, empty_form(reason=await draft_of(request, _draft(request))))


async def _ask_page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    async with services_of(request).store.look() as work:
        designation = await _designation(request, work)
    return render(
        request,
        "unmasking/ask.html",
        status=status,
        designation=designation,
        address=f"{DECIDE}/ask/{request.match_info['conversation']}",
        draft=_draft(request),
        longest=LONGEST_REASON,
        form=form,
    )


async def _designation(request: web.Request, work: Work) -> str:
    try:
        found = await sight.conversation_for(work, viewer_of(request), request.match_info["conversation"])
    except NotThere:
        raise NotYours from None
    return found.designation


@route("POST", f"{DECIDE}/ask/{{conversation}}", Permission.ASK_UNMASKING)
async def ask(request: web.Request) -> web.StreamResponse:
    services, actor, form = services_of(request), staff_of(request).staff_id, await read_form(request, Ask)
    if form.value is None:
        return await _ask_page(request, form, status=400)
    async with services.store.begin() as work:
        await _designation(request, work)
        made = await unmasking.ask(work, request.match_info["conversation"], form.value.reason, actor, services.clock())
        await drafts.forget(work, actor, _draft(request))
        await audit.note(work, actor, Action.UNMASKING_ASKED, "unmasking", made)
    return redirect(request, ASKED, "unmasking.asked")


@route("POST", f"{ASKED}/{{id}}/open", Permission.ASK_UNMASKING)
async def open_case(request: web.Request) -> web.StreamResponse:
    """Who it is. Shown in this answer only, each time logged; nothing of it is in an address."""
    services, actor = services_of(request), staff_of(request).staff_id
    async with services.store.begin() as work:
        found = await _own(request, work)
        if not found.is_open_at(services.clock()):
            raise NotYours
        identity = await unmasking.identity(work, found.conversation_id)
        await unmasking.note_opened(work, found.id, services.clock())
        await audit.note(work, actor, Action.UNMASKING_OPENED, "unmasking", found.id)
    return render(request, "unmasking/opened.html", found=found, identity=identity)


async def _own(request: web.Request, work: Work) -> OpenedAsk:
    found = await unmasking.one(work, viewer_of(request), request.match_info["id"])
    if found is None or found.asked_by != staff_of(request).staff_id:
        raise NotYours
    return found


@route("POST", f"{ASKED}/{{id}}/tell", Permission.ASK_UNMASKING)
async def tell(request: web.Request) -> web.StreamResponse:
    """Tell the young person in the chat that staff have found out who they are: a fixed text, once."""
    services, actor = services_of(request), staff_of(request).staff_id
    async with services.store.begin() as work:
        found = await _own(request, work)
        if found.opened_at is None:
            raise NotYours
        is_new = await unmasking.note_told(work, found.id, services.clock())
        if is_new:
            notice = as_said(load_unmasking_notices().told)
            await outbox.say(work, Outgoing(found.conversation_id, None, PART, Author.SERVICE, notice))
            await audit.note(work, actor, Action.YOUNG_PERSON_TOLD, "unmasking", found.id)
    services.hub.wake(found.conversation_id)
    return redirect(request, ASKED, "unmasking.told" if is_new else "unmasking.told_before")


# --- Whoever decides ---


@route("GET", DECIDE, Permission.APPROVE_UNMASKING)
async def to_decide(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.look() as work:
        found = await unmasking.to_decide(work, viewer_of(request))
        names = await _names(work, found)
    lines = [(one, names.get(one.asked_by, "")) for one in found]
    return render(request, "unmasking/to_decide.html", lines=lines)


@route("GET", f"{DECIDE}/{{id}}", Permission.APPROVE_UNMASKING)
async def decide_page(request: web.Request) -> web.StreamResponse:
    return await _decide_page(request, empty_form())


async def _decide_page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    async with services_of(request).store.look() as work:
        found = await unmasking.one(work, viewer_of(request), request.match_info["id"])
        if found is None:
            raise NotYours
        names = await _names(work, [found])
    return render(
        request,
        "unmasking/decide.html",
        status=status,
        found=found,
        by=names.get(found.asked_by, ""),
        decided=names.get(found.decided_by or "", ""),
        is_own=found.asked_by == staff_of(request).staff_id,
        form=form,
    )


@route("POST", f"{DECIDE}/{{id}}", Permission.APPROVE_UNMASKING)
async def decide(request: web.Request) -> web.StreamResponse:
    services, actor, form = services_of(request), staff_of(request).staff_id, await read_form(request, Decide)
    if form.value is None:
        return await _decide_page(request, form, status=400)
    approve, row_id = form.value.decision == "approve", request.match_info["id"]
    try:
        async with services.store.begin() as work:
            if await unmasking.one(work, viewer_of(request), row_id) is None:
                raise NotYours
            await unmasking.decide(work, row_id, actor, approve, services.clock())
            details = {"decision": "approved" if approve else "refused"}
            await audit.note(work, actor, Action.UNMASKING_DECIDED, "unmasking", row_id, details)
    except OneOfTwo:
        add_fault(request, form, "decision", "unmasking.not_your_own")
        return await _decide_page(request, form, status=400)
    except Decided:
        add_fault(request, form, "decision", "unmasking.decided_meanwhile")
        return await _decide_page(request, form, status=409)
    return redirect(request, DECIDE, "unmasking.approved" if approve else "unmasking.refused")
