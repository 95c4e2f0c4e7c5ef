"""The inbox: filters in the address, how many there are of each, one page after another."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

from aiohttp import web
from pydantic import Field

from bot.store import inbox
from bot.store.inbox import Place, Show
from bot.store.models import Channel
from bot.store.search_words import Spot
from console.context import Permission, address_with, empty_form, filters_of, render, services_of
from console.conversation_page import INBOX, InboxFilters, viewer_of
from console.conversation_words import plain_moment
from console.days_away import today_of
from console.routes import route

PLACE = Annotated[str, Field(pattern=r"^[0-9]{1,17}\.[0-9a-f]{32}$")]
A_SECOND = 1_000_000
CHANNELS = (Channel.WEB, Channel.TELEGRAM)
GOALS = (
    "feedback",
    "complaint",
    "contact_request",
    "advocate",
    "request_status",
    "entitlement",
    "good_news",
    "privacy",
    "ovos_join",
    "language_or_accessibility",
    "out_of_scope",
)


class PagedInbox(InboxFilters):
    """`older` and `newer` are the place of the line at the end of the page before."""

    older: PLACE | None = None
    newer: PLACE | None = None


@route("GET", INBOX, Permission.READ_TRANSCRIPTS)
async def list_conversations(request: web.Request) -> web.StreamResponse:
    services, filters, viewer = services_of(request), filters_of(request, PagedInbox), viewer_of(request)
    wanted = filters.wanted()
    async with services.store.look() as work:
        counts = await inbox.counts(work, viewer, wanted)
        found = await inbox.page(
            work, viewer, wanted, older_than=read_place(filters.older), newer_than=read_place(filters.newer)
        )
    return render(
        request,
        "transcripts/inbox.html",
        lines=[(line, plain_moment(services.words, line.last_at, today_of(request))) for line in found.lines],
        choices=[(show, counts[show], _choose(request, show)) for show in Show],
        filters=filters,
        query=filters.query(),
        newer=_beside(request, newer=found.lines[0].place) if found.has_newer and found.lines else None,
        older=_beside(request, older=found.lines[-1].place) if found.has_older and found.lines else None,
        channels=[("", services.words.say("transcripts.any")), *_options(request, "channel", CHANNELS)],
        goals=[("", services.words.say("transcripts.any")), *_options(request, "goal", GOALS)],
        is_filtered=any((filters.channel, filters.goal, filters.since, filters.until)),
        form=empty_form(
            channel=filters.channel or "",
            goal=filters.goal or "",
            since="" if filters.since is None else filters.since.isoformat(),
            until="" if filters.until is None else filters.until.isoformat(),
        ),
    )


def _options(request: web.Request, what: str, values: tuple[str, ...]) -> list[tuple[str, str]]:
    words = services_of(request).words
    return [(str(value), words.say(f"transcripts.{what}_{value}")) for value in values]


def _choose(request: web.Request, show: Show) -> str:
    return address_with(request, older=None, newer=None, show=None if show is Show.ALL else show.value)


def _beside(request: web.Request, **place: Place) -> str:
    written = {name: write_place(one) for name, one in place.items()}
    return address_with(request, **{"older": None, "newer": None, **written})


def write_place(place: Place | Spot) -> str:
    """A moment in microseconds and an id, as they stand in an address."""
    return f"{int(place.at.replace(microsecond=0).timestamp()) * A_SECOND + place.at.microsecond}.{place.id}"


def read_place(written: str | None) -> Place | None:
    if written is None:
        return None
    moment, _, text_id = written.partition(".")
    seconds, rest = divmod(int(moment), A_SECOND)
    return Place(datetime.fromtimestamp(seconds, UTC).replace(microsecond=rest), text_id)
