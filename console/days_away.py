"""The form for days away, on one's own page and on an administrator's."""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar

from aiohttp import web
from pydantic import Field

from bot.staff import absence
from bot.store import absences
from bot.store.staff_models import Staff
from console.context import (
    Filled,
    Form,
    NotYours,
    Undo,
    add_fault,
    read_form,
    redirect,
    services_of,
    staff_of,
)
from console.people import who_can_stand_in
from console.render import LONDON


class DaysAway(Form):
    words: ClassVar[str] = "staff"
    first_day: date
    last_day: date
    cover_id: Annotated[str, Field(max_length=32)]


def today_of(request: web.Request) -> date:
    """Today, by the clocks in England."""
    return services_of(request).clock().astimezone(LONDON).date()


async def enter_days(request: web.Request, person: Staff, back: str) -> web.Response | Filled[DaysAway]:
    """The way on when the days are entered, else the form with its faults."""
    form = await read_form(request, DaysAway)
    if form.value is None or _days_faulty(request, form, form.value):
        return form
    async with services_of(request).store.begin() as work:
        if form.value.cover_id not in {one.id for one in await who_can_stand_in(work, person)}:
            add_fault(request, form, "cover_id", "staff.cover_id")
            return form
        try:
            entered = await absence.enter(
                work,
                staff_of(request).staff_id,
                person.id,
                form.value.cover_id,
                form.value.first_day,
                form.value.last_day,
            )
        except absences.Overlaps:
            add_fault(request, form, "first_day", "staff.days_overlap")
            return form
    undo = Undo(f"{back}/absences/{entered.id}/take-out")
    return redirect(request, back, "staff.absence_set", undo=undo)


def _days_faulty(request: web.Request, form: Filled[DaysAway], days: DaysAway) -> bool:
    if days.last_day < days.first_day:
        add_fault(request, form, "last_day", "staff.days_reversed")
    elif days.last_day < today_of(request):
        add_fault(request, form, "last_day", "staff.days_over")
    return bool(form.faults)


async def take_out_days(request: web.Request, staff_id: str, back: str) -> web.Response:
    async with services_of(request).store.begin() as work:
        if await absence.take_out(work, staff_of(request).staff_id, staff_id, request.match_info["absence"]) is None:
            raise NotYours
    return redirect(request, back, "staff.absence_taken_out")
