"""Alerts: the list with its clocks, and the page that works on a phone in one hand.

"I have this", opening the words and recording what was decided are three taps, three events and three lines of the log.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import BeforeValidator, Field

from bot.alerts import deeds
from bot.alerts.by_hand import higher_than
from bot.alerts.deeds import LONGEST, LONGEST_REFERENCE, Actor, Decision
from bot.alerts.happened import Happened
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, alert_additions, alert_pages, alert_work, drafts, reads, staff, transcript
from bot.store.addition_models import Added
from bot.store.alert_models import AlertOutcome
from bot.store.alert_pages import AlertLine, Show
from bot.store.models import AlertState, Severity
from bot.store.requests import NotThere
from bot.store.staff_models import Role
from console.alert_words import COLOURS, STATE_COLOURS, clock_of
from console.context import (
    Filled,
    Filters,
    Form,
    NotYours,
    Permission,
    Undo,
    add_fault,
    address_with,
    draft_of,
    empty_form,
    filters_of,
    may,
    read_form,
    redirect,
    render,
    render_part,
    services_of,
    staff_of,
)
from console.routes import route
from console.views.request import one_line_end
from console.views.requests import viewer_of

LIST = "/console/alerts"
ONE = LIST + "/{id}"
ADVICE = ("carer_or_staff_conduct", "forced_marriage_honour", "missing")
TO_ROTA = "rota"


class AlertFilters(Filters):
    show: Show = Show.OPEN
    severity: Severity | None = None


class Outcome(Form):
    """Facts are what was seen, said or done. What somebody thinks stands in a field of its own."""

    words: ClassVar[str] = "alerts"
    outcome: AlertOutcome
    reference: Annotated[str | None, Field(max_length=LONGEST_REFERENCE)] = None
    facts: Annotated[str | None, Field(max_length=LONGEST), BeforeValidator(one_line_end)] = None
    opinion: Annotated[str | None, Field(max_length=LONGEST), BeforeValidator(one_line_end)] = None


class HandOn(Form):
    words: ClassVar[str] = "alerts"
    to: Annotated[str, Field(max_length=32)]


class Named(Form):
    words: ClassVar[str] = "alerts"
    person: Annotated[str, Field(max_length=32)]


# --- The list ---


@route("GET", LIST, Permission.ALERTS)
async def list_alerts(request: web.Request) -> web.StreamResponse:
    filters = filters_of(request, AlertFilters)
    return render(request, "alerts/list.html", filters=filters, **await _listed(request, filters))


@route("GET", f"{LIST}/now", Permission.ALERTS)
async def list_now(request: web.Request) -> web.StreamResponse:
    """The list alone, for the page's script."""
    filters = filters_of(request, AlertFilters)
    return render_part(request, "alerts/lines.html", filters=filters, **await _listed(request, filters))


async def _listed(request: web.Request, filters: AlertFilters) -> dict[str, Any]:
    services, viewer = services_of(request), viewer_of(request)
    async with services.store.begin() as work:
        lines = await alert_pages.lines(work, viewer, filters.show, filters.severity)
        counts = await alert_pages.counts(work, viewer)
        if request.path == LIST:
            await audit.note(work, viewer.staff_id, Action.ALERTS_LISTED, "alert", "list", {"found": len(lines)})
    views = [
        (show, services.words.say(f"alerts.show_{show}"), counts[show], address_with(request, show=show))
        for show in Show
    ]
    at = services.clock()
    shown = [(line, clock_of(services.words, services.ladder, line, at)) for line in lines]
    severities = [(one, services.words.say(f"alerts.severity_{one}")) for one in COLOURS]
    return {
        "views": views,
        "lines": shown,
        "colours": COLOURS,
        "severities": severities,
        "state_colours": STATE_COLOURS,
    }


# --- One alert ---


@route("GET", ONE, Permission.ALERTS)
async def one(request: web.Request) -> web.StreamResponse:
    return await _page(request, await _outcome_form(request))


async def _outcome_form(request: web.Request) -> Filled[Form]:
    alert_id = request.match_info["id"]
    facts, opinion = await draft_of(request, f"alert:{alert_id}"), await draft_of(request, f"alert-opinion:{alert_id}")
    return empty_form(facts=facts, opinion=opinion)


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    """Whoever has opened the words sees them up to where they were opened; what came after waits for another tap."""
    services, viewer, at = services_of(request), viewer_of(request), services_of(request).clock()
    async with services.store.begin() as work:
        line = await _line(request, work)
        opened = await alert_work.opened_up_to(work, line.conversation_id, viewer.staff_id)
        shows_words = opened > 0 and line.state is not AlertState.RAISED
        words = [one for one in await alert_pages.words(work, line) if one.position <= opened] if shows_words else []
        events = await alert_pages.events(work, line.id)
        added = [one for one in await alert_additions.of_alert(work, line.id) if one.kind is not Added.AFTER]
        hops = await alert_pages.hops(work, line.id)
        others = await alert_pages.others_of(work, viewer, line)
        read_by = await transcript.read_by(work, line.conversation_id)
        barred = await alert_work.barred(work, line.conversation_id)
        people = await staff.active(work)
        await audit.note(work, viewer.staff_id, Action.ALERT_OPENED, "alert", line.id)
    can_have = [one for one in people if may(one.role, Permission.ALERTS) and barred.may(one.id, Role(one.role))]
    return render(
        request,
        "alerts/one.html",
        status=status,
        line=line,
        clock=clock_of(services.words, services.ladder, line, at),
        mine=line.holder_id == viewer.staff_id,
        me=viewer.staff_id,
        words=words,
        opened=opened if shows_words else 0,
        new=await _new(request, line, opened),
        events=events,
        added=added,
        hops=hops,
        others=others,
        read_by=read_by,
        advice=_advice(line, barred.leads_only),
        ring=services.ring.of(line.category),
        can_read=may(viewer.role, Permission.READ_TRANSCRIPTS),
        can_raise=may(viewer.role, Permission.RAISE_ALERT) and bool(higher_than(line.severity)),
        outcomes=[(one.value, services.words.say(f"alerts.outcome_{one}")) for one in AlertOutcome],
        to=[(one.id, one.name) for one in can_have if one.id != viewer.staff_id],
        staff=[(one.id, one.name) for one in people if one.id != viewer.staff_id],
        form=form,
        colours=COLOURS,
        state_colours=STATE_COLOURS,
        longest=LONGEST,
    )


def _advice(line: AlertLine, about_staff: bool) -> list[str]:
    """Keys of what must be known before anything is done."""
    found = [line.category] if line.category in ADVICE else []
    if about_staff and "carer_or_staff_conduct" not in found:
        found.append("carer_or_staff_conduct")
    return [*found, *(["quiet"] if line.quiet else [])]


async def _new(request: web.Request, line: AlertLine, opened: int) -> int:
    """How many of the young person's messages this reader has not opened."""
    async with services_of(request).store.look() as work:
        return sum(one.by_young_person and one.position > opened for one in await alert_pages.words(work, line))


async def _line(request: web.Request, work: Work) -> AlertLine:
    try:
        return await alert_pages.one(work, viewer_of(request), request.match_info["id"])
    except NotThere:
        raise NotYours from None


# --- What is done with it ---

Doing = Callable[[Work, Actor, str], Awaitable[list[Happened]]]


async def _do(request: web.Request, doing: Doing) -> tuple[list[Happened], AlertLine]:
    """Under the rule of who sees it, with its lines in the log. Raises what `doing` raises, and NotYours."""
    services, viewer = services_of(request), viewer_of(request)
    async with services.store.begin() as work:
        line = await _line(request, work)
        try:
            happened = await doing(work, Actor(viewer.staff_id, viewer.role, services.clock()), line.id)
        except deeds.NotThere:
            raise NotYours from None
        for step in happened:
            await audit.note_line(work, step)
    services.hub.wake(line.conversation_id)
    return happened, line


def _address(request: web.Request) -> str:
    return f"{LIST}/{request.match_info['id']}"


@route("POST", f"{ONE}/have", Permission.ALERTS)
async def have(request: web.Request) -> web.StreamResponse:
    """ "I have this"."""
    try:
        _, line = await _do(request, deeds.acknowledge)
    except deeds.TakenAlready as taken:
        async with services_of(request).store.look() as work:
            holder = None if taken.holder_id is None else await staff.by_id(work, taken.holder_id)
        name = "" if holder is None else holder.name
        return redirect(request, _address(request), "alerts.taken_already", name=name)
    undo = Undo(f"{_address(request)}/hand-on", {"to": TO_ROTA})
    return redirect(request, _address(request), _taken(line), undo=undo)


def _taken(line: AlertLine) -> str:
    """The key of what whoever has just taken it is told: above all, what the chat was told."""
    if line.quiet:
        return "alerts.taken_quiet"
    return "alerts.taken_by_hand" if line.by_person else "alerts.taken"


@route("POST", f"{ONE}/take-over", Permission.ALERTS)
async def take_over(request: web.Request) -> web.StreamResponse:
    """From whoever has read it and recorded no outcome in time."""
    try:
        _, line = await _do(request, deeds.take_over)
    except deeds.NotYoursToDo:
        return redirect(request, _address(request), "alerts.not_yours")
    return redirect(request, _address(request), "alerts.taken_over", name=line.holder_name or "")


@route("POST", f"{ONE}/words", Permission.ALERTS)
async def open_words(request: web.Request) -> web.StreamResponse:
    """The chat shows that a person has read so far, unless somebody else may see the device."""
    viewer = viewer_of(request)

    async def doing(work: Work, actor: Actor, alert_id: str) -> list[Happened]:
        happened = await deeds.open_words(work, actor, alert_id)
        line = await alert_pages.one(work, viewer, alert_id)
        if not line.quiet:
            await reads.note_read(work, line.conversation_id, actor.staff_id, happened[0].details["up_to"])
        return happened

    try:
        await _do(request, doing)
    except deeds.NotYoursToDo:
        return redirect(request, _address(request), "alerts.not_yours")
    return redirect(request, f"{_address(request)}#words", "alerts.words_opened")


@route("POST", f"{ONE}/outcome", Permission.ALERTS)
async def outcome(request: web.Request) -> web.StreamResponse:
    form, staff_id = await read_form(request, Outcome), staff_of(request).staff_id
    if form.value is None:
        return await _page(request, form, status=400)
    sent = form.value
    decision = Decision(sent.outcome, sent.reference, sent.facts, sent.opinion)

    async def doing(work: Work, actor: Actor, alert_id: str) -> list[Happened]:
        happened = await deeds.record(work, actor, alert_id, decision)
        for place in (f"alert:{alert_id}", f"alert-opinion:{alert_id}"):
            await drafts.forget(work, staff_id, place)
        return happened

    try:
        await _do(request, doing)
    except deeds.Missing as missing:
        add_fault(request, form, missing.field, f"alerts.{missing.field}")
        return await _page(request, form, status=400)
    except deeds.NotYoursToDo:
        return redirect(request, _address(request), "alerts.not_yours")
    return redirect(request, _address(request), "alerts.recorded")


@route("POST", f"{ONE}/hand-on", Permission.ALERTS)
async def hand_on(request: web.Request) -> web.StreamResponse:
    """To somebody, or back to the rota: the way back from a tap that was a mistake."""
    form = await read_form(request, HandOn)
    if form.value is None:
        return await _page(request, form, status=400)
    wanted = form.value.to
    async with services_of(request).store.look() as work:
        person = None if wanted == TO_ROTA else await staff.by_id(work, wanted)
    if wanted != TO_ROTA and (person is None or not may(Role(person.role), Permission.ALERTS)):
        add_fault(request, form, "to", "alerts.to")
        return await _page(request, form, status=400)
    to = None if person is None else (person.id, Role(person.role))
    try:
        await _do(request, partial(_hand_on, to=to))
    except deeds.MayNotKnow:
        add_fault(request, form, "to", "alerts.may_not_know")
        return await _page(request, form, status=400)
    except deeds.NotYoursToDo:
        return redirect(request, _address(request), "alerts.not_yours")
    if person is None:
        return redirect(request, _address(request), "alerts.put_back")
    return redirect(request, _address(request), "alerts.handed_on", name=person.name)


async def _hand_on(work: Work, actor: Actor, alert_id: str, to: tuple[str, Role] | None) -> list[Happened]:
    return await deeds.hand_on(work, actor, alert_id, to)


@route("POST", f"{ONE}/name", Permission.ALERTS)
async def name(request: web.Request) -> web.StreamResponse:
    """It may be about this member of staff: they never see it, nor the conversation."""
    form = await read_form(request, Named)
    if form.value is None:
        return await _page(request, form, status=400)
    async with services_of(request).store.look() as work:
        person = await staff.by_id(work, form.value.person)
    if person is None:
        add_fault(request, form, "person", "alerts.person")
        return await _page(request, form, status=400)
    found = person

    async def doing(work: Work, actor: Actor, alert_id: str) -> list[Happened]:
        return await deeds.name(work, actor, alert_id, found.id)

    try:
        await _do(request, doing)
    except deeds.NotYoursToDo:
        return redirect(request, _address(request), "alerts.not_yours")
    return redirect(request, _address(request), "alerts.named", name=found.name)
