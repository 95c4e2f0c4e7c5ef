"""A console's worth of rows, put in many at a time: conversations with both sides, requests, alerts, reads, links.

Every sealed column is really encrypted. The text is made of common words, so that a search finds many or few of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import Table, insert

from bot.requests.clocks import clocks, local_day
from bot.store import Store
from bot.store.casework_models import Allocation, ConversationLink, Outcome, RequestEvent, RequestHidden, TranscriptRead
from bot.store.models import (
    Alert,
    AlertState,
    Author,
    Channel,
    Conversation,
    Message,
    MessageKind,
    MessageState,
    OutboxItem,
    Request,
    RequestKind,
    RequestState,
    Severity,
    TurnOutcome,
    new_id,
)
from bot.store.staff_models import Role, Staff

TEXT = (
    "my social worker said that we would talk about school and the new house next week but nobody rang me back yet and "
    "i want to see my brother and my nan on sunday can you ask when the review is please because the bus pass ran out "
    "and it is cold in my room at night so thank you for the money for shoes it was good to hear from you about contact"
)
WORDS = TEXT.split()
RARE = ("hamster", "trombone", "passport", "netball")
LINES = 25  # messages of the young person in a conversation, and as many answers
BATCH = 5_000
GOALS = ("feedback", "entitlement", "contact_request", "complaint", "thanks", "greet")
STATES = (RequestState.SENT, RequestState.SEEN, RequestState.PROPOSED, RequestState.REOPENED, RequestState.DONE)


@dataclass(frozen=True)
class Filled:
    """Who reads, and what there is to open."""

    officer: Staff
    conversation_ids: Sequence[str]
    request_ids: Sequence[str]


async def fill(store: Store, conversations: int, requests: int) -> Filled:
    """So many conversations with LINES messages each, and so many requests, in an empty store."""
    maker = _Maker(store, random.Random(7), datetime.now(UTC))
    return await maker.fill(conversations, requests)


@dataclass
class _Maker:
    store: Store
    chance: random.Random
    now: datetime

    async def fill(self, conversations: int, requests: int) -> Filled:
        people = await self._staff()
        made = [self._conversation(n) for n in range(conversations)]
        await self._put(Conversation, made)
        said = [row for one in made for row in self._said(one)]
        await self._put(Message, said)
        await self._put(OutboxItem, [self._answer(row) for row in said])
        await self._put(
            Alert, [self._alert(row) for row in said if row["position"] == 1 and self.chance.random() < 0.1]
        )
        officer = next(one for one in people if one.role == Role.PARTICIPATION_OFFICER)
        read = [one for one in made if self.chance.random() < 0.7]
        await self._put(TranscriptRead, [self._read(one, officer) for one in read for _ in range(2)])
        cases = [self._case(n, people) for n in range(max(conversations // 10, 1))]
        await self._put(Allocation, cases)
        linked = [one for one in made if self.chance.random() < 0.4]
        await self._put(ConversationLink, [self._link(one, cases) for one in linked])
        asked = [self._request(n, made, said, people) for n in range(requests)]
        await self._put(Request, asked)
        await self._put(RequestEvent, [event for one in asked for event in self._events(one, officer)])
        await self._put(Outcome, [self._outcome(one, officer) for one in asked if one["state"] in STATES[2:]])
        await self._put(RequestHidden, [self._hidden(one) for one in asked if self.chance.random() < 0.1])
        return Filled(officer, [one["id"] for one in made], [one["id"] for one in asked])

    async def _put(self, model: type[Any], rows: Sequence[dict[str, Any]]) -> None:
        table: Table = model.__table__
        for start in range(0, len(rows), BATCH):
            async with self.store.begin() as work:
                await work.session.execute(insert(table), rows[start : start + BATCH])

    async def _staff(self) -> list[Staff]:
        roles = [Role.PARTICIPATION_OFFICER, *[Role.WORKER] * 20, *[Role.IRO] * 4, *[Role.MANAGER] * 4]
        people = [Staff(email=f"{n}@council.example", name=f"Person {n}", role=role) for n, role in enumerate(roles)]
        async with self.store.begin() as work:
            work.session.add_all(people)
        return people

    def _text(self) -> str:
        words = self.chance.choices(WORDS, k=self.chance.randint(4, 22))
        if self.chance.random() < 0.01:
            words.append(self.chance.choice(RARE))
        return " ".join(words)

    def _conversation(self, n: int) -> dict[str, Any]:
        began = self.now - timedelta(minutes=self.chance.randint(60, 60 * 24 * 90))
        last = began + timedelta(minutes=2 * LINES)
        return {
            "id": new_id(),
            "channel": Channel.WEB,
            "designation": f"calm otter {n}",
            "started_at": began,
            "last_at": last,
            "next_position": 2 * LINES + 1,
            "easy_words": False,
            "read_up_to": 0,
            "said_position": 2 * LINES - 1,
            "said_at": last,
            "answered_position": self.chance.choice((0, 2 * LINES)),
        }

    def _said(self, conversation: dict[str, Any]) -> Iterator[dict[str, Any]]:
        for n in range(LINES):
            at = conversation["started_at"] + timedelta(minutes=2 * n)
            message_id = new_id()
            yield {
                "id": message_id,
                "conversation_id": conversation["id"],
                "position": 2 * n + 1,
                "channel": Channel.WEB,
                "channel_message_id": message_id,
                "kind": MessageKind.TYPED,
                "text_sealed": self.store.keys.encrypt(self._text()),
                "received_at": at,
                "state": MessageState.CLOSED,
                "outcome": TurnOutcome.ANSWERED,
                "closed_at": at,
                "goal": self.chance.choice(GOALS),
                "goal_confidence": 0.9,
                "severity": Severity.NONE,
                "category": "none",
                "screening_score": 0.0,
                "screening_version": "bench",
            }

    def _answer(self, message: dict[str, Any]) -> dict[str, Any]:
        is_staff = self.chance.random() < 0.05
        return {
            "id": new_id(),
            "conversation_id": message["conversation_id"],
            "position": message["position"] + 1,
            "answers": message["id"],
            "part": "turn",
            "n": 0,
            "author": Author.STAFF if is_staff else Author.SERVICE,
            "signed": Role.PARTICIPATION_OFFICER.value if is_staff else None,
            "text_sealed": self.store.keys.encrypt(self._text()),
            "buttons": [],
            "created_at": message["received_at"] + timedelta(seconds=1),
        }

    def _alert(self, message: dict[str, Any]) -> dict[str, Any]:
        return {
            "id": new_id(),
            "message_id": message["id"],
            "conversation_id": message["conversation_id"],
            "severity": self.chance.choice((Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY)),
            "category": "bullying",
            "score": 0.9,
            "screening_version": "bench",
            "state": AlertState.RAISED,
            "raised_at": message["received_at"],
        }

    def _read(self, conversation: dict[str, Any], officer: Staff) -> dict[str, Any]:
        up_to = self.chance.randint(1, 2 * LINES)
        at = conversation["last_at"] + timedelta(hours=1)
        return {"id": new_id(), "conversation_id": conversation["id"], "staff_id": officer.id, "up_to": up_to, "at": at}

    def _case(self, n: int, people: Sequence[Staff]) -> dict[str, Any]:
        of = {role: [one.email for one in people if one.role == role] for role in Role}
        return {
            "reference_hash": f"{n:064x}",
            "reference_sealed": self.store.keys.encrypt(f"BENCH-{n}"),
            "worker": self.chance.choice(of[Role.WORKER]),
            "iro": self.chance.choice(of[Role.IRO]),
            "manager": self.chance.choice(of[Role.MANAGER]),
            "imported_at": self.now,
        }

    def _link(self, conversation: dict[str, Any], cases: Sequence[dict[str, Any]]) -> dict[str, Any]:
        case = self.chance.choice(cases)
        return {
            "conversation_id": conversation["id"],
            "reference_hash": case["reference_hash"],
            "linked_at": conversation["started_at"],
        }

    def _request(
        self,
        n: int,
        made: Sequence[dict[str, Any]],
        said: Sequence[dict[str, Any]],
        people: Sequence[Staff],
    ) -> dict[str, Any]:
        """The nth one: each in a conversation of its own as long as there are enough of them."""
        conversation = made[n % len(made)]
        lap = n // len(made)
        message = said[(n % len(made)) * LINES + lap]
        at = message["received_at"]
        kind = self.chance.choice(list(RequestKind))
        state = self.chance.choice(STATES)
        worker = self.chance.choice([one for one in people if one.role == Role.WORKER])
        return {
            "id": new_id(),
            "message_id": message["id"],
            "conversation_id": conversation["id"],
            "number": lap + 1,
            "kind": kind,
            "who": "social_worker",
            "words": [message["id"]],
            "how_to_reach": "chat",
            "about": [],
            "hide_from": [],
            "state": state,
            "created_at": at,
            "state_at": at,
            "assigned_to": worker.id if self.chance.random() < 0.6 else None,
            "due_on": clocks().calendar.after(local_day(at), 5),
            "extended": False,
            "version": 1,
        }

    def _events(self, request: dict[str, Any], officer: Staff) -> Iterator[dict[str, Any]]:
        for n, what in enumerate(("sent", "opened", "assigned")):
            yield {
                "id": new_id(),
                "request_id": request["id"],
                "n": n + 1,
                "at": request["created_at"],
                "by": "young_person" if n == 0 else officer.id,
                "what": what,
                "state_after": RequestState.SENT if n == 0 else RequestState.SEEN,
                "to_staff": request["assigned_to"] if what == "assigned" else None,
            }

    def _outcome(self, request: dict[str, Any], officer: Staff) -> dict[str, Any]:
        said = {RequestState.DONE: "yes", RequestState.REOPENED: "no"}.get(request["state"])
        return {
            "id": new_id(),
            "request_id": request["id"],
            "n": 1,
            "words_sealed": self.store.keys.encrypt(self._text()),
            "proposed_by": officer.id,
            "proposed_at": request["created_at"],
            "reminders": 0,
            "answer": said,
            "answered_at": None if said is None else request["created_at"],
        }

    def _hidden(self, request: dict[str, Any]) -> dict[str, Any]:
        return {"request_id": request["id"], "whom": Role.WORKER.value}
