"""Rights and money: what is due to be checked again, and who owns it; renewing, filling in, correcting, taking back.

Whoever keeps the cards renews and fills in by themselves. What a figure is, and what a card says, takes two people: one
proposes, another approves. Nothing here touches a file: changes lie over the files, and each can be taken back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Literal

from aiohttp import web
from pydantic import Field

from bot.entitlements.changes import Item, Overlaid, changed_by, item_of
from bot.entitlements.models import Card, Contact, Figure, LocalFact
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, card_changes, staff
from bot.store.card_changes import ChangedMeanwhile, KeptChange, NewChange, NotBySamePerson, ProposalWaits
from bot.store.card_models import ChangeState, ChangeWhat, ItemKind
from console import card_page
from console.card_forms import (
    Checked,
    CorrectCard,
    CorrectFigure,
    FillContact,
    FillFact,
    add_check_faults,
    check_dates,
    first_typed,
    number_fields,
    other_words,
    value_fields,
)
from console.card_list import Line, LineState, lines
from console.cards import fixed_numbers, said_now
from console.context import (
    Filled,
    Filters,
    Form,
    NotYours,
    Paged,
    Permission,
    Undo,
    add_fault,
    address_with,
    empty_form,
    filters_of,
    may,
    read_form,
    redirect,
    render,
    services_of,
    staff_of,
)
from console.days_away import today_of
from console.render import day
from console.routes import route
from console.wording import Words

LIST = "/console/cards"
ONE = LIST + "/{kind}/{item}"
PAGE_SIZE = 50
ALL = "all"


class ListFilters(Filters):
    kind: ItemKind | None = None
    state: LineState | None = None
    owner: Annotated[str, Field(max_length=80)] = ""
    words: Annotated[str, Field(max_length=80)] = ""


class Doing(Filters):
    """Which form of an item's page is open: one at a time."""

    do: Literal["renew", "fill", "propose", ""] = ""


class Decide(Form):
    words: ClassVar[str] = "cards"
    change: Annotated[str, Field(pattern=r"^[0-9a-f]{32}$")]
    decision: Literal["approve", "refuse"]


class TakeBack(Form):
    words: ClassVar[str] = "cards"
    change: Annotated[str, Field(pattern=r"^([0-9a-f]{32}|all)$")]


@dataclass(frozen=True)
class Opened:
    """The item of a page, with everything that is said now and its changes."""

    kind: ItemKind
    item: Item
    said: Overlaid
    changes: list[KeptChange]
    names: Mapping[str, str]

    @property
    def address(self) -> str:
        return f"{LIST}/{self.kind}/{self.item.id}"

    @property
    def number_is_fixed(self) -> bool:
        return self.kind is ItemKind.CONTACT and self.item.id in fixed_numbers()


# --- The list ---


@route("GET", LIST, Permission.READ_CARDS)
async def list_page(request: web.Request) -> web.StreamResponse:
    filters, today = filters_of(request, ListFilters), today_of(request)
    async with services_of(request).store.look() as work:
        said = await said_now(work)
        waiting = {(one.kind, one.item) for one in await card_changes.proposed(work)}
    every = lines(said, waiting, today)
    found = [line for line in every if _fits(line, filters)]
    page = min(filters.page, max(1, -(-len(found) // PAGE_SIZE)))
    start = (page - 1) * PAGE_SIZE
    form = empty_form(kind=filters.kind or "", state=filters.state or "", owner=filters.owner, words=filters.words)
    say = services_of(request).words.say
    return render(
        request,
        "cards/list.html",
        paged=Paged(found[start : start + PAGE_SIZE], page, PAGE_SIZE, len(found)),
        counts=[(state, sum(line.state is state for line in every)) for state in LineState],
        kinds=[("", "All"), *((kind.value, say(f"cards.kind_{kind}")) for kind in ItemKind)],
        states=[("", "All"), *((state.value, say(f"cards.state_{state}")) for state in LineState)],
        owners=[("", "All"), *((owner, owner) for owner in sorted({line.owner for line in every}))],
        link=lambda number: _page_address(request, number),
        filtered=bool(filters.kind or filters.state or filters.owner or filters.words),
        form=form,
    )


def _fits(line: Line, filters: ListFilters) -> bool:
    return (
        (filters.kind is None or line.kind is filters.kind)
        and (filters.state is None or line.state is filters.state)
        and (not filters.owner or line.owner == filters.owner)
        and filters.words.casefold() in f"{line.title} {line.item}".casefold()
    )


def _page_address(request: web.Request, number: int) -> str:
    address = address_with(request)
    return f"{address}{'&' if '?' in address else '?'}page={number}"


# --- One ---


@route("GET", ONE, Permission.READ_CARDS)
async def one(request: web.Request) -> web.StreamResponse:
    return await _page(request, empty_form(), doing=filters_of(request, Doing).do)


async def _page(request: web.Request, form: Filled[Any], status: int = 200, doing: str = "") -> web.Response:
    """`doing` is the form that was sent: only that one is shown with its faults."""
    async with services_of(request).store.look() as work:
        opened = await _opened(request, work)
    words, today = services_of(request).words, today_of(request)
    proposal = card_page.waiting_proposal(opened.changes)
    mine = proposal is not None and proposal.made_by == staff_of(request).staff_id
    return render(
        request,
        "cards/one.html",
        status=status,
        opened=opened,
        item=opened.item,
        line=next(
            line
            for line in lines(opened.said, {(opened.kind, opened.item.id)} if proposal else set(), today)
            if (line.kind, line.item) == (opened.kind, opened.item.id)
        ),
        said=card_page.said_of(opened.said.library, opened.kind, opened.item, today),
        used_by=card_page.used_by(opened.said.library, opened.item),
        history=card_page.history(words, opened.changes, opened.said, opened.names),
        holds=[change for change in opened.changes if change.state is ChangeState.IN_FORCE],
        proposal=proposal,
        proposed_by=opened.names.get(proposal.made_by, "") if proposal else "",
        compared=card_page.compared(words, opened.item, proposal) if proposal else [],
        is_mine=mine,
        keeps=may(staff_of(request).role, Permission.KEEP_CARDS),
        approves=may(staff_of(request).role, Permission.APPROVE_CARDS),
        reads=[(name, words.say(f"cards.read_{name}")) for name in ("yes", "in_part", "second_hand", "no")],
        sure=[(name, words.say(f"cards.confidence_{name}")) for name in ("high", "medium", "low")],
        form=form,
        filled=form if form.typed else first_typed(opened.item, today),
        doing=doing,
        ways=_ways(opened, words),
    )


def _ways(opened: Opened, words: Words) -> list[tuple[str, str]]:
    """The forms that this item has, with the text of the link to each."""
    blank = opened.item.checked_on is None
    ways = [] if blank else ["renew"]
    if opened.kind in (ItemKind.CARD, ItemKind.FIGURE):
        ways.append("propose")
    elif not opened.number_is_fixed:
        ways.append("fill")
    return [(way, words.first(f"cards.do_{way}_{opened.kind}", f"cards.do_{way}")) for way in ways]


async def _opened(request: web.Request, work: Work) -> Opened:
    try:
        kind = ItemKind(request.match_info["kind"])
    except ValueError:
        raise NotYours from None
    said = await said_now(work)
    item = item_of(said.library, kind, request.match_info["item"])
    if item is None:
        raise NotYours
    changes = await card_changes.of_item(work, kind, item.id)
    ids = {staff_id for one in changes for staff_id in (one.made_by, one.decided_by, one.taken_back_by) if staff_id}
    names = {staff_id: person.name for staff_id, person in (await staff.by_ids(work, ids)).items()}
    return Opened(kind, item, said, changes, names)


# --- Changes ---


@route("POST", f"{ONE}/renew", Permission.KEEP_CARDS)
async def renew(request: web.Request) -> web.StreamResponse:
    """It was checked again and is right. By one person: nothing that is said changes."""
    form = await read_form(request, Checked)
    return await _change(request, form, ChangeWhat.RENEWED, {}, Action.CARD_RENEWED, "renew")


@route("POST", f"{ONE}/fill", Permission.KEEP_CARDS)
async def fill(request: web.Request) -> web.StreamResponse:
    """What only the council knows: a local fact, or a number. By one person."""
    async with services_of(request).store.look() as work:
        opened = await _opened(request, work)
    if opened.number_is_fixed:
        raise NotYours
    match opened.kind:
        case ItemKind.LOCAL_FACT:
            fact = await read_form(request, FillFact)
            fields = {} if fact.value is None else {"answer": fact.value.answer, "source": fact.value.source}
            return await _change(request, fact, ChangeWhat.FILLED, fields, Action.CARD_FILLED, "fill")
        case ItemKind.CONTACT:
            contact = await read_form(request, FillContact)
            if contact.value is not None and not (contact.value.number or contact.value.text_number):
                add_fault(request, contact, "number", "cards.number.missing_both")
            return await _change(
                request, contact, ChangeWhat.FILLED, number_fields(contact), Action.CARD_FILLED, "fill"
            )
        case ItemKind.CARD | ItemKind.FIGURE:
            raise NotYours


@route("POST", f"{ONE}/propose", Permission.KEEP_CARDS)
async def propose(request: web.Request) -> web.StreamResponse:
    """Another value of a figure, or other words of a card. A second person decides before anybody is told it."""
    async with services_of(request).store.look() as work:
        opened = await _opened(request, work)
    match opened.item:
        case Figure():
            figure = await read_form(request, CorrectFigure)
            return await _change(
                request, figure, ChangeWhat.CORRECTED, value_fields(figure), Action.CARD_CHANGE_PROPOSED, "propose"
            )
        case Card():
            card = await read_form(request, CorrectCard)
            fields = other_words(opened.item, card)
            if card.value is not None and not fields:
                add_fault(request, card, "answer", "cards.nothing_changed")
            return await _change(request, card, ChangeWhat.CORRECTED, fields, Action.CARD_CHANGE_PROPOSED, "propose")
        case Contact() | LocalFact():
            raise NotYours


async def _change(
    request: web.Request,
    form: Filled[Any],
    what: ChangeWhat,
    fields: dict[str, Any],
    action: Action,
    doing: str,
) -> web.Response:
    """Check it as the files are checked, store it, log it. Proposals wait; the others are said at once."""
    services, actor = services_of(request), staff_of(request).staff_id
    sent = form.value
    if sent is None or form.faults:
        return await _page(request, form, status=400, doing=doing)
    dated = {**fields, "checked_on": sent.checked_on.isoformat(), "review_by": sent.review_by.isoformat()}
    waits = what is ChangeWhat.CORRECTED
    try:
        async with services.store.begin() as work:
            opened = await _opened(request, work)
            change = NewChange(opened.kind, opened.item.id, what, dated, actor, sent.seen)
            check_dates(request, form, sent, opened.item)
            if not form.faults:
                _, faults = changed_by(opened.said.library, change)
                add_check_faults(form, faults, f"{opened.kind}: {opened.item.id}: ")
            if form.faults:
                raise _Faulty
            store = card_changes.propose if waits else card_changes.make
            made = await store(work, change, services.clock())
            await audit.note(work, actor, action, opened.kind, opened.item.id, {"n": sent.seen + 1})
    except _Faulty:
        return await _page(request, form, status=400, doing=doing)
    except (ChangedMeanwhile, ProposalWaits) as error:
        key = "cards.proposal_waits" if isinstance(error, ProposalWaits) else "cards.changed_meanwhile"
        add_fault(request, form, "checked_on", key)
        return await _page(request, form, status=409, doing=doing)
    say = {"renew": "cards.renewed", "fill": "cards.filled", "propose": "cards.proposed"}[doing]
    undo = Undo(f"{opened.address}/take-back", {"change": made})
    return redirect(request, opened.address, say, undo=undo, day=day(sent.review_by))


class _Faulty(Exception):
    """The form has faults: nothing is stored."""


@route("POST", f"{ONE}/decide", Permission.APPROVE_CARDS)
async def decide(request: web.Request) -> web.StreamResponse:
    services, actor, form = services_of(request), staff_of(request).staff_id, await read_form(request, Decide)
    if form.value is None:
        return await _page(request, form, status=400, doing="decide")
    approve = form.value.decision == "approve"
    try:
        async with services.store.begin() as work:
            opened = await _opened(request, work)
            proposal = card_page.waiting_proposal(opened.changes)
            if proposal is None or proposal.id != form.value.change:
                raise ChangedMeanwhile
            if approve:
                _, faults = changed_by(opened.said.library, proposal)
                add_check_faults(form, faults, f"{opened.kind}: {opened.item.id}: ")
            if form.faults:
                raise _Faulty
            await card_changes.decide(work, proposal.id, actor, approve, services.clock())
            details = {"n": proposal.n, "decision": "approved" if approve else "refused"}
            await audit.note(work, actor, Action.CARD_CHANGE_DECIDED, opened.kind, opened.item.id, details)
    except _Faulty:
        return await _page(request, form, status=400, doing="decide")
    except NotBySamePerson:
        add_fault(request, form, "decision", "cards.not_your_own")
        return await _page(request, form, status=400, doing="decide")
    except ChangedMeanwhile:
        add_fault(request, form, "decision", "cards.changed_meanwhile")
        return await _page(request, form, status=409, doing="decide")
    return redirect(request, opened.address, "cards.approved" if approve else "cards.refused")


@route("POST", f"{ONE}/take-back", Permission.KEEP_CARDS)
async def take_back(request: web.Request) -> web.StreamResponse:
    """One change, or `all`: then the file's own version is said again. Also a proposal that waits."""
    services, actor, form = services_of(request), staff_of(request).staff_id, await read_form(request, TakeBack)
    if form.value is None:
        raise NotYours
    async with services.store.begin() as work:
        opened = await _opened(request, work)
        wanted = [one for one in opened.changes if form.value.change in (ALL, one.id)]
        held = [one for one in wanted if one.state in (ChangeState.IN_FORCE, ChangeState.PROPOSED)]
        await card_changes.take_back(work, [one.id for one in held], actor, services.clock())
        for one in held:
            details = {"n": one.n}
            await audit.note(work, actor, Action.CARD_CHANGE_TAKEN_BACK, opened.kind, opened.item.id, details)
    return redirect(request, opened.address, "cards.taken_back" if held else "cards.nothing_taken_back")
