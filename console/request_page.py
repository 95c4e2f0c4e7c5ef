"""Everything that the page of one request shows, read in one look."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from aiohttp import web

from bot.requests.clocks import Clock
from bot.requests.complaint_stages import stages, time_at
from bot.requests.complaints import newest_wish
from bot.requests.giving import GIVES_OUT, TRIAGES, who_may_have_it
from bot.requests.states import Event
from bot.requests.states import may as can_happen
from bot.store import Work, notes, request_board, requests, staff
from bot.store.models import ComplaintStage, RequestKind
from bot.store.notes import OpenedNote
from bot.store.requests import OpenedOutcome, RequestPage, SaidWords, Viewer
from bot.store.shown_words import shown
from bot.store.staff_models import Role
from console.cards import card_titles
from console.context import services_of
from console.people import HANDLERS, person_options
from console.request_words import Due, Step, due, step


@dataclass(frozen=True)
class Told:
    """An outcome with who proposed it."""

    outcome: OpenedOutcome
    by: str


@dataclass(frozen=True)
class Written:
    """A note with who wrote it. `is_mine`: the reader may delete it."""

    note: OpenedNote
    by: str
    is_mine: bool


@dataclass(frozen=True)
class Can:
    """What the reader may do with the request as it stands now."""

    take: bool = False
    give: bool = False
    propose: bool = False
    extend: bool = False
    name: bool = False
    move_on: bool = False


@dataclass(frozen=True)
class StageShown:
    """How far a complaint has gone. `wanted_at`: since when the young person wants the next stage."""

    name: ComplaintStage
    time: Clock
    next: ComplaintStage | None
    next_counts_from: str
    wanted_at: datetime | None


@dataclass(frozen=True)
class Shown:
    """The page. `takers` and `nameable` are options of forms; `last` is the number of the newest event."""

    page: RequestPage
    due: Due
    card_title: str | None
    steps: Sequence[Step]
    outcomes: Sequence[Told]
    notes: Sequence[Written]
    can: Can
    takers: Sequence[tuple[str, str]]
    nameable: Sequence[tuple[str, str]]
    named_already: bool
    stage: StageShown | None
    reads_only: bool

    @property
    def last(self) -> int:
        return self.steps[-1].n if self.steps else 0


async def load(request: web.Request, work: Work, viewer: Viewer, request_id: str, today: date) -> Shown:
    """Raises NotThere."""
    page = await requests.one(work, viewer, request_id, today)
    page = replace(page, words=await _covered(work, page.words))
    written = await _notes(work, page)
    names = await _names(work, page, written)
    words = services_of(request).words
    can = _can(viewer, page)
    takers = await _takers(request, work, page) if can.give else []
    return Shown(
        page=page,
        due=due(words, page.line.due_on, page.line.state, today),
        card_title=(await card_titles()).get(page.card) if page.card else None,
        steps=[step(words, event, names) for event in page.events],
        outcomes=[Told(outcome, names.get(outcome.proposed_by, "")) for outcome in page.outcomes],
        notes=[Written(note, names.get(note.staff_id, ""), note.staff_id == viewer.staff_id) for note in written],
        can=replace(can, take=_may_take(viewer, page, takers)),
        takers=takers,
        nameable=person_options(request, await staff.active(work, HANDLERS)) if can.name else [],
        named_already=any(event.what == Event.NAMED for event in page.events),
        stage=_stage(page) if page.line.kind is RequestKind.COMPLAINT else None,
        reads_only=not page.line.can_change,
    )


def _stage(page: RequestPage) -> StageShown:
    stage, wish = page.line.stage, newest_wish(page.events)
    following = stages().of(stage).next
    timed = None if following is None else stages().timed(following)
    return StageShown(
        name=stage,
        time=time_at(page.line.kind, stage),
        next=following,
        next_counts_from="" if timed is None else timed.counts_from,
        wanted_at=None if wish is None else wish.at,
    )


def _may_take(viewer: Viewer, page: RequestPage, takers: Sequence[tuple[str, str]]) -> bool:
    return page.line.assigned_to != viewer.staff_id and any(one == viewer.staff_id for one, _ in takers)


async def _covered(work: Work, words: Sequence[SaidWords]) -> list[SaidWords]:
    texts = await shown(work, [one.message_id for one in words])
    return [SaidWords(one.message_id, texts[one.message_id]) for one in words]


async def _notes(work: Work, page: RequestPage) -> list[OpenedNote]:
    found = await notes.of_conversation(work, page.line.conversation_id)
    return [note for note in found if note.request_id == page.line.id]


async def _names(work: Work, page: RequestPage, written: Sequence[OpenedNote]) -> dict[str, str]:
    ids = {event.by for event in page.events} | {event.to_staff for event in page.events if event.to_staff}
    ids |= {outcome.proposed_by for outcome in page.outcomes} | {note.staff_id for note in written}
    return {staff_id: one.name for staff_id, one in (await staff.by_ids(work, ids)).items()}


def _can(viewer: Viewer, page: RequestPage) -> Can:
    line = page.line
    if not line.can_change:
        return Can()
    gives_out, unfinished = viewer.role in GIVES_OUT, can_happen(line.state, Event.ASSIGNED)
    law, following = time_at(line.kind, line.stage), stages().of(line.stage).next
    return Can(
        give=gives_out and unfinished,
        propose=can_happen(line.state, Event.PROPOSED),
        extend=gives_out and law.longer is not None and not line.extended and can_happen(line.state, Event.EXTENDED),
        move_on=viewer.role in TRIAGES
        and line.kind is RequestKind.COMPLAINT
        and following is not None
        and can_happen(line.state, Event.MOVED_ON),
        name=viewer.role in TRIAGES and _may_be_named(page) and can_happen(line.state, Event.NAMED),
    )


def _may_be_named(page: RequestPage) -> bool:
    """Is a whole role hidden for want of a name, or was somebody named already?"""
    was_named = any(event.what == Event.NAMED for event in page.events)
    return bool(page.about or page.hide_from) and (was_named or any(role.value in page.hidden for role in Role))


async def _takers(request: web.Request, work: Work, page: RequestPage) -> list[tuple[str, str]]:
    """Only people to whom routing allows it: whoever must not see it is not on the list."""
    found = await request_board.row(work, page.line.id)
    if found is None:
        return []
    allowed = {person.id for person in await who_may_have_it(work, found, _now(request))}
    people = [one for one in await staff.active(work) if one.id in allowed]
    return person_options(request, people)[1:]


def _now(request: web.Request) -> datetime:
    return services_of(request).clock()
