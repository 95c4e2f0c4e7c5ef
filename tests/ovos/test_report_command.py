"""`ovos report`: four files of a quarter, and one clear line for what cannot be."""

from __future__ import annotations

import os
import random
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from bot.content import read_content
from bot.reports.page import read_page
from bot.reports.publishing import Hindrance
from bot.reports.quarters import Quarter
from bot.store import Store, Work, publications, staff
from bot.store.counted_themes import quarter_of
from bot.store.keys import load_keys
from bot.store.migrate import migrate
from bot.store.requests import Viewer
from bot.store.staff_models import Role
from connectors.intake.wording import load_wording
from console.summary_gate import Hindered
from ovos.demo import summary
from ovos.demo.diary import Diary
from ovos.demo.stage import Stage
from ovos.demo.summary import Summaries
from ovos.settings import settings_from_environment
from ovos.web import load_designations
from tests.ovos.typed import Done, in_a_process, typed

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


async def a_stage(work: Work) -> Stage:
    """What the summaries of the demonstration need of its stage, and no more."""
    people = {role: await staff.add(work, f"{role}@example.org", role, role) for role in Role}

    def of_role(role: Role) -> list[Any]:
        return [SimpleNamespace(staff_id=people[role].id, viewer=Viewer(people[role].id, role))]

    stage = SimpleNamespace(
        work=work,
        wording=load_wording(),
        names=load_designations(),
        times=SimpleNamespace(now=NOW, next_office_day=lambda at: at + timedelta(days=1)),
        diary=Diary(NOW),
        chance=random.Random(20),
        officer=of_role(Role.PARTICIPATION_OFFICER)[0],
        of_role=of_role,
        began=0,
    )
    return cast(Stage, stage)


async def play(work: Work) -> None:
    """The three quarters of the demonstration alone."""
    stage = await a_stage(work)
    summaries = Summaries(stage, NOW)
    summaries.plan()
    for at, scene in stage.diary.until(NOW):
        await scene(at)
    await summaries.drafts()


async def demonstration(home: Path) -> None:
    settings = settings_from_environment(home)
    settings.home.mkdir(exist_ok=True)
    store = Store(settings.database, load_keys(settings.key_file))
    await migrate(store)
    async with store.begin() as work:
        await play(work)
    async with store.look() as work:
        pages = [read_page(one.page) for one in await publications.published(work)]
        (draft,) = await publications.drafts(work)
    await store.close()
    newest, oldest = pages
    assert newest.published_on == date(2026, 10, 12)
    assert len(newest.top) == len(oldest.top) == 5
    assert (len(newest.written.quotes), len(oldest.written.quotes)) == (3, 2)
    assert {one.standing for one in newest.promises} == {"kept", "late", "cannot"}
    assert not read_page(draft.page).reviewed_enough
    before = Quarter.named(quarter_of(NOW)).before
    assert [newest.quarter, oldest.quarter] == [before.name, before.before.name]


async def test_what_the_gate_would_not_let_through_is_not_in_the_demonstration_either(
    sqlite_store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hardly_checked(path: Path, kind: type[Any]) -> Any:
        found = read_content(path, kind)
        return found.model_copy(
            update={"quarters": tuple(one.model_copy(update={"checked": 60}) for one in found.quarters)}
        )

    monkeypatch.setattr(summary, "read_content", hardly_checked)
    with pytest.raises(Hindered) as refused:
        async with sqlite_store.begin() as work:
            await play(work)
    assert refused.value.hindrance is Hindrance.NOT_REVIEWED
    async with sqlite_store.look() as work:
        assert await publications.published(work) == []


def report(home: Path, *arguments: str) -> Done:
    return typed("report", *arguments, environment={**os.environ, "OVOS_HOME": str(home)})


async def test_a_published_quarter_and_a_draft_come_out_as_four_files_each(tmp_path: Path) -> None:
    await demonstration(tmp_path)
    where = {**os.environ, "OVOS_HOME": str(tmp_path)}
    done = in_a_process("report", "2026q3", "--out", str(tmp_path / "out"), environment=where)
    assert done.returncode == 0, done.stderr
    assert sorted(path.suffix for path in (tmp_path / "out").iterdir()) == [".csv", ".html", ".pdf", ".png"]
    html = (tmp_path / "out" / "ovos-2026Q3.html").read_text()
    assert "DRAFT" not in html
    assert html.index("Decisions asked for today") < html.index("What was promised last quarter")
    draft = report(tmp_path, "2026Q4", "--out", str(tmp_path / "out"))
    assert "Stamped as a draft: Only" in draft.stdout
    assert "DRAFT" in (tmp_path / "out" / "ovos-2026Q4.html").read_text()


def test_what_is_no_quarter_or_no_folder_is_one_line_and_status_2(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for arguments in (("2026", "--out", str(tmp_path)), ("2026Q3", "--out", str(tmp_path / "file" / "in"))):
        done = report(tmp_path, *arguments)
        assert (done.returncode, len(done.stderr.strip().splitlines())) == (2, 1), done.stderr
