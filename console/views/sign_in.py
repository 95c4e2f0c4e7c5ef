"""Signing in and out, the second factor, and setup links. What is refused never says whether an account exists."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field, SecretStr

from bot.staff import accounts, second_factor
from bot.staff.passwords import LONGEST
from bot.staff.tries import TooManyTries
from bot.store import drafts, staff
from bot.store.staff_models import Staff, StaffSession
from bot.store.staff_sessions import OpenedSession
from console.context import Filled, Form, Permission, add_fault, empty_form, read_form, redirect, render, services_of
from console.passwords import NewPassword, check_new_password
from console.routes import route
from console.visit import drop_cookie, form_cookie, session_cookie, set_cookie, signed_out_address, visit_of

PENDING_SECRET = "_second_factor"  # noqa: S105 - a place, not a secret
ISSUER = "OVOS console"


class Credentials(Form):
    words: ClassVar[str] = "sign_in"
    email: Annotated[str, Field(max_length=254)]
    password: Annotated[SecretStr, Field(max_length=LONGEST)]


class Code(Form):
    words: ClassVar[str] = "sign_in"
    code: Annotated[str, Field(max_length=12)]


@route("GET", "/console/sign-in", Permission.SIGN_IN)
async def sign_in_page(request: web.Request) -> web.StreamResponse:
    if visit_of(request).staff is not None:
        return redirect(request, "/console")
    return render(request, "sign_in/password.html", form=empty_form())


@route("POST", "/console/sign-in", Permission.SIGN_IN)
async def sign_in(request: web.Request) -> web.StreamResponse:
    form = await read_form(request, Credentials)
    if form.value is None:
        return render(request, "sign_in/password.html", form=form, status=400)
    services = services_of(request)
    try:
        opened = await services.sign_in.with_password(form.value.email, form.value.password.get_secret_value())
    except TooManyTries:
        return _busy(request, "sign_in/password.html", form)
    if opened is None:
        add_fault(request, form, "email", "sign_in.refused")
        return render(request, "sign_in/password.html", form=form, status=400)
    return _with_session(request, opened)


@route("GET", "/console/sign-in/code", Permission.SIGN_IN)
async def code_page(request: web.Request) -> web.StreamResponse:
    half = _half_way(request)
    if half is None:
        return redirect(request, "/console")
    if half[1].totp_sealed is None:
        return redirect(request, "/console/sign-in/second-factor")
    return render(request, "sign_in/code.html", form=empty_form())


@route("POST", "/console/sign-in/code", Permission.SIGN_IN)
async def code(request: web.Request) -> web.StreamResponse:
    half = _half_way(request)
    if half is None:
        return redirect(request, "/console/sign-in")
    form = await read_form(request, Code)
    if form.value is None:
        return render(request, "sign_in/code.html", form=form, status=400)
    try:
        opened = await services_of(request).sign_in.with_code(half[0], form.value.code)
    except TooManyTries:
        return _busy(request, "sign_in/code.html", form)
    if opened is None:
        add_fault(request, form, "code", "sign_in.code_refused")
        return render(request, "sign_in/code.html", form=form, status=400)
    return _with_session(request, opened)


@route("GET", "/console/sign-in/second-factor", Permission.SIGN_IN)
async def enrol_page(request: web.Request) -> web.StreamResponse:
    half = _half_way(request)
    if half is None or half[1].totp_sealed is not None:
        return redirect(request, "/console/sign-in")
    return await _enrolment(request, half[1], empty_form())


@route("POST", "/console/sign-in/second-factor", Permission.SIGN_IN)
async def enrol(request: web.Request) -> web.StreamResponse:
    half = _half_way(request)
    if half is None or half[1].totp_sealed is not None:
        return redirect(request, "/console/sign-in")
    form = await read_form(request, Code)
    if form.value is None:
        return await _enrolment(request, half[1], form, status=400)
    services = services_of(request)
    secret = await _pending_secret(request, half[1].id)
    try:
        opened = await services.sign_in.with_new_second_factor(half[0], secret, form.value.code)
    except TooManyTries:
        add_fault(request, form, "code", "sign_in.busy")
        return await _enrolment(request, half[1], form, status=429)
    if opened is None:
        add_fault(request, form, "code", "sign_in.code_refused")
        return await _enrolment(request, half[1], form, status=400)
    async with services.store.begin() as work:
        await drafts.forget(work, half[1].id, PENDING_SECRET)
    return _with_session(request, opened)


async def _enrolment(request: web.Request, account: Staff, form: Filled[Any], status: int = 200) -> web.Response:
    secret = await _pending_secret(request, account.id)
    qr = second_factor.qr_code(second_factor.enrolment_address(secret, account.email, ISSUER))
    groups = " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
    return render(request, "sign_in/second_factor.html", form=form, qr=qr, secret=groups, status=status)


async def _pending_secret(request: web.Request, staff_id: str) -> str:
    """The secret that this account is being shown, the same until it is confirmed."""
    async with services_of(request).store.begin() as work:
        secret = await drafts.read(work, staff_id, PENDING_SECRET)
        if secret is None:
            secret = second_factor.new_secret()
            await drafts.keep(work, staff_id, PENDING_SECRET, secret)
    return secret


@route("POST", "/console/sign-out", Permission.SIGN_IN)
async def sign_out(request: web.Request) -> web.StreamResponse:
    services, visit = services_of(request), visit_of(request)
    response = redirect(request, signed_out_address(visit))
    if visit.session is not None:
        async with services.store.begin() as work:
            await accounts.sign_out(work, visit.session.staff_id, visit.session.id, services.clock())
        services.flashes.pop(visit.session.id, None)
    drop_cookie(services, response, session_cookie(services))
    return response


@route("GET", "/console/signed-out", Permission.SIGN_IN)
async def signed_out(request: web.Request) -> web.StreamResponse:
    return render(request, "sign_in/signed_out.html")


@route("GET", "/console/set-up/{token}", Permission.SIGN_IN)
async def set_up_page(request: web.Request) -> web.StreamResponse:
    account = await _account_of_link(request)
    if account is None:
        return render(request, "sign_in/link_spent.html", status=404)
    return _set_up_page(request, empty_form(), account)


@route("POST", "/console/set-up/{token}", Permission.SIGN_IN)
async def set_up(request: web.Request) -> web.StreamResponse:
    account = await _account_of_link(request)
    if account is None:
        return render(request, "sign_in/link_spent.html", status=404)
    services, hashed = services_of(request), None
    if services.sign_in.takes_password_of(account):
        form = await read_form(request, NewPassword)
        check_new_password(request, form, account.email)
        if form.value is None or form.faults:
            return _set_up_page(request, form, account, status=400)
        hashed = await services.passwords.hash(form.value.password.get_secret_value())
    async with services.store.begin() as work:
        opened = await accounts.open_with_link(work, request.match_info["token"], hashed, services.clock())
        if opened is not None:
            await drafts.forget(work, opened.id, PENDING_SECRET)
    if opened is None:
        return render(request, "sign_in/link_spent.html", status=404)
    return render(request, "sign_in/set_up_done.html", password=hashed is not None)


def _set_up_page(request: web.Request, form: Filled[Any], account: Staff, status: int = 200) -> web.Response:
    """Where staff sign in with the council's account there is no password to choose: the link only starts afresh."""
    takes_password = services_of(request).sign_in.takes_password_of(account)
    template = "sign_in/set_up.html" if takes_password else "sign_in/set_up_council.html"
    return render(request, template, form=form, account=account, status=status)


async def _account_of_link(request: web.Request) -> Staff | None:
    services = services_of(request)
    async with services.store.look() as work:
        return await staff.account_of_link(work, request.match_info["token"], services.clock())


def _half_way(request: web.Request) -> tuple[StaffSession, Staff] | None:
    """The session whose password was right and whose code is awaited, and its account."""
    visit = visit_of(request)
    if visit.session is None or visit.account is None or visit.staff is not None:
        return None
    return visit.session, visit.account


def _with_session(request: web.Request, opened: OpenedSession) -> web.Response:
    """On to the code, which goes on to the first page when none is needed."""
    services = services_of(request)
    response = redirect(request, "/console/sign-in/code")
    set_cookie(services, response, session_cookie(services), opened.token)
    drop_cookie(services, response, form_cookie(services))
    return response


def _busy(request: web.Request, template: str, form: Filled[Any]) -> web.Response:
    add_fault(request, form, "email" if template.endswith("password.html") else "code", "sign_in.busy")
    return render(request, template, form=form, status=429)
