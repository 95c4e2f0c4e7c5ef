"""Conversations for tests that need something to read."""

from __future__ import annotations

from bot.handover import as_said, load_handover_notices
from bot.store import Store, Work, alerts, conversations, messages, outbox, records
from bot.store.casework_models import RequestHidden
from bot.store.messages import NewMessage, Screened
from bot.store.models import Author, Channel, MessageKind, Request, RequestKind, Severity, TurnOutcome, new_id
from bot.store.outbox import Bubble, Outgoing
from bot.store.records import NewRequest
from bot.store.requests import Viewer
from bot.store.staff_models import Role

TAKEN = as_said(load_handover_notices().taken_over)
BACK = as_said(load_handover_notices().handed_back)


def officer(staff_id: str) -> Viewer:
    return Viewer(staff_id, Role.PARTICIPATION_OFFICER)


async def chat(store: Store, designation: str = "calm otter", channel: Channel = Channel.WEB) -> str:
    """The id of a new conversation in which nobody has written yet."""
    async with store.begin() as work:
        return (await conversations.open_conversation(work, channel, [designation])).conversation.id


async def wrote(
    store: Store, conversation_id: str, text: str, goal: str | None = None, kind: MessageKind = MessageKind.TYPED
) -> str:
    """The young person writes, and the service answers. The message's id."""
    async with store.begin() as work:
        new = NewMessage(conversation_id, Channel.WEB, f"{conversation_id}:{new_id()}", text, kind)
        stored = await messages.store(work, new)
        await messages.close_turn(work, stored.id, TurnOutcome.ANSWERED, goal, 0.9)
        answer = Bubble(text="This is the computer's answer.")
        await outbox.say(work, Outgoing(conversation_id, stored.id, "turn", Author.SERVICE, (answer,)))
        return stored.id


async def flagged(store: Store, conversation_id: str, message_id: str, severity: Severity) -> None:
    async with store.begin() as work:
        screened = Screened(severity, "self_harm", 0.9, "1")
        await alerts.raise_alert(work, message_id, conversation_id, screened)


async def asked_for(store: Store, conversation_id: str, message_id: str, *hidden_from: str) -> str:
    """An open request in this conversation; its id. It is hidden from these: ids, e-mails or roles."""
    async with store.begin() as work:
        new = NewRequest(message_id, conversation_id, RequestKind.CONTACT, "social_worker", [message_id])
        request = await records.add_request(work, new)
        work.session.add_all(RequestHidden(request_id=request.id, whom=one) for one in hidden_from)
        return request.id


async def request_of(work: Work, request_id: str) -> Request:
    return await work.session.get_one(Request, request_id)
