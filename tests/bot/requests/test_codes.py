"""Link codes: one use, fourteen days, no guessing, and the same answer for every code that is no good."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from bot.requests import codes, giving
from bot.requests.codes import ALPHABET, MOST_GUESSES, MOST_GUESSES_OF_ALL, NoSuchCase, Tried
from bot.staff import audit
from bot.store import Store, allocations, request_changes
from bot.store.casework_models import LinkCode
from tests.bot.requests.county import MONDAY, REFERENCE, County, day, with_case

WORDS = [
    "teenager",
    "stranger",
    "THREATEN",
    "weakness",
    "help me",
    "thank you",
    "yes",
    "12345678",
    "2345 6789",
    "meet at4",
]


async def made(county: County, name: str = "worker") -> str:
    async with county.store.begin() as work:
        code = await codes.make_code(work, county.staff[name], REFERENCE, MONDAY)
        await audit.note_line(work, code.line)
    return code.text


async def tried(county: County, conversation_id: str, text: str, after: float = 0) -> Tried:
    async with county.store.begin() as work:
        found = await codes.try_code(work, conversation_id, text, MONDAY + timedelta(days=after))
        if found.line is not None:
            await audit.note_line(work, found.line)
    return found.result


async def test_a_code_links_a_conversation_once(store: Store) -> None:
    county, case_hash, _ = await with_case(store)
    text = await made(county)
    assert codes.looks_like_code(text)
    chat, another = await county.chat(), await county.chat()
    assert await tried(county, chat, f" {text.lower()} ") is Tried.LINKED
    assert await tried(county, another, text) is Tried.NOT_GOOD
    async with store.look() as work:
        link = await allocations.link_of(work, chat)
        assert link is not None
        assert link.reference_hash == case_hash
        assert await allocations.link_of(work, another) is None


async def test_two_who_type_the_same_code_at_the_same_moment_are_not_both_linked(store: Store) -> None:
    county, _, _ = await with_case(store)
    text = await made(county)
    chats = [await county.chat() for _ in range(4)]
    found = await asyncio.gather(*(tried(county, chat, text) for chat in chats))
    assert sorted(found) == [Tried.LINKED, *[Tried.NOT_GOOD] * 3]


async def test_a_code_is_no_good_after_fourteen_days(store: Store) -> None:
    county, _, _ = await with_case(store)
    text = await made(county)
    assert await tried(county, await county.chat(), text, after=14) is Tried.NOT_GOOD
    assert await tried(county, await county.chat(), text, after=13.9) is Tried.LINKED


async def test_open_requests_go_to_the_worker_once_the_conversation_has_a_case(store: Store) -> None:
    county, _, _ = await with_case(store)
    chat = await county.chat()
    request_id = await county.ask(chat)
    assert (await county.look(request_id)).assigned_to is None
    await tried(county, chat, await made(county))
    assert (await county.look(request_id)).assigned_to == county.staff["worker"].staff_id


async def test_a_complaint_about_the_worker_is_hidden_from_that_worker_once_there_is_a_case(store: Store) -> None:
    county, _, _ = await with_case(store)
    chat = await county.chat()
    request_id = await county.ask(chat, "iro", about=["social_worker"])
    await tried(county, chat, await made(county))
    request = await county.look(request_id)
    assert request.assigned_to == county.staff["iro"].staff_id
    async with store.look() as work:
        hidden = await request_changes.hidden_of(work, request_id)
    assert county.staff["worker"].staff_id in hidden
    assert "worker" not in hidden


async def test_what_an_officer_gave_out_by_hand_stays_there_when_the_conversation_gets_a_case(store: Store) -> None:
    county, _, _ = await with_case(store)
    chat = await county.chat()
    request_id = await county.ask(chat)
    change = await county.change("officer", request_id)
    async with store.begin() as work:
        await giving.assign(work, change, county.staff["stranger"].staff_id)
    await tried(county, chat, await made(county))
    assert (await county.look(request_id)).assigned_to == county.staff["stranger"].staff_id


async def test_a_conversation_keeps_its_case(store: Store) -> None:
    county, case_hash, chat = await with_case(store)
    await county.list_case("LCS 200", worker="worker")
    async with store.begin() as work:
        other = await codes.make_code(work, county.staff["worker"], "LCS 200", MONDAY)
    assert await tried(county, chat, other.text) is Tried.NOT_GOOD
    async with store.look() as work:
        link = await allocations.link_of(work, chat)
    assert link is not None
    assert link.reference_hash == case_hash
    assert await tried(county, await county.chat(), other.text) is Tried.LINKED


async def test_five_wrong_codes_an_hour_and_then_not_even_the_right_one(store: Store) -> None:
    county, _, _ = await with_case(store)
    text, chat = await made(county), await county.chat()
    for _ in range(MOST_GUESSES):
        assert await tried(county, chat, "ABCD-2345") is Tried.NOT_GOOD
    assert await tried(county, chat, text) is Tried.TOO_MANY
    assert await tried(county, await county.chat(), text) is Tried.LINKED
    assert await tried(county, chat, "ABCD-2345", after=0.05) is Tried.NOT_GOOD


async def test_guessing_from_many_conversations_is_stopped_too(store: Store) -> None:
    county, _, chat = await with_case(store)
    async with store.begin() as work:
        for _ in range(MOST_GUESSES_OF_ALL):
            await allocations.note_guess(work, chat, MONDAY)
    assert await tried(county, await county.chat(), await made(county)) is Tried.TOO_MANY


@pytest.mark.parametrize("name", ["other", "iro", "stranger", "councillor"])
async def test_nobody_makes_a_code_for_a_case_that_is_not_theirs_or_not_there(store: Store, name: str) -> None:
    county, _, _ = await with_case(store)
    refusals = []
    for reference in (REFERENCE, "LCS 999"):
        async with store.begin() as work:
            with pytest.raises(NoSuchCase) as refused:
                await codes.make_code(work, county.staff[name], reference, MONDAY)
        refusals.append(str(refused.value))
    assert refusals[0] == refusals[1]


@pytest.mark.parametrize("name", ["worker", "adviser", "manager", "officer"])
async def test_those_of_the_case_and_officers_make_codes_however_the_reference_is_typed(
    store: Store, name: str
) -> None:
    county, _, _ = await with_case(store)
    async with store.begin() as work:
        code = await codes.make_code(work, county.staff[name], " lcs100 ", MONDAY)
    assert code.expires_at == day(14)


async def test_neither_the_code_nor_the_reference_stands_in_the_database_or_the_log(store: Store) -> None:
    county, _, _ = await with_case(store)
    text = await made(county)
    async with store.look() as work:
        (row,) = await work.session.scalars(select(LinkCode))
        case = await allocations.by_reference(work, row.reference_hash)
    assert case is not None
    stored = f"{row.code_hash} {row.reference_hash} {case.reference_sealed}"
    assert text.replace("-", "") not in stored
    assert REFERENCE not in stored


@given(st.text(ALPHABET, min_size=8, max_size=8))
def test_what_looks_like_a_code_has_a_letter_and_a_figure(text: str) -> None:
    mixed = any(one.isdigit() for one in text) and any(one.isalpha() for one in text)
    assert codes.looks_like_code(text) == mixed
    assert codes.looks_like_code(f"{text[:4]}-{text[4:]}".lower()) == mixed


@pytest.mark.parametrize("text", WORDS)
def test_a_word_or_a_number_is_not_taken_for_a_code(text: str) -> None:
    assert not codes.looks_like_code(text)


def test_every_code_that_is_made_looks_like_one() -> None:
    assert all(codes.looks_like_code(codes._new_text()) for _ in range(500))
