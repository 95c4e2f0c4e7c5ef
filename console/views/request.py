"""One request: what was asked, its clock and history, and what the people who have it may do."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import BeforeValidator, Field

from bot.requests import closing, complaints, giving
from bot.requests.closing import LONGEST_OUTCOME, BadWords
from bot.requests.complaints import BadDay
from bot.requests.happened import Happened
from bot.requests.states import NotPossible
from bot.requests.steps import Change, Changed
from bot.requests.steps import NotAllowed as NotAllowedHere
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, drafts, notes, requests, staff
from bot.store.notes import LONGEST_NOTE, ChangedMeanwhile, OpenedNote
from bot.store.requests import NotThere, RequestPage, Viewer
from console.context import (
    Filled,
    Form,
    NotYours,
    Permission,
    Undo,
    add_fault,
    draft_of,
    empty_form,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.days_away import today_of
from console.request_page import Shown, load
from console.request_words import named
from console.routes import route
from console.views.requests import BOARD, viewer_of

ONE = BOARD + "/{id}"
TRIAGE = "triage"


def one_line_end(text: object) -> object:
    """A browser sends two characters for the end of a line, and counts one."""
    return text.replace("\r\n", "\n") if isinstance(text, str) else text


class Versioned(Form):
    """`version` is that of the page, and `last` its newest event: what came after is shown to the second editor."""

    words: ClassVar[str] = "requests"
    version: int
    last: int = 0


class Give(Versioned):
    to: Annotated[str, Field(max_length=32)]


class Name(Versioned):
    person: Annotated[str, Field(max_length=32)]


class CountsFrom(Versioned):
    counts_from: date


class OutcomeWords(Versioned):
    outcome: Annotated[str, Field(max_length=LONGEST_OUTCOME), BeforeValidator(one_line_end)]


class NoteText(Form):
    words: ClassVar[str] = "requests"
    text: Annotated[str, Field(max_length=LONGEST_NOTE), BeforeValidator(one_line_end)]


def _outcome_draft(request: web.Request) -> str:
    return f"outcome:{request.match_info['id']}"


def _note_draft(request: web.Request) -> str:
    return f"request-note:{request.match_info['id']}"


def _address(request: web.Request) -> str:
    return f"{BOARD}/{request.match_info['id']}"


@route("GET", ONE, Permission.HANDLE_REQUESTS)
async def one(request: web.Request) -> web.StreamResponse:
    """The first time that somebody who can work on it opens it, it is seen; every opening is logged."""
    services, viewer, request_id = services_of(request), viewer_of(request), request.match_info["id"]
    try:
        async with services.store.begin() as work:
            happened = await giving.see(work, viewer, request_id, services.clock())
            await _note_all(work, happened)
            await audit.note(work, viewer.staff_id, Action.REQUEST_OPENED, "request", request_id)
    except NotThere:
        raise NotYours from None
    _wake(request, happened)
    typed = {"outcome": await draft_of(request, _outcome_draft(request))}
    typed["text"] = await draft_of(request, _note_draft(request))
    return await _page(request, empty_form(**typed))


async def _page(request: web.Request, form: Filled[Any], status: int = 200, since: int | None = None) -> web.Response:
    """`since` is the newest event that a second editor had seen: what came after stands at the top."""
    try:
        async with services_of(request).store.look() as work:
            shown = await load(request, work, viewer_of(request), request.match_info["id"], today_of(request))
    except NotThere:
        raise NotYours from None
    return render(
        request,
        "requests/one.html",
        status=status,
        shown=shown,
        named=partial(named, services_of(request).words),
        form=form,
        news=_news(shown, since),
        newest=shown.outcomes[-1] if shown.outcomes else None,
        base=_address(request),
        places={"outcome": _outcome_draft(request), "note": _note_draft(request)},
        longest={"outcome": LONGEST_OUTCOME, "note": LONGEST_NOTE},
    )


def _news(shown: Shown, since: int | None) -> list[Any]:
    return [] if since is None else [step for step in shown.steps if step.n > since]


# --- Changes ---

Doing = Callable[[Work, Change], Awaitable[list[Happened]]]


@dataclass(frozen=True)
class Done:
    """What came of a change. `after` is the request as it stands now, None when it is out of the reader's sight."""

    happened: list[Happened]
    after: RequestPage | None


async def _change(
    request: web.Request, form: Filled[Any], sent: Versioned, doing: Doing, refused: tuple[str, str]
) -> Done | web.Response:
    """Do it, write it to the log and say what came of it; or the page again with what stood in the way.

    `refused` is the field and the fault that is shown when routing does not allow it.
    """
    services, viewer = services_of(request), viewer_of(request)
    change = Change(viewer, request.match_info["id"], sent.version, services.clock())
    try:
        async with services.store.begin() as work:
            happened = await doing(work, change)
            await _note_all(work, happened)
            after = await _after(request, work, viewer)
    except NotThere:
        raise NotYours from None
    except Changed:
        add_fault(request, form, "news", "requests.changed")
        return await _page(request, form, status=409, since=sent.last)
    except NotPossible:
        add_fault(request, form, "news", "requests.not_possible")
        return await _page(request, form, status=409, since=sent.last)
    except NotAllowedHere:
        add_fault(request, form, *refused)
        return await _page(request, form, status=400)
    _wake(request, happened)
    return Done(happened, after)


async def _after(request: web.Request, work: Work, viewer: Viewer) -> RequestPage | None:
    try:
        return await requests.one(work, viewer, request.match_info["id"], today_of(request))
    except NotThere:
        return None


async def _note_all(work: Work, happened: list[Happened]) -> None:
    for step in happened:
        await audit.note_line(work, step.line())


def _wake(request: web.Request, happened: list[Happened]) -> None:
    for step in happened:
        services_of(request).hub.wake(step.conversation_id)


def _on(request: web.Request, done: Done, say: str, *, undo: Undo | None = None, **values: str) -> web.Response:
    """Back to the request; to the board when it is not the reader's to see any more."""
    if done.after is None:
        return redirect(request, BOARD, "requests.out_of_sight")
    return redirect(request, _address(request), say, undo=undo, **values)


@route("POST", f"{ONE}/take", Permission.HANDLE_REQUESTS)
async def take(request: web.Request) -> web.StreamResponse:
    form = await read_form(request, Versioned)
    if form.value is None:
        return await _page(request, form, status=400)
    return await _give(request, form, form.value, staff_of(request).staff_id)


@route("POST", f"{ONE}/give", Permission.HANDLE_REQUESTS)
async def give(request: web.Request) -> web.StreamResponse:
    form = await read_form(request, Give)
    if form.value is None:
        return await _page(request, form, status=400)
    return await _give(request, form, form.value, None if form.value.to == TRIAGE else form.value.to)


async def _give(request: web.Request, form: Filled[Any], sent: Versioned, to: str | None) -> web.Response:
    """To somebody, or back to be given out; with a way back to whoever had it."""
    before: list[str | None] = []

    async def assign(work: Work, change: Change) -> list[Happened]:
        held = await requests.one(work, change.viewer, change.request_id, today_of(request))
        before.append(held.line.assigned_to)
        return await giving.assign(work, change, to)

    done = await _change(request, form, sent, assign, ("to", "requests.may_not_have_it"))
    if isinstance(done, web.Response):
        return done
    undo = None
    if done.happened and done.after is not None:
        fields = {"to": before[0] or TRIAGE, "version": str(done.after.line.version), "last": _last(done.after)}
        undo = Undo(f"{_address(request)}/give", fields)
    if to is None:
        return _on(request, done, "requests.put_back", undo=undo)
    if to == staff_of(request).staff_id:
        return _on(request, done, "requests.taken", undo=undo)
    return _on(request, done, "requests.given", undo=undo, name=await _name(request, to))


def _last(page: RequestPage) -> str:
    return str(page.events[-1].n if page.events else 0)


async def _name(request: web.Request, staff_id: str) -> str:
    async with services_of(request).store.look() as work:
        found = await staff.by_id(work, staff_id)
    return "" if found is None else found.name


@route("POST", f"{ONE}/propose", Permission.HANDLE_REQUESTS)
async def propose(request: web.Request) -> web.StreamResponse:
    """What was done, in plain words: it goes to the young person, and they decide."""
    form = await read_form(request, OutcomeWords)
    if form.value is None:
        return await _page(request, form, status=400)
    said = form.value.outcome

    async def send(work: Work, change: Change) -> list[Happened]:
        happened = await closing.propose(work, change, said)
        await drafts.forget(work, change.viewer.staff_id, _outcome_draft(request))
        return happened

    try:
        done = await _change(request, form, form.value, send, ("outcome", "requests.not_possible"))
    except BadWords:
        add_fault(request, form, "outcome", "requests.outcome")
        return await _page(request, form, status=400)
    return done if isinstance(done, web.Response) else _on(request, done, "requests.proposed")


@route("POST", f"{ONE}/extend", Permission.HANDLE_REQUESTS)
async def extend(request: web.Request) -> web.StreamResponse:
    form = await read_form(request, Versioned)
    if form.value is None:
        return await _page(request, form, status=400)
    done = await _change(request, form, form.value, closing.extend, ("news", "requests.not_possible"))
    return done if isinstance(done, web.Response) else _on(request, done, "requests.extended")


@route("POST", f"{ONE}/next-stage", Permission.HANDLE_REQUESTS)
async def next_stage(request: web.Request) -> web.StreamResponse:
    """A complaint goes on: the young person asked for it, the panel has met, or it has reported."""
    form = await read_form(request, CountsFrom)
    if form.value is None:
        return await _page(request, form, status=400)
    counts_from = form.value.counts_from

    async def move(work: Work, change: Change) -> list[Happened]:
        return await complaints.move_on(work, change, counts_from)

    try:
        done = await _change(request, form, form.value, move, ("counts_from", "requests.no_next_stage"))
    except BadDay:
        add_fault(request, form, "counts_from", "requests.bad_day")
        return await _page(request, form, status=400)
    return done if isinstance(done, web.Response) else _on(request, done, "requests.moved_on")


@route("POST", f"{ONE}/about", Permission.HANDLE_REQUESTS)
async def about(request: web.Request) -> web.StreamResponse:
    """An officer has found out whom it is about: that person never sees it."""
    form = await read_form(request, Name)
    if form.value is None:
        return await _page(request, form, status=400)
    person = form.value.person

    async def name(work: Work, change: Change) -> list[Happened]:
        return await giving.name_people(work, change, [person])

    done = await _change(request, form, form.value, name, ("person", "requests.may_not_be_named"))
    return done if isinstance(done, web.Response) else _on(request, done, "requests.named")


# --- Notes ---


@route("POST", f"{ONE}/notes", Permission.HANDLE_REQUESTS)
async def add_note(request: web.Request) -> web.StreamResponse:
    viewer, form = viewer_of(request), await read_form(request, NoteText)
    if form.value is None:
        await _visible(request)
        return await _page(request, form, status=400)
    async with services_of(request).store.begin() as work:
        page = await _there(request, work)
        note_id = await notes.write(
            work, page.line.conversation_id, viewer.staff_id, form.value.text, request_id=page.line.id
        )
        await drafts.forget(work, viewer.staff_id, _note_draft(request))
        await audit.note(work, viewer.staff_id, Action.NOTE_WRITTEN, "note", note_id)
    undo = Undo(f"{_address(request)}/notes/{note_id}/delete")
    return redirect(request, _address(request), "requests.note_kept", undo=undo)


@route("POST", ONE + "/notes/{note}/delete", Permission.HANDLE_REQUESTS)
async def delete_note(request: web.Request) -> web.StreamResponse:
    """Only one's own, and only as long as nobody changed it elsewhere since."""
    viewer, note_id = viewer_of(request), request.match_info["note"]
    try:
        async with services_of(request).store.begin() as work:
            page = await _there(request, work)
            found = await notes.one(work, page.line.conversation_id, note_id)
            _check_own(found, page, viewer)
            await notes.remove(work, page.line.conversation_id, note_id, found.version)
            await audit.note(work, viewer.staff_id, Action.NOTE_DELETED, "note", note_id)
    except (NotThere, ChangedMeanwhile):
        raise NotYours from None
    undo = Undo(f"{_address(request)}/notes/{note_id}/bring-back")
    return redirect(request, _address(request), "requests.note_deleted", undo=undo)


@route("POST", ONE + "/notes/{note}/bring-back", Permission.HANDLE_REQUESTS)
async def bring_back_note(request: web.Request) -> web.StreamResponse:
    viewer, note_id = viewer_of(request), request.match_info["note"]
    try:
        async with services_of(request).store.begin() as work:
            page = await _there(request, work)
            await notes.put_back(work, page.line.conversation_id, note_id)
            _check_own(await notes.one(work, page.line.conversation_id, note_id), page, viewer)
            await audit.note(work, viewer.staff_id, Action.NOTE_CHANGED, "note", note_id)
    except NotThere:
        raise NotYours from None
    return redirect(request, _address(request), "requests.note_back")


def _check_own(note: OpenedNote, page: RequestPage, viewer: Viewer) -> None:
    if note.request_id != page.line.id or note.staff_id != viewer.staff_id:
        raise NotYours


async def _there(request: web.Request, work: Work) -> RequestPage:
    """The request of the address, for somebody who may work on it."""
    found = await _after(request, work, viewer_of(request))
    if found is None or not found.line.can_change:
        raise NotYours
    return found


async def _visible(request: web.Request) -> None:
    async with services_of(request).store.look() as work:
        await _there(request, work)
