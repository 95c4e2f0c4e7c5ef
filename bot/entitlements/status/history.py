"""The care that somebody had, counted: what the routes ask about."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from bot.entitlements.status.days import DAY, Span, age_on, birthday, days_within, merged
from bot.entitlements.status.facts import CarePeriod, Legal, StatusFacts
from bot.entitlements.status.rules import Rules
from bot.entitlements.status.short_breaks import is_four_weeks_series, is_short_break_series

# The council looks after a child in these (Children Act 1989 s22(1), (2); LASPO 2012 s104 for remand).
_COUNTED = frozenset({Legal.S20, Legal.S31, Legal.REMAND, Legal.SGO_ENDED})


@dataclass(frozen=True)
class History:
    """Facts that do not contradict each other, seen from their `as_of`."""

    facts: StatusFacts
    rules: Rules

    @property
    def as_of(self) -> date:
        return self.facts.as_of

    @cached_property
    def age(self) -> int:
        return age_on(self.facts.birth_date, self.as_of)

    @cached_property
    def fourteen(self) -> date:
        return birthday(self.facts.birth_date, self.rules.count_from_age)

    @cached_property
    def sixteen(self) -> date:
        return birthday(self.facts.birth_date, self.rules.leaving_care_age)

    @cached_property
    def eighteen(self) -> date:
        return birthday(self.facts.birth_date, self.rules.adult_age)

    @cached_property
    def is_adult(self) -> bool:
        return self.as_of >= self.eighteen

    @property
    def until(self) -> date:
        """The day before which care is counted: nobody is looked after as an adult."""
        return min(self.as_of, self.eighteen)

    @cached_property
    def short_breaks_fit(self) -> bool:
        """Are there short breaks, and does their whole series fit the test of reg 48(2), so that it is not counted?"""
        stays = self._short_stays
        return bool(stays) and is_short_break_series(stays, self._spans({Legal.S31}), self.rules)

    @cached_property
    def days(self) -> int:
        """Days of care from the 14th birthday on, each counted once."""
        return days_within(self._counted_spans, Span(self.fourteen, self.until))

    @cached_property
    def counted_after_16(self) -> bool:
        """Is there a counted day of care at 16 or 17?"""
        return any(self._at_16_or_17(period) for period in self._counted)

    @cached_property
    def looked_after_now(self) -> bool:
        return not self.is_adult and any(_covers(period, self.as_of) for period in self._looked_after)

    @cached_property
    def counted_now(self) -> bool:
        return not self.is_adult and any(_covers(period, self.as_of) for period in self._counted)

    @cached_property
    def looked_after_until_18(self) -> bool:
        """In care that counts on the last day as a child. Asked of an adult."""
        return any(_covers(period, self.eighteen - DAY) for period in self._counted)

    @cached_property
    def was_looked_after(self) -> bool:
        """In care that counts at any time, and left it."""
        return bool(self._counted_spans) and not self.counted_now

    @cached_property
    def voluntary_home_left(self) -> bool:
        """Was housed by a voluntary organisation at 16 or 17 as a child, and is no longer?"""
        periods = self._of({Legal.VOLUNTARY_ORG})
        there_now = not self.is_adult and any(_covers(period, self.as_of) for period in periods)
        return not there_now and any(self._at_16_or_17(period) for period in periods)

    @cached_property
    def days_before_16_for_detention(self) -> int:
        """Days of care from 14 to 16, without a series of stays of up to four weeks (SI 2010/2571 reg 3(3))."""
        legal = set(_COUNTED)
        if not is_four_weeks_series(self._short_stays, self.rules):
            legal.add(Legal.SHORT_BREAK)
        return days_within(self._spans(legal), Span(self.fourteen, min(self.sixteen, self.until)))

    @cached_property
    def last_counted_day_left(self) -> date | None:
        """The day on which care that counts ended last, as a child and so far."""
        return self._counted_spans[-1].end if self._counted_spans else None

    @cached_property
    def ended_on_16th_birthday(self) -> bool:
        ends = {span.end for span in merged(self._span(period) for period in self.facts.care_periods)}
        goes_on = any(_covers(period, self.sixteen) for period in self.facts.care_periods)
        return self.sixteen in ends and not goes_on

    def has(self, legal: Legal) -> bool:
        return any(period.legal is legal for period in self.facts.care_periods)

    @cached_property
    def _short_stays(self) -> tuple[Span, ...]:
        return self._spans({Legal.SHORT_BREAK})

    @cached_property
    def _counted(self) -> tuple[CarePeriod, ...]:
        return self._of(_COUNTED if self.short_breaks_fit else {*_COUNTED, Legal.SHORT_BREAK})

    @cached_property
    def _looked_after(self) -> tuple[CarePeriod, ...]:
        return self._of({*_COUNTED, Legal.SHORT_BREAK})

    @cached_property
    def _counted_spans(self) -> tuple[Span, ...]:
        return merged(self._span(period) for period in self._counted)

    def _of(self, legal: Iterable[Legal]) -> tuple[CarePeriod, ...]:
        wanted = set(legal)
        return tuple(period for period in self.facts.care_periods if period.legal in wanted)

    def _spans(self, legal: Iterable[Legal]) -> tuple[Span, ...]:
        return merged(self._span(period) for period in self._of(legal))

    def _span(self, period: CarePeriod) -> Span:
        """The days of a period so far, as a child."""
        end = self.until if period.end is None else min(period.end, self.until)
        return Span(period.start, max(period.start, end))

    def _at_16_or_17(self, period: CarePeriod) -> bool:
        """Does it cover a day from the 16th birthday on and before the 18th? Today too, when it goes on."""
        last = min(self.as_of, self.eighteen - DAY)
        if period.end is not None:
            last = min(last, period.end - DAY)
        return max(period.start, self.sixteen) <= last


def _covers(period: CarePeriod, day: date) -> bool:
    return period.start <= day and (period.end is None or day < period.end)
