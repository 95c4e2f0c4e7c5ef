"""Search over what one may read. What is searched for never stands in an address: it is kept like a draft, sealed."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import drafts, inbox
from bot.store.search import Found
from bot.store.search_words import Spot, asked_words
from console.context import (
    Filled,
    Filters,
    Form,
    Permission,
    add_fault,
    address_with,
    draft_of,
    empty_form,
    filters_of,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.conversation_page import viewer_of
from console.conversation_words import excerpt, plain_moment
from console.days_away import today_of
from console.routes import route
from console.views.inbox import PLACE, read_place, write_place

SEARCH = "/console/search"
KEPT = "_search"  # where what was searched for last is kept; a place that only the console itself uses


class Asked(Form):
    words: ClassVar[str] = "transcripts"
    asked: Annotated[str, Field(max_length=100)]


class Further(Filters):
    """Where the page before ended."""

    older: PLACE | None = None


@route("GET", SEARCH, Permission.READ_TRANSCRIPTS)
async def search(request: web.Request) -> web.StreamResponse:
    asked = await draft_of(request, KEPT)
    if not asked_words(asked):
        return _page(request, empty_form())
    services, viewer = services_of(request), viewer_of(request)
    place = read_place(filters_of(request, Further).older)
    found = await services.search.find(viewer, asked, None if place is None else Spot(place.at, place.id))
    async with services.store.begin() as work:
        named = [] if place is not None else await inbox.named_like(work, viewer, asked)
        details = {"found": len(found.hits) + len(named)}
        await audit.note(work, viewer.staff_id, Action.SEARCH_MADE, "search", viewer.staff_id, details)
    return _page(request, empty_form(asked=asked), found=found, named=named, is_first=place is None)


def _page(
    request: web.Request,
    form: Filled[Any],
    *,
    found: Found | None = None,
    named: list[inbox.InboxLine] | None = None,
    is_first: bool = True,
    status: int = 200,
) -> web.Response:
    words, today, asked = services_of(request).words, today_of(request), asked_words(form.text("asked"))
    hits = [] if found is None else found.hits
    return render(
        request,
        "transcripts/search.html",
        status=status,
        form=form,
        found=found,
        hits=[(hit, excerpt(hit.parts, asked), plain_moment(words, hit.spot.at, today)) for hit in hits],
        named=named or [],
        plain_moment=partial(plain_moment, words, today=today),
        is_first=is_first,
        older=None if found is None or found.more is None else address_with(request, older=write_place(found.more)),
    )


@route("POST", SEARCH, Permission.READ_TRANSCRIPTS)
async def ask(request: web.Request) -> web.StreamResponse:
    form, me = await read_form(request, Asked), staff_of(request).staff_id
    if form.value is not None and not asked_words(form.value.asked):
        add_fault(request, form, "asked", "transcripts.asked")
    if form.value is None or form.faults:
        return _page(request, form, status=400)
    async with services_of(request).store.begin() as work:
        await drafts.keep(work, me, KEPT, form.value.asked)
    return redirect(request, SEARCH)


@route("POST", SEARCH + "/clear", Permission.READ_TRANSCRIPTS)
async def clear(request: web.Request) -> web.StreamResponse:
    """Forget what was searched for."""
    async with services_of(request).store.begin() as work:
        await drafts.forget(work, staff_of(request).staff_id, KEPT)
    return redirect(request, SEARCH)
