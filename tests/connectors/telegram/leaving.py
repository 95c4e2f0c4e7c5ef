"""What the tests of a whole chat on Telegram share: an answer, a link, deleting, and what is left afterwards."""

from __future__ import annotations

import re
from dataclasses import dataclass

from bot.privacy import retention
from bot.store import erasures
from bot.store.staff_models import Role
from bot.store.staff_replies import say_as_staff
from ovos.web import House
from tests.bot.privacy.full_chat import as_stored, traces_of
from tests.bot.store.people import hired
from tests.connectors.telegram.bot_api import Person, Taken
from tests.connectors.telegram.conftest import Post
from tests.connectors.webchat.test_coming_back import TAKEN

# What is kept of a chat that is gone: that it was deleted, and the log of what was done, without a word of it.
KNOWN_STILL = {"erasures", "audit_events"}
ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True)
class Traces:
    """What a chat's rows are known by, and of that the hashes of tokens, which let a device be told of the deletion."""

    conversation_id: str
    known_by: list[str]
    tokens: set[str]


async def traces_before(house: House, conversation_id: str) -> Traces:
    """All that can be looked for; that it is found now is seen to, so that not finding it later says something."""
    traces = await traces_of(house.store, conversation_id)
    stored = "".join((await as_stored(house.store)).values())
    assert len(traces) > 20
    assert all(trace in stored for trace in traces)
    async with house.store.look() as work:
        return Traces(conversation_id, traces, set(await erasures.tokens_of(work, conversation_id)))


async def assert_nothing_is_left(house: House, traces: Traces) -> None:
    """The log of what was done names ids, like that of a receipt which was made; the rows themselves are gone."""
    stored = await as_stored(house.store)
    left = {(name, trace) for name, text in stored.items() for trace in traces.known_by if trace in text}
    by_id = {one for one in left if one[0] == "audit_events" and ID.fullmatch(one[1])}
    told = {("erasures", token) for token in traces.tokens}
    assert left - by_id == told, f"left: {left - by_id - told}"
    assert {name for name, text in stored.items() if traces.conversation_id in text} == KNOWN_STILL


def link_in(message: Taken) -> str:
    return str(next(key["url"] for key in message.keys if "url" in key))


async def answered(post: Post, person: Person, text: str, officer: str | None = None) -> str:
    conversation = await post.conversation_of(person)
    officer = officer or await hired(post.house.store)
    async with post.house.store.begin() as work:
        await say_as_staff(work, conversation.id, officer, Role.PARTICIPATION_OFFICER, text, notice=TAKEN)
    post.house.hub.wake(conversation.id)
    return officer


async def confirmed(post: Post, person: Person) -> str:
    """What was said before the young person said yes to deleting; they have said it when this returns."""
    before = len(person.inbox)
    person.says("/delete")
    check = await person.hears("minutes to change your mind", after=before)
    person.presses("Yes, delete it")
    await person.hears(f"This chat is deleted in {retention.rules().undo_minutes} minutes", after=before)
    return check.text
