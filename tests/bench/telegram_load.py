"""Many people on Telegram at once, at Telegram's own limits and with faults: is anything lost, doubled or out of order?

`make bench-telegram` takes 1,000 people through the question of age, two messages of their own (one in fifty a
disclosure) and a reply that a person wrote. The Telegram beside it is ours (tests/connectors/telegram/bot_api.py): it
takes 30 messages a second from us and 1 a second to one chat, refuses what is more, and breaks 2 % of all calls: 429
with a wait, 500, 502, or a connection cut before it has read anything. 2 % of updates come twice. No brain runs, so
every message gets intake's own answer: what is measured is the channel.

Time is pressed together by the factor that is printed (both sides alike). Not among the faults: a connection cut after
Telegram took a message, which the Bot API lets nobody tell from one cut before; such a message is sent again.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog

from bot.store import messages, outbox, telegram
from bot.store.models import Author
from bot.store.outbox import Bubble, Outgoing
from ovos.settings import temporary_settings
from tests.connectors.telegram.bot_api import Person, until
from tests.connectors.telegram.conftest import Post, post_office
from tests.sharing import keep_temporary_files_in_memory

FAULTS = 0.02
TWICE = 0.02
REPLY = "A person wrote this to you."
HEADING = "A person from the participation team:\n"
DISCLOSURE_EVERY = 50


@dataclass(frozen=True)
class Found:
    """How a run went. `wrong` counts people for whom anything was lost, doubled or out of order."""

    people: int
    seconds: float
    updates: int
    sent: int
    faults: int
    too_fast: int
    busiest: int
    wrong: int
    slowest_safety: float
    typical_safety: float
    taken_in: float
    """Updates that were stored and screened in a second, while those of everybody waited."""
    load: float


async def run(folder: Path, people: int, speed: float, seconds: float) -> Found:
    """Raises AssertionError when it does not come to its end in this time."""
    began = time.monotonic()
    async with post_office(temporary_settings(folder), speed) as post:
        crowd = [post.person() for _ in range(people)]
        taken_in = await _walk(post, crowd, began + seconds)
        wrong = 0
        for number, person in enumerate(crowd):
            wrong += not await _is_right(post, person, number)
        api = post.api
        busiest = _busiest([one.at for one in api.taken], 1 / speed)
        waits = sorted(_safety_waits(crowd)) or [0.0]
        return Found(
            people=people,
            seconds=time.monotonic() - began,
            updates=api.pushed,
            sent=len(api.taken),
            faults=api.faults,
            too_fast=api.too_fast,
            busiest=busiest,
            wrong=wrong,
            slowest_safety=waits[-1],
            typical_safety=waits[len(waits) // 2],
            taken_in=taken_in,
            load=os.getloadavg()[0],
        )


async def _walk(post: Post, crowd: list[Person], deadline: float) -> float:
    """How many of the messages that were sent at once were stored and screened in a second."""
    post.api.enforces = True
    post.api.fault_rate = FAULTS
    post.api.twice_rate = TWICE
    left = lambda: max(1.0, deadline - time.monotonic())  # noqa: E731
    for person in crowd:
        person.says("/start")
    await until(lambda: all(person.inbox for person in crowd), left(), every=0.5)
    for person in crowd:
        person.presses("I am 16 or over")
    await until(lambda: all("press one of these" in person.texts for person in crowd), left(), every=0.5)
    all_at_once = time.monotonic()
    for number, person in enumerate(crowd):
        person.said_at = time.monotonic()
        for text in _texts(number):
            person.says(text)
    waiting, stored = len(post.api.updates), asyncio.create_task(_all_stored(post, left()))
    # The reply comes while they still write.
    for person in crowd:
        conversation = await post.conversation_of(person)
        async with post.house.store.begin() as work:
            said = Outgoing(
                conversation.id, None, "staff", Author.STAFF, (Bubble(REPLY),), signed="participation_officer"
            )
            await outbox.say(work, said)
        post.house.hub.wake(conversation.id)
    await _all_sent(post, left())
    return waiting / (await stored - all_at_once)


async def _all_stored(post: Post, seconds: float) -> float:
    """When every update was confirmed: each is stored and screened by then."""
    await until(lambda: not post.api.updates, seconds, every=0.1)
    return time.monotonic()


async def _all_sent(post: Post, seconds: float) -> None:
    """Every update is confirmed, every turn closed, and everything that was said has been taken."""
    deadline = time.monotonic() + seconds
    quiet = 0
    while quiet < 3:
        assert time.monotonic() < deadline, "it did not come to its end"
        await asyncio.sleep(0.5)
        quiet = 0 if post.api.updates or await _waits(post) else quiet + 1


async def _waits(post: Post) -> bool:
    async with post.house.store.look() as work:
        if await messages.waiting_count(work):
            return True
        return bool(await telegram.due(work, datetime.now(UTC) + timedelta(days=1)))


def _texts(number: int) -> list[str]:
    """What this one says; the numbers make every text its own."""
    first = "my stepdad hits me" if number % DISCLOSURE_EVERY == 0 else "i like my new room"
    return [f"{first} ({number} a)", f"and that was all for today ({number} b)"]


async def _is_right(post: Post, person: Person, number: int) -> bool:
    """What they said is stored once, and all that was said to them was taken once, in the order of the conversation."""
    lines = await post.lines(person)
    said = Counter(line.text for line in lines if line.author == "me")
    if any(said[text] != 1 for text in _texts(number)):
        return False
    to_them = "\n\n".join(line.text for line in lines if line.author != "me")
    return "\n\n".join(one.text.removeprefix(HEADING) for one in person.inbox) == to_them


def _busiest(moments: list[float], second: float) -> int:
    """The most messages in any one second of the pressed time."""
    most, first = 0, 0
    for last, moment in enumerate(moments):
        while moments[first] < moment - second:
            first += 1
        most = max(most, last - first + 1)
    return most


def _safety_waits(crowd: list[Person]) -> list[float]:
    """From a disclosure sent to its reply taken, while everybody else's answers wait as well."""
    waits = []
    for person in crowd[::DISCLOSURE_EVERY]:
        reply = next((one for one in person.inbox if "Are you safe right now?" in one.text), None)
        waits.append(float("inf") if reply is None else reply.at - person.said_at)
    return waits


def main() -> None:
    parser = argparse.ArgumentParser(description="Telegram at its own limits, with faults.")
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--speed", type=float, default=3.0)
    asked = parser.parse_args()
    keep_temporary_files_in_memory()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    with tempfile.TemporaryDirectory(prefix="ovos-telegram-") as folder:
        found = asyncio.run(run(Path(folder), asked.people, asked.speed, 1800))
    print(f"people {found.people}; time pressed together by {asked.speed:g}; it took {found.seconds:.0f} s")
    print(f"updates {found.updates}, messages sent {found.sent}, calls broken by us {found.faults}")
    print(f"refused as too fast {found.too_fast}; busiest second {found.busiest} messages (30 are allowed)")
    print(f"everybody's messages came at once; stored and screened: {found.taken_in:.0f} a second")
    print(f"safety replies among them: half within {found.typical_safety:.0f} s, all in {found.slowest_safety:.0f} s")
    print(f"load of this machine in the last minute {found.load:.1f}, on {os.cpu_count()} cores")
    print(f"people for whom anything was lost, doubled or out of order: {found.wrong}")
    raise SystemExit(1 if found.wrong else 0)


if __name__ == "__main__":
    main()
