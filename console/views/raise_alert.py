"""Raising an alert by hand, from a message of a transcript: what the detector missed or read as less urgent."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import AfterValidator, Field

from bot.alerts.by_hand import LONGEST_REASON, ByHand, RaisedAlready, higher_than, raise_by_hand
from bot.alerts.deeds import Actor
from bot.alerts.ladder import ALERTS
from bot.screening.categories import CATEGORIES
from bot.staff import audit
from bot.store import Work, alert_work, redactions
from bot.store.alerts import BY_PERSON
from bot.store.models import WORDS, Message, MessageKind, Severity
from bot.store.redactions import parts_of
from bot.store.requests import NotThere
from bot.themes.counting import recount_conversation
from console.context import (
    Filled,
    Form,
    NotYours,
    Permission,
    empty_form,
    read_form,
    redirect,
    render,
    services_of,
)
from console.conversation_page import INBOX, ONE, ONE_LINE_END, conversation_of, viewer_of
from console.routes import route

RAISE = ONE + "/messages/{message}/raise"
ABOUT = tuple(one for one in CATEGORIES if one != "none")


def _known(category: str) -> str:
    if category not in ABOUT:
        raise ValueError("no such category")
    return category


def _raises(severity: Severity) -> Severity:
    if severity not in ALERTS:
        raise ValueError("no alert is raised for this")
    return severity


class RaiseAlert(Form):
    words: ClassVar[str] = "transcripts"
    severity: Annotated[Severity, AfterValidator(_raises)]
    category: Annotated[str, AfterValidator(_known)]
    reason: Annotated[str, ONE_LINE_END, Field(max_length=LONGEST_REASON)]


@route("GET", RAISE, Permission.RAISE_ALERT)
async def raise_page(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form())


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    services = services_of(request)
    async with services.store.begin() as work:
        message = await _message(request, work)
        hidden = await redactions.of_messages(work, [message.id])
        parts = parts_of(work.keys.decrypt(message.text_sealed), hidden.get(message.id, ()))
        standing = await alert_work.of_message(work, message.id)
    possible = ALERTS if standing is None else higher_than(Severity(standing.severity))
    about = sorted((services.words.say(f"alerts.category_{one}"), one) for one in ABOUT)
    return render(
        request,
        "transcripts/raise.html",
        status=status,
        form=form,
        parts=parts,
        standing=standing,
        by_person=standing is not None and standing.screening_version == BY_PERSON,
        back=_back(message),
        severities=[(one.value, services.words.say(f"alerts.severity_{one}")) for one in possible],
        categories=[("", "Choose"), *((value, text) for text, value in about)],
        longest=LONGEST_REASON,
    )


async def _message(request: web.Request, work: Work) -> Message:
    """The words that it is about, locked. A press says only what we wrote on the button, so none is raised for one."""
    conversation = await conversation_of(request, work)
    try:
        found = await redactions.message_for(work, viewer_of(request), conversation.id, request.match_info["message"])
    except NotThere:
        raise NotYours from None
    if found.kind not in (*WORDS, MessageKind.MEDIA):
        raise NotYours
    return found


def _back(message: Message) -> str:
    return f"{INBOX}/{message.conversation_id}?at={message.position}#m{message.position}"


@route("POST", RAISE, Permission.RAISE_ALERT)
async def raise_alert(request: web.Request) -> web.StreamResponse:
    """It goes on the rota and up the ladder like any other. The chat says nothing of it."""
    services, viewer, form = services_of(request), viewer_of(request), await read_form(request, RaiseAlert)
    if (sent := form.value) is None:
        return await _page(request, form, status=400)
    actor = Actor(viewer.staff_id, viewer.role, services.clock())
    async with services.store.begin() as work:
        message = await _message(request, work)
        wanted = ByHand(message.id, message.conversation_id, sent.severity, sent.category, sent.reason)
        try:
            happened = await raise_by_hand(work, actor, wanted)
        except RaisedAlready:
            return redirect(request, _back(message), "transcripts.raised_already")
        for one in happened:
            await audit.note_line(work, one)
        # What was said in this session is a matter of safety now, and no figure of a summary.
        await recount_conversation(work, message.conversation_id)
    higher = any(one.action == "alert_raised_higher" for one in happened)
    return redirect(request, _back(message), "transcripts.raised_higher" if higher else "transcripts.raised")
