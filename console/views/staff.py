"""Accounts of staff, for administrators: list, add, change, disable, days away."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.staff import accounts, audit
from bot.staff.audit import Action
from bot.store import absences, open_work, staff
from bot.store.open_work import OpenWork
from bot.store.staff import EmailTaken, LastAdministrator, NewLink
from bot.store.staff_models import Role, Staff
from console.context import (
    Filled,
    Filters,
    Form,
    NotYours,
    Permission,
    Undo,
    add_fault,
    empty_form,
    filters_of,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.days_away import enter_days, take_out_days, today_of
from console.hand_on import Leaving, hand_on
from console.people import person_options, role_name, role_options, who_can_stand_in
from console.routes import route

LIST = "/console/staff"
ONE = LIST + "/{id}"
EMAIL = r"^[^@\s]{1,64}@[^@\s]{1,180}\.[^@\s.]{2,}$"


class StaffFilters(Filters):
    role: Role | None = None
    disabled: bool = False


class AddStaff(Form):
    words: ClassVar[str] = "staff"
    email: Annotated[str, Field(max_length=254, pattern=EMAIL)]
    name: Annotated[str, Field(max_length=120)]
    role: Role


class ChangeRole(Form):
    """`was` is the role that the page showed: somebody else may have changed it in the meantime."""

    words: ClassVar[str] = "staff"
    role: Role
    was: Role


class Disable(Form):
    """`to` takes over; `routing` leaves each request to the rules of routing."""

    words: ClassVar[str] = "staff"
    to: Annotated[str, Field(max_length=32)] = "routing"


@route("GET", LIST, Permission.MANAGE_STAFF)
async def list_staff(request: web.Request) -> web.StreamResponse:
    services, filters = services_of(request), filters_of(request, StaffFilters)
    async with services.store.look() as work:
        everybody = await staff.everybody(work)
        away = await absences.away_on(work, today_of(request))
    shown = [
        one
        for one in everybody
        if (filters.role is None or one.role == filters.role) and (filters.disabled or one.disabled_at is None)
    ]
    form = empty_form(role=filters.role or "")
    return render(
        request,
        "staff/list.html",
        people=shown,
        away=away,
        now=services.clock(),
        filters=filters,
        form=form,
        roles=role_options(request),
        hidden=len(everybody) - len(shown),
    )


@route("GET", f"{LIST}/new", Permission.MANAGE_STAFF)
async def new_page(request: web.Request) -> web.StreamResponse:
    return render(request, "staff/new.html", form=empty_form(), roles=role_options(request))


@route("POST", f"{LIST}/new", Permission.MANAGE_STAFF)
async def add(request: web.Request) -> web.StreamResponse:
    services, form = services_of(request), await read_form(request, AddStaff)
    if form.value is None:
        return render(request, "staff/new.html", form=form, roles=role_options(request), status=400)
    try:
        async with services.store.begin() as work:
            made, link = await accounts.create(
                work,
                staff_of(request).staff_id,
                form.value.email,
                form.value.name,
                form.value.role,
                services.clock(),
            )
    except EmailTaken:
        add_fault(request, form, "email", "staff.email_taken")
        return render(request, "staff/new.html", form=form, roles=role_options(request), status=400)
    return _show_link(request, made, link)


@route("POST", f"{ONE}/link", Permission.MANAGE_STAFF)
async def new_link(request: web.Request) -> web.StreamResponse:
    services = services_of(request)
    async with services.store.begin() as work:
        person = _existing(await staff.by_id(work, request.match_info["id"]))
        if person.disabled_at is not None:
            raise NotYours
        link = await accounts.new_link(work, staff_of(request).staff_id, person.id, services.clock())
    return _show_link(request, person, link)


def _show_link(request: web.Request, person: Staff, link: NewLink) -> web.Response:
    """The only time that the link is seen: it is not kept, so this answer cannot be a way on to another page."""
    address = f"{services_of(request).settings.address}/console/set-up/{link.token}"
    return render(request, "staff/link.html", person=person, address=address, expires_at=link.expires_at)


@route("GET", ONE, Permission.MANAGE_STAFF)
async def one_page(request: web.Request) -> web.StreamResponse:
    return await _one(request, empty_form())


async def _one(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    services, today = services_of(request), today_of(request)
    async with services.store.look() as work:
        person = _existing(await staff.by_id(work, request.match_info["id"]))
        away = await absences.to_come(work, person.id, today)
        covers = await staff.by_ids(work, {one.cover_id for one in away})
        stand_ins = await who_can_stand_in(work, person)
    if "role" not in form.typed:
        form.typed = {**form.typed, "role": person.role}
    return render(
        request,
        "staff/one.html",
        status=status,
        person=person,
        role=role_name(request, person.role),
        roles=role_options(request)[1:],
        away=away,
        covers=covers,
        covers_offered=person_options(request, stand_ins),
        now=services.clock(),
        form=form,
    )


@route("POST", f"{ONE}/role", Permission.MANAGE_STAFF)
async def change_role(request: web.Request) -> web.StreamResponse:
    services, form = services_of(request), await read_form(request, ChangeRole)
    if form.value is None:
        return await _one(request, form, status=400)
    async with services.store.begin() as work:
        person = _existing(await staff.locked(work, request.match_info["id"]))
        if person.role != form.value.was:
            now = role_name(request, person.role)
            add_fault(request, form, "role", "staff.role_changed_meanwhile", role=now)
        else:
            try:
                actor = staff_of(request).staff_id
                await accounts.change_role(work, actor, person.id, form.value.role, services.clock())
            except LastAdministrator:
                add_fault(request, form, "role", "staff.last_administrator")
    if form.faults:
        return await _one(request, form, status=409)
    undo = Undo(f"{LIST}/{person.id}/role", {"role": form.value.was.value, "was": form.value.role.value})
    role = role_name(request, form.value.role)
    return redirect(request, f"{LIST}/{person.id}", "staff.role_changed", undo=undo, name=person.name, role=role)


@route("GET", f"{ONE}/disable", Permission.MANAGE_STAFF)
async def disable_page(request: web.Request) -> web.StreamResponse:
    return await _disable_page(request, empty_form())


async def _disable_page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    """Administrators see how much is open and of what kind, never whose words or what about."""
    async with services_of(request).store.look() as work:
        person = _existing(await staff.by_id(work, request.match_info["id"]))
        if person.disabled_at is not None:
            raise NotYours
        left: OpenWork = await open_work.open_work_of(work, person.id, today_of(request))
        takers = await who_can_stand_in(work, person)
    options = person_options(request, takers)[1:]
    return render(request, "staff/disable.html", status=status, person=person, left=left, takers=options, form=form)


@route("POST", f"{ONE}/disable", Permission.MANAGE_STAFF)
async def disable(request: web.Request) -> web.StreamResponse:
    services, actor, form = services_of(request), staff_of(request).staff_id, await read_form(request, Disable)
    if form.value is None:
        return await _disable_page(request, form, status=400)
    try:
        async with services.store.begin() as work:
            person = _existing(await staff.locked(work, request.match_info["id"]))
            takers = {one.id: one for one in await who_can_stand_in(work, person)}
            if form.value.to != "routing" and form.value.to not in takers:
                add_fault(request, form, "to", "staff.to")
                return await _disable_page(request, form, status=400)
            taker = takers.get(form.value.to)
            await accounts.disable(work, person.id, services.clock())
            leaving = Leaving(person, taker, actor, services.clock(), today_of(request))
            left = await hand_on(work, leaving)
            details = {"requests": len(left.requests), "to": None if taker is None else taker.id}
            await audit.note(work, actor, Action.STAFF_DISABLED, "staff", person.id, details)
    except LastAdministrator:
        add_fault(request, form, "to", "staff.last_administrator")
        return await _disable_page(request, form, status=409)
    for conversation_id in left.conversations:
        services.hub.wake(conversation_id)
    undo = Undo(f"{LIST}/{person.id}/enable")
    return redirect(request, f"{LIST}/{person.id}", "staff.disabled", undo=undo, name=person.name)


@route("POST", f"{ONE}/enable", Permission.MANAGE_STAFF)
async def enable(request: web.Request) -> web.StreamResponse:
    """The account works again; the work that was handed on stays where it is."""
    async with services_of(request).store.begin() as work:
        person = _existing(await staff.locked(work, request.match_info["id"]))
        await accounts.enable(work, staff_of(request).staff_id, person.id)
    return redirect(request, f"{LIST}/{person.id}", "staff.enabled", name=person.name)


@route("POST", f"{ONE}/absences", Permission.MANAGE_STAFF)
async def enter_absence(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.look() as work:
        person = _existing(await staff.by_id(work, request.match_info["id"]))
    done = await enter_days(request, person, f"{LIST}/{person.id}")
    return await _one(request, done, status=400) if isinstance(done, Filled) else done


@route("POST", ONE + "/absences/{absence}/take-out", Permission.MANAGE_STAFF)
async def take_out_absence(request: web.Request) -> web.StreamResponse:
    staff_id = request.match_info["id"]
    return await take_out_days(request, staff_id, f"{LIST}/{staff_id}")


def _existing(person: Staff | None) -> Staff:
    if person is None:
        raise NotYours
    return person
