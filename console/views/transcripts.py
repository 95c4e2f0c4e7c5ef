"""One conversation: both sides of it, what is new, and what comes while it is open."""

from __future__ import annotations

from functools import partial

from aiohttp import web

from bot.store import staff, transcript
from console.context import Permission, filters_of, render_part, services_of, staff_of
from console.conversation_page import (
    ONE,
    Opening,
    by_day,
    conversation_of,
    note_shown,
    presence_of,
    show,
)
from console.conversation_words import plain_day
from console.days_away import today_of
from console.routes import route
from console.wording import Words


@route("GET", ONE, Permission.READ_TRANSCRIPTS)
async def open_transcript(request: web.Request) -> web.StreamResponse:
    return await show(request)


@route("GET", ONE + "/new", Permission.READ_TRANSCRIPTS)
async def what_is_new(request: web.Request) -> web.StreamResponse:
    """For the page's script: lines after `after` as a piece of the page, and who answers now."""
    services, past = services_of(request), filters_of(request, Opening).after or 0
    async with services.store.look() as work:
        conversation = await conversation_of(request, work)
        window = await transcript.after(work, conversation.id, past)
        presence = await presence_of(request, work, conversation)
        people = await staff.by_ids(work, {conversation.held_by} if conversation.held_by else set())
    if window.lines:
        await note_shown(request, conversation.id, window)
    names = {staff_id: one.name for staff_id, one in people.items()}
    lines = render_part(
        request,
        "transcripts/new_lines.html",
        conversation=conversation,
        days=by_day(window.lines),
        people=names,
        plain_day=partial(plain_day, services.words, today=today_of(request)),
    )
    state = render_part(
        request,
        "transcripts/state.html",
        conversation=conversation,
        presence=presence,
        people=names,
        me=staff_of(request).staff_id,
    )
    return web.json_response(
        {
            "lines": lines.text,
            "state": state.text,
            "up_to": window.last or past,
            "said": _said(services.words, len(window.lines)),
            "more": window.has_newer,
        }
    )


def _said(words: Words, count: int) -> str:
    """What a screen reader is told; nothing when nothing came."""
    match count:
        case 0:
            return ""
        case 1:
            return words.say("transcripts.live_one")
        case _:
            return words.say("transcripts.live_many", count=count)
