"""Who can see a chat, and who has: said from the console's permissions and from the log of readers, never by heart.

The console's table of permissions is above this room; whoever puts the rooms together hands over which roles it lets
read a chat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.privacy.chat_words import ChatWords, Said
from bot.store.reads import Reader
from bot.store.seen import WHOLE, How, Seen
from bot.store.staff_models import Role

HERE = ZoneInfo("Europe/London")


def who_can_read(words: ChatWords, may_read: Collection[Role]) -> Said:
    """A sentence for every role that may open a chat, in the order of the content file."""
    return _joined([*(said for role, said in words.can_read.items() if role in may_read), words.can_see_requests])


def who_cannot(words: ChatWords, may_read: Collection[Role]) -> Said:
    """A sentence for those of whom it is worth saying, only while it is true."""
    return _joined([words.never, *(said for role, said in words.cannot_read.items() if role not in may_read)])


@dataclass(frozen=True)
class Newest:
    """What the young person said last: where it stands and when it came. Nobody can have seen it before."""

    position: int = 0
    at: datetime | None = None


def who_has_read(words: ChatWords, readers: Sequence[Reader], others: Sequence[Seen], newest: Newest) -> Said:
    """Who opened the chat or a part of it, on which day, and whether anybody can have seen what was said last.

    `readers` are those of whom it is known how far they came; `others` is what the log has besides.
    """
    known = {reader.role for reader in readers}
    besides = [one for one in others if one.how is not How.CHAT or one.role not in known]
    said = [_opened(words, reader) for reader in readers]
    if not readers and not any(one.how in WHOLE for one in besides):
        said.append(words.nobody_read)
    elif readers and not _may_have_seen(readers, others, newest):
        said.append(words.has_read_some)
    return _joined([*said, *(_seen(words, one) for one in besides)])


def _may_have_seen(readers: Sequence[Reader], others: Sequence[Seen], newest: Newest) -> bool:
    if max(reader.up_to for reader in readers) >= newest.position:
        return True
    return any(one.how is not How.KEEPING and (newest.at is None or one.at >= newest.at) for one in others)


def _opened(words: ChatWords, reader: Reader) -> Said:
    return _filled(words.has_read, words.who[reader.role], reader.at)


def _seen(words: ChatWords, one: Seen) -> Said:
    if one.how is How.LENT and one.times > 1:
        return _filled(words.lent_often, words.who_by_command, one.at, one.times)
    return _filled(words.seen[one.how], words.who_by_command if one.role is None else words.who[one.role], one.at)


def _filled(said: Said, who: str, at: datetime, times: int = 1) -> Said:
    text, easy = said.text, said.easy
    for blank, value in {"{Who}": who[0].upper() + who[1:], "{day}": day_of(at), "{times}": str(times)}.items():
        text, easy = text.replace(blank, value), easy.replace(blank, value)
    return Said(text=text, easy=easy)


def day_of(at: datetime) -> str:
    """As in "Monday 7 December"."""
    local = at.astimezone(HERE)
    return f"{local:%A} {local.day} {local:%B}"


def _joined(said: Iterable[Said]) -> Said:
    every = list(said)
    return Said(text=" ".join(one.text for one in every), easy=" ".join(one.easy for one in every))
