"""Hiding words of a message from its readers, for a while or for good.

A temporary one is a row that says which characters are hidden; undoing it shows them again. A permanent one takes the
words out of what is stored and leaves a mark, so that nobody can bring them back: not from here, not from the chat.

A message with an alert is never redacted: it is the safeguarding copy, and whoever looks into the alert must see all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import or_, select, update

from bot.store import quotes
from bot.store.casework_models import Redaction, RedactionKind
from bot.store.database import Work
from bot.store.models import Alert, Author, Conversation, Message, OutboxItem, now
from bot.store.requests import NotThere, Viewer
from bot.store.sight import readable_by

MARK = "█████"  # what stands in a message where words were taken out for good
REPEATS = "utter_share_words"  # the bubble that repeats what somebody said; a copy of their words has no key


class Why(StrEnum):
    """Why words are hidden."""

    NAME = "name"
    ADDRESS = "address"
    CONTACT = "contact"
    SOMEBODY_ELSE = "somebody_else"
    OTHER = "other"


class NotInMessage(Exception):
    """The words are not in the message."""


class SafeguardingCopy(Exception):
    """The message has an alert."""


@dataclass(frozen=True)
class Gap:
    """Words that are hidden. A temporary one can be undone by its id."""

    redaction_id: str
    kind: RedactionKind
    why: Why
    by: str
    at: datetime


@dataclass(frozen=True)
class Part:
    """A piece of a message: its words, or a gap with none."""

    text: str
    gap: Gap | None = None


@dataclass(frozen=True)
class Hide:
    """Which words of a message to hide, wherever they stand in it and in whatever case."""

    words: str
    kind: RedactionKind
    why: Why
    by: str


async def message_for(work: Work, viewer: Viewer, conversation_id: str, message_id: str) -> Message:
    """A message of this conversation for a change, locked until the transaction ends. Raises NotThere."""
    found = await work.session.scalar(
        select(Message)
        .join(Conversation, Conversation.id == Message.conversation_id)
        .where(Message.id == message_id, Message.conversation_id == conversation_id, readable_by(viewer))
        .with_for_update(of=Message)
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotThere
    return found


async def has_alert(work: Work, message_id: str) -> bool:
    return await work.session.scalar(select(Alert.id).where(Alert.message_id == message_id)) is not None


async def hide(work: Work, message: Message, what: Hide) -> list[str]:
    """Hide the words; the ids of the new redactions. Raises SafeguardingCopy, NotInMessage."""
    spans = await check(work, message, what.words)
    text = work.keys.decrypt(message.text_sealed)
    if what.kind is RedactionKind.PERMANENT:
        spans = await _take_out(work, message, text, spans)
        await quotes.take_out(work, message.conversation_id, lambda quote: bool(find(quote, what.words)))
        await _take_out_of_repeated(work, message.conversation_id, what.words)
    made = [
        Redaction(message_id=message.id, start=start, end=end, kind=what.kind, reason=what.why.value, by=what.by)
        for start, end in spans
    ]
    work.session.add_all(made)
    await work.session.flush()
    return [one.id for one in made]


async def hide_spans(work: Work, message: Message, spans: Iterable[tuple[int, int, Why]], by: str) -> list[str]:
    """Hide pieces of a message for a while; those that are hidden already are left. Raises SafeguardingCopy."""
    if await has_alert(work, message.id):
        raise SafeguardingCopy
    hidden = await _standing(work, [message.id])
    made = [
        Redaction(message_id=message.id, start=start, end=end, kind=RedactionKind.TEMPORARY, reason=why.value, by=by)
        for start, end, why in spans
        if not any(one.start <= start and end <= one.end for one in hidden)
    ]
    work.session.add_all(made)
    await work.session.flush()
    return [one.id for one in made]


async def check(work: Work, message: Message, words: str) -> list[tuple[int, int]]:
    """Where the words stand in the message. Raises SafeguardingCopy, NotInMessage."""
    if await has_alert(work, message.id):
        raise SafeguardingCopy
    spans = find(work.keys.decrypt(message.text_sealed), words)
    if not spans:
        raise NotInMessage
    return spans


def find(text: str, words: str) -> list[tuple[int, int]]:
    """Where the words stand in the text, as [start, end); any run of blanks matches any other."""
    pattern = r"\s+".join(re.escape(word) for word in words.split())
    return [found.span() for found in re.finditer(pattern, text, re.IGNORECASE)] if pattern else []


async def _take_out(work: Work, message: Message, text: str, spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Replace the words in the store by a mark, and move what was hidden before; where the marks stand."""
    for earlier in await _standing(work, [message.id]):
        earlier.start, earlier.end = _moved(earlier.start, spans, end=False), _moved(earlier.end, spans, end=True)
    pieces, last = [], 0
    for start, end in spans:
        pieces += [text[last:start], MARK]
        last = end
    message.text_sealed = work.keys.encrypt("".join([*pieces, text[last:]]))
    await work.session.flush()
    return [(_moved(start, spans, end=False), _moved(end, spans, end=True)) for start, end in spans]


async def _take_out_of_repeated(work: Work, conversation_id: str, words: str) -> None:
    """The service shows somebody their own words, before a yes to printing them and as a copy: there they go too."""
    repeats = or_(OutboxItem.key.is_(None), OutboxItem.key == REPEATS)
    rows = await work.session.scalars(
        select(OutboxItem).where(
            OutboxItem.conversation_id == conversation_id, OutboxItem.author == Author.SERVICE, repeats
        )
    )
    for item in rows:
        text = _marked(work.keys.decrypt(item.text_sealed), words)
        if text is not None:
            item.text_sealed = work.keys.encrypt(text)
        easy = None if item.easy_sealed is None else _marked(work.keys.decrypt(item.easy_sealed), words)
        if easy is not None:
            item.easy_sealed = work.keys.encrypt(easy)
    await work.session.flush()


def _marked(text: str, words: str) -> str | None:
    """The text with a mark wherever these words stand; None when they do not."""
    spans = find(text, words)
    for start, end in reversed(spans):
        text = text[:start] + MARK + text[end:]
    return text if spans else None


def _moved(place: int, spans: Sequence[tuple[int, int]], *, end: bool) -> int:
    """Where a place of the old text is in the new one; one inside words that went is at the mark's edge."""
    shift = 0
    for start, stop in spans:
        if place <= start:
            break
        if place < stop or (place == stop and end):
            return start + shift + (len(MARK) if end else 0)
        shift += len(MARK) - (stop - start)
    return place + shift


async def undo(work: Work, message: Message, redaction_ids: Collection[str]) -> list[str]:
    """Show again what was hidden for a while; the ids of those that were hidden until now."""
    undone = await work.session.scalars(
        update(Redaction)
        .where(
            Redaction.id.in_(list(redaction_ids)),
            Redaction.message_id == message.id,
            Redaction.kind == RedactionKind.TEMPORARY,
            Redaction.undone_at.is_(None),
        )
        .values(undone_at=now())
        .returning(Redaction.id)
        .execution_options(synchronize_session=False)
    )
    return list(undone)


async def of_messages(work: Work, message_ids: Sequence[str]) -> dict[str, list[Redaction]]:
    """What is hidden now, by message. For a message with an alert nothing is hidden for a while."""
    by_message: dict[str, list[Redaction]] = {}
    for one in await _standing(work, message_ids):
        by_message.setdefault(one.message_id, []).append(one)
    if by_message:
        alerted = await work.session.scalars(select(Alert.message_id).where(Alert.message_id.in_(list(by_message))))
        for message_id in alerted:
            kept = [one for one in by_message[message_id] if one.kind == RedactionKind.PERMANENT]
            by_message[message_id] = kept
    return by_message


async def hidden_words(work: Work, message_ids: Sequence[str]) -> dict[str, list[str]]:
    """By message, the words that are hidden in it now and are still stored."""
    hidden = await of_messages(work, message_ids)
    rows = await work.session.execute(select(Message.id, Message.text_sealed).where(Message.id.in_(list(hidden))))
    texts = {message_id: work.keys.decrypt(sealed) for message_id, sealed in rows}
    return {
        message_id: [texts[message_id][one.start : one.end] for one in found if one.kind == RedactionKind.TEMPORARY]
        for message_id, found in hidden.items()
        if message_id in texts
    }


async def _standing(work: Work, message_ids: Sequence[str]) -> list[Redaction]:
    rows = await work.session.scalars(
        select(Redaction)
        .where(Redaction.message_id.in_(list(message_ids)), Redaction.undone_at.is_(None))
        .order_by(Redaction.start, Redaction.end)
    )
    return list(rows)


def parts_of(text: str, hidden: Iterable[Redaction]) -> tuple[Part, ...]:
    """The message as its readers see it. Of two gaps that overlap, the later one begins where the earlier one ends."""
    parts: list[Part] = []
    at = 0
    for one in hidden:
        if one.end <= at:
            continue
        if one.start > at:
            parts.append(Part(text[at : one.start]))
        parts.append(Part("", Gap(one.id, RedactionKind(one.kind), Why(one.reason), one.by, one.at)))
        at = one.end
    if at < len(text):
        parts.append(Part(text[at:]))
    return tuple(parts)
