"""What may be written to the log: ids, counts and words of ours, and nothing that a person said."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from bot.staff import audit
from bot.staff.audit import SCHEMAS, Action
from bot.store import Store
from bot.store.audit import Filter, newest


def test_every_action_says_which_details_it_takes() -> None:
    assert set(SCHEMAS) == set(Action)


@pytest.mark.parametrize("details", [{"words": "hello"}, {"role": "free text here"}, {"role": "x" * 60}, {}])
async def test_details_that_an_action_does_not_take_undo_the_whole_transaction(
    sqlite_store: Store, details: dict[str, str]
) -> None:
    async def two_lines() -> None:
        async with sqlite_store.begin() as work:
            await audit.note(work, "a" * 32, Action.SIGN_OUT, "staff", "a" * 32)
            await audit.note(work, "a" * 32, Action.REPLY_SENT, "conversation", "b" * 32, details)

    with pytest.raises(ValidationError):
        await two_lines()
    async with sqlite_store.look() as work:
        assert await newest(work, Filter()) == []


async def test_a_line_holds_what_it_was_given(sqlite_store: Store) -> None:
    async with sqlite_store.begin() as work:
        await audit.note(work, "a" * 32, Action.REPLY_SENT, "conversation", "b" * 32, {"role": "participation_officer"})
    async with sqlite_store.look() as work:
        [line] = await newest(work, Filter())
    assert (line.action, line.details) == ("reply_sent", {"role": "participation_officer"})
