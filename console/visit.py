"""One request: who makes it, and the cookies that say so."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from aiohttp import web

from bot.staff.sign_in import HALF_WAY
from bot.store import staff_sessions
from bot.store.staff_models import Role, Staff, StaffSession
from console.permissions import needs_second_factor
from console.services import ConsoleServices

LONGEST_TOKEN = 128


@dataclass(frozen=True)
class SignedIn:
    """The member of staff who is signed in, and the token that their forms carry."""

    staff_id: str
    name: str
    role: Role
    csrf: str


@dataclass
class Visit:
    """`session` may be half-way: `staff` is there only when nothing more is needed to be signed in."""

    csrf: str
    session: StaffSession | None = None
    account: Staff | None = None
    staff: SignedIn | None = None


VISIT = web.RequestKey("console_visit", Visit)


def visit_of(request: web.Request) -> Visit:
    return request[VISIT]


async def recognise(services: ConsoleServices, request: web.Request) -> Visit:
    """Who this is, by the session's cookie. A page view begins the idle time again."""
    token = request.cookies.get(session_cookie(services))
    visit = await _by_token(services, token) if token and len(token) <= LONGEST_TOKEN else None
    return visit or Visit(csrf=request.cookies.get(form_cookie(services)) or secrets.token_urlsafe(32))


async def _by_token(services: ConsoleServices, token: str) -> Visit | None:
    at = services.clock()
    async with services.store.look() as work:
        found = await staff_sessions.living(work, token, at, services.settings.limits)
    if found is None:
        return None
    session, account = found
    whole = session.second_factor_at is not None or not needs_second_factor(Role(account.role))
    if not whole and at - session.started_at > HALF_WAY:
        return None
    if staff_sessions.needs_touch(session, at):
        async with services.store.begin() as work:
            await staff_sessions.touch(work, session.id, at)
    signed_in = SignedIn(account.id, account.name, Role(account.role), session.csrf_token) if whole else None
    return Visit(session.csrf_token, session, account, signed_in)


def signed_out_address(visit: Visit) -> str:
    """Where the browser goes after signing out: over the council's own sign-in when the session began there."""
    by_council = visit.session is not None and visit.session.by_council
    return "/console/signed-out/council" if by_council else "/console/signed-out"


def session_cookie(services: ConsoleServices) -> str:
    return _cookie(services, "ovos-staff")


def form_cookie(services: ConsoleServices) -> str:
    """Before sign-in there is no session that could hold the forms' token, so a cookie does."""
    return _cookie(services, "ovos-form")


def _cookie(services: ConsoleServices, name: str) -> str:
    # A browser takes a __Host- cookie only over https, from this very host, for all paths.
    return f"__Host-{name}" if services.settings.https else name


def attempt_cookie(services: ConsoleServices) -> str:
    """Which try to sign in with the council's account this browser has begun, sealed."""
    return _cookie(services, "ovos-attempt")


def set_cookie(
    services: ConsoleServices, response: web.StreamResponse, name: str, value: str, *, seconds: int | None = None
) -> None:
    # Lax, not Strict: a link in an e-mail and the way back from a council's own sign-in must arrive signed in.
    secure = services.settings.https
    response.set_cookie(name, value, max_age=seconds, path="/", httponly=True, samesite="Lax", secure=secure)


def drop_cookie(services: ConsoleServices, response: web.StreamResponse, name: str) -> None:
    response.del_cookie(name, path="/", httponly=True, samesite="Lax", secure=services.settings.https)
