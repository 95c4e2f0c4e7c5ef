"""Drafts, filters and pages of a list, and that every text that code asks for has been written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import console
from bot.store import drafts
from bot.store.staff_models import Role
from console.lists import Paged
from console.navigation import LINKS
from console.wording import load_words
from tests.console.conftest import Desk

HOME = Path(console.__file__).parent
KEY = re.compile(r'"((?:common|navigation|roles|sign_in|staff)\.[a-z_]+)"')


async def test_a_draft_is_kept_for_its_writer_and_nobody_else(desk: Desk) -> None:
    writer, other = await desk.signed_in(Role.WORKER), await desk.account(Role.WORKER)
    assert writer.account is not None
    kept = await writer.post("/console/draft", place="note:abc", text="half a thought")
    assert (await kept.json())["said"] == "Draft saved"
    async with desk.store.look() as work:
        assert await drafts.read(work, writer.account.id, "note:abc") == "half a thought"
        assert await drafts.read(work, other.id, "note:abc") is None


@pytest.mark.parametrize("fields", [{"place": "_second_factor", "text": "X"}, {"place": "a", "text": "x" * 20_001}, {}])
async def test_a_draft_that_is_too_long_or_in_a_place_of_the_consoles_own_is_not_kept(
    desk: Desk, fields: dict[str, str]
) -> None:
    writer = await desk.signed_in(Role.WORKER)
    assert writer.account is not None
    assert (await writer.post("/console/draft", **fields)).status == 400
    async with desk.store.look() as work:
        assert await drafts.read(work, writer.account.id, fields.get("place", "a")) is None


@pytest.mark.parametrize(
    ("number", "total", "first", "last", "near"),
    [
        (1, 0, 0, 0, [1]),
        (1, 25, 1, 10, [1, 2, 3]),
        (3, 25, 21, 25, [1, 2, 3]),
        (6, 100, 51, 60, [1, None, 5, 6, 7, None, 10]),
    ],
)
def test_a_page_of_a_list_says_what_it_shows(
    number: int, total: int, first: int, last: int, near: list[int | None]
) -> None:
    paged: Paged[str] = Paged((), number, 10, total)
    assert (paged.first, paged.last, paged.near()) == (first, last, near)


def test_every_text_that_code_asks_for_is_written() -> None:
    words = load_words()
    asked = {key for path in HOME.rglob("*.py") for key in KEY.findall(path.read_text())}
    asked |= {link.words for link in LINKS} | {f"roles.{role.value}" for role in Role}
    assert len(asked) > 30
    assert sorted(key for key in asked if not words.knows(key)) == []


def test_no_words_of_a_page_are_in_the_code() -> None:
    sentences = re.compile(r'(?:add_fault|redirect|render)\([^)]*"[A-Z][a-z]+ [a-z]+ [a-z]+')
    assert [path.name for path in HOME.rglob("*.py") if sentences.search(path.read_text())] == []
