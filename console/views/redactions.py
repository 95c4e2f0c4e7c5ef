"""Hiding words of a message: for now, with an undo, or for good, asked twice."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from aiohttp import web
from pydantic import Field

from bot.privacy.redaction import Kind, find
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, redactions
from bot.store.casework_models import RedactionKind
from bot.store.models import Message
from bot.store.redactions import Hide, NotInMessage, Part, SafeguardingCopy, Why, parts_of
from console.context import (
    Filled,
    Form,
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
from console.conversation_page import INBOX, ONE, conversation_of, viewer_of
from console.routes import route

MESSAGE = ONE + "/messages/{message}"
# How the log of a message names what the program finds.
WHY = {
    Kind.ADDRESS: Why.ADDRESS,
    Kind.POSTCODE: Why.ADDRESS,
    Kind.PLACE: Why.ADDRESS,
    Kind.SCHOOL: Why.ADDRESS,
    Kind.PHONE: Why.CONTACT,
    Kind.EMAIL: Why.CONTACT,
    Kind.HANDLE: Why.CONTACT,
    Kind.LINK: Why.CONTACT,
    Kind.NAME: Why.NAME,
    Kind.NHS: Why.OTHER,
    Kind.NINO: Why.OTHER,
    Kind.UPN: Why.OTHER,
    Kind.BANK: Why.OTHER,
    Kind.BIRTH_DATE: Why.OTHER,
    Kind.CASE_ID: Why.OTHER,
}


class HideWords(Form):
    """`sure` is ticked on the second page, which is only asked for words that are to go for good."""

    words: ClassVar[str] = "transcripts"
    hide: Annotated[str, Field(max_length=500)]
    why: Why
    kind: RedactionKind
    sure: Literal["yes"] | None = None


class ShowAgain(Form):
    """Redactions of this message, by id; several may stand in one field, with commas."""

    redactions: Annotated[list[Annotated[str, Field(max_length=7000)]], Field(max_length=200)]


@route("GET", MESSAGE + "/hide", Permission.REDACT)
async def hide_page(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form(kind=RedactionKind.TEMPORARY.value))


async def _page(
    request: web.Request, form: Filled[Form] | Filled[HideWords], status: int = 200, *, ask_again: bool = False
) -> web.Response:
    async with services_of(request).store.begin() as work:
        message = await _message(request, work)
        parts = await _parts(work, message)
        found = len(find(work.keys.decrypt(message.text_sealed)))
        has_alert = await redactions.has_alert(work, message.id)
    words = services_of(request).words
    return render(
        request,
        "transcripts/sure.html" if ask_again else "transcripts/hide.html",
        status=status,
        form=form,
        parts=parts,
        has_alert=has_alert,
        found=found,
        here=f"{INBOX}/{message.conversation_id}/messages/{message.id}",
        back=f"{INBOX}/{message.conversation_id}?at={message.position}#m{message.position}",
        reasons=[(why.value, words.say(f"transcripts.why_{why}")) for why in Why],
    )


async def _message(request: web.Request, work: Work) -> Message:
    conversation = await conversation_of(request, work)
    with as_if_not_there():
        return await redactions.message_for(work, viewer_of(request), conversation.id, request.match_info["message"])


async def _parts(work: Work, message: Message) -> tuple[Part, ...]:
    hidden = await redactions.of_messages(work, [message.id])
    return parts_of(work.keys.decrypt(message.text_sealed), hidden.get(message.id, ()))


@route("POST", MESSAGE + "/hide", Permission.REDACT)
async def hide(request: web.Request) -> web.StreamResponse:
    form, me = await read_form(request, HideWords), staff_of(request).staff_id
    if (asked := form.value) is None:
        return await _page(request, form, status=400)
    try:
        async with services_of(request).store.begin() as work:
            message = await _message(request, work)
            if asked.kind is RedactionKind.PERMANENT and asked.sure is None:
                await redactions.check(work, message, asked.hide)
                made = []
            else:
                made = await redactions.hide(work, message, Hide(asked.hide, asked.kind, asked.why, me))
                details = {"kind": asked.kind.value, "message_id": message.id}
                await audit.note(work, me, Action.REDACTED, "message", message.id, details)
    except (NotInMessage, SafeguardingCopy) as refusal:
        key = "words_not_there" if isinstance(refusal, NotInMessage) else "safeguarding_copy"
        add_fault(request, form, "hide", f"transcripts.{key}")
        return await _page(request, form, status=400)
    if not made:
        return await _page(request, form, ask_again=True)
    back = f"{INBOX}/{message.conversation_id}?at={message.position}#m{message.position}"
    if asked.kind is RedactionKind.PERMANENT:
        return redirect(request, back, "transcripts.hidden_for_good")
    undo = Undo(f"{INBOX}/{message.conversation_id}/messages/{message.id}/show-again", {"redactions": ",".join(made)})
    return redirect(request, back, "transcripts.hidden_for_now", undo=undo)


@route("POST", MESSAGE + "/hide-found", Permission.REDACT)
async def hide_found(request: web.Request) -> web.StreamResponse:
    """Hide for now what the program finds: names, places, numbers. All of it is shown again with one press."""
    form, me = await read_form(request, Form), staff_of(request).staff_id
    try:
        async with services_of(request).store.begin() as work:
            message = await _message(request, work)
            spans = [(span.start, span.end, WHY[span.kind]) for span in find(work.keys.decrypt(message.text_sealed))]
            made = await redactions.hide_spans(work, message, spans, me)
            if made:
                details = {"kind": RedactionKind.TEMPORARY.value, "message_id": message.id}
                await audit.note(work, me, Action.REDACTED, "message", message.id, details)
    except SafeguardingCopy:
        add_fault(request, form, "hide", "transcripts.safeguarding_copy")
        return await _page(request, form, status=400)
    back = f"{INBOX}/{message.conversation_id}?at={message.position}#m{message.position}"
    if not made:
        return redirect(request, back, "transcripts.nothing_found")
    undo = Undo(f"{INBOX}/{message.conversation_id}/messages/{message.id}/show-again", {"redactions": ",".join(made)})
    return redirect(request, back, "transcripts.hidden_for_now", undo=undo)


@route("POST", MESSAGE + "/show-again", Permission.REDACT)
async def show_again(request: web.Request) -> web.StreamResponse:
    form, me = await read_form(request, ShowAgain), staff_of(request).staff_id
    wanted = [] if form.value is None else [one for some in form.value.redactions for one in some.split(",")]
    async with services_of(request).store.begin() as work:
        message = await _message(request, work)
        if undone := await redactions.undo(work, message, wanted):
            details = {"kind": RedactionKind.TEMPORARY.value, "message_id": message.id}
            await audit.note(work, me, Action.REDACTION_UNDONE, "message", message.id, details)
    back = f"{INBOX}/{message.conversation_id}?at={message.position}#m{message.position}"
    return redirect(request, back, "transcripts.shown_again" if undone else "transcripts.already_shown")
