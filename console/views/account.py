"""One's own account: password, where one is signed in, days away."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field, SecretStr

from bot.staff import accounts
from bot.staff.phones import mobile_number
from bot.staff.tries import TooManyTries
from bot.store import absences, staff, staff_sessions
from bot.store.staff_models import Staff
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
from console.days_away import enter_days, take_out_days, today_of
from console.passwords import NewPassword, check_new_password
from console.people import person_options, role_name, who_can_stand_in
from console.routes import route
from console.visit import drop_cookie, session_cookie, set_cookie, signed_out_address, visit_of

ACCOUNT = "/console/account"


class ChangedPassword(NewPassword):
    words: ClassVar[str] = "staff"
    old_password: Annotated[SecretStr, Field(max_length=1_000)]


@route("GET", ACCOUNT, Permission.HOME)
async def account(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form(phone=_myself(request).phone or ""))


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    services, me = services_of(request), _myself(request)
    async with services.store.look() as work:
        browsers = await staff_sessions.count_living(work, me.id, services.clock(), services.settings.limits)
        away = await absences.to_come(work, me.id, today_of(request))
        covers = await staff.by_ids(work, {one.cover_id for one in away})
        stand_ins = await who_can_stand_in(work, me)
    return render(
        request,
        "account/account.html",
        status=status,
        me=me,
        role=role_name(request, me.role),
        browsers=browsers,
        away=away,
        covers=covers,
        covers_offered=person_options(request, stand_ins),
        form=form,
    )


def _myself(request: web.Request) -> Staff:
    me = visit_of(request).account
    if me is None:
        raise NotYours
    return me


class Phone(Form):
    words: ClassVar[str] = "staff"
    phone: Annotated[str, Field(max_length=40)] = ""


@route("POST", f"{ACCOUNT}/phone", Permission.HOME)
async def set_phone(request: web.Request) -> web.StreamResponse:
    """Told of alerts by SMS, with nothing in it but where to sign in. Empty takes the number out."""
    me, form = _myself(request), await read_form(request, Phone)
    if form.value is None:
        return await _page(request, form, status=400)
    number = mobile_number(form.value.phone)
    if form.value.phone and number is None:
        add_fault(request, form, "phone", "staff.phone")
        return await _page(request, form, status=400)
    async with services_of(request).store.begin() as work:
        await accounts.set_phone(work, me.id, number)
    return redirect(request, ACCOUNT, "staff.phone_set" if number else "staff.phone_out")


@route("POST", f"{ACCOUNT}/absences", Permission.HOME)
async def enter_absence(request: web.Request) -> web.StreamResponse:
    done = await enter_days(request, _myself(request), ACCOUNT)
    return await _page(request, done, status=400) if isinstance(done, Filled) else done


@route("POST", ACCOUNT + "/absences/{absence}/take-out", Permission.HOME)
async def take_out_absence(request: web.Request) -> web.StreamResponse:
    return await take_out_days(request, staff_of(request).staff_id, ACCOUNT)


@route("GET", f"{ACCOUNT}/password", Permission.HOME)
async def password_page(request: web.Request) -> web.StreamResponse:
    return render(request, "account/password.html", form=empty_form(), me=_myself(request))


@route("POST", f"{ACCOUNT}/password", Permission.HOME)
async def change_password(request: web.Request) -> web.StreamResponse:
    """A new password ends every session, and this browser gets a new one."""
    services, me = services_of(request), _myself(request)
    form = await read_form(request, ChangedPassword)
    check_new_password(request, form, me.email)
    if form.value is not None and not form.faults:
        old = form.value.old_password.get_secret_value()
        try:
            if not await services.sign_in.is_password_of(me.id, old):
                add_fault(request, form, "old_password", "staff.old_password_wrong")
        except TooManyTries:
            add_fault(request, form, "old_password", "sign_in.busy")
    if form.value is None or form.faults:
        return render(request, "account/password.html", form=form, me=me, status=400)
    hashed = await services.passwords.hash(form.value.password.get_secret_value())
    session = visit_of(request).session
    whole = session is not None and session.second_factor_at is not None
    by_council = session is not None and session.by_council
    async with services.store.begin() as work:
        await accounts.change_password(work, me.id, hashed, services.clock())
        opened = await staff_sessions.start(work, me.id, services.clock(), second_factor=whole, by_council=by_council)
    visit_of(request).session = opened.session
    response = redirect(request, ACCOUNT, "staff.password_changed")
    set_cookie(services, response, session_cookie(services), opened.token)
    return response


@route("POST", f"{ACCOUNT}/sign-out-everywhere", Permission.HOME)
async def sign_out_everywhere(request: web.Request) -> web.StreamResponse:
    services = services_of(request)
    async with services.store.begin() as work:
        await accounts.sign_out_everywhere(work, staff_of(request).staff_id, services.clock())
    response = redirect(request, signed_out_address(visit_of(request)))
    drop_cookie(services, response, session_cookie(services))
    return response
