"""Who is on call: the lines of the rota, who has each duty now, and where there is a gap or an overlap."""

from __future__ import annotations

from datetime import date, time, timedelta
from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.alerts import rota as rotas
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, alert_rota, staff
from bot.store.alert_models import Duty
from bot.store.alert_rota import Rota
from bot.store.staff_models import Role
from console.context import (
    Filled,
    Form,
    NotYours,
    Permission,
    Undo,
    add_fault,
    empty_form,
    may,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.days_away import today_of
from console.people import role_name
from console.routes import route

ROTA = "/console/rota"
DAYS_AHEAD = 7
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


class NewShift(Form):
    """A shift that ends at or before it begins goes on into the next day."""

    words: ClassVar[str] = "rota"
    staff_id: Annotated[str, Field(max_length=32)]
    duty: Duty
    weekdays: Annotated[list[Annotated[int, Field(ge=0, le=6)]], Field(min_length=1)]
    begins: time
    ends: time
    first_day: date
    last_day: date | None = None


@route("GET", ROTA, Permission.KEEP_ROTA)
async def page(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form(first_day=today_of(request).isoformat()))


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    services, today = services_of(request), today_of(request)
    at = services.clock()
    async with services.store.look() as work:
        rota = await alert_rota.read(work, today - timedelta(days=1), today + timedelta(days=DAYS_AHEAD))
        people = await _people(request, work)
    duties = [(duty, rotas.on_duty(rota, duty, at), rotas.coverage(rota, duty, at, DAYS_AHEAD)) for duty in Duty]
    return render(
        request,
        "rota/rota.html",
        status=status,
        duties=duties,
        lines=_lines(rota),
        no_lead=not any(one.role == Role.SAFEGUARDING_LEAD for one in rota.people.values()),
        no_phone=[one.name for one in _on_rota(rota) if not one.has_phone],
        people=people,
        duty_options=[(duty.value, services.words.say(f"rota.duty_{duty}")) for duty in Duty],
        weekday_options=[(str(n), services.words.say(f"rota.{name}")) for n, name in enumerate(WEEKDAYS)],
        weekdays=[services.words.say(f"rota.{name}") for name in WEEKDAYS],
        days=DAYS_AHEAD,
        form=form,
    )


async def _people(request: web.Request, work: Work) -> list[tuple[str, str]]:
    """Those whose role can open an alert."""
    found = [one for one in await staff.active(work) if may(Role(one.role), Permission.ALERTS)]
    return [("", services_of(request).words.say("staff.choose"))] + [
        (one.id, f"{one.name} ({role_name(request, one.role)})") for one in found
    ]


def _lines(rota: Rota) -> list[tuple[alert_rota.Shift, str]]:
    names = {one.staff_id: one.name for one in rota.people.values()}
    order = list(Duty)
    return sorted(
        ((one, names.get(one.staff_id, "")) for one in rota.shifts),
        key=lambda line: (order.index(line[0].duty), line[0].weekdays, line[0].begins),
    )


def _on_rota(rota: Rota) -> list[alert_rota.Person]:
    on = {one.staff_id for one in rota.shifts}
    return [one for one in rota.people.values() if one.staff_id in on]


@route("POST", ROTA, Permission.KEEP_ROTA)
async def add(request: web.Request) -> web.StreamResponse:
    services, actor, form = services_of(request), staff_of(request).staff_id, await read_form(request, NewShift)
    if form.value is None:
        return await _page(request, form, status=400)
    sent = form.value
    if sent.last_day is not None and sent.last_day < sent.first_day:
        add_fault(request, form, "last_day", "rota.days_reversed")
        return await _page(request, form, status=400)
    async with services.store.begin() as work:
        person = await staff.by_id(work, sent.staff_id)
        if person is None or person.disabled_at is not None or not may(Role(person.role), Permission.ALERTS):
            add_fault(request, form, "staff_id", "rota.staff_id" if person is None else "rota.may_not")
        else:
            hours, days = (sent.begins, sent.ends), (sent.first_day, sent.last_day)
            shift = await alert_rota.add(work, person.id, sent.duty, sent.weekdays, hours, days)
            await audit.note(work, actor, Action.ROTA_CHANGED, "shift", shift.id, {"what": "added"})
    if form.faults or person is None:
        return await _page(request, form, status=400)
    undo = Undo(f"{ROTA}/{shift.id}/remove")
    return redirect(request, ROTA, "rota.added", undo=undo, name=person.name)


@route("POST", ROTA + "/{id}/remove", Permission.KEEP_ROTA)
async def remove(request: web.Request) -> web.StreamResponse:
    services, shift_id = services_of(request), request.match_info["id"]
    async with services.store.begin() as work:
        if not await alert_rota.remove(work, shift_id, services.clock()):
            raise NotYours
        actor = staff_of(request).staff_id
        await audit.note(work, actor, Action.ROTA_CHANGED, "shift", shift_id, {"what": "removed"})
    return redirect(request, ROTA, "rota.removed", undo=Undo(f"{ROTA}/{shift_id}/put-back"))


@route("POST", ROTA + "/{id}/put-back", Permission.KEEP_ROTA)
async def put_back(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.begin() as work:
        if not await alert_rota.put_back(work, request.match_info["id"]):
            raise NotYours
        actor, shift_id = staff_of(request).staff_id, request.match_info["id"]
        await audit.note(work, actor, Action.ROTA_CHANGED, "shift", shift_id, {"what": "put_back"})
    return redirect(request, ROTA, "rota.put_back")
