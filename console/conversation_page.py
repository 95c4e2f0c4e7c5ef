"""Everything that the page of one conversation shows, read in one look."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from functools import partial
from itertools import groupby
from typing import Annotated, Any

from aiohttp import web
from pydantic import BeforeValidator, Field

from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, drafts, inbox, notes, reads, requests, sight, staff, telegram, transcript
from bot.store.inbox import Place, Show, Wanted
from bot.store.models import Channel, Conversation
from bot.store.notes import OpenedNote
from bot.store.request_changes import UNFINISHED
from bot.store.requests import NotThere, RequestLine, Viewer
from bot.store.transcript import Line, ReadBy, Speaker, Window
from console.context import (
    Filled,
    Filters,
    NotYours,
    Permission,
    address_with,
    empty_form,
    filters_of,
    may,
    render,
    services_of,
    staff_of,
)
from console.conversation_words import local_day, plain_day
from console.days_away import today_of
from console.render import LONDON

INBOX = "/console/inbox"
ONE = INBOX + "/{id}"

# A browser sends a line's end as two characters, and counts it as one.
ONE_LINE_END = BeforeValidator(lambda text: text.replace("\r\n", "\n"))


class Presence(StrEnum):
    """Whether a reply reaches the young person now, later or most likely never."""

    HERE = "here"
    AWAY = "away"
    AWAY_NO_RECEIPT = "away_no_receipt"
    LEFT = "left"
    LEFT_FOR_GOOD = "left_for_good"
    TELEGRAM = "telegram"
    TELEGRAM_GONE = "telegram_gone"


class InboxFilters(Filters):
    """The inbox's filters; a transcript has them too, for the next and the previous one and the way back."""

    show: Show = Show.ALL
    channel: Channel | None = None
    goal: Annotated[str, Field(pattern=r"^[a-z_]{1,48}$")] | None = None
    since: date | None = None
    until: date | None = None

    def wanted(self) -> Wanted:
        """`until` is the last day that counts."""
        until = None if self.until is None else _begin(self.until + timedelta(days=1))
        return Wanted(self.show, self.channel, self.goal, None if self.since is None else _begin(self.since), until)

    def query(self) -> str:
        """As the end of an address; empty when nothing is chosen."""
        chosen = self.model_dump(mode="json", exclude_defaults=True, exclude={"page"})
        return "?" + "&".join(f"{name}={value}" for name, value in chosen.items()) if chosen else ""


def _begin(day: date) -> datetime:
    return datetime.combine(day, time(), LONDON).astimezone(UTC)


class Opening(InboxFilters):
    """Where in the transcript to open it: by itself where one stopped reading, else beside a position."""

    before: Annotated[int, Field(ge=1)] | None = None
    after: Annotated[int, Field(ge=0)] | None = None
    at: Annotated[int, Field(ge=1)] | None = None
    template: Annotated[str, Field(pattern=r"^[a-z_]{1,32}$")] | None = None


@dataclass(frozen=True)
class Day:
    """The lines of one day."""

    on: date
    lines: Sequence[Line]


@dataclass(frozen=True)
class Opened:
    """A conversation with all that stands beside it. `read` is how far its reader had come before."""

    conversation: Conversation
    window: Window
    read: int
    read_by: Sequence[ReadBy]
    notes: Sequence[OpenedNote]
    requests: Sequence[RequestLine]
    people: Mapping[str, str]
    presence: Presence
    newer: str | None
    older: str | None
    draft: str
    note_draft: str

    @property
    def days(self) -> list[Day]:
        return by_day(self.window.lines)

    @property
    def first_new(self) -> int | None:
        """Where the young person's first message stands that its reader had not seen; None at a first reading."""
        if self.read == 0:
            return None
        new = (line.position for line in self.window.lines if line.speaker is Speaker.YOUNG_PERSON)
        return next((position for position in new if position > self.read), None)


def by_day(lines: Sequence[Line]) -> list[Day]:
    return [Day(on, list(some)) for on, some in groupby(lines, key=lambda line: local_day(line.at))]


def viewer_of(request: web.Request) -> Viewer:
    person = staff_of(request)
    return Viewer(person.staff_id, person.role)


async def conversation_of(request: web.Request, work: Work) -> Conversation:
    """The conversation of this address. Raises NotYours when there is none that this person may read."""
    try:
        return await sight.conversation_for(work, viewer_of(request), request.match_info["id"])
    except NotThere:
        raise NotYours from None


def reply_place(conversation_id: str) -> str:
    return f"reply:{conversation_id}"


def note_place(note_or_conversation_id: str) -> str:
    return f"note:{note_or_conversation_id}"


async def presence_of(request: web.Request, work: Work, conversation: Conversation) -> Presence:
    if conversation.channel == Channel.TELEGRAM:
        if await telegram.reaches(work, conversation.id):
            return Presence.TELEGRAM
        if not services_of(request).hub.is_open(conversation.id):
            return Presence.TELEGRAM_GONE
    if conversation.ended_at is None and services_of(request).hub.is_open(conversation.id):
        return Presence.HERE
    comes_back = await transcript.can_come_back(work, conversation.id)
    if conversation.ended_at is not None:
        return Presence.LEFT if comes_back else Presence.LEFT_FOR_GOOD
    return Presence.AWAY if comes_back else Presence.AWAY_NO_RECEIPT


async def note_shown(request: web.Request, conversation_id: str, window: Window) -> None:
    """Log that the transcript was opened, and note how far it has been read: only where nothing was passed over."""
    services, staff_id = services_of(request), staff_of(request).staff_id
    details = {"up_to": window.last}
    async with services.store.begin() as work:
        await audit.note(work, staff_id, Action.TRANSCRIPT_OPENED, "conversation", conversation_id, details)
        follows = await transcript.follows_on(work, conversation_id, staff_id, window)
        news = follows and await reads.note_read(work, conversation_id, staff_id, window.last)
    if news:
        services.hub.wake(conversation_id)


async def open_conversation(request: web.Request, opening: Opening) -> Opened:
    """Read it all, and note that it was read before anybody sees it."""
    async with services_of(request).store.look() as work:
        conversation = await conversation_of(request, work)
        read = await transcript.read_up_to(work, conversation.id, staff_of(request).staff_id)
        window = await _window(work, conversation.id, opening, read)
        opened = await _opened(request, work, conversation, window, read, opening)
    await note_shown(request, conversation.id, window)
    return opened


async def _window(work: Work, conversation_id: str, opening: Opening, read: int) -> Window:
    if opening.before is not None:
        return await transcript.before(work, conversation_id, opening.before)
    if opening.after is not None:
        return await transcript.after(work, conversation_id, opening.after)
    if opening.at is not None:
        return await transcript.around(work, conversation_id, opening.at)
    return await transcript.opened_at(work, conversation_id, read)


async def _opened(
    request: web.Request, work: Work, conversation: Conversation, window: Window, read: int, opening: Opening
) -> Opened:
    viewer = viewer_of(request)
    place = Place(conversation.said_at or conversation.last_at, conversation.id)
    newer, older = await inbox.neighbours(work, viewer, opening.wanted(), place)
    written = await notes.of_conversation(work, conversation.id)
    return Opened(
        conversation=conversation,
        window=window,
        read=read,
        read_by=await transcript.read_by(work, conversation.id),
        notes=written,
        requests=await _requests(request, work, conversation.id),
        people=await _names(work, conversation, window, written),
        presence=await presence_of(request, work, conversation),
        newer=newer,
        older=older,
        draft=await drafts.read(work, viewer.staff_id, reply_place(conversation.id)) or "",
        note_draft=await drafts.read(work, viewer.staff_id, note_place(conversation.id)) or "",
    )


async def _requests(request: web.Request, work: Work, conversation_id: str) -> list[RequestLine]:
    """The unfinished requests that this reader may open."""
    viewer = viewer_of(request)
    if not may(viewer.role, Permission.HANDLE_REQUESTS):
        return []
    wanted = requests.Filter(states=UNFINISHED, conversation_id=conversation_id)
    return await requests.board(work, viewer, wanted, today_of(request))


async def _names(
    work: Work, conversation: Conversation, window: Window, written: Sequence[OpenedNote]
) -> dict[str, str]:
    """The names of everybody whom the page mentions, by staff id."""
    gaps = {part.gap.by for line in window.lines for part in line.parts if part.gap is not None}
    writers = {one.staff_id for one in written} | {one.changed_by for one in written if one.changed_by}
    wanted = gaps | writers | ({conversation.held_by} if conversation.held_by else set())
    return {staff_id: person.name for staff_id, person in (await staff.by_ids(work, wanted)).items()}


async def show(
    request: web.Request,
    *,
    reply: Filled[Any] | None = None,
    note: Filled[Any] | None = None,
    status: int = 200,
) -> web.Response:
    """The page. `reply` and `note` are forms that could not be taken, with their faults and what was typed."""
    services, opening = services_of(request), filters_of(request, Opening)
    opened = await open_conversation(request, opening)
    started = next((one.text for one in services.reply_templates if one.id == opening.template), None)
    typed = "\n\n".join(text for text in (opened.draft, started) if text)
    return render(
        request,
        "transcripts/transcript.html",
        status=status,
        opened=opened,
        conversation=opened.conversation,
        window=opened.window,
        base=f"{INBOX}/{opened.conversation.id}",
        back=f"{INBOX}{opening.query()}",
        query=opening.query(),
        with_place=lambda **place: address_of(request, opened.conversation.id, **place),
        filters=opening,
        templates=services.reply_templates,
        reply=reply or empty_form(text=typed),
        note=note or empty_form(note=opened.note_draft),
        plain_day=partial(plain_day, services.words, today=today_of(request)),
        me=staff_of(request).staff_id,
    )


def address_of(request: web.Request, conversation_id: str, **place: object) -> str:
    """This conversation's address, with the list's filters, beside another position."""
    query = address_with(request, **{"before": None, "after": None, "at": None, "template": None, **place})
    return f"{INBOX}/{conversation_id}{query.removeprefix(request.path)}"
