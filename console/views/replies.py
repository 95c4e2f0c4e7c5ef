"""Answering in the chat: a reply in the name of a role, taking over from the computer, and giving it back."""

from __future__ import annotations

from typing import Annotated, ClassVar

from aiohttp import web
from pydantic import Field

from bot.handover import as_said
from bot.staff import audit
from bot.staff.audit import Action
from bot.store import Work, drafts, handover, staff
from bot.store.staff_replies import LONGEST_REPLY, HeldByAnother, say_as_staff
from console.context import (
    Filled,
    Form,
    Permission,
    add_fault,
    empty_form,
    read_form,
    redirect,
    services_of,
    staff_of,
)
from console.conversation_page import ONE, ONE_LINE_END, address_of, conversation_of, reply_place, show
from console.routes import route


class Reply(Form):
    words: ClassVar[str] = "transcripts"
    text: Annotated[str, Field(max_length=LONGEST_REPLY), ONE_LINE_END]


class TakeOver(Form):
    """`holder` is the member of staff who answers, as the page showed it; without one the computer did."""

    holder: Annotated[str, Field(max_length=32)] | None = None


@route("POST", ONE + "/reply", Permission.REPLY)
async def reply(request: web.Request) -> web.StreamResponse:
    form = await read_form(request, Reply)
    if form.value is None:
        return await show(request, reply=form, status=400)
    try:
        async with services_of(request).store.begin() as work:
            conversation_id = await _say(request, work, form.value.text)
    except HeldByAnother:
        return await _keep_for_later(request, form, form.value.text)
    services_of(request).hub.wake(conversation_id)
    return redirect(request, address_of(request, conversation_id), "transcripts.reply_sent")


async def _say(request: web.Request, work: Work, text: str) -> str:
    """Put the reply in the chat; the conversation's id. Raises HeldByAnother."""
    me, services = staff_of(request), services_of(request)
    conversation = await conversation_of(request, work)
    taken_over = conversation.held_by is None
    notice = as_said(services.handover.taken_over)
    await say_as_staff(work, conversation.id, me.staff_id, me.role, text, notice=notice)
    await drafts.forget(work, me.staff_id, reply_place(conversation.id))
    if taken_over:
        await audit.note(work, me.staff_id, Action.HANDED_OVER, "conversation", conversation.id)
    await audit.note(work, me.staff_id, Action.REPLY_SENT, "conversation", conversation.id, {"role": me.role.value})
    return conversation.id


async def _keep_for_later(request: web.Request, form: Filled[Reply], text: str) -> web.Response:
    """Somebody else answers there now: nothing is said twice, and nothing that was typed is lost."""
    async with services_of(request).store.begin() as work:
        conversation = await conversation_of(request, work)
        await drafts.keep(work, staff_of(request).staff_id, reply_place(conversation.id), text)
        name = await _holder_name(work, conversation.id)
    add_fault(request, form, "text", "transcripts.held_by_another", who=name)
    return await show(request, reply=form, status=409)


async def _holder_name(work: Work, conversation_id: str) -> str:
    holder = await handover.holder(work, conversation_id)
    person = None if holder is None else await staff.by_id(work, holder)
    return "" if person is None else person.name


@route("POST", ONE + "/hold", Permission.REPLY)
async def take_over(request: web.Request) -> web.StreamResponse:
    """From the computer, or from the colleague whom the page showed."""
    services, me, form = services_of(request), staff_of(request), await read_form(request, TakeOver)
    holder = None if form.value is None else form.value.holder
    async with services.store.begin() as work:
        conversation = await conversation_of(request, work)
        if holder is None:
            notice = as_said(services.handover.taken_over)
            taken = await handover.hold(work, conversation.id, me.staff_id, notice=notice)
        else:
            taken = await handover.take_from(work, conversation.id, holder, me.staff_id)
        name = await _holder_name(work, conversation.id)
        before = None if holder is None else await staff.by_id(work, holder)
        if taken:
            await audit.note(work, me.staff_id, Action.HANDED_OVER, "conversation", conversation.id)
    if not taken:
        refused = empty_form()
        key = "transcripts.taken_by_another" if name else "transcripts.freed_meanwhile"
        add_fault(request, refused, "text", key, who=name)
        return await show(request, reply=refused, status=409)
    services.hub.wake(conversation.id)
    address = address_of(request, conversation.id)
    if before is None:
        return redirect(request, address, "transcripts.taken_over")
    return redirect(request, address, "transcripts.taken_from", name=before.name)


@route("POST", ONE + "/hand-back", Permission.REPLY)
async def hand_back(request: web.Request) -> web.StreamResponse:
    """The computer answers again. Anybody who may reply can do it, so that no chat stays quiet for one who is away."""
    services = services_of(request)
    async with services.store.begin() as work:
        conversation = await conversation_of(request, work)
        if await handover.hand_back(work, conversation.id, notice=as_said(services.handover.handed_back)):
            actor = staff_of(request).staff_id
            await audit.note(work, actor, Action.HANDED_BACK, "conversation", conversation.id)
    services.hub.wake(conversation.id)
    return redirect(request, address_of(request, conversation.id), "transcripts.handed_back")
