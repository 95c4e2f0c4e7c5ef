"""What every request for a person has in common: the words that go with it, how to be answered, its number."""

from __future__ import annotations

from dataclasses import dataclass

from actions.service import Said, keep_request, service, words_of
from actions.talk import talk
from actions.turn import Turn
from bot.store import Work, records
from bot.store.models import RequestKind
from bot.store.records import NewRequest


@dataclass(frozen=True)
class Ask:
    """Whom the request is for, and what kind of request it is."""

    kind: RequestKind
    who: str


@dataclass(frozen=True)
class Asked:
    """What is on the list now."""

    number: int
    said: list[Said]


async def ask(turn: Turn, wanted: Ask, also_advocate: bool = False) -> Asked:
    """Put what a form was filled with on the list, once for a message, all of it or nothing."""
    ids = turn.words_said()
    async with service().store.begin() as work:
        said = [words for words in await words_of(work, ids) if not talk().adds_nothing(words.text)]
        named = [name for name in await words_of(work, turn.name_said()) if not talk().adds_nothing(name.text)]
        words = [one.message_id for one in (*said, *named)]
        if also_advocate:
            await _ask_for_advocate_too(work, turn, words)
        request = NewRequest(
            message_id=turn.message_id,
            conversation_id=turn.conversation_id,
            kind=wanted.kind,
            who=wanted.who,
            words=words,
            how_to_reach=turn.slot("how"),
            card=turn.slot("card"),
        )
        return Asked(await keep_request(work, request), said)


async def _ask_for_advocate_too(work: Work, turn: Turn, words: list[str]) -> None:
    """A request of its own, keyed on the message in which they said yes to an advocate.

    When that message is not in this session (the complaint was laid down and taken up again), the complaint's own `who`
    says it, and there is one request and not two.
    """
    if message_id := turn.message_that_set("wants_advocate"):
        advocate = NewRequest(
            message_id=message_id,
            conversation_id=turn.conversation_id,
            kind=RequestKind.ADVOCATE,
            who="advocate",
            words=words,
            how_to_reach=turn.slot("how"),
        )
        await records.add_request(work, advocate)
