"""Promises, "you said, we did": put down, told to those who raised it, and closed by young people or OVOS only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, promises
from bot.store.casework_models import Answer
from bot.store.counted_themes import quarter_of
from bot.store.promises import ChangedMeanwhile, NewPromise
from bot.store.requests import NotThere
from bot.store.theme_models import PromiseState
from bot.themes import promising
from bot.themes.promising import LONGEST_ACTION, BadPromise, Line
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
    staff_of,
)
from console.days_away import today_of
from console.routes import route
from console.theme_words import named, theme_choices

LIST = "/console/promises"
ONE = LIST + "/{id}"
BY_STAFF = (PromiseState.PLANNED, PromiseState.DONE, PromiseState.CANNOT)
ANSWERS = (Answer.YES, Answer.HALF, Answer.NO)


class Make(Form):
    words: ClassVar[str] = "promises"
    quarter: Annotated[str, Field(pattern=r"^\d{4}Q[1-4]$")]
    themes: list[str] = Field(default_factory=list)
    action: Annotated[str, Field(max_length=LONGEST_ACTION)]
    owner: Annotated[str, Field(max_length=120)]
    state: PromiseState = PromiseState.PLANNED
    due_on: date | None = None
    because: Annotated[str, Field(max_length=LONGEST_ACTION)] = ""


class Change(Form):
    words: ClassVar[str] = "promises"
    version: Annotated[int, Field(ge=1)]
    state: PromiseState
    because: Annotated[str, Field(max_length=LONGEST_ACTION)] = ""


class Seen(Form):
    words: ClassVar[str] = "promises"
    version: Annotated[int, Field(ge=1)]


@route("GET", LIST, Permission.READ_PROMISES)
async def list_page(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.begin() as work:
        found = await promises.everything(work)
        details = {"found": len(found)}
        await audit.note(work, staff_of(request).staff_id, Action.PROMISES_READ, "promises", "all", details)
    open_ones = [one for one in found if one.state in promises.OPEN]
    closed = [one for one in found if one.state is PromiseState.CLOSED]
    return render(
        request, "promises/list.html", groups=[("Open", open_ones), ("Closed", closed)], named=named, **_words(request)
    )


def _words(request: web.Request) -> dict[str, Any]:
    words = services_of(request).words
    states = {one: words.say(f"promises.state_{one.value}") for one in PromiseState}
    return {"states": states, "today": today_of(request), "answers": ANSWERS}


@route("GET", f"{LIST}/new", Permission.MAKE_PROMISES)
async def new(request: web.Request) -> web.StreamResponse:
    quarter = quarter_of(services_of(request).clock())
    return _form_page(request, empty_form(quarter=quarter, state=PromiseState.PLANNED.value))


def _form_page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    return render(
        request,
        "promises/new.html",
        status=status,
        form=form,
        choices=theme_choices(),
        by_staff=BY_STAFF,
        longest=LONGEST_ACTION,
        quarters=_quarters(request),
        **_words(request),
    )


def _quarters(request: web.Request) -> list[tuple[str, str]]:
    """This quarter and the four before it."""
    today = today_of(request)
    year, quarter = today.year, (today.month + 2) // 3
    found = []
    for _ in range(5):
        found.append((f"{year}Q{quarter}", f"{year}, quarter {quarter}"))
        year, quarter = (year, quarter - 1) if quarter > 1 else (year - 1, 4)
    return found


@route("POST", LIST, Permission.MAKE_PROMISES)
async def make(request: web.Request) -> web.StreamResponse:
    form = await read_form(request, Make)
    sent = form.value
    if sent is None:
        return _form_page(request, form, status=400)
    services, actor = services_of(request), staff_of(request).staff_id
    made = NewPromise(
        quarter=sent.quarter,
        themes=list(dict.fromkeys(sent.themes)),
        action=sent.action,
        owner=sent.owner,
        due_on=sent.due_on,
        by=actor,
        at=services.clock(),
        state=sent.state if sent.state in BY_STAFF else PromiseState.PLANNED,
        because=sent.because or None,
    )
    try:
        async with services.store.begin() as work:
            lines = await promising.make(work, made)
            await _log(work, lines)
    except BadPromise as fault:
        add_fault(request, form, str(fault), f"promises.{fault}")
        return _form_page(request, form, status=400)
    return redirect(request, f"{LIST}/{lines[0].subject_id}", "promises.made")


async def _log(work: Work, lines: Iterable[Line]) -> None:
    for one in lines:
        await audit.note_line(work, one)


@route("GET", ONE, Permission.READ_PROMISES)
async def one(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form())


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    async with services_of(request).store.begin() as work:
        try:
            found = await promises.one(work, request.match_info["id"])
        except NotThere:
            raise NotYours from None
        would_hear = len(await promising.who_would_hear(work, found))
        actor = staff_of(request).staff_id
        await audit.note(work, actor, Action.PROMISES_READ, "promise", found.id, {"found": 1})
    return render(
        request,
        "promises/one.html",
        status=status,
        found=found,
        form=form,
        would_hear=would_hear,
        named=named,
        by_staff=BY_STAFF,
        asked=found.state in promising.ASKED,
        longest=LONGEST_ACTION,
        **_words(request),
    )


@route("POST", f"{ONE}/state", Permission.MAKE_PROMISES)
async def change(request: web.Request) -> web.StreamResponse:
    """Staff say how far it is. They cannot close it."""
    form = await read_form(request, Change)
    sent, promise_id = form.value, request.match_info["id"]
    if sent is None:
        return await _page(request, form, status=400)
    services, actor = services_of(request), staff_of(request).staff_id
    try:
        async with services.store.begin() as work:
            lines = await promising.change(
                work, promise_id, sent.version, sent.state, actor, services.clock(), sent.because or None
            )
            await _log(work, lines)
    except NotThere:
        raise NotYours from None
    except BadPromise as fault:
        add_fault(request, form, "state" if str(fault) == "told_already" else str(fault), f"promises.{fault}")
        return await _page(request, form, status=400)
    except (ChangedMeanwhile, ValueError):
        return redirect(request, f"{LIST}/{promise_id}", "promises.changed_meanwhile")
    onward = LIST if sent.state is PromiseState.LAID_ASIDE else f"{LIST}/{promise_id}"
    return redirect(request, onward, "promises.changed")


@route("POST", f"{ONE}/tell", Permission.MAKE_PROMISES)
async def tell(request: web.Request) -> web.StreamResponse:
    """Tell how it stands to those who raised it and agreed to hear."""
    await read_form(request, Form)
    services, actor, promise_id = services_of(request), staff_of(request).staff_id, request.match_info["id"]
    try:
        async with services.store.begin() as work:
            chats = await promising.tell(work, promise_id, actor, services.clock())
            await audit.note(work, actor, Action.PROMISE_TOLD, "promise", promise_id, {"chats": len(chats)})
    except NotThere:
        raise NotYours from None
    for conversation_id in chats:
        services.hub.wake(conversation_id)
    address = f"{LIST}/{promise_id}"
    if not chats:
        return redirect(request, address, "promises.told_nobody")
    return redirect(request, address, "promises.told", count=len(chats))


@route("POST", f"{ONE}/close", Permission.CLOSE_PROMISES)
async def close(request: web.Request) -> web.StreamResponse:
    """OVOS says that it was good enough."""
    form = await read_form(request, Seen)
    services, actor, promise_id = services_of(request), staff_of(request).staff_id, request.match_info["id"]
    if form.value is None:
        raise NotYours
    try:
        async with services.store.begin() as work:
            now = services.clock()
            lines = await promising.close_by_ovos(work, promise_id, form.value.version, actor, now)
            await _log(work, lines)
    except NotThere:
        raise NotYours from None
    except ChangedMeanwhile:
        return redirect(request, f"{LIST}/{promise_id}", "promises.changed_meanwhile")
    except ValueError:
        return redirect(request, f"{LIST}/{promise_id}", "promises.close_not")
    return redirect(request, f"{LIST}/{promise_id}", "promises.closed")
