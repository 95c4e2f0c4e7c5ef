"""The first page, the keyboard's help, and saved drafts."""

from __future__ import annotations

from typing import Annotated

from aiohttp import web
from pydantic import Field

from bot.store import drafts
from console.context import Form, Permission, read_form, redirect, render, services_of, staff_of
from console.navigation import links_for
from console.routes import route


class Draft(Form):
    """A box and what stands in it. Places that begin with an underscore are the console's own."""

    place: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_:.-]{0,79}$")]
    text: Annotated[str, Field(max_length=20_000)] = ""


@route("GET", "/console", Permission.HOME)
async def home(request: web.Request) -> web.StreamResponse:
    """Who has only one page goes straight to it."""
    links = links_for(staff_of(request).role)
    if len(links) == 1:
        return redirect(request, links[0].address)
    return render(request, "home.html", links=links)


@route("GET", "/console/keyboard", Permission.HOME)
async def keyboard(request: web.Request) -> web.StreamResponse:
    return render(request, "keyboard.html")


@route("POST", "/console/draft", Permission.HOME)
async def draft(request: web.Request) -> web.StreamResponse:
    """Keep what is being typed. A text that is empty takes the draft away."""
    form = await read_form(request, Draft)
    if form.value is None:
        return web.json_response({"said": ""}, status=400)
    async with services_of(request).store.begin() as work:
        await drafts.keep(work, staff_of(request).staff_id, form.value.place, form.value.text)
    return web.json_response({"said": services_of(request).words.say("common.draft_saved")})
