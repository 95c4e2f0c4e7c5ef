"""The demonstration: every state is there on whichever day it is made, its log holds, and it is never mixed in."""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.alerts.rota import on_duty
from bot.reports.content import load_board
from bot.reports.page import Voice, read_page
from bot.requests.clocks import Urgency, clocks
from bot.staff.audit import SERVICE, Action, is_demonstration, note
from bot.staff.passwords import Cost, Passwords
from bot.store import (
    KeyRing,
    Store,
    alert_pages,
    alert_rota,
    audit,
    contents,
    inbox,
    notifications,
    publications,
    staff,
    unmasking,
)
from bot.store.alert_models import Duty
from bot.store.database import sqlite_url
from bot.store.inbox import Show, Wanted
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.models import RequestState
from bot.store.report_models import SignedAs
from bot.store.request_board import View, counts
from bot.store.request_board import Wanted as WantedRequests
from bot.store.request_board import lines as board_lines
from bot.store.requests import Viewer, outcomes_report
from bot.store.staff_models import Role
from bot.store.theme_models import Quote, QuoteState
from connectors.delivery import Hub
from console.app import Console, ConsoleServices
from console.permissions import Permission, may
from ovos.demo import command
from ovos.demo.fill import CONVERSATIONS, Made, Quarter
from ovos.demo.words import load_demo_words
from ovos.settings import ROOT, free_ports, temporary_settings
from ovos.taught import read_taught
from ovos.web import build_app, build_house
from tests.ovos.test_staff_command import ADMINISTRATOR, ovos_staff
from tests.ovos.typed import Done, clean, typed

SIGNS = {SignedAs.SECOND: Permission.SIGN_SUMMARY, SignedAs.OVOS_PAGE: Permission.SIGN_FOR_OVOS}
CHEAP = Cost(memory=64, passes=1, lanes=1)
FEW, SMALLEST = 130, 80
A_TUESDAY = datetime(2026, 6, 16, 14, 30, tzinfo=UTC)
A_SUNDAY_NIGHT = datetime(2026, 3, 29, 1, 20, tzinfo=UTC)  # the clocks have just gone forward
NEW_YEAR = datetime(2026, 1, 1, 12, 0, tzinfo=UTC)


async def made_on(store: Store, now: datetime, conversations: int = FEW) -> Made:
    quarter = Quarter(store, now, conversations, CHEAP)
    async for _ in quarter.play():
        pass
    return quarter.made


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def filled(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[tuple[Store, Made]]:
    """One demonstration for the tests that only look at it."""
    store = Store(sqlite_url(tmp_path_factory.mktemp("demo") / "ovos.db"), KeyRing([Fernet.generate_key().decode()]))
    await migrate(store)
    made = await made_on(store, A_TUESDAY)
    yield store, made
    await store.close()


pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.xdist_group("demonstration")]


async def test_it_has_plenty_of_different_words() -> None:
    words = load_demo_words()
    said = {line for entry in words.talk.feedback for line in entry} | set(words.talk.good_news)
    said |= {one for asked in words.questions.values() for one in asked}
    said |= {one.words for one in (*words.talk.alerts, *words.talk.misunderstood, *words.talk.hide)}
    said |= {one for story in words.stories for one in story.words}
    assert len(said) >= 150


async def test_every_state_of_a_request_is_there(filled: tuple[Store, Made]) -> None:
    store, made = filled
    await _has_every_state(store, made)


@pytest.mark.parametrize("now", [A_SUNDAY_NIGHT, NEW_YEAR])
async def test_every_state_is_there_on_an_odd_day_too(tmp_path: Path, now: datetime) -> None:
    store = Store(sqlite_url(tmp_path / "ovos.db"), KeyRing([Fernet.generate_key().decode()]))
    await migrate(store)
    await _has_every_state(store, await made_on(store, now, SMALLEST))
    await store.close()


async def _has_every_state(store: Store, made: Made) -> None:
    today = made.stage.times.today
    officer = made.stage.officer.viewer
    async with store.look() as work:
        open_ones = await board_lines(work, officer, WantedRequests(View.OPEN), today, 500)
        closed = await board_lines(work, officer, WantedRequests(View.CLOSED), today, 500)
        found = await counts(work, officer, WantedRequests(), today)
        said = await outcomes_report(work, datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))
        managers = [await counts(work, one.viewer, WantedRequests(), today) for one in made.stage.of_role(Role.MANAGER)]
        workers = [await counts(work, one.viewer, WantedRequests(), today) for one in made.stage.of_role(Role.WORKER)]
    assert {line.state for line in (*open_ones, *closed)} == set(RequestState)
    urgencies = {clocks().urgency(line.due_on, line.state, today) for line in (*open_ones, *closed)}
    assert urgencies == set(Urgency)
    assert min(said.yes, said.half, said.no, said.no_reply, said.waiting) > 0
    assert found[View.TRIAGE] > 0
    assert sum(one[View.CLIMBED] for one in managers) > 0
    assert sum(one[View.MINE] for one in workers) > 0


async def test_a_request_about_a_worker_is_out_of_that_workers_sight(filled: tuple[Store, Made]) -> None:
    store, made = filled
    today = made.stage.times.today
    async with store.look() as work:
        lines = await board_lines(work, made.stage.officer.viewer, WantedRequests(View.OPEN), today, 500)
        workers = made.stage.of_role(Role.WORKER)
        seen = {one.id for w in workers for one in await board_lines(work, w.viewer, WantedRequests(), today, 500)}
        about_workers = [line.id for line in lines if line.who == "manager"]
    assert about_workers
    assert not seen & set(about_workers)


async def test_transcripts_are_read_and_unread_and_one_is_held(filled: tuple[Store, Made]) -> None:
    store, made = filled
    async with store.look() as work:
        found = await inbox.counts(work, made.stage.officer.viewer, Wanted())
        lead = made.stage.of_role(Role.SAFEGUARDING_LEAD)[0]
        waiting = await unmasking.to_decide(work, lead.viewer)
    assert found[Show.ALL] == FEW
    assert 0 < found[Show.UNREAD] < FEW
    assert found[Show.FLAGGED] == len(load_demo_words().talk.alerts)
    assert found[Show.HELD_BY_ME] == 1
    assert len(waiting) == 1


async def test_one_alert_waits_and_the_others_were_answered_by_somebody_on_call(filled: tuple[Store, Made]) -> None:
    store, made = filled
    lead = made.stage.of_role(Role.SAFEGUARDING_LEAD)[0]
    async with store.look() as work:
        found = await alert_pages.counts(work, lead.viewer)
        rota = await alert_rota.read(work, A_TUESDAY.date(), A_TUESDAY.date())
    alerts = len(load_demo_words().talk.alerts)
    assert (found[alert_pages.Show.WAITING], found[alert_pages.Show.DECIDED]) == (1, alerts - 1)
    assert on_duty(rota, Duty.ON_CALL, A_TUESDAY)[0].person.staff_id == lead.staff_id


async def test_each_published_quarter_went_through_the_gate_of_the_console_by_people_who_may(
    filled: tuple[Store, Made],
) -> None:
    store, made = filled
    steps = {
        "summary_begun": Permission.PREPARE_SUMMARY,
        "summary_changed": Permission.PREPARE_SUMMARY,
        "summary_published": Permission.PREPARE_SUMMARY,
        "board_replied": Permission.FILL_REPLY_SLIP,
    }
    async with store.look() as work:
        published = await publications.published(work)
        for kept in published:
            page, signed = read_page(kept.page), await publications.signatures(work, kept.id)
            as_signed = page.model_copy(update={"ovos": Voice(), "published_on": None})
            assert signed[SignedAs.SECOND].page_hash == publications.hash_of(as_signed.as_json())
            assert signed[SignedAs.SECOND].staff_id != kept.prepared_by
            assert signed[SignedAs.OVOS_PAGE].agrees is page.ovos.page_agree is not None
            assert publications.hash_of(kept.page) == kept.page_hash
            assert page.reviewed_enough
            assert all(page.checks[one.id] for one in load_board().intruder_check)
            printed = await work.session.scalars(select(Quote).where(Quote.state == QuoteState.PUBLISHED))
            assert {one.words for one in page.written.quotes} <= {work.keys.decrypt(one.text_sealed) for one in printed}
            log = await audit.newest(work, audit.Filter(subject_id=kept.id, limit=50))
            assert {line.action for line in log} >= {*steps, "summary_signed"} - {"board_replied"}
            for line in log:
                if line.action in steps:
                    assert may(made.stage.by_id(line.actor).role, steps[line.action])
            assert all(may(made.stage.by_id(signed[one].staff_id).role, needs) for one, needs in SIGNS.items())
    assert len(published) == 2
    assert sum(len(read_page(kept.page).written.quotes) for kept in published) == 5


async def test_the_log_begins_with_the_demonstration_and_holds(filled: tuple[Store, Made]) -> None:
    store, _ = filled
    async with store.look() as work:
        assert await is_demonstration(work)
        assert (await audit.verify(work)).seq > FEW


async def test_nothing_happens_in_the_future_and_nobody_is_told_anything(filled: tuple[Store, Made]) -> None:
    store, made = filled
    async with store.look() as work:
        lines = await audit.newest(work, audit.Filter(limit=5_000))
        assert await notifications.waiting_count(work) == 0
    late = [line.action for line in lines if line.at > A_TUESDAY]
    assert late in (["demo_loaded"], [])  # it says when it was really loaded
    assert made.stage.diary.left == 0


async def test_everybody_has_the_printed_password_and_key(filled: tuple[Store, Made]) -> None:
    store, made = filled
    passwords = Passwords(CHEAP)
    async with store.look() as work:
        people = await staff.active(work)
        assert {Role(one.role) for one in people} == set(Role)
        for one in people:
            assert one.email.endswith("@example.org")
            assert staff.totp_secret_of(work, one) == made.sign_ins.secret
        assert await passwords.matches(made.sign_ins.password, people[0].password_hash)


async def test_every_page_of_the_console_says_that_it_is_a_demonstration(filled: tuple[Store, Made]) -> None:
    store, _ = filled
    app = web.Application()
    Console(ConsoleServices(store, Hub())).add_to(app)
    async with TestClient(TestServer(app)) as client:
        page = await (await client.get("/console/sign-in")).text()
    assert "console-demonstration" in page


async def test_the_chat_says_so_too_and_only_there(tmp_path: Path) -> None:
    os.environ.pop("OVOS_KEYS", None)
    for is_demo in (False, True):
        home = tmp_path / str(is_demo)
        home.mkdir()
        settings = temporary_settings(home)
        house = build_house(settings)
        await migrate(house.store)
        if is_demo:
            async with house.store.begin() as work:
                await note(work, SERVICE, Action.DEMO_LOADED, "store", "demonstration", {"conversations": 0})
        async with TestClient(TestServer(build_app(settings, house))) as client:
            page = await (await client.get("/chat")).text()
            console = await (await client.get("/console/sign-in")).text()
        assert ('class="demonstration"' in page) is is_demo
        assert ("console-demonstration" in console) is is_demo


async def test_what_its_officers_taught_trains_nothing(tmp_path: Path) -> None:
    os.environ.pop("OVOS_KEYS", None)
    settings = temporary_settings(tmp_path)
    store = Store(settings.database, load_keys(settings.key_file))
    await migrate(store)
    assert read_taught(settings) == []
    async with store.begin() as work:
        await note(work, SERVICE, Action.DEMO_LOADED, "store", "demonstration", {"conversations": 0})
    await store.close()
    assert read_taught(settings) is None, "and takes nothing away of what a real store taught"


async def test_only_the_demonstration_and_tests_store_as_of_another_moment() -> None:
    rooms = ("bot", "actions", "connectors", "console", "ovos")
    users = {path for room in rooms for path in (ROOT / room).rglob("*.py") if "pretending(" in path.read_text()}
    assert {path.relative_to(ROOT).parts[:2] for path in users} == {("bot", "store"), ("ovos", "demo")}
    assert [path.name for path in users if path.is_relative_to(ROOT / "bot")] == ["models.py"]


# --- The command ---


def ovos_demo(home: Path, *more: str) -> Done:
    ports = dict(zip(("OVOS_PORT", "OVOS_BRAIN_PORT", "OVOS_ACTIONS_PORT"), map(str, free_ports(3)), strict=True))
    return typed("demo", "--home", str(home), *more, environment=clean(**ports))


async def test_a_database_that_is_in_use_is_left_alone(tmp_path: Path) -> None:
    ovos_staff(tmp_path, "add", *ADMINISTRATOR)
    for again in ((), ("--again",)):
        refused = ovos_demo(tmp_path, *again)
        assert refused.returncode == 2
        assert "This database is in use" in refused.stderr
        assert refused.stdout == ""
    assert "kim@council.example" in ovos_staff(tmp_path, "list").stdout


async def test_the_command_fills_prints_the_sign_ins_and_fills_afresh_only_when_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two whole quarters take long, so here each is a small one."""
    assert CONVERSATIONS == 300
    monkeypatch.setattr(command, "Quarter", partial(Quarter, conversations=SMALLEST, cost=CHEAP))
    filled = ovos_demo(tmp_path)
    assert filled.returncode == 0, filled.stderr
    for role in Role:
        assert f"  {role.replace('_', ' ')} " in filled.stdout
    assert re.search(r"password for all of them: +\S{19,}", filled.stdout)
    assert "otpauth://totp/" in filled.stdout
    refused = ovos_demo(tmp_path)
    assert refused.returncode == 2
    assert "--again" in refused.stderr
    again = ovos_demo(tmp_path, "--again")
    assert again.returncode == 0, again.stderr
    assert again.stdout != filled.stdout
    store = Store(sqlite_url(tmp_path / "ovos.db"), KeyRing((tmp_path / "keys").read_text().split()))
    async with store.begin() as work:
        assert await is_demonstration(work)
        officer = next(one for one in await staff.active(work) if one.role == Role.PARTICIPATION_OFFICER)
        found = await inbox.counts(work, Viewer(officer.id, Role.PARTICIPATION_OFFICER), Wanted())
        assert found[Show.ALL] == int(re.findall(r"(\d+) conversations", again.stderr)[-1])
        await audit.verify(work)
        await contents.take_everything_out(work)
        assert await contents.is_empty(work)
    await store.close()
