"""How well the sorting goes: officers with each other, the machine with officers, its models; and learning anew."""

from __future__ import annotations

from datetime import timedelta

from aiohttp import web

from bot.encoder import load_encoder
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import theme_model_log, themes
from bot.store.theme_models import ModelState
from bot.themes.agreement import agreement
from bot.themes.codebook import codebook
from bot.themes.model import ThemeModelError
from bot.themes.newness import what_is_new
from bot.themes.retraining import LEAST_BLIND, go_back, retrain
from console.context import Form, Permission, read_form, redirect, render, services_of, staff_of
from console.routes import route
from console.views.themes import LIST, quarter_began

MEASURES = f"{LIST}/measures"
NEW = f"{LIST}/new"
QUARTER = timedelta(days=92)


@route("GET", MEASURES, Permission.SORT_FEEDBACK)
async def measures(request: web.Request) -> web.StreamResponse:
    async with services_of(request).store.begin() as work:
        officers, machine = await themes.coder_pairs(work), await themes.blind_pairs(work)
        models = await theme_model_log.newest(work)
        await audit.note(work, staff_of(request).staff_id, Action.THEMES_MEASURED, "themes", "measures")
    ids = codebook().ids
    return render(
        request,
        "themes/measures.html",
        officers=agreement(officers, ids),
        machine=agreement(machine, ids),
        models=models,
        least=LEAST_BLIND,
    )


@route("GET", NEW, Permission.SORT_FEEDBACK)
async def new(request: web.Request) -> web.StreamResponse:
    """Words that are said more this quarter than in the year before: a prompt for officers, in no summary."""
    now = services_of(request).clock()
    began = quarter_began(now)
    async with services_of(request).store.begin() as work:
        said = await themes.words_between(work, began, now)
        before = await themes.words_between(work, began - 4 * QUARTER, began)
        await audit.note(work, staff_of(request).staff_id, Action.THEMES_MEASURED, "themes", "new")
    found = what_is_new(said, before)
    return render(request, "themes/new.html", found=found, now=len(said), before=len(before))


@route("POST", f"{MEASURES}/retrain", Permission.SORT_FEEDBACK)
async def learn(request: web.Request) -> web.StreamResponse:
    """Learn anew with what officers decided. Put to work only when it is no worse."""
    await read_form(request, Form)
    services, actor = services_of(request), staff_of(request).staff_id
    async with services.store.look() as work:
        if await audit.is_demonstration(work):
            return redirect(request, MEASURES, "themes.demonstration")
    result = await retrain(services.store, services.theme_model, load_encoder(), actor, services.clock())
    if result.nothing_new:
        return redirect(request, MEASURES, "themes.nothing_to_learn")
    async with services.store.begin() as work:
        details = {"state": result.state.value, "decisions": result.decisions, "blind": result.blind}
        await audit.note(work, actor, Action.THEME_MODEL_MADE, "theme_model", "themes", details)
    if result.state is not ModelState.LIVE and result.too_few_blind:
        return redirect(request, MEASURES, "themes.retrained_few", least=LEAST_BLIND, blind=result.blind)
    say = "themes.retrained" if result.state is ModelState.LIVE else "themes.retrained_not"
    f1, before = _figure(result.f1), _figure(result.f1_before)
    return redirect(request, MEASURES, say, f1=f1, before=before, blind=result.blind)


def _figure(f1: float | None) -> str:
    return "no figure" if f1 is None else f"{f1:.2f}"


@route("POST", f"{MEASURES}/rollback", Permission.SORT_FEEDBACK)
async def roll_back(request: web.Request) -> web.StreamResponse:
    """The model before works again."""
    await read_form(request, Form)
    services, actor = services_of(request), staff_of(request).staff_id
    try:
        await go_back(services.store, services.theme_model, load_encoder())
    except ThemeModelError:
        return redirect(request, MEASURES, "themes.rolled_back_not")
    async with services.store.begin() as work:
        await audit.note(work, actor, Action.THEME_MODEL_ROLLED_BACK, "theme_model", "themes")
    return redirect(request, MEASURES, "themes.rolled_back")
