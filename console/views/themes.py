"""Sorting feedback: a queue for the keyboard. What the machine suggests is shown, but for one in five."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from aiohttp import web
from pydantic import Field

from bot.privacy.redaction import redact
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, outbox, staff, themes
from bot.store.models import Author
from bot.store.outbox import Bubble, Outgoing
from bot.store.report_models import Sentiment
from bot.store.requests import NotThere
from bot.store.theme_models import DecisionKind
from bot.store.themes import NewDecision, Opened, Tagged
from bot.themes.codebook import codebook
from bot.themes.counting import recount
from bot.themes.model import MOST_THEMES
from console.context import (
    Filled,
    Form,
    NotYours,
    Permission,
    Undo,
    add_fault,
    as_if_not_there,
    empty_form,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.routes import route
from console.theme_words import theme_choices
from console.views.requests import viewer_of

LIST = "/console/themes"
ONE = LIST + "/feedback/{id}"
LONGEST_LOOK = 3_600  # seconds; somebody who comes back later was not reading all the time
FEELINGS = tuple(Sentiment)


class Decide(Form):
    """`themes` are ids; `feeling` is of all of them, `opened` the moment at which the page was made."""

    words: ClassVar[str] = "themes"
    themes: list[str] = Field(default_factory=list)
    feeling: Sentiment
    second: bool = False
    opened: Annotated[float, Field(ge=0)] = 0


class OfPart(Form):
    words: ClassVar[str] = "themes"
    message: Annotated[str, Field(pattern="^[0-9a-f]{32}$")]


class OfSecond(Form):
    words: ClassVar[str] = "themes"
    second: bool = False
    opened: Annotated[float, Field(ge=0)] = 0


@route("GET", LIST, Permission.SORT_FEEDBACK)
async def overview(request: web.Request) -> web.StreamResponse:
    """What waits, and the way to everything that belongs to themes."""
    viewer = viewer_of(request)
    async with services_of(request).store.look() as work:
        waiting = await themes.queue(work, viewer)
        second = await themes.queue(work, viewer, second=True)
    return render(request, "themes/overview.html", waiting=waiting, second=second)


@route("GET", f"{LIST}/next", Permission.SORT_FEEDBACK)
async def following(request: web.Request) -> web.StreamResponse:
    """To the oldest that waits."""
    second = request.query.get("second") == "1"
    async with services_of(request).store.look() as work:
        waiting = await themes.queue(work, viewer_of(request), second=second)
    if not waiting.ids:
        return redirect(request, LIST, "themes.nothing_left")
    return redirect(request, _address(waiting.ids[0], second))


def _address(feedback_id: str, second: bool = False) -> str:
    return f"{LIST}/feedback/{feedback_id}" + ("?second=1" if second else "")


@route("GET", ONE, Permission.SORT_FEEDBACK)
async def one(request: web.Request) -> web.StreamResponse:
    feedback_id = request.match_info["id"]
    async with services_of(request).store.begin() as work:
        with as_if_not_there():
            found = await themes.one(work, viewer_of(request), feedback_id)
        await audit.note(work, staff_of(request).staff_id, Action.FEEDBACK_OPENED, "feedback", feedback_id)
    return await _page(request, found, _as_it_stands(request, found))


def _as_it_stands(request: web.Request, found: Opened) -> Filled[Any]:
    """The form with what is likely ticked already: nothing where the suggestion is hidden, or for a second officer."""
    feeling = found.choice.sentiment if found.choice is not None else None
    hidden = _is_hidden(request, found)
    shown = found.suggested if not hidden else None
    form = empty_form(feeling=(feeling or (shown.sentiment if shown else None) or ""))
    if hidden:
        ticked: list[str] = []
    elif found.decided is not None:
        ticked = [one.theme for one in found.decided.themes]
    elif found.choice is not None and found.choice.themes is not None:
        ticked = list(found.choice.themes)
    else:
        ticked = [one.theme for one in shown.tagged] if shown else []
    return Filled(None, form.typed, {"themes": ticked})


def _without_names(found: Opened) -> Opened:
    """What it is about can be told without names, places and numbers; the whole is one link away, and logged."""
    said = [(message_id, redact(words)) for message_id, words in found.said]
    return replace(found, said=said, better=[redact(words) for words in found.better])


def _is_hidden(request: web.Request, found: Opened) -> bool:
    """Neither the machine nor the young person nor a colleague is shown where opinions must be independent."""
    return _is_second(request) or (found.detail.blind and found.decided is None)


def _is_second(request: web.Request) -> bool:
    return request.query.get("second") == "1"


async def _page(request: web.Request, found: Opened, form: Filled[Any], status: int = 200) -> web.Response:
    services, hidden = services_of(request), _is_hidden(request, found)
    async with services.store.look() as work:
        waiting = await themes.queue(work, viewer_of(request), second=_is_second(request))
        by = None if found.decided is None else await staff.by_id(work, found.decided.by)
    return render(
        request,
        "themes/one.html",
        status=status,
        found=_without_names(found),
        form=form,
        hidden=hidden,
        second=_is_second(request),
        waiting=waiting.count,
        by="" if by is None else by.name,
        is_own=found.decided is not None and found.decided.by == staff_of(request).staff_id,
        book=codebook(),
        suggested=() if hidden or found.suggested is None else found.suggested.ranked,
        feelings=[(one.value, services.words.say(f"themes.feeling_{one.value}")) for one in FEELINGS],
        passed_to=_passed_to(request, found),
        choices=theme_choices(),
        most=MOST_THEMES,
        opened=services.clock().timestamp(),
    )


@route("POST", f"{ONE}/decide", Permission.SORT_FEEDBACK)
async def decide(request: web.Request) -> web.StreamResponse:
    """One to three themes, and how it feels."""
    form = await read_form(request, Decide)
    chosen = form.value
    if chosen is not None and not _right_number(request, form, chosen.themes):
        chosen = None
    if chosen is None:
        return await _again(request, form)
    tagged = [Tagged(theme, _felt(form, theme, chosen.feeling)) for theme in dict.fromkeys(chosen.themes)]
    return await _keep(request, tagged, second=chosen.second, opened=chosen.opened)


def _felt(form: Filled[Any], theme: str, overall: Sentiment) -> Sentiment:
    """How this theme feels, where that was said apart."""
    said = form.text(f"feeling-{theme}")
    return Sentiment(said) if said in set(FEELINGS) else overall


def _right_number(request: web.Request, form: Filled[Any], chosen: Sequence[str]) -> bool:
    if not chosen or set(chosen) - set(codebook().ids):
        add_fault(request, form, "themes", "themes.themes")
    elif len(set(chosen)) > MOST_THEMES:
        add_fault(request, form, "themes", "themes.too_many")
    return not form.faults


async def _again(request: web.Request, form: Filled[Any]) -> web.Response:
    async with services_of(request).store.look() as work:
        with as_if_not_there():
            found = await themes.one(work, viewer_of(request), request.match_info["id"])
    return await _page(request, found, form, status=400)


@route("POST", f"{ONE}/none", Permission.SORT_FEEDBACK)
async def no_theme(request: web.Request) -> web.StreamResponse:
    """No theme fits."""
    form = await read_form(request, OfSecond)
    second = form.value is not None and form.value.second
    return await _keep(request, [], second=second, opened=0 if form.value is None else form.value.opened)


async def _keep(request: web.Request, tagged: Sequence[Tagged], *, second: bool, opened: float) -> web.Response:
    services, actor, feedback_id = services_of(request), staff_of(request).staff_id, request.match_info["id"]
    viewer, now = viewer_of(request), services.clock()
    kind = DecisionKind.SECOND if second else DecisionKind.DECIDED
    async with services.store.begin() as work:
        with as_if_not_there():
            found = await themes.one(work, viewer, feedback_id)
        if second and feedback_id not in (await themes.queue(work, viewer, second=True)).ids:
            raise NotYours
        model = None if found.suggested is None else found.suggested.model
        seconds = min(LONGEST_LOOK, int(now.timestamp() - opened)) if opened else 0
        new = NewDecision(tagged, actor, now, kind, model, seconds)
        row = await themes.decide(work, feedback_id, new)
        await recount(work, feedback_id)
        await _log(work, actor, found, kind, tagged, blind=row.blind)
        waiting = await themes.queue(work, viewer, second=second)
    undo = Undo(f"{LIST}/feedback/{feedback_id}/undo", {"second": "1" if second else ""})
    if waiting.ids:
        onward = _address(waiting.ids[0], second)
        return redirect(request, onward, "themes.decided", undo=undo, count=waiting.count)
    return redirect(request, LIST, "themes.decided_last", undo=undo)


async def _log(
    work: Work, actor: str, found: Opened, kind: DecisionKind, tagged: Sequence[Tagged], *, blind: bool
) -> None:
    mine = {one.theme for one in tagged}
    same = None if found.suggested is None else mine == {one.theme for one in found.suggested.tagged}
    details = {"how": kind.value, "themes": len(tagged), "blind": blind, "same": same}
    await audit.note(work, actor, Action.THEMES_DECIDED, "feedback", found.id, details)


@route("POST", f"{ONE}/undo", Permission.SORT_FEEDBACK)
async def undo(request: web.Request) -> web.StreamResponse:
    """Take back one's own newest decision: what was before it stands again."""
    form = await read_form(request, OfSecond)
    services, actor, feedback_id = services_of(request), staff_of(request).staff_id, request.match_info["id"]
    second = form.value is not None and form.value.second
    async with services.store.begin() as work:
        rows = await themes.decisions_of(work, feedback_id)
        kind = DecisionKind.SECOND if second else DecisionKind.DECIDED
        stands = themes.standing(rows, kind)
        if stands is None or stands.by != actor:
            raise NotYours
        undone = NewDecision((), actor, services.clock(), DecisionKind.UNDONE)
        await themes.decide(work, feedback_id, undone)
        await recount(work, feedback_id)
        details = {"how": DecisionKind.UNDONE.value, "themes": 0}
        await audit.note(work, actor, Action.THEMES_DECIDED, "feedback", feedback_id, details)
    return redirect(request, _address(feedback_id, second), "themes.undone")


@route("POST", f"{ONE}/split", Permission.SORT_FEEDBACK)
async def split(request: web.Request) -> web.StreamResponse:
    """Two pieces of feedback out of one, from this message on."""
    form = await read_form(request, OfPart)
    services, actor, feedback_id = services_of(request), staff_of(request).staff_id, request.match_info["id"]
    if form.value is None:
        return redirect(request, _address(feedback_id), "themes.split_not")
    try:
        async with services.store.begin() as work:
            await themes.one(work, viewer_of(request), feedback_id)
            suggested = await themes.suggestion_of(work, feedback_id)
            parts = await themes.split(work, feedback_id, form.value.message, actor, services.clock())
            for part in parts:
                if suggested is not None:
                    await themes.add_suggestion(work, part.id, suggested)
                await recount(work, part.id)
            await recount(work, feedback_id)
            await audit.note(work, actor, Action.FEEDBACK_SPLIT, "feedback", feedback_id)
    except NotThere:
        raise NotYours from None
    except ValueError:
        return redirect(request, _address(feedback_id), "themes.split_not")
    return redirect(request, _address(parts[0].id), "themes.split")


@route("POST", f"{ONE}/passed-on", Permission.SORT_FEEDBACK)
async def passed_on(request: web.Request) -> web.StreamResponse:
    """The good news has reached whom it was for; the young person is told."""
    await read_form(request, Form)
    services, actor, feedback_id = services_of(request), staff_of(request).staff_id, request.match_info["id"]
    async with services.store.begin() as work:
        with as_if_not_there():
            found = await themes.one(work, viewer_of(request), feedback_id)
            conversation_id = await themes.passed_on(work, feedback_id, actor)
        who = _passed_to(request, found)
        said = Bubble(
            services.words.say("themes.passed_on_told", who=who),
            services.words.say("themes.passed_on_told_easy", who=who),
            key="good_news_passed_on",
        )
        await outbox.say(work, Outgoing(conversation_id, None, "passed_on", Author.SERVICE, (said,)))
        await audit.note(work, actor, Action.GOOD_NEWS_PASSED_ON, "feedback", feedback_id)
    services.hub.wake(conversation_id)
    return redirect(request, _address(feedback_id), "themes.passed_on")


def _passed_to(request: web.Request, found: Opened) -> str:
    who = found.detail.pass_on_to
    return "" if who is None else services_of(request).words.say(f"themes.passed_to_{who}")


def quarter_began(now: datetime) -> datetime:
    """The beginning of the calendar quarter, in UTC."""
    return datetime(now.year, (now.month - 1) // 3 * 3 + 1, 1, tzinfo=UTC)
