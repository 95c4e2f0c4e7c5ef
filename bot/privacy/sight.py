"""Who can see a chat, and who has: said from the console's permissions and from the log of readers, never by heart.

The console's table of permissions is above this room; whoever puts the rooms together hands over which roles it lets
read a chat.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from bot.privacy.chat_words import ChatWords, Said
from bot.store.reads import Reader
from bot.store.staff_models import Role

HERE = ZoneInfo("Europe/London")


def who_can_read(words: ChatWords, may_read: Collection[Role]) -> Said:
    """A sentence for every role that may open a chat, in the order of the content file."""
    return _joined([*(said for role, said in words.can_read.items() if role in may_read), words.can_see_requests])


def who_cannot(words: ChatWords, may_read: Collection[Role]) -> Said:
    """A sentence for those of whom it is worth saying, only while it is true."""
    return _joined([words.never, *(said for role, said in words.cannot_read.items() if role not in may_read)])


def who_has_read(words: ChatWords, readers: Sequence[Reader], newest: int) -> Said:
    """Who opened the chat and on which day, and whether anybody has seen what was said last (position `newest`)."""
    if not readers:
        return words.nobody_read
    said = [_opened(words, reader) for reader in readers]
    if max(reader.up_to for reader in readers) < newest:
        said.append(words.has_read_some)
    return _joined(said)


def _opened(words: ChatWords, reader: Reader) -> Said:
    who = words.who[reader.role]
    blanks = {"{Who}": who[0].upper() + who[1:], "{day}": day_of(reader.at)}
    text, easy = words.has_read.text, words.has_read.easy
    for blank, value in blanks.items():
        text, easy = text.replace(blank, value), easy.replace(blank, value)
    return Said(text=text, easy=easy)


def day_of(at: datetime) -> str:
    """As in "Monday 7 December"."""
    local = at.astimezone(HERE)
    return f"{local:%A} {local.day} {local:%B}"


def _joined(said: Iterable[Said]) -> Said:
    every = list(said)
    return Said(text=" ".join(one.text for one in every), easy=" ".join(one.easy for one in every))
