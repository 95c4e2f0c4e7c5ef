"""Taking a message in goes before all that can wait, and nothing waits for ever."""

from __future__ import annotations

import asyncio

from sqlalchemy import text

from bot.store import Store
from bot.store.database import CONNECTIONS
from bot.store.line import URGENT_IN_A_ROW, Line, Seats


async def test_the_urgent_go_first_and_one_of_the_others_after_a_few_of_them() -> None:
    line, order = Line(), []

    async def come(name: str, *, urgent: bool) -> None:
        async with line.turn(urgent=urgent):
            order.append(name)
            await asyncio.sleep(0)

    async with line.turn(urgent=False):
        ordinary = [asyncio.create_task(come(f"o{n}", urgent=False)) for n in range(3)]
        urgent = [asyncio.create_task(come(f"u{n}", urgent=True)) for n in range(URGENT_IN_A_ROW + 2)]
        given_up = asyncio.create_task(come("never", urgent=True))
        await asyncio.sleep(0)
        given_up.cancel()
    await asyncio.gather(*ordinary, *urgent)
    first, rest = order[:URGENT_IN_A_ROW], order[URGENT_IN_A_ROW:]
    assert first == [f"u{n}" for n in range(URGENT_IN_A_ROW)]
    assert rest == ["o0", f"u{URGENT_IN_A_ROW}", f"u{URGENT_IN_A_ROW + 1}", "o1", "o2"]
    async with asyncio.timeout(1), line.turn(urgent=False):
        pass


async def test_one_who_gives_up_just_as_it_becomes_their_turn_hands_it_on() -> None:
    line = Line()
    holding = asyncio.Event()

    async def hold() -> None:
        async with line.turn(urgent=False):
            await holding.wait()

    async def come() -> None:
        async with line.turn(urgent=False):
            pass

    holder = asyncio.create_task(hold())
    await asyncio.sleep(0)
    waiting, after = asyncio.create_task(come()), asyncio.create_task(come())
    await asyncio.sleep(0)
    holding.set()
    await holder
    waiting.cancel()
    async with asyncio.timeout(1):
        await after


async def test_whoever_has_a_seat_gets_no_second_one_and_the_urgent_need_none() -> None:
    seats = Seats(1)
    async with asyncio.timeout(1), seats.seat(urgent=False), seats.seat(urgent=False):
        taken = asyncio.create_task(asyncio.wait_for(_sit(seats, urgent=False), 0.05))
        await _sit(seats, urgent=True)
        assert isinstance((await asyncio.gather(taken, return_exceptions=True))[0], TimeoutError)
    await _sit(seats, urgent=False)


async def _sit(seats: Seats, *, urgent: bool) -> None:
    async with seats.seat(urgent=urgent):
        pass


async def test_while_all_that_can_wait_reads_and_writes_a_message_still_gets_in(store: Store) -> None:
    going = asyncio.Event()

    async def reads() -> None:
        async with store.look() as work:
            await work.session.execute(text("select 1"))
            await going.wait()

    async def writes() -> None:
        async with store.begin() as work:
            await work.session.execute(text("select 1"))

    busy = [asyncio.create_task(reads()) for _ in range(CONNECTIONS * 2)]
    await asyncio.sleep(0.2)
    busy += [asyncio.create_task(writes()) for _ in range(CONNECTIONS)]
    await asyncio.sleep(0.05)
    try:
        async with asyncio.timeout(3), store.begin(urgent=True) as work:
            assert await work.session.scalar(text("select 1")) == 1
        async with asyncio.timeout(3), store.look(urgent=True) as work:
            assert await work.session.scalar(text("select 1")) == 1
    finally:
        going.set()
        await asyncio.gather(*busy)
