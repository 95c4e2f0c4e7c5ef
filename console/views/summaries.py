"""Preparing a summary: how many young people there are, the draft, signatures, OVOS, and publication."""

from __future__ import annotations

from typing import Any

from aiohttp import web

from bot.reports.content import load_board, load_taxonomy
from bot.reports.page import MOST_DECISIONS, MOST_QUOTES, Decision
from bot.reports.publishing import Draft, voice_of
from bot.reports.quarters import NoSuchQuarter, Quarter
from bot.reports.reminding import slips_waiting
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, counted_themes, denominators, publications, staff
from bot.store.publications import Changed, QuarterPublished
from console import summary_gate
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
from console.render import LONDON
from console.routes import route
from console.summary_gate import Doing, Hindered, OvosSays, OwnPage, Wanted
from console.summary_work import quotes_for, show, taxonomy_ready
from console.views.publications import as_file, date_of, shown_parts

LIST = "/console/summaries"
ONE = LIST + "/{id}"
LONGEST = 280  # characters
LIMITS = {"action": 160, "cost": 80}  # characters
MOST_PEOPLE = 99_999


def _doing(request: web.Request) -> Doing:
    return Doing(staff_of(request).staff_id, services_of(request).clock())


def _quarter(request: web.Request) -> Quarter:
    try:
        return Quarter.named(request.match_info["quarter"])
    except NoSuchQuarter:
        raise NotYours from None


# --- Quarters ---


@route("GET", LIST, Permission.READ_DRAFTS)
async def list_page(request: web.Request) -> web.StreamResponse:
    today = services_of(request).clock().astimezone(LONDON).date()
    async with services_of(request).store.look() as work:
        quarters = await counted_themes.quarters(work)
        drafts = {one.quarter: one.id for one in await publications.drafts(work)}
        published = {one.quarter for one in await publications.published(work)}
        entered = {name for name in quarters if await denominators.of_quarter(work, name)}
        waiting = await slips_waiting(work, today)
    names = sorted({*quarters, *drafts, *published}, reverse=True)
    lines = [
        {
            "quarter": name,
            "words": Quarter.named(name).in_words,
            "state": "published" if name in published else "",
            "draft": drafts.get(name),
            "entered": name in entered,
        }
        for name in names
    ]
    return render(request, "summaries/list.html", lines=lines, waiting=waiting)


# --- How many young people there are ---


@route("GET", f"{LIST}/people/{{quarter}}", Permission.PREPARE_SUMMARY)
async def people_page(request: web.Request) -> web.StreamResponse:
    quarter = _quarter(request)
    async with services_of(request).store.look() as work:
        known = await denominators.of_quarter(work, quarter.name)
    return await _people_page(request, empty_form(**{_field(group): str(number) for group, number in known.items()}))


def _field(group: str) -> str:
    return "all" if group == denominators.EVERYBODY else f"group_{group}"


async def _people_page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    board = load_board()
    parts = {"quarter": _quarter(request), "ages": board.age_bands, "homes": board.home_kinds}
    return render(request, "summaries/people.html", status=status, form=form, **parts)


@route("POST", f"{LIST}/people/{{quarter}}", Permission.PREPARE_SUMMARY)
async def enter_people(request: web.Request) -> web.StreamResponse:
    services, quarter = services_of(request), _quarter(request)
    form, board, numbers = await read_form(request, Form), load_board(), {}
    for group in (denominators.EVERYBODY, *(one.id for one in (*board.age_bands, *board.home_kinds))):
        text = form.text(_field(group)).strip().replace(",", "")
        if text and not (text.isascii() and text.isdecimal() and int(text) <= MOST_PEOPLE):
            add_fault(request, form, _field(group), "summaries.people")
        else:
            numbers[group] = int(text) if text else None
    if form.faults:
        return await _people_page(request, form, status=400)
    async with services.store.begin() as work:
        await summary_gate.enter_people(work, quarter, numbers, _doing(request))
    return redirect(request, LIST, "summaries.entered")


# --- The draft ---


@route("POST", f"{LIST}/begin/{{quarter}}", Permission.PREPARE_SUMMARY)
async def begin(request: web.Request) -> web.StreamResponse:
    services, quarter = services_of(request), _quarter(request)
    await taxonomy_ready()
    try:
        async with services.store.begin() as work:
            made = await summary_gate.begin(work, quarter, _doing(request))
    except QuarterPublished:
        return redirect(request, LIST, "summaries.there_already")
    return redirect(request, f"{LIST}/{made}/edit", "summaries.begun")


async def _draft(request: web.Request, work: Work) -> Draft:
    try:
        return await summary_gate.open_draft(work, request.match_info["id"])
    except LookupError:
        raise NotYours from None


@route("GET", ONE, Permission.READ_DRAFTS)
async def one(request: web.Request) -> web.StreamResponse:
    return await _draft_page(request, empty_form())


async def _draft_page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    services, actor = services_of(request), staff_of(request).staff_id
    async with services.store.begin() as work:
        draft = await _draft(request, work)
        details = {"quarter": draft.kept.quarter}
        await audit.note(work, actor, Action.SUMMARY_OPENED, "publication", draft.kept.id, details)
        ids = {draft.kept.prepared_by, *(signed.staff_id for signed in draft.signatures.values())}
        names = {staff_id: person.name for staff_id, person in (await staff.by_ids(work, ids)).items()}
    shown = show(draft.page.model_copy(update={"ovos": voice_of(draft)}))
    return render(
        request,
        "summaries/draft.html",
        status=status,
        form=form,
        draft=draft,
        names=names,
        checks=load_board().intruder_check,
        voice=shown.said.ovos,
        hindrances=summary_gate.stands_in_the_way(draft, _doing(request).today),
        **shown_parts(shown),
    )


@route("GET", f"{ONE}/draft.pdf", Permission.READ_DRAFTS)
async def draft_pdf(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.begin() as work:
        draft = await _draft(request, work)
        await audit.note(work, staff_of(request).staff_id, Action.EXPORTED, "publication", draft.kept.id, {"found": 1})
    shown = show(draft.page.model_copy(update={"ovos": voice_of(draft)}))
    return as_file(await shown.pdf(), "application/pdf", f"{draft.kept.quarter}-draft.pdf")


# --- Writing it ---


@route("GET", f"{ONE}/edit", Permission.PREPARE_SUMMARY)
async def edit_page(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.look() as work:
        draft = await _draft(request, work)
    page, typed = draft.page, dict[str, str]()
    for n, decision in enumerate(page.written.decisions, 1):
        typed |= {f"theme{n}": decision.theme, f"action{n}": decision.action, f"owner{n}": decision.owner}
        typed |= {f"due{n}": decision.due_on.isoformat(), f"cost{n}": decision.cost}
    meeting = "" if draft.kept.meeting_on is None else draft.kept.meeting_on.isoformat()
    form = empty_form(going_well=page.written.going_well, new=page.written.new, meeting_on=meeting, **typed)
    form.many = {
        "quotes": list(draft.kept.quotes_of),
        "checks": [name for name, ticked in page.checks.items() if ticked],
    }
    return await _edit_page(request, form)


async def _edit_page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    async with services_of(request).store.look() as work:
        draft = await _draft(request, work)
        quotes = await quotes_for(work, draft.page)
    board = load_board()
    return render(
        request,
        "summaries/edit.html",
        status=status,
        form=form,
        draft=draft,
        themes=[("", ""), *((one.id, one.councillor) for one in load_taxonomy().themes)],
        owners=[("", ""), *((owner, owner) for owner in board.owners)],
        quotes=[(one.feedback_id, one.words) for one in quotes],
        checks=[(one.id, one.text) for one in board.intruder_check],
    )


@route("POST", f"{ONE}/edit", Permission.PREPARE_SUMMARY)
async def edit(request: web.Request) -> web.StreamResponse:
    await taxonomy_ready()
    form = await read_form(request, Form)
    wanted = _wanted(request, form)
    if form.faults:
        return await _edit_page(request, form, status=400)
    version = int(form.text("version")) if form.text("version").isdecimal() else -1
    try:
        async with services_of(request).store.begin() as work:
            draft = await _draft(request, work)
            await summary_gate.write(work, draft, version, wanted, _doing(request))
    except Changed:
        add_fault(request, form, "version", "summaries.changed_meanwhile")
        return await _edit_page(request, form, status=409)
    return redirect(request, f"{LIST}/{request.match_info['id']}", "summaries.saved")


def _wanted(request: web.Request, form: Filled[Any]) -> Wanted:
    """What was written. A fault is in the form then."""
    decisions, meeting_on = _decisions(request, form), date_of(request, form, "meeting_on")
    for name in ("going_well", "new"):
        if len(form.text(name)) > LONGEST:
            add_fault(request, form, name, "summaries.too_long", longest=LONGEST)
    chosen = list(dict.fromkeys(form.many.get("quotes", [])))
    if len(chosen) > MOST_QUOTES:
        add_fault(request, form, "quotes", "summaries.quotes_many")
    ticked = set(form.many.get("checks", []))
    return Wanted(decisions, _line(form, "going_well"), _line(form, "new"), chosen, ticked, meeting_on)


def _line(form: Filled[Any], name: str) -> str:
    return " ".join(form.text(name).split())


def _decisions(request: web.Request, form: Filled[Any]) -> tuple[Decision, ...]:
    """Those that are filled in. A fault is in the form then."""
    found, themes = [], {one.id for one in load_taxonomy().themes}
    for n in range(1, MOST_DECISIONS + 1):
        texts = {name: _line(form, f"{name}{n}") for name in ("theme", "action", "owner", "due", "cost")}
        if not any(texts.values()):
            continue
        for name, longest in LIMITS.items():
            if len(texts[name]) > longest:
                add_fault(request, form, f"{name}{n}", "summaries.too_long", longest=longest)
        due = date_of(request, form, f"due{n}")
        known = texts["theme"] in themes and texts["owner"] in load_board().owners and texts["action"]
        if not known or due is None:
            add_fault(request, form, f"theme{n}", "summaries.decision_half", n=n)
        elif not form.faults:
            theme, action = texts["theme"], texts["action"]
            found.append(Decision(theme=theme, action=action, owner=texts["owner"], due_on=due, cost=texts["cost"]))
    return tuple(found)


# --- Signatures and publication ---


@route("POST", f"{ONE}/sign", Permission.SIGN_SUMMARY)
async def sign(request: web.Request) -> web.StreamResponse:
    """The second signature: somebody else than whoever prepared the page, for the page that they had before them."""
    form, here = await read_form(request, Form), f"{LIST}/{request.match_info['id']}"
    try:
        async with services_of(request).store.begin() as work:
            draft = await _draft(request, work)
            await summary_gate.sign(work, draft, form.text("seen"), _doing(request))
    except OwnPage:
        return redirect(request, here, "summaries.own")
    except Changed:
        return redirect(request, here, "summaries.changed_meanwhile")
    return redirect(request, here, "summaries.signed")


@route("POST", f"{ONE}/ovos", Permission.SIGN_FOR_OVOS)
async def say_for_ovos(request: web.Request) -> web.StreamResponse:
    """Whether OVOS agrees with the names of the themes and with the page."""
    form, here = await read_form(request, Form), f"{LIST}/{request.match_info['id']}"
    says = _ovos_says(request, form)
    if form.faults:
        return await _draft_page(request, form, status=400)
    try:
        async with services_of(request).store.begin() as work:
            draft = await _draft(request, work)
            await summary_gate.say_for_ovos(work, draft, form.text("seen"), says, _doing(request))
    except Changed:
        return redirect(request, here, "summaries.changed_meanwhile")
    return redirect(request, here, "summaries.said_for_ovos")


def _ovos_says(request: web.Request, form: Filled[Any]) -> OvosSays:
    """What was said. A fault is in the form then."""
    agrees = {name: form.text(name) == "yes" for name in ("names", "page")}
    against = {name: "" if agrees[name] else _line(form, f"{name}_dissent") for name in agrees}
    for name in agrees:
        if form.text(name) not in ("yes", "no"):
            add_fault(request, form, name, f"summaries.{name}")
        if form.text(name) == "no" and not against[name]:
            add_fault(request, form, f"{name}_dissent", f"summaries.{name}_dissent")
        if len(form.text(f"{name}_dissent").strip()) > LONGEST:
            add_fault(request, form, f"{name}_dissent", "summaries.too_long", longest=LONGEST)
    return OvosSays(agrees["names"], agrees["page"], against["names"], against["page"])


@route("POST", f"{ONE}/publish", Permission.PREPARE_SUMMARY)
async def publish(request: web.Request) -> web.StreamResponse:
    """Everything is looked at once more in the transaction that freezes the page."""
    form, here = await read_form(request, Form), f"{LIST}/{request.match_info['id']}"
    try:
        async with services_of(request).store.begin() as work:
            draft = await _draft(request, work)
            page = await summary_gate.publish(work, draft, form.text("seen"), _doing(request))
    except Hindered as hindered:
        return redirect(request, here, f"summaries.{hindered.hindrance}")
    except Changed:
        return redirect(request, here, "summaries.changed_meanwhile")
    return redirect(request, f"/console/publications/{page.quarter}", "summaries.published")
