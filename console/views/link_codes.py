"""Link codes: a worker makes one for a case of theirs, and gives it to the young person on paper or aloud."""

from __future__ import annotations

from typing import Annotated, ClassVar

from aiohttp import web
from pydantic import Field

from bot.requests import codes
from bot.requests.codes import NoSuchCase
from bot.staff import audit
from console.context import Form, Permission, add_fault, empty_form, read_form, render, services_of
from console.routes import route
from console.views.requests import viewer_of

CODES = "/console/link-codes"


class ForCase(Form):
    words: ClassVar[str] = "requests"
    reference: Annotated[str, Field(max_length=64)]


@route("GET", CODES, Permission.MAKE_LINK_CODES)
async def page(request: web.Request) -> web.StreamResponse:
    return render(request, "allocations/link_codes.html", form=empty_form())


@route("POST", CODES, Permission.MAKE_LINK_CODES)
async def make(request: web.Request) -> web.StreamResponse:
    """The only time that the code is seen: it is not kept, so this answer cannot be a way on to another page.

    A reference that is not there and one that is somebody else's are refused with the same words.
    """
    services, form = services_of(request), await read_form(request, ForCase)
    if form.value is None:
        return render(request, "allocations/link_codes.html", form=form, status=400)
    try:
        async with services.store.begin() as work:
            made = await codes.make_code(work, viewer_of(request), form.value.reference, services.clock())
            await audit.note_line(work, made.line)
    except NoSuchCase:
        add_fault(request, form, "reference", "requests.no_such_case")
        return render(request, "allocations/link_codes.html", form=form, status=400)
    address = f"{services.settings.address}/chat"
    return render(request, "allocations/code.html", code=made, address=address)
