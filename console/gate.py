"""What every request passes before its view: who is it, may they, is the form ours. And what is said when not."""

from __future__ import annotations

import hmac

import structlog
from aiohttp import web

from console.banners import BANNERS, banners_for
from console.errors import NotAllowed, NotYours
from console.headers import set_headers
from console.permissions import Permission, may
from console.render import render
from console.routes import Handler, Route, route_of
from console.services import SERVICES
from console.visit import VISIT, Visit, form_cookie, recognise, set_cookie, visit_of

SIGN_IN_PAGE = "/console/sign-in"
SAFE = frozenset({"GET", "HEAD"})
LEAST_TOKEN = 20

log = structlog.get_logger()


@web.middleware
async def answers(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The outermost: every answer gets the headers, and every fault a page that tells nothing about what exists."""
    services = request.app[SERVICES]
    try:
        response = await _answer(request, handler)
    except web.HTTPException as redirect:
        set_headers(redirect, https=services.settings.https)
        raise
    if not response.prepared:
        set_headers(response, https=services.settings.https)
    return response


async def _answer(request: web.Request, handler: Handler) -> web.StreamResponse:
    request[VISIT] = Visit(csrf="")
    try:
        request[VISIT] = await recognise(request.app[SERVICES], request)
        response = await handler(request)
    except (NotYours, web.HTTPNotFound, web.HTTPMethodNotAllowed):
        return render(request, "errors/not_found.html", status=404)
    except (NotAllowed, web.HTTPForbidden):
        return render(request, "errors/not_allowed.html", status=403)
    except web.HTTPRequestEntityTooLarge:
        return render(request, "errors/too_large.html", status=413)
    except web.HTTPException:
        raise
    except Exception as error:  # logged without words, and answered with a page
        log.error("console_page_failed", exc_info=error)
        return render(request, "errors/failed.html", status=500)
    _remember_form_token(request, response)
    return response


def _remember_form_token(request: web.Request, response: web.StreamResponse) -> None:
    services, visit = request.app[SERVICES], visit_of(request)
    name = form_cookie(services)
    if visit.session is None and request.cookies.get(name) != visit.csrf and not response.prepared:
        route = route_of(request)
        if route is not None and route.path.startswith(("/console/sign-in", "/console/set-up")):
            set_cookie(services, response, name, visit.csrf)


@web.middleware
async def gate(request: web.Request, handler: Handler) -> web.StreamResponse:
    """The session, the second factor and the permission, in this order; then the token of what is sent."""
    route, visit = route_of(request), visit_of(request)
    if route is None or route.permission is not Permission.SIGN_IN:
        if visit.staff is None:
            raise web.HTTPSeeOther(SIGN_IN_PAGE)
        if route is None:
            raise NotYours
        if not may(visit.staff.role, route.permission):
            raise NotAllowed
        if request.method in SAFE:
            request[BANNERS] = await banners_for(request.app[SERVICES], visit.staff)
    if request.method not in SAFE:
        request = request.clone(client_max_size=route.largest)
        await _check_form(request, route, visit)
    return await handler(request)


async def _check_form(request: web.Request, route: Route, visit: Visit) -> None:
    """Raises NotAllowed unless the token of this session came with what was sent, from a page of ours."""
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise NotAllowed
    given = request.headers.get("X-CSRF-Token") or (await request.post()).get("csrf")
    if not isinstance(given, str) or len(visit.csrf) < LEAST_TOKEN:
        raise NotAllowed
    if not hmac.compare_digest(given.encode(), visit.csrf.encode()):
        raise NotAllowed
