"""Short breaks: when a stay away from home is not counted as care. Two different tests, for two routes."""

from __future__ import annotations

from collections.abc import Sequence

from bot.entitlements.status.days import MONTHS, Span, days_within, months_after
from bot.entitlements.status.rules import Rules


def is_short_break_series(stays: Sequence[Span], under_an_order: Sequence[Span], rules: Rules) -> bool:
    """No stay over 17 days, no more than 75 days in any 12 months, and none under a care order.

    Care Planning, Placement and Case Review (England) Regulations 2010 (SI 2010/959) reg 48(2); by reg 40(2) such a
    series does not make an eligible child. `stays` are merged, so two that touch are one stay without a return home.
    """
    if any(days_within(under_an_order, stay) for stay in stays):
        return False
    return (
        all(stay.days <= rules.short_break_stay_days for stay in stays)
        and _most_in_a_year(stays) <= rules.short_break_year_days
    )


def is_four_weeks_series(stays: Sequence[Span], rules: Rules) -> bool:
    """No stay over four weeks: what the route through detention or hospital leaves out.

    Care Leavers (England) Regulations 2010 (SI 2010/2571) reg 3(3). There is no limit for a year in it.
    """
    return all(stay.days <= rules.series_stay_days for stay in stays)


def _most_in_a_year(stays: Sequence[Span]) -> int:
    """The most days in any 12 months. The fullest 12 months begin with a stay or end with one."""
    begin_with = [Span(stay.start, months_after(stay.start, MONTHS)) for stay in stays]
    end_with = [Span(months_after(stay.end, -MONTHS), stay.end) for stay in stays]
    return max((days_within(stays, window) for window in (*begin_with, *end_with)), default=0)
