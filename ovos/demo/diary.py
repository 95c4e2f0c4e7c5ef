"""When things happen in the demonstration: scenes in the order of their moments, and likely moments for them."""

from __future__ import annotations

import heapq
import random
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot.requests.clocks import LOCAL_TIME, ONE_DAY, Clocks, local_day

DAYS = 91
JUST_NOW = timedelta(minutes=20)  # the newest chat is over this long before the demonstration is made
OFFICE = (time(9, 15), time(16, 40))
SCHOOL_DAY = (time(15, 45), time(21, 20))
EVENING = (time(16, 45), time(21, 20))
FREE_DAY = (time(10), time(21, 20))


@dataclass(frozen=True)
class Times:
    """Moments, by the council's calendar, on or before the present one."""

    now: datetime
    clocks: Clocks
    chance: random.Random

    @property
    def today(self) -> date:
        return local_day(self.now)

    @property
    def first_day(self) -> date:
        return self.today - DAYS * ONE_DAY

    def working_days_ago(self, count: int) -> date:
        """The working day that is so many working days before today."""
        day = self.today
        for _ in range(count):
            day -= ONE_DAY
            while not self.clocks.calendar.is_working(day):
                day -= ONE_DAY
        return day

    def in_the_office(self, day: date) -> datetime:
        return self._between(day, *OFFICE)

    def free_time(self, day: date) -> datetime:
        """After school, or at any time of a free day; the evening before when that has not come yet."""
        span = SCHOOL_DAY if self.clocks.calendar.is_working(day) else FREE_DAY
        moment = self._between(day, *span)
        return moment if moment <= self.now - JUST_NOW else self._between(day - ONE_DAY, *SCHOOL_DAY)

    def evening(self, day: date) -> datetime:
        return self._between(day, *EVENING)

    def next_office_day(self, at: datetime, days: int = 0) -> datetime:
        """A moment in the office on the next working day after this one, or so many later."""
        return self.in_the_office(self.clocks.calendar.after(local_day(at), 1 + days))

    def _between(self, day: date, first: time, last: time) -> datetime:
        begin, end = (datetime.combine(day, one, LOCAL_TIME) for one in (first, last))
        return (begin + self.chance.random() * (end - begin)).replace(microsecond=0)


Happens = Callable[[datetime], Awaitable[None]]


@dataclass(order=True)
class _Entry:
    at: datetime
    n: int
    happens: Happens = field(compare=False)


@dataclass
class Diary:
    """What is to happen. Scenes put further scenes in."""

    now: datetime
    _entries: list[_Entry] = field(default_factory=list)
    _count: int = 0

    def put(self, at: datetime, happens: Happens) -> None:
        """What has not happened yet by now stays out."""
        if at <= self.now:
            self._count += 1
            heapq.heappush(self._entries, _Entry(at, self._count, happens))

    def until(self, moment: datetime) -> Iterator[tuple[datetime, Happens]]:
        """What happens before this moment, in order, with what is put in meanwhile."""
        while self._entries and self._entries[0].at < moment:
            entry = heapq.heappop(self._entries)
            yield entry.at, entry.happens

    @property
    def left(self) -> int:
        return len(self._entries)
