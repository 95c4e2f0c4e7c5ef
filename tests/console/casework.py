"""Young people and their requests, made by the same code that the chat uses."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import select

from bot.requests import allocations, codes, giving
from bot.store import Store, conversations, messages, outbox, records
from bot.store.messages import NewMessage
from bot.store.models import Author, Channel, Misunderstood, Request, RequestKind
from bot.store.outbox import Bubble, Outgoing
from bot.store.records import NewRequest
from bot.store.requests import Viewer
from bot.store.staff_models import Role, Staff

NAMES = [f"{first} {second}" for first in ("Amber", "Blue", "Copper", "Green") for second in ("Fox", "Owl", "Hare")]
HEADINGS = "reference,worker,iro,pa,manager,team"


@dataclass(frozen=True)
class YoungPerson:
    """Somebody in the chat."""

    store: Store
    conversation_id: str
    designation: str

    async def types(self, text: str) -> str:
        """The id of the stored message."""
        async with self.store.begin() as work:
            sent = (await conversations.by_id(work, self.conversation_id)).next_position
            new = NewMessage(self.conversation_id, Channel.WEB, f"{self.conversation_id}:{sent}", text)
            return (await messages.store(work, new)).id

    async def hears(self, text: str, key: str | None = None) -> None:
        async with self.store.begin() as work:
            said = Outgoing(self.conversation_id, None, "x", Author.SERVICE, (Bubble(text, key=key),))
            await outbox.say(work, said)

    async def asks(
        self,
        text: str = "please can someone ring me",
        kind: RequestKind = RequestKind.CONTACT,
        who: str = "participation_officer",
        about: tuple[str, ...] = (),
        hide_from: tuple[str, ...] = (),
        ago: timedelta = timedelta(),
    ) -> Request:
        """A request, made so long ago."""
        message_id = await self.types(text)
        new = NewRequest(message_id, self.conversation_id, kind, who, [message_id], "chat", None, about, hide_from)
        at = datetime.now(UTC) - ago
        async with self.store.begin() as work:
            kept = await records.add_request(work, new)
            kept.created_at = at
            await work.session.flush()
            request, _ = await giving.open_request(work, new, at)
        return request

    async def misunderstood(self, text: str, offered: tuple[str, ...] = (), ago: timedelta = timedelta()) -> str:
        """The id of the entry on the list."""
        message_id = await self.types(text)
        async with self.store.begin() as work:
            await records.add_misunderstood(work, message_id, self.conversation_id, offered)
            row = (
                await work.session.scalars(select(Misunderstood).where(Misunderstood.message_id == message_id))
            ).one()
            row.created_at = datetime.now(UTC) - ago
            return row.id

    async def timeline(self) -> list[outbox.TimelineItem]:
        async with self.store.look() as work:
            return await outbox.timeline(work, self.conversation_id, 0)


async def young_person(store: Store) -> YoungPerson:
    async with store.begin() as work:
        opened = await conversations.open_conversation(work, Channel.WEB, NAMES)
        return YoungPerson(store, opened.conversation.id, opened.conversation.designation)


async def allocated(store: Store, lines: Mapping[str, Mapping[str, str]], by: Staff) -> None:
    """Import an allocation list: who works with the case behind each reference."""
    rows = [HEADINGS]
    for reference, people in lines.items():
        rows.append(",".join([reference, *(people.get(column, "") for column in HEADINGS.split(",")[1:])]))
    async with store.begin() as work:
        read = allocations.read_list("\n".join(rows).encode())
        seen = (await allocations.preview(work, read)).seen
        await allocations.apply(work, read, seen, by.id, datetime.now(UTC))


async def linked(person: YoungPerson, reference: str, officer: Staff) -> None:
    """The young person types a code that was made for this case."""
    at = datetime.now(UTC)
    async with person.store.begin() as work:
        viewer = Viewer(officer.id, Role.PARTICIPATION_OFFICER)
        code = await codes.make_code(work, viewer, reference, at)
        tried = await codes.try_code(work, person.conversation_id, code.text, at)
        assert tried.result is codes.Tried.LINKED
