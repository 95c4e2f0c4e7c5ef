"""A complaint that goes on: to an investigation, to a panel, and what the law allows each of them."""

from __future__ import annotations

import shutil
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content import ContentError, content_folder
from bot.requests import closing, complaints, giving
from bot.requests.clocks import clocks, local_day
from bot.requests.complaint_stages import asks_by, due_on, read_stages, stages
from bot.requests.complaints import BadDay
from bot.requests.states import NotPossible
from bot.requests.steps import NotAllowed
from bot.store import Store
from bot.store.casework_models import Answer
from bot.store.models import ComplaintStage, Request, RequestKind
from bot.store.outbox import Bubble
from bot.store.requests import NotThere
from tests.bot.requests.county import MONDAY, TODAY, County, day, log, with_case

INVESTIGATION, PANEL = ComplaintStage.INVESTIGATION, ComplaintStage.PANEL
REPORT, COUNCIL = ComplaintStage.PANEL_REPORT, ComplaintStage.PANEL_ANSWER
# SI 2006/1738, written down here a second time on purpose.
LAW = {INVESTIGATION: (25, 65), PANEL: (30, None), REPORT: (5, None), COUNCIL: (15, None)}


async def complained(store: Store) -> tuple[County, str, str]:
    county, _, chat = await with_case(store)
    return county, chat, await county.ask(chat, "participation_officer", RequestKind.COMPLAINT)


async def asks(county: County, chat: str, number: int = 1, at: datetime = MONDAY) -> tuple[Bubble, ...]:
    async with county.store.begin() as work:
        said, happened = await complaints.ask_next(work, chat, number, at)
        await log(work, happened)
    return said


async def moves(
    county: County, request_id: str, counts_from: date = TODAY, who: str = "officer", after: int = 0
) -> None:
    change = await county.change(who, request_id, day(after))
    async with county.store.begin() as work:
        await log(work, await complaints.move_on(work, change, counts_from))


@pytest.mark.parametrize("stage", LAW)
@given(start=st.dates(date(2026, 1, 1), date(2027, 6, 30)), extended=st.booleans())
def test_each_stage_has_as_many_working_days_as_the_law_says(
    stage: ComplaintStage, start: date, extended: bool
) -> None:
    short, longer = LAW[stage]
    calendar = clocks().calendar
    complaint = Request(kind=RequestKind.COMPLAINT, stage=stage, stage_from=start, extended=extended)
    due = due_on(complaint)
    assert calendar.between(start, due) == (longer if extended and longer else short)
    assert calendar.is_working(due)
    assert due <= due_on(Request(kind=complaint.kind, stage=stage, stage_from=start + timedelta(1), extended=extended))


@given(answered=st.dates(date(2026, 1, 1), date(2027, 6, 30)))
def test_the_next_stage_may_be_asked_for_within_twenty_working_days_of_the_answer(answered: date) -> None:
    for stage in (ComplaintStage.LOCAL, INVESTIGATION):
        by = asks_by(stage, answered)
        assert by is not None
        assert clocks().calendar.between(answered, by) == 20
    assert [asks_by(stage, answered) for stage in (PANEL, REPORT, COUNCIL)] == [None] * 3


def test_every_timed_stage_names_its_source_and_a_regulation_only_where_its_number_is_known() -> None:
    numbers = {INVESTIGATION: ", regulation 17", PANEL: ", regulation 19", REPORT: "", COUNCIL: ""}
    for stage in LAW:
        timed = stages().timed(stage)
        assert timed is not None
        assert timed.source == "SI 2006/1738" + numbers[stage]
        assert (timed.read == "yes") == (stage is PANEL), "only regulation 19 has been read itself"


def test_a_file_whose_stages_lead_elsewhere_is_refused(tmp_path: Path) -> None:
    shutil.copytree(content_folder() / "requests", tmp_path / "requests")
    path = tmp_path / "requests" / "complaint_stages.yml"
    path.write_text(path.read_text().replace("next: panel_report", "next: panel_answer"))
    with pytest.raises(ContentError, match="each stage leads"):
        read_stages(tmp_path)


async def test_from_the_first_answer_to_the_ombudsman(store: Store) -> None:
    county, chat, request_id = await complained(store)
    # The young person is not happy with the first answer, is offered an investigation by a day, and asks for it.
    await county.propose("officer", request_id)
    await county.answer(request_id, Answer.NO)
    async with store.begin() as work:
        offered = await complaints.offer_next(work, await _there(county, request_id), MONDAY)
    assert [bubble.key for bubble in offered] == ["complaint_offer_investigation", "complaint_ask_by"]
    assert "21 December" in offered[1].text
    assert offered[0].buttons[0].payload == "intake:next_step:1"
    said = await asks(county, chat)
    assert [bubble.key for bubble in said] == ["complaint_next_step_asked", "outcome_advocate"]
    assert (await county.events(request_id))[-1] == "asked_next"
    # Asked twice is asked once, and it is not offered again.
    await asks(county, chat)
    assert (await county.events(request_id)).count("asked_next") == 1
    async with store.begin() as work:
        assert await complaints.offer_next(work, await _there(county, request_id), MONDAY) == ()

    # An officer starts it: both see the date, and an advocate is offered.
    await moves(county, request_id, after=1)
    now = await county.look(request_id)
    assert (now.stage, now.stage_from, now.due_on) == (INVESTIGATION, TODAY, date(2026, 12, 30))
    heard = await county.heard(chat)
    assert [one.key for one in heard[-3:]] == ["complaint_investigation", "complaint_stage_by", "outcome_advocate"]
    assert "30 December" in heard[-2].text
    assert closing.told_date(now) == now.due_on

    # It may take the longer time, once.
    change = await county.change("officer", request_id)
    async with store.begin() as work:
        await log(work, await closing.extend(work, change))
    extended = await county.look(request_id)
    assert extended.due_on is not None
    assert clocks().calendar.between(TODAY, extended.due_on) == 65

    # Half is not enough: a panel, whose time is counted afresh at each of its steps.
    await county.propose("officer", request_id, at=day(60))
    await county.answer(request_id, Answer.HALF, n=2, at=day(61))
    async with store.begin() as work:
        offered = await complaints.offer_next(work, await _there(county, request_id), day(61))
    assert offered[0].key == "complaint_offer_panel"
    await asks(county, chat, at=day(62))
    for stage, after in ((PANEL, 62), (REPORT, 100), (COUNCIL, 104)):
        await moves(county, request_id, local_day(day(after)), after=after)
        now = await county.look(request_id)
        assert now.due_on is not None
        assert (now.stage, now.extended) == (stage, False)
        assert clocks().calendar.between(local_day(day(after)), now.due_on) == LAW[stage][0]
        async with store.begin() as work:
            offered = await complaints.offer_next(work, now, day(after))
        assert [one.key for one in offered] == (["complaint_offer_ombudsman"] if stage is COUNCIL else [])
    said = await asks(county, chat, at=day(120))
    assert said[0].key == "complaint_next_step_not_now"
    with pytest.raises(NotAllowed):
        await moves(county, request_id, local_day(day(120)), after=120)


async def _there(county: County, request_id: str) -> Request:
    return await county.look(request_id)


async def test_only_an_officer_or_lead_moves_it_on_from_a_true_day_and_only_while_it_is_open(
    sqlite_store: Store,
) -> None:
    county, _, request_id = await complained(sqlite_store)
    for wrong in (TODAY + timedelta(days=1), TODAY - timedelta(days=1)):
        with pytest.raises(BadDay):
            await moves(county, request_id, wrong)
    change = await county.change("officer", request_id)
    async with sqlite_store.begin() as work:
        await log(work, await giving.assign(work, change, county.staff["manager"].staff_id))
    with pytest.raises(NotAllowed):
        await moves(county, request_id, who="manager")
    await county.propose("officer", request_id)
    with pytest.raises(NotPossible):
        await moves(county, request_id)


async def test_nothing_but_a_complaint_has_stages_and_nobody_asks_with_anothers_number(sqlite_store: Store) -> None:
    county, _, chat = await with_case(sqlite_store)
    request_id = await county.ask(chat)
    with pytest.raises(NotAllowed):
        await moves(county, request_id)
    assert (await asks(county, chat))[0].key == "complaint_next_step_not_now"
    async with sqlite_store.begin() as work:
        assert await complaints.offer_next(work, await _there(county, request_id), MONDAY) == ()
    with pytest.raises(NotThere):
        await asks(county, chat, number=7)


async def test_the_day_to_ask_by_is_not_named_when_it_has_gone_by(sqlite_store: Store) -> None:
    county, _, request_id = await complained(sqlite_store)
    await county.propose("officer", request_id)
    await county.answer(request_id, Answer.NO, at=day(90))
    async with sqlite_store.begin() as work:
        offered = await complaints.offer_next(work, await _there(county, request_id), day(90))
    assert [one.key for one in offered] == ["complaint_offer_investigation"]
