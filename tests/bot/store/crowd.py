"""A store as it is after a busy year: 2,000 conversations with 50,000 messages, read, flagged and answered by five."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from bot.store import Store
from bot.store.casework_models import RequestHidden, TranscriptRead
from bot.store.models import Alert, Base, Conversation, Message, OutboxItem, Request, new_id
from bot.store.staff_models import Role, Staff

BEGAN = datetime(2026, 1, 5, tzinfo=UTC)
EVERYDAY = "the and my i to a of is it was in social worker home school mum not want for with me they have when"
COMMON = EVERYDAY.split()
RARE = [f"{first}{second}" for first in ("bra", "clo", "mun", "tef", "ziq") for second in range(1_500)]
GOALS = ("feedback", "entitlement", "greet", "contact_request")
BATCH = 2_000

Row = dict[str, Any]


@dataclass
class Crowd:
    """Rows by table. `staff` are the ids of participation officers."""

    rows: dict[type[Base], list[Row]] = field(default_factory=dict)
    staff: list[str] = field(default_factory=list)
    conversations: list[str] = field(default_factory=list)

    def add(self, table: type[Base], **row: Any) -> str:
        self.rows.setdefault(table, []).append(row)
        return str(row.get("id", ""))


def sentence(chance: random.Random) -> str:
    words = (chance.choice(COMMON if chance.random() < 0.6 else RARE) for _ in range(chance.randint(4, 24)))
    return " ".join(words)


async def fill(store: Store, conversations: int = 2_000, messages: int = 25) -> Crowd:
    """`messages` are those of the young person in each conversation; each is answered."""
    chance, crowd = random.Random(1), Crowd()
    for number in range(5):
        crowd.staff.append(_staff(crowd, number))
    for number in range(conversations):
        _conversation(store, crowd, chance, number, messages)
    async with store.begin() as work:
        for table in (Staff, Conversation, Message, OutboxItem, Alert, Request, RequestHidden, TranscriptRead):
            rows: Sequence[Row] = crowd.rows.get(table, [])
            for start in range(0, len(rows), BATCH):
                await work.session.execute(insert(table), rows[start : start + BATCH])
    if store.engine.dialect.name == "postgresql":
        async with store.engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("analyze"))
    return crowd


def _staff(crowd: Crowd, number: int) -> str:
    email, role = f"officer{number}@council.example", Role.PARTICIPATION_OFFICER
    return crowd.add(Staff, id=new_id(), email=email, name=f"Officer {number}", role=role, created_at=BEGAN)


def _conversation(store: Store, crowd: Crowd, chance: random.Random, number: int, messages: int) -> None:
    own, at = new_id(), BEGAN + timedelta(minutes=chance.randint(0, 300_000))
    last = ""
    for turn in range(messages):
        at += timedelta(seconds=chance.randint(20, 400))
        last = _turn(store, crowd, chance, own, turn, at)
    end = 2 * messages
    held = chance.choice(crowd.staff) if chance.random() < 0.1 else None
    crowd.add(
        Conversation,
        id=own,
        channel="web",
        designation=f"calm otter {number}",
        started_at=at,
        last_at=at,
        next_position=end + 1,
        read_up_to=end if chance.random() < 0.7 else 0,
        said_position=end - 1,
        said_at=at,
        answered_position=chance.choice([0, end]),
        held_by=held,
        held_at=at if held else None,
    )
    crowd.conversations.append(own)
    if number % 2 == 0:
        _request(crowd, chance, own, last, at)
    for reader in crowd.staff:
        if chance.random() < 0.6:
            for step in (1, 2, 3):
                up_to = min(end, step * 17)
                crowd.add(TranscriptRead, id=new_id(), conversation_id=own, staff_id=reader, up_to=up_to, at=at)


def _turn(store: Store, crowd: Crowd, chance: random.Random, own: str, turn: int, at: datetime) -> str:
    message = crowd.add(
        Message,
        id=new_id(),
        conversation_id=own,
        position=2 * turn + 1,
        channel="web",
        channel_message_id=f"{own}:{turn}",
        kind="typed",
        text_sealed=store.keys.encrypt(sentence(chance)),
        received_at=at,
        state="closed",
        outcome="answered",
        goal=chance.choice(GOALS),
        severity="none",
    )
    crowd.add(
        OutboxItem,
        id=new_id(),
        conversation_id=own,
        position=2 * turn + 2,
        answers=message,
        part="turn",
        n=0,
        author="staff" if chance.random() < 0.03 else "service",
        text_sealed=store.keys.encrypt(sentence(chance)),
        buttons=[],
        created_at=at,
    )
    if chance.random() < 0.01:
        crowd.add(
            Alert,
            id=new_id(),
            message_id=message,
            conversation_id=own,
            severity="same_day",
            category="self_harm",
            score=0.9,
            screening_version="1",
            state=chance.choice(["raised", "acknowledged"]),
            raised_at=at,
        )
    return message


def _request(crowd: Crowd, chance: random.Random, own: str, message: str, at: datetime) -> None:
    request = crowd.add(
        Request,
        id=new_id(),
        message_id=message,
        conversation_id=own,
        number=1,
        kind="contact",
        who="iro",
        words=[],
        about=[],
        hide_from=[],
        state=chance.choice(["sent", "seen", "proposed", "done"]),
        created_at=at,
        state_at=at,
    )
    if chance.random() < 0.1:
        crowd.add(RequestHidden, request_id=request, whom=chance.choice(["iro", crowd.staff[1], "worker"]))
