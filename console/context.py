"""What a view needs, in one place: who is signed in, the services, pages, forms, lists, drafts."""

from __future__ import annotations

from aiohttp import web

from bot.store import drafts
from console.errors import NotAllowed, NotYours, as_if_not_there
from console.forms import Fault, Filled, Form, add_fault, empty_form, read_file, read_form
from console.lists import Filters, Paged, address_with, filters_of
from console.permissions import Permission, may
from console.render import Undo, redirect, render, render_part
from console.services import SERVICES, ConsoleServices
from console.visit import SignedIn, visit_of


def services_of(request: web.Request) -> ConsoleServices:
    return request.app[SERVICES]


def staff_of(request: web.Request) -> SignedIn:
    """Who is signed in. Only for views whose permission is not SIGN_IN."""
    staff = visit_of(request).staff
    if staff is None:
        raise NotAllowed
    return staff


async def draft_of(request: web.Request, place: str) -> str:
    """What this person had typed into this box and not sent; empty when nothing."""
    async with services_of(request).store.look() as work:
        return await drafts.read(work, staff_of(request).staff_id, place) or ""


__all__ = [
    "ConsoleServices",
    "Fault",
    "Filled",
    "Filters",
    "Form",
    "NotAllowed",
    "NotYours",
    "Paged",
    "Permission",
    "SignedIn",
    "Undo",
    "add_fault",
    "address_with",
    "as_if_not_there",
    "draft_of",
    "empty_form",
    "filters_of",
    "may",
    "read_file",
    "read_form",
    "redirect",
    "render",
    "render_part",
    "services_of",
    "staff_of",
]
