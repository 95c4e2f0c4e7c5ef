"""Signing in and out with the council's own account. Whoever is refused sees one page, whatever the reason."""

from __future__ import annotations

from aiohttp import web

from bot.staff.tries import TooManyTries
from console.context import NotYours, Permission, redirect, render, services_of
from console.oidc.provider import ProviderDown, Refused
from console.oidc.way_in import BACK, LASTS, SIGNED_OUT, START, WayIn
from console.routes import route
from console.visit import attempt_cookie, drop_cookie, form_cookie, session_cookie, set_cookie, visit_of

REFUSED, DOWN = f"{START}/refused", f"{START}/down"


@route("GET", START, Permission.SIGN_IN)
async def begin(request: web.Request) -> web.StreamResponse:
    """A link, not a form: browsers hold a form's way on to another site against our policy."""
    services, way_in = services_of(request), _way_in(request)
    if visit_of(request).staff is not None:
        return redirect(request, "/console")
    try:
        beginning = await way_in.begin()
    except ProviderDown:
        return redirect(request, DOWN)
    response = redirect(request, beginning.address)
    seconds = int(LASTS.total_seconds())
    set_cookie(services, response, attempt_cookie(services), beginning.sealed, seconds=seconds)
    return response


@route("GET", BACK, Permission.SIGN_IN)
async def back(request: web.Request) -> web.StreamResponse:
    """Whatever comes of it, the browser goes on to an address without the code, and its attempt is spent."""
    services = services_of(request)
    response = await _finish(request, _way_in(request))
    drop_cookie(services, response, attempt_cookie(services))
    return response


async def _finish(request: web.Request, way_in: WayIn) -> web.Response:
    services = services_of(request)
    try:
        proven = await way_in.finish(request.query, request.cookies.get(attempt_cookie(services)))
    except Refused as refused:
        await services.council_sign_in.refuse(refused.why)
        return redirect(request, REFUSED)
    except (ProviderDown, TooManyTries):
        return redirect(request, DOWN)
    opened = await services.council_sign_in.enter(proven)
    if opened is None:
        return redirect(request, REFUSED)
    response = redirect(request, "/console/sign-in/code")
    set_cookie(services, response, session_cookie(services), opened.token)
    drop_cookie(services, response, form_cookie(services))
    return response


@route("GET", REFUSED, Permission.SIGN_IN)
async def refused_page(request: web.Request) -> web.StreamResponse:
    _way_in(request)
    return render(request, "sign_in/council_refused.html", status=403)


@route("GET", DOWN, Permission.SIGN_IN)
async def down_page(request: web.Request) -> web.StreamResponse:
    _way_in(request)
    return render(request, "sign_in/council_down.html", status=503)


@route("GET", f"{SIGNED_OUT}/council", Permission.SIGN_IN)
async def sign_out_there(request: web.Request) -> web.StreamResponse:
    """Our session has ended; now the council's. A page that moves on, since a form may not lead to another site."""
    try:
        address = await _way_in(request).sign_out_address()
    except ProviderDown:
        address = None
    if address is None:
        return redirect(request, SIGNED_OUT)
    response = render(request, "sign_in/council_signed_out.html", address=address)
    response.headers["Refresh"] = f"0; url={address}"
    return response


def _way_in(request: web.Request) -> WayIn:
    way_in = services_of(request).way_in
    if way_in is None:
        raise NotYours
    return way_in
