"""Chats of Telegram: which conversation is whose, and what is still to be sent there.

A chat is found by a keyed hash of its number; the number itself is sealed, because an answer needs it. Both go with
the conversation when that is deleted (`bot.store.erasure`).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import ColumnElement, delete, desc, exists, func, or_, select, update

from bot.store.database import Work
from bot.store.models import WORDS, Author, Channel, Conversation, Message, MessageKind, OutboxItem, Request, now
from bot.store.outbox import Button
from bot.store.secrets import SecretName, keyed_hash, secret
from bot.store.telegram_models import TelegramChat

OPENING = "opening"  # the part of the outbox that opens a conversation


@dataclass(frozen=True)
class ToSend:
    """One bubble that a chat has not had. `n` is 0 where something new begins to be said."""

    id: str
    position: int
    n: int
    part: str
    author: Author
    signed: str | None
    key: str | None
    text: str
    buttons: tuple[Button, ...]
    answers_channel: Channel | None
    """The channel of the message that it answers; None when nobody asked for it."""


@dataclass(frozen=True)
class Names:
    """How chats and messages are called here, by HMAC-SHA-256 under a secret of this installation."""

    key: bytes = field(repr=False)

    def chat(self, chat_id: int) -> str:
        """How a chat is found again."""
        return keyed_hash(self.key, f"chat:{chat_id}")

    def message(self, chat_id: int, which: str) -> str:
        """The same short name each time that the same message of a chat arrives, which tells nobody whose it is."""
        return keyed_hash(self.key, f"message:{chat_id}:{which}")[:40]


async def names(work: Work) -> Names:
    """They stay the same as long as the installation. In a transaction that may write: the first time makes the key."""
    return Names(await secret(work, SecretName.TELEGRAM))


async def chat_hash(work: Work, chat_id: int) -> str:
    return (await names(work)).chat(chat_id)


async def webhook_secret(work: Work) -> str:
    """What Telegram shows with each call, where no secret was set: the same in every process of this installation."""
    return keyed_hash(await secret(work, SecretName.TELEGRAM), "webhook")


async def check_secret(work: Work) -> str:
    """What a check of our own shows: only who may open the store can work it out."""
    return keyed_hash(await secret(work, SecretName.TELEGRAM), "check")


async def find(work: Work, hashed: str) -> TelegramChat | None:
    return await work.session.get(TelegramChat, hashed)


async def bind(work: Work, hashed: str, chat_id: int, conversation_id: str) -> TelegramChat:
    """From now on this conversation is answered in this chat."""
    chat = TelegramChat(chat_hash=hashed, conversation_id=conversation_id, chat_sealed=work.keys.encrypt(str(chat_id)))
    work.session.add(chat)
    await work.session.flush()
    return chat


async def carry(work: Work, hashed: str, chat_id: int, conversation: Conversation) -> None:
    """From now on this conversation, which began on the web, goes on in this chat, and in no other.

    Nothing of what was said before goes there. That somebody is 16 was answered on the web page.
    """
    other = TelegramChat.conversation_id == conversation.id
    await work.session.execute(
        delete(TelegramChat).where(other, TelegramChat.chat_hash != hashed).execution_options(synchronize_session=False)
    )
    if await find(work, hashed) is None:
        await bind(work, hashed, chat_id, conversation.id)
    fresh = await work.session.get_one(Conversation, conversation.id, populate_existing=True)
    await _set(
        work,
        hashed,
        conversation_id=fresh.id,
        passed=True,
        sent_up_to=fresh.next_position - 1,
        sent_parts=0,
        nudged_for=fresh.said_position,
        blocked_at=None,
        tries=0,
        next_try_at=None,
    )
    fresh.channel = Channel.TELEGRAM
    await work.session.flush()


async def holds_words(work: Work, conversation_id: str) -> bool:
    """Has its young person written, sent or asked for anything in it, or only pressed buttons?"""
    kinds = {*WORDS, MessageKind.MEDIA, MessageKind.NOT_SAFE}
    said = exists().where(Message.conversation_id == conversation_id, Message.kind.in_(kinds))
    asked = exists().where(Request.conversation_id == conversation_id)
    return bool(await work.session.scalar(select(or_(said, asked))))


async def is_back(work: Work, hashed: str) -> None:
    """Something came from this chat: it can be written to again, also one whose web page was left."""
    conversation = select(TelegramChat.conversation_id).where(TelegramChat.chat_hash == hashed).scalar_subquery()
    await _set(work, hashed, blocked_at=None, tries=0, next_try_at=None)
    await work.session.execute(
        update(Conversation)
        .where(Conversation.id == conversation, Conversation.ended_at.is_not(None))
        .values(ended_at=None)
        .execution_options(synchronize_session=False)
    )


async def is_settled(work: Work, chat: TelegramChat) -> bool:
    """Would `is_back` change nothing? So it is with nearly every message, and then nobody has to wait to write."""
    conversation = await work.session.get_one(Conversation, chat.conversation_id)
    failed = chat.blocked_at is not None or chat.tries > 0 or chat.next_try_at is not None
    return conversation.ended_at is None and not failed


async def note_passed(work: Work, hashed: str) -> None:
    """They say that they are 16 or over. Nothing else is kept of it."""
    await _set(work, hashed, passed=True)


async def note_blocked(work: Work, hashed: str) -> None:
    """Nothing can be sent there until they write again."""
    await _set(work, hashed, blocked_at=now())


async def moved(work: Work, hashed: str, chat_id: int) -> None:
    """Telegram has given the chat another number."""
    fresh = await chat_hash(work, chat_id)
    await _set(work, hashed, chat_hash=fresh, chat_sealed=work.keys.encrypt(str(chat_id)))


async def note_failed(work: Work, hashed: str, next_try_at: datetime) -> None:
    await _set(work, hashed, tries=TelegramChat.tries + 1, next_try_at=next_try_at)


async def note_part_sent(work: Work, hashed: str) -> None:
    """One part of a long answer was taken; the next try goes on after it."""
    await _set(work, hashed, sent_parts=TelegramChat.sent_parts + 1, tries=0, next_try_at=None)


async def note_sent(work: Work, hashed: str, items: list[ToSend]) -> None:
    """Telegram took these: they are delivered, and never sent again."""
    await work.session.execute(
        update(OutboxItem)
        .where(OutboxItem.id.in_([item.id for item in items]), OutboxItem.delivered_at.is_(None))
        .values(delivered_at=now())
        .execution_options(synchronize_session=False)
    )
    await pass_over(work, hashed, items)


async def pass_over(work: Work, hashed: str, items: list[ToSend]) -> None:
    """These are not for this chat, or it refuses them: they stay undelivered, and what follows is sent."""
    await _set(work, hashed, sent_up_to=items[-1].position, sent_parts=0, tries=0, next_try_at=None)


async def note_withheld(work: Work, hashed: str, items: list[ToSend]) -> None:
    """These were made ready for the chat of a check of ours, and not sent: they stay undelivered."""
    await _set(work, hashed, withheld=TelegramChat.withheld + len(items))
    await pass_over(work, hashed, items)


async def was_made_ready(work: Work, conversation_id: str, key: str) -> bool:
    """Has the sender come as far as the bubble with this key, and made that and all before it ready for this chat?"""
    chat = await work.session.scalar(select(TelegramChat).where(TelegramChat.conversation_id == conversation_id))
    if chat is None:
        return False
    mine = OutboxItem.conversation_id == conversation_id
    position = await work.session.scalar(select(func.min(OutboxItem.position)).where(mine, OutboxItem.key == key))
    if position is None or position > chat.sent_up_to:
        return False
    come_to = select(func.count()).select_from(OutboxItem).where(mine, OutboxItem.position <= chat.sent_up_to)
    return await work.session.scalar(come_to) == chat.withheld


async def note_nudged(work: Work, hashed: str, for_position: int) -> None:
    await _set(work, hashed, nudged_for=for_position)


async def chat_number(work: Work, chat: TelegramChat) -> int:
    return int(work.keys.decrypt(chat.chat_sealed))


@dataclass(frozen=True)
class Due:
    """A chat that something must be sent to. `safety`: a safety reply is among it."""

    hashed: str
    safety: bool


async def due(work: Work, at: datetime) -> list[Due]:
    """Chats that something must be sent to now, those with a safety reply first."""
    unsent = exists().where(
        OutboxItem.conversation_id == TelegramChat.conversation_id, OutboxItem.position > TelegramChat.sent_up_to
    )
    safety = unsent.where(OutboxItem.author == Author.SAFETY)
    rows = await work.session.execute(
        select(TelegramChat.chat_hash, safety.label("safety"))
        .where(
            unsent,
            TelegramChat.blocked_at.is_(None),
            or_(TelegramChat.next_try_at.is_(None), TelegramChat.next_try_at <= at),
        )
        .order_by(desc("safety"))
    )
    return [Due(hashed, bool(with_safety)) for hashed, with_safety in rows]


async def to_send(work: Work, chat: TelegramChat) -> tuple[list[ToSend], bool]:
    """Everything that was said in one go after what the chat has had, in order; empty when there is nothing.

    With it, whether something stands behind it already.
    """
    rows = await work.session.execute(
        select(OutboxItem, Message.channel)
        .outerjoin(Message, Message.id == OutboxItem.answers)
        .where(OutboxItem.conversation_id == chat.conversation_id, OutboxItem.position > chat.sent_up_to)
        .order_by(OutboxItem.position)
        .limit(24)
    )
    together: list[ToSend] = []
    for item, channel in rows:
        if together and item.n == 0:
            return together, True
        together.append(_opened(work, item, channel))
    return together, False


def _opened(work: Work, item: OutboxItem, channel: str | None) -> ToSend:
    return ToSend(
        id=item.id,
        position=item.position,
        n=item.n,
        part=item.part,
        author=Author(item.author),
        signed=item.signed,
        key=item.key,
        text=work.keys.decrypt(item.text_sealed),
        buttons=tuple(Button(entry["title"], entry["payload"], entry.get("icon")) for entry in item.buttons),
        answers_channel=None if channel is None else Channel(channel),
    )


async def writes_on_the_web(work: Work, conversation: Conversation) -> bool:
    """Did the young person's newest message come from the web page?"""
    newest = await work.session.scalar(
        select(Message.channel).where(
            Message.conversation_id == conversation.id, Message.position == conversation.said_position
        )
    )
    return newest == Channel.WEB


async def blocked_count(work: Work) -> int:
    """Chats that have something to be sent and cannot be written to."""
    return await _count(work, TelegramChat.blocked_at.is_not(None))


async def failing_count(work: Work) -> int:
    """Chats whose last try failed."""
    return await _count(work, TelegramChat.tries > 0)


async def _count(work: Work, *which: ColumnElement[bool]) -> int:
    waits = exists().where(
        OutboxItem.conversation_id == TelegramChat.conversation_id, OutboxItem.position > TelegramChat.sent_up_to
    )
    return await work.session.scalar(select(func.count()).select_from(TelegramChat).where(waits, *which)) or 0


async def _set(work: Work, hashed: str, **values: object) -> None:
    await work.session.execute(
        update(TelegramChat)
        .where(TelegramChat.chat_hash == hashed)
        .values(**values)
        .execution_options(synchronize_session=False)
    )


async def reaches(work: Work, conversation_id: str) -> bool:
    """Can something be sent to this conversation's chat? Not when it was blocked, forgotten, or never was one."""
    chat = await work.session.scalar(
        select(TelegramChat.chat_hash).where(
            TelegramChat.conversation_id == conversation_id, TelegramChat.blocked_at.is_(None)
        )
    )
    return chat is not None
