"""What staff do in the demonstration, through the functions that the console calls, and in the log as it writes it."""

from __future__ import annotations

from datetime import datetime

from bot.handover import as_said, load_handover_notices
from bot.requests import closing, codes, giving
from bot.requests.states import Event, may
from bot.requests.steps import Change
from bot.staff import audit
from bot.staff.audit import Action
from bot.staff.sign_in import BOTH
from bot.store import drafts, handover, inbox, notes, reads, request_board, sight, unmasking
from bot.store import redactions as hiding
from bot.store.casework_models import RedactionKind
from bot.store.inbox import Wanted
from bot.store.models import Request, RequestState, pretending
from bot.store.redactions import Hide
from bot.store.requests import NotThere
from bot.store.staff_models import Role
from bot.store.staff_replies import say_as_staff
from ovos.demo.stage import Player, Stage
from ovos.demo.words import HideLine

HANDOVER = load_handover_notices()


# --- Transcripts ---


async def reads_transcript(stage: Stage, who: Player, conversation_id: str, at: datetime) -> bool:
    """Open the transcript. False when it is not theirs to read."""
    with pretending(at):
        try:
            conversation = await sight.conversation_for(stage.work, who.viewer, conversation_id)
        except NotThere:
            return False
        await stage.work.session.refresh(conversation)
        last = conversation.next_position - 1
        opened = {"up_to": last}
        await audit.note(stage.work, who.staff_id, Action.TRANSCRIPT_OPENED, "conversation", conversation_id, opened)
        await reads.note_read(stage.work, conversation_id, who.staff_id, last)
    return True


async def replies(stage: Stage, who: Player, conversation_id: str, text: str, at: datetime) -> None:
    with pretending(at):
        taken_over = await handover.holder(stage.work, conversation_id) is None
        notice = as_said(HANDOVER.taken_over)
        await say_as_staff(stage.work, conversation_id, who.staff_id, who.role, text, notice=notice)
        if taken_over:
            await audit.note(stage.work, who.staff_id, Action.HANDED_OVER, "conversation", conversation_id)
        role = {"role": who.role.value}
        await audit.note(stage.work, who.staff_id, Action.REPLY_SENT, "conversation", conversation_id, role)


async def hands_back(stage: Stage, who: Player, conversation_id: str, at: datetime) -> None:
    with pretending(at):
        if await handover.hand_back(stage.work, conversation_id, notice=as_said(HANDOVER.handed_back)):
            await audit.note(stage.work, who.staff_id, Action.HANDED_BACK, "conversation", conversation_id)


async def writes_note(
    stage: Stage, who: Player, conversation_id: str, text: str, at: datetime, request_id: str | None = None
) -> None:
    with pretending(at):
        note_id = await notes.write(stage.work, conversation_id, who.staff_id, text, request_id)
        await audit.note(stage.work, who.staff_id, Action.NOTE_WRITTEN, "note", note_id)


async def hides(stage: Stage, who: Player, conversation_id: str, message_id: str, line: HideLine, at: datetime) -> None:
    kind = RedactionKind.PERMANENT if line.for_good else RedactionKind.TEMPORARY
    with pretending(at):
        message = await hiding.message_for(stage.work, who.viewer, conversation_id, message_id)
        await hiding.hide(stage.work, message, Hide(line.hidden, kind, line.why, who.staff_id))
        details = {"kind": kind.value, "message_id": message_id}
        await audit.note(stage.work, who.staff_id, Action.REDACTED, "message", message_id, details)


async def keeps_draft(stage: Stage, who: Player, conversation_id: str, text: str, at: datetime) -> None:
    with pretending(at):
        await drafts.keep(stage.work, who.staff_id, f"reply:{conversation_id}", text)


# --- Requests ---


async def _change(stage: Stage, who: Player, request: Request, at: datetime) -> Change:
    await stage.work.session.refresh(request)
    return Change(who.viewer, request.id, request.version, at)


async def has_it(stage: Stage, request_id: str) -> tuple[Request, Player]:
    """The request, and who works on it: its holder, else the officer who gives out."""
    request = await request_board.row(stage.work, request_id)
    if request is None:
        raise NotThere
    await stage.work.session.refresh(request)
    return request, stage.officer if request.assigned_to is None else stage.by_id(request.assigned_to)


async def sees(stage: Stage, request_id: str, at: datetime) -> None:
    with pretending(at):
        _, who = await has_it(stage, request_id)
        await stage.log(await giving.see(stage.work, who.viewer, request_id, at))
        await audit.note(stage.work, who.staff_id, Action.REQUEST_OPENED, "request", request_id)


async def takes(stage: Stage, request_id: str, at: datetime) -> None:
    with pretending(at):
        request, holder = await has_it(stage, request_id)
        officer = stage.chance.choice(stage.of_role(Role.PARTICIPATION_OFFICER))
        if request.assigned_to is None and may(RequestState(request.state), Event.ASSIGNED):
            change = await _change(stage, officer, request, at)
            await stage.log(await giving.assign(stage.work, change, officer.staff_id))
        else:
            await stage.log(await giving.see(stage.work, holder.viewer, request_id, at))


async def proposes(stage: Stage, request_id: str, words: str, at: datetime) -> None:
    with pretending(at):
        request, who = await has_it(stage, request_id)
        if may(RequestState(request.state), Event.PROPOSED):
            await stage.log(await closing.propose(stage.work, await _change(stage, who, request, at), words))


async def extends(stage: Stage, request_id: str, at: datetime) -> None:
    with pretending(at):
        request, who = await has_it(stage, request_id)
        if may(RequestState(request.state), Event.EXTENDED):
            await stage.log(await closing.extend(stage.work, await _change(stage, who, request, at)))


# --- Who somebody is ---


async def asks_who(stage: Stage, who: Player, conversation_id: str, reason: str, at: datetime) -> str:
    with pretending(at):
        asked = await unmasking.ask(stage.work, conversation_id, reason, who.staff_id, at)
        await audit.note(stage.work, who.staff_id, Action.UNMASKING_ASKED, "unmasking", asked)
    return asked


async def approves(stage: Stage, who: Player, unmasking_id: str, at: datetime) -> None:
    with pretending(at):
        await unmasking.decide(stage.work, unmasking_id, who.staff_id, True, at)
        decision = {"decision": "approved"}
        await audit.note(stage.work, who.staff_id, Action.UNMASKING_DECIDED, "unmasking", unmasking_id, decision)


async def signs_in(stage: Stage, who: Player, at: datetime) -> None:
    with pretending(at):
        how = {"how": BOTH}
        await audit.note(stage.work, who.staff_id, Action.SIGN_IN, "staff", who.staff_id, how)


async def makes_code(stage: Stage, who: Player, reference: str, at: datetime) -> str:
    """A link code for a case of theirs, as it is read out to the young person."""
    with pretending(at):
        code = await codes.make_code(stage.work, who.viewer, reference, at)
        await audit.note_line(stage.work, code.line)
    return code.text


async def newest_conversations(stage: Stage, who: Player, count: int) -> list[str]:
    """The ids of the first lines of the inbox."""
    page = await inbox.page(stage.work, who.viewer, Wanted(), size=count)
    return [line.id for line in page.lines]
