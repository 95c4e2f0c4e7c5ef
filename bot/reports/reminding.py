"""The board's slip that has not come back from the meeting."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from bot.reports.content import load_board
from bot.reports.page import read_page
from bot.store import Work, notifications, publications, staff
from bot.store.notifications import Template
from bot.store.publications import Kept
from bot.store.staff_models import Role

WEEK = 7  # days


async def slips_waiting(work: Work, met_before: date) -> list[Kept]:
    """Published summaries that ask for a decision, whose meeting was before this day, and whose slip is empty."""
    waiting = await publications.waiting_for_the_board(work, met_before)
    return [one for one in waiting if read_page(one.page).written.decisions]


async def remind_of_slips(work: Work, today: date, at: datetime) -> int:
    """Tell the participation officers, once a week until somebody fills it in; how many were told now."""
    told = 0
    for slip in await slips_waiting(work, today - timedelta(days=load_board().reply_after_days)):
        weeks = 0 if slip.meeting_on is None else (today - slip.meeting_on).days // WEEK
        key = f"publication:{slip.id}:slip:{weeks}"
        for officer in await staff.active(work, {Role.PARTICIPATION_OFFICER}):
            told += await notifications.queue(work, key, officer.id, Template.SLIP_WAITING)
        if slip.reminded_at is None:
            await publications.note_reminded(work, slip.id, at)
    return told
