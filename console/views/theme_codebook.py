"""The codebook as officers use it: definitions, merging themes, and proposing one that is missing."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import themes
from bot.themes.codebook import codebook
from bot.themes.counting import recount_since
from console.context import (
    Filled,
    Form,
    Permission,
    Undo,
    add_fault,
    empty_form,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.routes import route
from console.theme_words import named, theme_choices, theme_options
from console.views.themes import LIST, quarter_began

BOOK = f"{LIST}/codebook"


class Merge(Form):
    words: ClassVar[str] = "themes"
    theme: Annotated[str, Field(pattern="^[a-z_]{3,48}$")]
    into: Annotated[str, Field(pattern="^[a-z_]{3,48}$")]


class Unmerge(Form):
    words: ClassVar[str] = "themes"
    theme: Annotated[str, Field(pattern="^[a-z_]{3,48}$")]


class Propose(Form):
    words: ClassVar[str] = "themes"
    name: Annotated[str, Field(max_length=80)]
    why: Annotated[str, Field(max_length=600)]


@route("GET", BOOK, Permission.SORT_FEEDBACK)
async def book(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form())


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    async with services_of(request).store.look() as work:
        merged, proposed = await themes.merges(work), await themes.proposals(work)
    return render(
        request,
        "themes/codebook.html",
        status=status,
        form=form,
        choices=theme_choices(),
        options=theme_options(),
        merged=[(theme, named(theme), named(into)) for theme, into in merged.items()],
        gone=set(merged),
        proposed=proposed,
    )


@route("POST", f"{BOOK}/merge", Permission.SORT_FEEDBACK)
async def merge(request: web.Request) -> web.StreamResponse:
    """One theme goes on in another. This quarter is counted afresh; what was published stays as it was."""
    form = await read_form(request, Merge)
    if form.value is not None and not {form.value.theme, form.value.into} <= set(codebook().ids):
        add_fault(request, form, "theme", "themes.theme")
    if form.value is None or form.faults:
        return await _page(request, form, status=400)
    services, actor, now = services_of(request), staff_of(request).staff_id, services_of(request).clock()
    theme, into = form.value.theme, form.value.into
    try:
        async with services.store.begin() as work:
            if not await themes.merge(work, theme, into, actor, now):
                return redirect(request, BOOK, "themes.merge_not")
            count = await recount_since(work, quarter_began(now))
            await audit.note(work, actor, Action.THEME_MERGED, "theme", theme, {"into": into})
    except ValueError:
        add_fault(request, form, "into", "themes.merge_not")
        return await _page(request, form, status=400)
    return redirect(request, BOOK, "themes.merged", undo=Undo(f"{BOOK}/unmerge", {"theme": theme}), count=count)


@route("POST", f"{BOOK}/unmerge", Permission.SORT_FEEDBACK)
async def unmerge(request: web.Request) -> web.StreamResponse:
    form = await read_form(request, Unmerge)
    if form.value is None:
        return await _page(request, form, status=400)
    services, actor, theme = services_of(request), staff_of(request).staff_id, form.value.theme
    async with services.store.begin() as work:
        into = (await themes.merges(work)).get(theme)
        if into is not None:
            await themes.unmerge(work, theme)
            await recount_since(work, quarter_began(services.clock()))
            await audit.note(work, actor, Action.THEME_MERGED, "theme", theme, {"into": into, "undone": True})
    return redirect(request, BOOK, "themes.unmerged")


@route("POST", f"{BOOK}/propose", Permission.SORT_FEEDBACK)
async def propose(request: web.Request) -> web.StreamResponse:
    """A theme that is missing. It does not count before OVOS has named it and it is in the codebook's file."""
    form = await read_form(request, Propose)
    if form.value is None:
        return await _page(request, form, status=400)
    actor = staff_of(request).staff_id
    async with services_of(request).store.begin() as work:
        made = await themes.propose(work, form.value.name, form.value.why, None, actor)
        await audit.note(work, actor, Action.THEME_PROPOSED, "theme_proposal", made)
    return redirect(request, BOOK, "themes.proposed")
