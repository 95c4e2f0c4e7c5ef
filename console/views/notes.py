"""Notes on a conversation: written, changed when nobody else has meanwhile, deleted with an undo."""

from __future__ import annotations

from typing import Annotated, ClassVar

from aiohttp import web
from pydantic import Field

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, drafts, notes, staff
from bot.store.notes import LONGEST_NOTE, ChangedMeanwhile, OpenedNote
from bot.store.requests import NotThere
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
from console.conversation_page import INBOX, ONE, ONE_LINE_END, address_of, conversation_of, note_place, show
from console.routes import route

NOTE = ONE + "/notes/{note}"


class NewNote(Form):
    words: ClassVar[str] = "transcripts"
    note: Annotated[str, Field(max_length=LONGEST_NOTE), ONE_LINE_END]


class ChangedNote(NewNote):
    """`version` is that of the note as the page showed it."""

    version: Annotated[int, Field(ge=1)]


class OldNote(Form):
    version: Annotated[int, Field(ge=1)]


@route("POST", ONE + "/notes", Permission.READ_TRANSCRIPTS)
async def write(request: web.Request) -> web.StreamResponse:
    form, me = await read_form(request, NewNote), staff_of(request).staff_id
    if form.value is None:
        return await show(request, note=form, status=400)
    async with services_of(request).store.begin() as work:
        conversation = await conversation_of(request, work)
        note_id = await notes.write(work, conversation.id, me, form.value.note)
        await drafts.forget(work, me, note_place(conversation.id))
        await audit.note(work, me, Action.NOTE_WRITTEN, "note", note_id)
    return redirect(request, f"{address_of(request, conversation.id)}#notes", "transcripts.note_written")


@route("GET", NOTE, Permission.READ_TRANSCRIPTS)
async def change_page(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.look() as work:
        note = await _note(request, work)
        typed = await drafts.read(work, staff_of(request).staff_id, note_place(note.id))
    return _page(request, empty_form(note=typed or note.text, version=str(note.version)))


def _page(request: web.Request, form: Filled[Form], status: int = 200) -> web.Response:
    conversation_id = request.match_info["id"]
    return render(
        request,
        "transcripts/note.html",
        status=status,
        form=form,
        back=f"{INBOX}/{conversation_id}",
        place=note_place(request.match_info["note"]),
    )


async def _note(request: web.Request, work: Work) -> OpenedNote:
    """The note of this address, when it is on a conversation that this person may read."""
    conversation = await conversation_of(request, work)
    with as_if_not_there():
        found = await notes.one(work, conversation.id, request.match_info["note"])
    # What belongs to a request is changed on the request's own page.
    if found.request_id is not None:
        raise NotYours
    return found


@route("POST", NOTE, Permission.READ_TRANSCRIPTS)
async def change(request: web.Request) -> web.StreamResponse:
    form, me = await read_form(request, ChangedNote), staff_of(request).staff_id
    if form.value is None:
        return _page(request, _typed_again(form), status=400)
    note_id = request.match_info["note"]
    try:
        async with services_of(request).store.begin() as work:
            conversation = await conversation_of(request, work)
            await notes.change(work, conversation.id, note_id, form.value.version, me, form.value.note)
            await drafts.forget(work, me, note_place(note_id))
            await audit.note(work, me, Action.NOTE_CHANGED, "note", note_id)
    except NotThere:
        raise NotYours from None
    except ChangedMeanwhile as change:
        return await _say_what_changed(request, form, change.present)
    return redirect(request, f"{INBOX}/{conversation.id}#notes", "transcripts.note_changed")


def _typed_again(form: Filled[ChangedNote], version: int | None = None) -> Filled[Form]:
    typed = dict(form.typed) if version is None else {**form.typed, "version": str(version)}
    return Filled(None, typed, form.many, form.faults)


async def _say_what_changed(
    request: web.Request, form: Filled[ChangedNote], present: OpenedNote | None
) -> web.Response:
    """The second of two who change a note is told what it says now, and keeps what they typed."""
    me = staff_of(request).staff_id
    async with services_of(request).store.begin() as work:
        await drafts.keep(work, me, note_place(request.match_info["note"]), form.text("note"))
        by = None if present is None else await staff.by_id(work, present.changed_by or present.staff_id)
    if present is None or by is None:
        add_fault(request, form, "note", "transcripts.note_gone_meanwhile")
        return _page(request, _typed_again(form), status=409)
    add_fault(request, form, "note", "transcripts.note_changed_meanwhile", who=by.name, text=present.text)
    return _page(request, _typed_again(form, present.version), status=409)


@route("POST", NOTE + "/delete", Permission.READ_TRANSCRIPTS)
async def delete(request: web.Request) -> web.StreamResponse:
    """Only one's own: what a colleague wrote is theirs to take away."""
    form, me = await read_form(request, OldNote), staff_of(request).staff_id
    address = f"{INBOX}/{request.match_info['id']}"
    try:
        async with services_of(request).store.begin() as work:
            note = await _note(request, work)
            if note.staff_id != me or form.value is None:
                raise NotYours
            await notes.remove(work, request.match_info["id"], note.id, form.value.version)
            await audit.note(work, me, Action.NOTE_DELETED, "note", note.id)
    except ChangedMeanwhile:
        refused = empty_form()
        add_fault(request, refused, "note", "transcripts.note_not_deleted")
        return await show(request, note=refused, status=409)
    undo = Undo(f"{address}/notes/{note.id}/put-back")
    return redirect(request, f"{address}#notes", "transcripts.note_deleted", undo=undo)


@route("POST", NOTE + "/put-back", Permission.READ_TRANSCRIPTS)
async def put_back(request: web.Request) -> web.StreamResponse:
    me, note_id = staff_of(request).staff_id, request.match_info["note"]
    async with services_of(request).store.begin() as work:
        conversation = await conversation_of(request, work)
        with as_if_not_there():
            await notes.put_back(work, conversation.id, note_id)
            note = await _note(request, work)
        if note.staff_id != me:
            raise NotYours
        await audit.note(work, me, Action.NOTE_WRITTEN, "note", note_id)
    return redirect(request, f"{INBOX}/{conversation.id}#notes", "transcripts.note_put_back")
