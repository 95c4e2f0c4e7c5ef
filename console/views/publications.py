"""What was published: councillors' pages, as web page, PDF, CSV and picture, and the slip that the board fills in."""

from __future__ import annotations

from datetime import date
from typing import Any

from aiohttp import web
from markupsafe import Markup

from bot.reports.content import load_board
from bot.reports.page import Decision, Page, read_page
from bot.reports.promises import AlreadyTold
from bot.reports.quarters import Quarter
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, publications
from bot.store.publications import Kept, Reply
from bot.store.report_models import BoardAnswer
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
from console.routes import route
from console.summary_gate import Doing
from console.summary_work import Shown, show

LIST = "/console/publications"
ONE = LIST + "/{quarter}"
LONGEST = 280  # characters


def shown_parts(shown: Shown) -> dict[str, Any]:
    """What the template of a page needs."""
    # The chart is made of escaped text and numbers by our own code.
    return {
        "said": shown.said,
        "w": shown.words.words,
        "chart": Markup(shown.chart),  # noqa: S704
        "not_asked": shown.not_asked,
        "principles": shown.principles,
    }


@route("GET", LIST, Permission.READ_PUBLICATIONS)
async def newest(request: web.Request) -> web.StreamResponse:
    """The newest summary at once: the decision is on the first screen."""
    async with services_of(request).store.begin() as work:
        kept = await publications.published(work)
        if not kept:
            return render(request, "publications/none.html")
        return await _page(request, work, kept[0], kept)


@route("GET", ONE, Permission.READ_PUBLICATIONS)
async def one(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.begin() as work:
        kept = await publications.published(work)
        return await _page(request, work, _wanted(request, kept), kept)


def _wanted(request: web.Request, kept: list[Kept]) -> Kept:
    found = next((one for one in kept if one.quarter == request.match_info["quarter"]), None)
    if found is None:
        raise NotYours
    return found


async def _page(request: web.Request, work: Work, wanted: Kept, kept: list[Kept]) -> web.Response:
    actor, shown = staff_of(request).staff_id, show(read_page(wanted.page))
    await audit.note(work, actor, Action.PUBLICATION_READ, "publication", wanted.id, {"quarter": wanted.quarter})
    return render(
        request,
        "publications/one.html",
        replies=await publications.replies(work, wanted.id),
        others=[{"quarter": other.quarter, "words": Quarter.named(other.quarter).in_words} for other in kept],
        fingerprint=shown.words.say("hash", hash=wanted.page_hash),
        **shown_parts(shown),
    )


# --- Files ---


@route("GET", f"{ONE}/summary.pdf", Permission.READ_PUBLICATIONS)
async def pdf(request: web.Request) -> web.StreamResponse:
    shown = await _taken(request)
    return as_file(await shown.pdf(), "application/pdf", f"{shown.said.quarter}.pdf")


@route("GET", f"{ONE}/figures.csv", Permission.READ_PUBLICATIONS)
async def figures(request: web.Request) -> web.StreamResponse:
    shown = await _taken(request)
    return as_file(shown.csv().encode(), "text/csv; charset=utf-8", f"{shown.said.quarter}.csv")


@route("GET", f"{ONE}/slide.png", Permission.READ_PUBLICATIONS)
async def picture(request: web.Request) -> web.StreamResponse:
    shown = await _taken(request)
    return as_file(await shown.picture(), "image/png", f"{shown.said.quarter}.png")


def as_file(body: bytes, kind: str, name: str) -> web.Response:
    headers = {"Content-Type": kind, "Content-Disposition": f'attachment; filename="ovos-{name}"'}
    return web.Response(body=body, headers=headers)


async def _taken(request: web.Request) -> Shown:
    async with services_of(request).store.begin() as work:
        kept = _wanted(request, await publications.published(work))
        await audit.note(work, staff_of(request).staff_id, Action.EXPORTED, "publication", kept.id, {"found": 1})
    return show(read_page(kept.page))


# --- The reply slip ---


@route("GET", f"{ONE}/slip", Permission.FILL_REPLY_SLIP)
async def slip(request: web.Request) -> web.StreamResponse:
    kept, page = await _published(request)
    async with services_of(request).store.look() as work:
        replies = {one.n: one for one in await publications.replies(work, kept.id)}
    typed: dict[str, str] = {}
    for n, decision in enumerate(page.written.decisions, 1):
        before = replies.get(n)
        due = before.due_on if before is not None and before.due_on else decision.due_on
        typed |= {f"owner{n}": (before.owner if before else None) or decision.owner, f"due{n}": due.isoformat()}
        typed |= {f"answer{n}": before.answer.value, f"words{n}": before.words} if before else {}
    return await _slip(request, page, empty_form(**typed))


async def _published(request: web.Request) -> tuple[Kept, Page]:
    async with services_of(request).store.look() as work:
        kept = _wanted(request, await publications.published(work))
    page = read_page(kept.page)
    if not page.written.decisions:
        raise NotYours
    return kept, page


async def _slip(request: web.Request, page: Page, form: Filled[Any], status: int = 200) -> web.Response:
    owners = list(dict.fromkeys([*load_board().owners, *(one.owner for one in page.written.decisions)]))
    choices = [("", ""), *((owner, owner) for owner in owners)]
    return render(
        request, "publications/slip.html", status=status, form=form, owners=choices, **shown_parts(show(page))
    )


@route("POST", f"{ONE}/slip", Permission.FILL_REPLY_SLIP)
async def fill_slip(request: web.Request) -> web.StreamResponse:
    actor = staff_of(request).staff_id
    kept, page = await _published(request)
    form = await read_form(request, Form)
    found = [_reply(request, form, n, decision, actor) for n, decision in enumerate(page.written.decisions, 1)]
    if form.faults:
        return await _slip(request, page, form, status=400)
    answered = [one for one in found if one is not None]
    try:
        await _keep(request, kept, page, answered)
    except AlreadyTold:
        add_fault(request, form, "answer1", "summaries.already_told")
        return await _slip(request, page, form, status=409)
    return redirect(request, f"{LIST}/{kept.quarter}", "summaries.replied")


async def _keep(request: web.Request, kept: Kept, page: Page, answered: list[Reply]) -> None:
    services = services_of(request)
    doing = Doing(staff_of(request).staff_id, services.clock())
    async with services.store.begin() as work:
        await summary_gate.answer(work, kept.id, page, answered, doing)


def _reply(request: web.Request, form: Filled[Any], n: int, decision: Decision, by: str) -> Reply | None:
    """What was answered to one decision; None when a fault was found, which is in the form then."""
    before = len(form.faults)
    answer, words, owner = form.text(f"answer{n}"), form.text(f"words{n}").strip(), form.text(f"owner{n}")
    if answer not in set(BoardAnswer):
        add_fault(request, form, f"answer{n}", "summaries.answer")
    if not words and answer in (BoardAnswer.AMEND, BoardAnswer.REFUSE):
        add_fault(request, form, f"words{n}", "summaries.reason")
    if len(words) > LONGEST:
        add_fault(request, form, f"words{n}", "summaries.too_long", longest=LONGEST)
    due = date_of(request, form, f"due{n}")
    is_done = answer in (BoardAnswer.AGREE, BoardAnswer.AMEND)
    if is_done and owner not in {*load_board().owners, decision.owner}:
        add_fault(request, form, f"owner{n}", "summaries.owner")
    if is_done and due is None and len(form.faults) == before:
        add_fault(request, form, f"due{n}", "summaries.due")
    if len(form.faults) > before:
        return None
    at = services_of(request).clock()
    return Reply(n, BoardAnswer(answer), words, owner if is_done else None, due if is_done else None, by, at)


def date_of(request: web.Request, form: Filled[Any], name: str) -> date | None:
    """The date in this field; None when it is empty, or is none, which is a fault in the form then."""
    text = form.text(name).strip()
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        add_fault(request, form, name, "summaries.date")
        return None
