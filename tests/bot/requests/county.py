"""A small council for tests: its people, one case, and conversations that ask for things."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

from bot.requests import closing, giving
from bot.requests.clocks import local_day
from bot.requests.codes import reference_hashes
from bot.requests.happened import Happened
from bot.requests.steps import Change
from bot.staff import audit
from bot.store import Store, Work, allocations, conversations, messages, outbox, staff
from bot.store import request_changes as changes
from bot.store.casework_models import Answer
from bot.store.messages import NewMessage
from bot.store.models import Channel, Request, RequestKind
from bot.store.outbox import TimelineItem
from bot.store.records import NewRequest
from bot.store.requests import Viewer
from bot.store.staff_models import Role

MONDAY = datetime(2026, 11, 23, 10, tzinfo=UTC)
REFERENCE = "LCS 100"


@dataclass
class County:
    """Everything hangs on one store. Times are given, never read from a clock."""

    store: Store
    staff: dict[str, Viewer] = field(default_factory=dict)

    async def hire(self, name: str, role: Role) -> Viewer:
        async with self.store.begin() as work:
            account = await staff.add(work, f"{name}@council.gov.uk", name.title(), role)
        self.staff[name] = Viewer(account.id, role)
        return self.staff[name]

    async def list_case(self, reference: str = REFERENCE, **people: str) -> str:
        """A line of the allocation list by the names of its people; the hash of its reference."""
        emails = {column: f"{name}@council.gov.uk" for column, name in people.items()}
        async with self.store.begin() as work:
            (case_hash,) = await reference_hashes(work, [reference])
            await allocations.put(work, case_hash, reference, dict.fromkeys(allocations.COLUMNS) | emails, MONDAY)
        return case_hash

    async def chat(self, case_hash: str | None = None) -> str:
        async with self.store.begin() as work:
            names = [f"Quiet Otter {uuid.uuid4().hex[:8]}"]
            opened = await conversations.open_conversation(work, Channel.WEB, names)
            if case_hash is not None:
                await allocations.link(work, opened.conversation.id, case_hash, MONDAY)
        return opened.conversation.id

    async def say(self, conversation_id: str, text: str) -> str:
        async with self.store.begin() as work:
            new = NewMessage(conversation_id, Channel.WEB, uuid.uuid4().hex, text)
            return (await messages.store(work, new)).id

    async def ask(
        self,
        conversation_id: str,
        who: str = "social_worker",
        kind: RequestKind = RequestKind.CONTACT,
        about: Sequence[str] = (),
        hide_from: Sequence[str] = (),
        at: datetime = MONDAY,
    ) -> str:
        """A request, made, dated and routed; its id."""
        message_id = await self.say(conversation_id, "please ring me")
        new = NewRequest(message_id, conversation_id, kind, who, [message_id], about=about, hide_from=hide_from)
        async with self.store.begin() as work:
            request, happened = await giving.open_request(work, new, at)
            request.created_at = at
            request.due_on = closing.clocks().due_on(kind, at)
            await log(work, happened)
        return request.id

    async def look(self, request_id: str) -> Request:
        async with self.store.begin() as work:
            request = await changes.locked(work, request_id)
        assert request is not None
        return request

    async def change(self, name: str, request_id: str, at: datetime = MONDAY) -> Change:
        """A change by somebody who has just looked."""
        return Change(self.staff[name], request_id, (await self.look(request_id)).version, at)

    async def propose(
        self, name: str, request_id: str, words: str = "We met on Monday.", at: datetime = MONDAY
    ) -> None:
        change = await self.change(name, request_id, at)
        async with self.store.begin() as work:
            await log(work, await closing.propose(work, change, words))

    async def answer(self, request_id: str, said: Answer, n: int = 1, at: datetime = MONDAY) -> None:
        request = await self.look(request_id)
        message_id = await self.say(request.conversation_id, said.value)
        async with self.store.begin() as work:
            answered = closing.Answered(request.number, n, said, message_id)
            await log(work, (await closing.answer(work, request.conversation_id, answered, at))[1])

    async def events(self, request_id: str) -> list[str]:
        async with self.store.look() as work:
            return [event.what for event in await changes.events_of(work, request_id)]

    async def heard(self, conversation_id: str) -> list[TimelineItem]:
        """What the young person was told, in order."""
        async with self.store.look() as work:
            return [one for one in await outbox.timeline(work, conversation_id, 0) if one.author != "me"]


async def log(work: Work, happened: Sequence[Happened]) -> None:
    """What every caller does: into the log in the same transaction. It refuses what its schema does not know."""
    for one in happened:
        await audit.note_line(work, one.line())


async def staffed(store: Store) -> County:
    """A council with one of each who handles requests, another worker, and a case that is theirs."""
    county = County(store)
    for name, role in {
        "worker": Role.WORKER,
        "adviser": Role.WORKER,
        "other": Role.WORKER,
        "iro": Role.IRO,
        "manager": Role.MANAGER,
        "stranger": Role.MANAGER,
        "officer": Role.PARTICIPATION_OFFICER,
        "lead": Role.SAFEGUARDING_LEAD,
        "councillor": Role.COUNCILLOR,
        "administrator": Role.ADMINISTRATOR,
        "auditor": Role.AUDITOR,
    }.items():
        await county.hire(name, role)
    return county


async def with_case(store: Store) -> tuple[County, str, str]:
    """The council, the hash of its one case, and a conversation that is linked to it."""
    county = await staffed(store)
    case_hash = await county.list_case(worker="worker", personal_adviser="adviser", iro="iro", manager="manager")
    return county, case_hash, await county.chat(case_hash)


def day(after: int) -> datetime:
    """So many days after the Monday, at ten in the morning."""
    return MONDAY + timedelta(days=after)


TODAY: date = local_day(MONDAY)
