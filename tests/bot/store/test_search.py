"""Search: whole words in what was typed and replied, only what one may read, and nothing that is hidden or gone."""

from __future__ import annotations

from datetime import timedelta

import pytest

from bot.store import Store, messages, redactions
from bot.store.casework_models import RedactionKind
from bot.store.messages import NewMessage
from bot.store.models import Channel, Message, MessageKind
from bot.store.redactions import Hide, Why
from bot.store.requests import Viewer
from bot.store.search import STEP, Found, Search
from bot.store.search_words import asked_words, words_of
from bot.store.staff_models import Role
from bot.store.staff_replies import say_as_staff
from tests.bot.store.people import hired
from tests.bot.store.talk import TAKEN, asked_for, chat, officer, wrote


def texts(found: Found) -> list[str]:
    return ["".join(part.text for part in hit.parts) for hit in found.hits]


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("My MUM'S house", "mums"),
        ("My MUM’S house", "mum"),
        ("Café Zoë", "cafe zoe"),
        ("I don't know", "dont"),
        ("it's 3pm on the 4th", "4TH"),
        ("ｆｕｌｌ width", "full"),
        ("straße", "STRASSE"),
    ],
)
def test_words_are_the_same_however_they_were_typed(text: str, asked: str) -> None:
    assert asked_words(asked) <= words_of(text)


def test_a_word_is_not_found_by_a_part_of_it() -> None:
    assert not asked_words("hous") <= words_of("my house")


async def test_every_word_must_be_there_and_the_newest_stands_first(store: Store) -> None:
    viewer, conversation_id = officer(await hired(store)), await chat(store)
    for text in ("my bus was late", "the bus driver shouted", "late again, that bus!"):
        await wrote(store, conversation_id, text)
    search = Search(store)
    assert texts(await search.find(viewer, "bus late")) == ["late again, that bus!", "my bus was late"]
    assert texts(await search.find(viewer, "train")) == []
    assert texts(await search.find(viewer, "?!")) == []


async def test_what_comes_after_the_first_search_is_found_too_and_so_are_replies_of_staff(store: Store) -> None:
    me, conversation_id, search = await hired(store), await chat(store), Search(store)
    assert texts(await search.find(officer(me), "bus")) == []
    await wrote(store, conversation_id, "the bus is late")
    async with store.begin() as work:
        await say_as_staff(work, conversation_id, me, Role.PARTICIPATION_OFFICER, "Which bus?", notice=TAKEN)
    await wrote(store, conversation_id, "bus", kind=MessageKind.BUTTON)
    found = await search.find(officer(me), "bus")
    assert texts(found) == ["Which bus?", "the bus is late"]
    assert (found.hits[0].shelf, found.hits[1].designation, found.back_to) == ("replied", "calm otter", None)


async def test_nothing_is_found_in_a_conversation_that_is_not_theirs_to_read(store: Store) -> None:
    me, other, conversation_id = await hired(store), await hired(store), await chat(store)
    message_id = await wrote(store, conversation_id, "the bus is late")
    await asked_for(store, conversation_id, message_id, me)
    search = Search(store)
    assert texts(await search.find(officer(me), "bus")) == []
    assert texts(await search.find(officer(other), "bus")) == ["the bus is late"]
    lead = Viewer(await hired(store, Role.SAFEGUARDING_LEAD), Role.SAFEGUARDING_LEAD)
    assert len((await search.find(lead, "bus")).hits) == 1


@pytest.mark.parametrize("kind", list(RedactionKind))
async def test_hidden_words_find_nothing_and_are_not_shown_beside_what_is_found(
    store: Store, kind: RedactionKind
) -> None:
    me, conversation_id, search = await hired(store), await chat(store), Search(store)
    message_id = await wrote(store, conversation_id, "Kim missed the bus")
    assert len((await search.find(officer(me), "kim")).hits) == 1
    async with store.begin() as work:
        message = await redactions.message_for(work, officer(me), conversation_id, message_id)
        await redactions.hide(work, message, Hide("kim", kind, Why.NAME, me))
    assert texts(await search.find(officer(me), "kim")) == []
    found = await search.find(officer(me), "bus")
    assert len(found.hits) == 1
    assert "Kim" not in texts(found)[0]


async def test_a_message_that_was_erased_is_not_found_and_is_forgotten(store: Store) -> None:
    me, conversation_id, search = await hired(store), await chat(store), Search(store)
    message_id = await wrote_alone(store, conversation_id, "the bus is late")
    assert len((await search.find(officer(me), "bus")).hits) == 1
    async with store.begin() as work:
        await work.session.delete(await work.session.get_one(Message, message_id))
    assert texts(await search.find(officer(me), "bus")) == []


async def wrote_alone(store: Store, conversation_id: str, text: str) -> str:
    """A message that nothing refers to."""
    async with store.begin() as work:
        new = NewMessage(conversation_id, Channel.WEB, f"{conversation_id}:alone", text)
        return (await messages.store(work, new)).id


async def test_one_page_follows_the_other(store: Store) -> None:
    viewer, conversation_id, search = officer(await hired(store)), await chat(store), Search(store)
    for number in range(7):
        await wrote(store, conversation_id, f"bus {number}")
    seen, place = [], None
    while True:
        found = await search.find(viewer, "bus", place, most=3)
        seen += texts(found)
        if found.more is None:
            break
        place = found.more
    assert seen == [f"bus {number}" for number in range(6, -1, -1)]


async def test_a_search_that_runs_out_of_time_says_how_far_back_it_has_looked_and_goes_on_next_time(
    sqlite_store: Store,
) -> None:
    viewer, conversation_id = officer(await hired(sqlite_store)), await chat(sqlite_store)
    async with sqlite_store.begin() as work:
        sealed = work.keys.encrypt("an ordinary day")
        oldest = work.keys.encrypt("the very first bus")
        first = Message(
            conversation_id=conversation_id,
            position=1,
            channel="web",
            channel_message_id="0",
            kind="typed",
            text_sealed=oldest,
        )
        work.session.add(first)
        await work.session.flush()
        work.session.add_all(
            Message(
                conversation_id=conversation_id,
                position=number + 1,
                channel="web",
                channel_message_id=str(number),
                kind="typed",
                text_sealed=sealed,
                received_at=first.received_at + timedelta(seconds=number),
            )
            for number in range(1, 2 * STEP)
        )
    search = Search(sqlite_store, patience=0)
    found = await search.find(viewer, "bus")
    assert found.hits == []
    assert found.back_to is not None
    assert found.back_to > first.received_at
    await search.read_all()
    found = await search.find(viewer, "bus")
    assert (texts(found), found.back_to) == (["the very first bus"], None)
