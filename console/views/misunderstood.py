"""The list of messages that the service did not understand: what each should have met, and a fresh example."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.entitlements.examples import LONGEST_EXAMPLE, fault_of
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import misunderstood, staff
from bot.store.misunderstood import DecidedAlready, Decision, Measure, Opened
from console.cards import card_of, card_titles
from console.context import (
    Filled,
    Filters,
    Form,
    NotYours,
    Permission,
    Undo,
    add_fault,
    address_with,
    empty_form,
    filters_of,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.routes import route
from console.views.requests import viewer_of
from console.wording import Words

LIST = "/console/misunderstood"
ONE = LIST + "/{id}"
PAGE_SIZE = 50
ENTITLEMENT = "entitlement"
GOALS = (
    ENTITLEMENT,
    "feedback",
    "good_news",
    "contact_request",
    "complaint",
    "advocate",
    "request_status",
    "privacy",
    "ovos_join",
    "greet",
    "thanks",
    "goodbye",
    "help_menu",
    "smalltalk",
    "affirm",
    "deny",
    "restart_or_stop",
    "language_or_accessibility",
    "out_of_scope",
)
NOTHING, UNDONE = "nothing_to_learn", "undone"  # how the log names them


class ListFilters(Filters):
    after: Annotated[str, Field(max_length=90)] = ""


class Teach(Form):
    """`card` is a title or an id, as it was picked or typed."""

    words: ClassVar[str] = "misunderstood"
    goal: Annotated[str, Field(pattern=f"^({'|'.join(GOALS)})$")]
    card: Annotated[str, Field(max_length=80)] = ""
    example: Annotated[str, Field(max_length=LONGEST_EXAMPLE)]


@route("GET", LIST, Permission.TEACH)
async def list_page(request: web.Request) -> web.StreamResponse:
    filters = filters_of(request, ListFilters)
    async with services_of(request).store.look() as work:
        measure = await misunderstood.measure(work, viewer_of(request))
        place = _read_place(filters.after)
        found = await misunderstood.waiting(work, viewer_of(request), PAGE_SIZE + 1, place)
    now, shown = services_of(request).clock(), found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE
    return render(
        request,
        "misunderstood/list.html",
        waiting=[(one, _days(one.created_at, now)) for one in shown],
        measure=measure,
        oldest=_oldest(measure, now),
        next_page=address_with(request, after=f"{shown[-1].created_at.isoformat()}_{shown[-1].id}") if more else None,
        first_page=None if place is None else LIST,
    )


def _days(since: datetime, now: datetime) -> int:
    return max(0, (now - since).days)


def _oldest(measure: Measure, now: datetime) -> int | None:
    return None if measure.oldest_at is None else _days(measure.oldest_at, now)


def _read_place(text: str) -> tuple[datetime, str] | None:
    moment, _, row_id = text.partition("_")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        return None
    return (at, row_id) if at.tzinfo is not None and row_id.isalnum() else None


@route("GET", ONE, Permission.TEACH)
async def one(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form())


async def _page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    async with services_of(request).store.look() as work:
        found = await misunderstood.one(work, viewer_of(request), request.match_info["id"])
        if found is None:
            raise NotYours
        by = None if found.looked_by is None else await staff.by_id(work, found.looked_by)
        measure = await misunderstood.measure(work, viewer_of(request))
    titles = await card_titles()
    return render(
        request,
        "misunderstood/one.html",
        status=status,
        found=found,
        by="" if by is None else by.name,
        is_own=found.looked_by == staff_of(request).staff_id,
        offered=_offered(services_of(request).words, found, titles),
        measure=measure,
        age=_days(found.created_at, services_of(request).clock()),
        goals=[("", ""), *((goal, services_of(request).words.say(f"misunderstood.goal_{goal}")) for goal in GOALS)],
        titles=sorted(titles.values()),
        card_title=titles.get(found.card or ""),
        longest=LONGEST_EXAMPLE,
        form=form,
    )


def _offered(words: Words, found: Opened, titles: Mapping[str, str]) -> list[str]:
    """What was offered instead: a card's title, or the goal in words. A payload is never shown as it is."""
    return [_offer(words, payload, titles) for payload in found.offered]


def _offer(words: Words, payload: str, titles: Mapping[str, str]) -> str:
    name, _, rest = payload.removeprefix("/").partition("{")
    try:
        card = str(json.loads("{" + rest).get("card")) if rest else ""
    except ValueError:
        card = ""
    key = f"misunderstood.goal_{name}"
    return titles.get(card) or (words.say(key) if words.knows(key) else name.replace("_", " "))


@route("POST", f"{ONE}/teach", Permission.TEACH)
async def teach(request: web.Request) -> web.StreamResponse:
    """What the message should have met, with an example in the officer's own words. Only that trains."""
    form = await read_form(request, Teach)
    if form.value is None:
        return await _page(request, form, status=400)
    decision = await _decision(request, form, form.value)
    if decision is None:
        return await _page(request, form, status=400)
    return await _decide(request, form, decision, "misunderstood.learned")


async def _decision(request: web.Request, form: Filled[Any], sent: Teach) -> Decision | None:
    """None when a fault was found, which is in the form then."""
    card = card_of(sent.card, await card_titles()) if sent.card else None
    if sent.goal == ENTITLEMENT and card is None:
        add_fault(request, form, "card", "misunderstood.card" if sent.card else "misunderstood.card_missing")
    elif sent.goal != ENTITLEMENT and sent.card:
        add_fault(request, form, "card", "misunderstood.card_not_needed")
    async with services_of(request).store.look() as work:
        found = await misunderstood.one(work, viewer_of(request), request.match_info["id"])
        if found is None:
            raise NotYours
        theirs = await misunderstood.typed_words(work, found.conversation_id)
    example = " ".join(sent.example.split())
    if (fault := fault_of(example, theirs)) is not None:
        add_fault(request, form, "example", f"misunderstood.example_{fault}")
    return None if form.faults else Decision(sent.goal, card, example)


@route("POST", f"{ONE}/nothing", Permission.TEACH)
async def nothing(request: web.Request) -> web.StreamResponse:
    return await _decide(request, await read_form(request, Form), Decision(), "misunderstood.nothing")


async def _decide(request: web.Request, form: Filled[Any], decision: Decision, say: str) -> web.Response:
    services, actor, row_id = services_of(request), staff_of(request).staff_id, request.match_info["id"]
    try:
        async with services.store.begin() as work:
            if await misunderstood.one(work, viewer_of(request), row_id) is None:
                raise NotYours
            await misunderstood.decide(work, row_id, actor, decision, services.clock())
            details = {"goal": decision.goal or NOTHING, "card": decision.card}
            await audit.note(work, actor, Action.MISUNDERSTOOD_DECIDED, "misunderstood", row_id, details)
    except DecidedAlready:
        add_fault(request, form, "decided", "misunderstood.decided_meanwhile")
        return await _page(request, form, status=409)
    return redirect(request, LIST, say, undo=Undo(f"{LIST}/{row_id}/undo"))


@route("POST", f"{ONE}/undo", Permission.TEACH)
async def undo(request: web.Request) -> web.StreamResponse:
    """Put it back on the list; the example is gone. Only what one has decided oneself."""
    actor, row_id = staff_of(request).staff_id, request.match_info["id"]
    try:
        async with services_of(request).store.begin() as work:
            if await misunderstood.one(work, viewer_of(request), row_id) is None:
                raise NotYours
            await misunderstood.undo(work, row_id, actor)
            await audit.note(work, actor, Action.MISUNDERSTOOD_DECIDED, "misunderstood", row_id, {"goal": UNDONE})
    except DecidedAlready:
        raise NotYours from None
    return redirect(request, f"{LIST}/{row_id}", "misunderstood.undone")
