"""The blind second look: a reader is given conversations in which nothing was raised, and is not told why these."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.alerts import second_look
from bot.alerts.deeds import Actor
from bot.alerts.ladder import ALERTS
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, second_looks
from bot.store.alert_models import Verdict
from bot.store.models import Severity
from bot.store.requests import NotThere
from bot.store.second_looks import Look
from bot.themes.counting import recount_conversation
from console.context import (
    Filled,
    Form,
    NotYours,
    Permission,
    add_fault,
    empty_form,
    read_form,
    redirect,
    render,
    services_of,
)
from console.routes import route
from console.views.requests import viewer_of

LIST = "/console/second-look"
ONE = LIST + "/{id}"


class Decide(Form):
    words: ClassVar[str] = "second_look"
    verdict: Verdict
    message_id: Annotated[str | None, Field(max_length=32)] = None
    severity: Severity | None = None


@route("GET", LIST, Permission.SECOND_LOOK)
async def list_looks(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.look() as work:
        waiting = await second_looks.waiting(work, viewer_of(request))
    return render(request, "second_look/list.html", waiting=waiting)


@route("GET", ONE, Permission.SECOND_LOOK)
async def one(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form())


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    services, viewer = services_of(request), viewer_of(request)
    async with services.store.begin() as work:
        look = await _look(request, work)
        said = await second_looks.said(work, look)
        await audit.note(work, viewer.staff_id, Action.SECOND_LOOK_OPENED, "second_look", look.id)
    severities = [(one.value, services.words.say(f"alerts.severity_{one}")) for one in ALERTS]
    return render(
        request, "second_look/one.html", status=status, look=look, said=said, severities=severities, form=form
    )


async def _look(request: web.Request, work: Work) -> Look:
    try:
        return await second_looks.one(work, viewer_of(request), request.match_info["id"])
    except NotThere:
        raise NotYours from None


@route("POST", ONE, Permission.SECOND_LOOK)
async def decide(request: web.Request) -> web.StreamResponse:
    services, viewer, form = services_of(request), viewer_of(request), await read_form(request, Decide)
    if form.value is None:
        return await _page(request, form, status=400)
    sent, actor = form.value, Actor(viewer.staff_id, viewer.role, services.clock())
    async with services.store.begin() as work:
        look = await _look(request, work)
        if sent.verdict is Verdict.NOTHING:
            is_new = await second_look.nothing_to_raise(work, actor, look)
        else:
            messages = {message_id for message_id, *_ in await second_looks.said(work, look)}
            if sent.message_id not in messages:
                add_fault(request, form, "message_id", "second_look.message_id")
            if sent.severity not in ALERTS:
                add_fault(request, form, "severity", "second_look.severity")
            if form.faults or sent.message_id is None or sent.severity is None:
                return await _page_after(request, form)
            happened = await second_look.should_have_been_raised(work, actor, look, sent.message_id, sent.severity)
            for step in happened or ():
                await audit.note_line(work, step)
            if happened:
                # What is near an alert is in no theme.
                await recount_conversation(work, look.conversation_id)
            is_new = happened is not None
        if is_new:
            details = {"decision": sent.verdict.value}
            await audit.note(work, viewer.staff_id, Action.SECOND_LOOK_DECIDED, "second_look", look.id, details)
    return redirect(request, LIST, f"second_look.{sent.verdict}" if is_new else "second_look.decided_meanwhile")


async def _page_after(request: web.Request, form: Filled[Any]) -> web.Response:
    """Shown within the transaction of the answer, so it opens none of its own that writes."""
    services, viewer = services_of(request), viewer_of(request)
    async with services.store.look() as work:
        look = await second_looks.one(work, viewer, request.match_info["id"])
        said = await second_looks.said(work, look)
    severities = [(one.value, services.words.say(f"alerts.severity_{one}")) for one in ALERTS]
    return render(request, "second_look/one.html", status=400, look=look, said=said, severities=severities, form=form)
