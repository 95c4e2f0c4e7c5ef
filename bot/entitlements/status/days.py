"""Ages and days. Stretches of days are half-open: the first day counts, the last does not."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

MONTHS = 12
DAY = timedelta(days=1)


class Span(NamedTuple):
    """From `start` up to `end`, which is not in it."""

    start: date
    end: date

    @property
    def days(self) -> int:
        return max(0, (self.end - self.start).days)


def birthday(born: date, age: int) -> date:
    """The day on which an age is reached: its birthday (Family Law Reform Act 1969 s9).

    Somebody born on 29 February reaches it on 1 March in a year that has no such day.
    """
    year = born.year + age
    try:
        return born.replace(year=year)
    except ValueError:
        return date(year, 3, 1)


def age_on(born: date, day: date) -> int:
    """Whole years."""
    age = day.year - born.year
    return age if birthday(born, age) <= day else age - 1


def months_after(day: date, months: int) -> date:
    """The day of the same number some months on, or that month's last day where it is shorter."""
    year, month = divmod(day.year * MONTHS + day.month - 1 + months, MONTHS)
    first_of_next = date(year + month // (MONTHS - 1), (month + 1) % MONTHS + 1, 1)
    last = (first_of_next - DAY).day
    return date(year, month + 1, min(day.day, last))


def merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The same days in order, with what overlaps or touches made one. Spans without a day are left out."""
    done: list[Span] = []
    for span in sorted(span for span in spans if span.days):
        if done and span.start <= done[-1].end:
            done[-1] = Span(done[-1].start, max(done[-1].end, span.end))
        else:
            done.append(span)
    return tuple(done)


def days_within(spans: Iterable[Span], window: Span) -> int:
    """How many different days of the spans lie in the window."""
    return sum(Span(max(one.start, window.start), min(one.end, window.end)).days for one in merged(spans))
