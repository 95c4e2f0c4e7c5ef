"""What came from Telegram, without who sent it: names, user names, pictures, files and places are dropped here.

Everything behind this door sees only the number of the chat (which the answer needs), a name for the message that is
the same when it comes again, and words that were typed. An update is read as Telegram's plain JSON, and only what is
needed of it: a field that Telegram changes, of a poll for instance, must not keep anybody's words back.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from telegram.constants import ChatMemberStatus, ChatType

ALLOWED_UPDATES = ("message", "edited_message", "callback_query", "my_chat_member", "channel_post")
COMMAND = re.compile(r"/([A-Za-z]{1,32})(?:@\w{1,64})?(?:\s+(\S.*))?\s*", re.DOTALL)
# What stands behind /start when somebody tapped a link of ours on the web page (bot.store.telegram_starts makes it).
CODE = re.compile(r"web-[A-Za-z0-9_-]{43}")
PRESS = re.compile(r"(\d{1,9}):(\d{1,2}):([0-9a-f]{8})")
# What Telegram can attach to a message, and what we call it.
KINDS = {
    "photo": "photo",
    "animation": "video",  # before "document", which an animation has too
    "video": "video",
    "video_note": "video",
    "voice": "voice",
    "audio": "audio",
    "document": "file",
    "sticker": "sticker",
    "contact": "contact",
    "venue": "location",  # before "location", which a venue has too
    "location": "location",
    "poll": "poll",
}
# What a phone does by itself, without anybody saying anything.
SILENT = ("pinned_message", "message_auto_delete_timer_changed", "write_access_allowed", "chat_background_set")


@dataclass(frozen=True)
class Said:
    """Words, new or changed afterwards. `command` is set for one of Telegram's own form; `more` came behind it.

    `code` came with a link of the web page, and stands in no other field.
    """

    chat_id: int
    which: str
    text: str
    command: str | None = None
    more: bool = False
    edited: bool = False
    code: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class Shown:
    """Something that is not text arrived. Of it, only the kind is known here, and words that were typed under it."""

    chat_id: int
    which: str
    what: str
    caption: str | None = None


@dataclass(frozen=True)
class Pressed:
    """A button below one of our messages. `at` is None for one that we never made; `of` tells the conversation."""

    chat_id: int
    which: str
    query_id: str
    at: tuple[int, int] | None
    of: str
    message_id: int | None = None
    text: str | None = None


@dataclass(frozen=True)
class Left:
    """They blocked the bot, or took that back."""

    chat_id: int
    blocked: bool


@dataclass(frozen=True)
class Elsewhere:
    """A group or a channel: nothing of it is read."""

    chat_id: int


Arrived = Said | Shown | Pressed | Left | Elsewhere


class Unreadable(Exception):
    """This is no update of Telegram's. The text never quotes it."""


class _Part(BaseModel):
    """The little that is read. What else there is, like every name, is not even looked at."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class _Chat(_Part):
    id: int
    type: str


class _Message(_Part):
    message_id: int
    chat: _Chat
    text: str | None = None
    caption: str | None = None


class _Person(_Part):
    id: int


class _Query(_Part):
    id: str
    person: _Person = Field(alias="from")
    message: _Message | None = None
    data: str | None = None


class _Standing(_Part):
    status: str


class _Member(_Part):
    chat: _Chat
    new_chat_member: _Standing


class _Update(_Part):
    update_id: int
    message: _Message | None = None
    edited_message: _Message | None = None
    channel_post: _Message | None = None
    callback_query: _Query | None = None
    my_chat_member: _Member | None = None


def update_id_of(raw: Mapping[str, Any]) -> int:
    """Raises Unreadable."""
    number = raw.get("update_id")
    if not isinstance(number, int):
        raise Unreadable
    return number


def arrived(raw: Mapping[str, Any]) -> Arrived | None:
    """What an update says, or None when it says nothing to us. Raises Unreadable."""
    try:
        update = _Update.model_validate(raw)
    except ValidationError:
        # Raised without its cause: pydantic's error would carry what was said.
        raise Unreadable from None
    if update.channel_post is not None:
        return Elsewhere(update.channel_post.chat.id)
    if update.my_chat_member is not None:
        return _member(update.my_chat_member)
    if update.callback_query is not None:
        return _pressed(update.callback_query)
    if update.edited_message is not None:
        return _edited(update.edited_message, update.update_id)
    return None if update.message is None else _message(update.message, raw["message"])


def _member(member: _Member) -> Arrived | None:
    chat, gone = member.chat, member.new_chat_member.status in (ChatMemberStatus.BANNED, ChatMemberStatus.LEFT)
    if chat.type == ChatType.PRIVATE:
        return Left(chat.id, blocked=gone)
    return None if gone else Elsewhere(chat.id)


def _pressed(query: _Query) -> Arrived | None:
    match = PRESS.fullmatch(query.data or "")
    at = None if match is None else (int(match[1]), int(match[2]))
    of = "" if match is None else match[3]
    message = query.message
    if message is None:
        # In a private chat, the chat and its person have the same number.
        return Pressed(query.person.id, f"press:{query.id}", query.id, at, of)
    if message.chat.type != ChatType.PRIVATE:
        return Elsewhere(message.chat.id)
    return Pressed(message.chat.id, f"press:{query.id}", query.id, at, of, message.message_id, message.text)


def _edited(message: _Message, update_id: int) -> Arrived | None:
    """A message is changed more than once: the update tells which change it is. A place that moves says nothing."""
    if message.chat.type != ChatType.PRIVATE:
        return Elsewhere(message.chat.id)
    words = message.text or message.caption
    return None if not words else Said(message.chat.id, f"edit:{update_id}", words, edited=True)


def _message(message: _Message, raw: Mapping[str, Any]) -> Arrived | None:
    if message.chat.type != ChatType.PRIVATE:
        return Elsewhere(message.chat.id)
    which = f"message:{message.message_id}"
    if message.text:
        return _said(message.chat.id, which, message.text)
    if any(name in raw for name in SILENT):
        return None
    what = next((kind for name, kind in KINDS.items() if name in raw), "other")
    return Shown(message.chat.id, which, what, message.caption)


def _said(chat_id: int, which: str, text: str) -> Said:
    match = COMMAND.fullmatch(text)
    if match is None:
        return Said(chat_id, which, text)
    command, more = match[1].lower(), match[2]
    if command == "start" and more is not None and CODE.fullmatch(more.strip()):
        return Said(chat_id, which, "/start", command, code=more.strip())
    return Said(chat_id, which, text, command, more=more is not None)
