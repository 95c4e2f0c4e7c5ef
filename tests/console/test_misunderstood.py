"""The list of misunderstood messages: an officer names what was wanted and writes afresh; only that trains."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from cryptography.fernet import Fernet

from bot.content import content_folder
from bot.entitlements.library import Library, load_library
from bot.store import Store, audit, misunderstood, request_changes
from bot.store.database import sqlite_url
from bot.store.keys import KeyRing
from bot.store.migrate import migrate
from bot.store.misunderstood import Decision, Taught
from bot.store.models import RequestKind
from bot.store.staff_models import Role
from ovos.settings import Settings, temporary_settings
from ovos.taught import ENTITLEMENT, StoreNotRead, lessons, read_taught, with_lessons, write_lessons
from ovos.train import fingerprint, parts, taught_cards
from tests.console.casework import young_person
from tests.console.conftest import Client, Desk

LIST = "/console/misunderstood"
THEIRS = "whos gonna sort my nan visits bruv its been ages"
FRESH = "when do I get to see my grandparents again"


@pytest.fixture
async def officer(desk: Desk) -> Client:
    return await desk.signed_in(Role.PARTICIPATION_OFFICER)


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(content_folder() / "entitlements")


async def decided(desk: Desk, row_id: str) -> tuple[str | None, str | None, str | None]:
    async with desk.store.look() as work:
        row = await work.session.get_one(misunderstood.Misunderstood, row_id)
        return row.goal, row.card, row.example


async def test_the_oldest_stands_first_and_the_length_and_age_of_the_list_are_measured(desk_on_both: Desk) -> None:
    desk = desk_on_both
    client, person = await desk.signed_in(Role.PARTICIPATION_OFFICER), await young_person(desk.store)
    assert "Nothing is waiting" in await client.text(LIST)
    await person.misunderstood("newer message", ago=timedelta(days=2, hours=1))
    oldest = await person.misunderstood("older message", ago=timedelta(days=9, hours=1))
    page = await client.text(LIST)
    assert page.index("older message") < page.index("newer message")
    assert "2 of 2 wait for somebody to look. The oldest is 9 days old." in page
    assert (await client.post(f"{LIST}/{oldest}/nothing")).status == 303
    page = await client.text(LIST)
    assert "Taken off the list, with nothing to learn" in page
    assert "1 of 2 waits for somebody to look. The oldest is 2 days old." in page
    assert "older message" not in page


async def test_a_long_list_has_pages_that_hold_each_message_once(desk_on_both: Desk) -> None:
    client, person = await desk_on_both.signed_in(Role.PARTICIPATION_OFFICER), await young_person(desk_on_both.store)
    for number in range(53):
        await person.misunderstood(f"message {number}", ago=timedelta(minutes=number // 2))
    first = await client.text(LIST)
    onward = re.search(r'href="([^"]*after=[^"]*)" rel="next"', first)
    assert onward is not None
    second = await client.text(onward.group(1).replace("&amp;", "&"))
    found = re.findall(rf"{LIST}/([0-9a-f]{{32}})", first) + re.findall(rf"{LIST}/([0-9a-f]{{32}})", second)
    assert (len(found), len(set(found))) == (53, 53)


async def test_the_message_stands_between_two_lines_either_side_with_what_was_offered(
    desk: Desk, officer: Client
) -> None:
    person = await young_person(desk.store)
    for text in ("zero", "one", "two"):
        await person.types(text)
    row_id = await person.misunderstood(THEIRS, ("/feedback", '/show_card{"card": "family_time"}'))
    await person.hears("I did not understand.")
    await person.types("four")
    await person.types("five")
    page = await officer.text(f"{LIST}/{row_id}")
    said = re.findall(r'console-said">([^<]*)<', page)
    assert said == ["one", "two", THEIRS, "I did not understand.", "four"]
    assert "(this was not understood)" in page
    assert "<li>Wants to say what is going on</li>" in page
    assert "show_card" not in page


async def test_an_officer_teaches_a_goal_or_a_card_and_can_undo_it(desk_on_both: Desk) -> None:
    desk = desk_on_both
    client, person = await desk.signed_in(Role.PARTICIPATION_OFFICER), await young_person(desk.store)
    row_id = await person.misunderstood(THEIRS)
    title = load_library(content_folder() / "entitlements").cards["family_time"].title
    await client.get(f"{LIST}/{row_id}")
    answer = await client.post(f"{LIST}/{row_id}/teach", goal="entitlement", card=title, example=f"  {FRESH} ")
    assert answer.status == 303
    assert await decided(desk, row_id) == ("entitlement", "family_time", FRESH)
    page = await client.text(LIST)
    assert "The next training learns from your example" in page
    assert f'action="{LIST}/{row_id}/undo"' in page
    await client.post(f"{LIST}/{row_id}/undo")
    assert await decided(desk, row_id) == (None, None, None)
    await client.post(f"{LIST}/{row_id}/teach", goal="contact_request", example=FRESH)
    assert await decided(desk, row_id) == ("contact_request", None, FRESH)
    async with desk.store.look() as work:
        lines = await audit.newest(work, audit.Filter(subject_id=row_id))
    assert [line.details["goal"] for line in reversed(lines)] == ["entitlement", "undone", "contact_request"]
    assert all(THEIRS not in str(line.details) and FRESH not in str(line.details) for line in lines)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"goal": "entitlement", "example": FRESH}, "Choose the card that answers it"),
        ({"goal": "entitlement", "card": "no such card", "example": FRESH}, "Choose a card from the list"),
        ({"goal": "feedback", "card": "family_time", "example": FRESH}, "A card goes only with a question"),
        ({"goal": "feedback", "example": ""}, "Write an example in your own words"),
        ({"goal": "", "example": FRESH}, "Choose what the young person wanted"),
        ({"goal": "safeguarding", "example": FRESH}, "Choose what the young person wanted"),
        ({"goal": "feedback", "example": "x" * 401}, "400 characters or fewer"),
        ({"goal": "feedback", "example": "/complaint"}, "must not begin with a slash"),
        ({"goal": "feedback", "example": "ring me on 07700 900123"}, "long number"),
        ({"goal": "feedback", "example": THEIRS}, "too close to what the young person wrote"),
        ({"goal": "feedback", "example": THEIRS.upper() + "!"}, "too close to what the young person wrote"),
        ({"goal": "feedback", "example": "Who is going to sort my nan visits, it has been ages"}, "too close"),
        ({"goal": "feedback", "example": "something that was typed before it all"}, "too close"),
    ],
)
async def test_what_cannot_train_is_refused_with_a_clear_line_and_stays_typed(
    desk: Desk, officer: Client, fields: dict[str, str], said: str
) -> None:
    person = await young_person(desk.store)
    await person.types("something that was typed before it all")
    row_id = await person.misunderstood(THEIRS)
    await officer.get(f"{LIST}/{row_id}")
    answer = await officer.post(f"{LIST}/{row_id}/teach", **fields)
    page = await answer.text()
    assert answer.status == 400
    assert said in page
    assert fields["example"][:300] in page
    assert await decided(desk, row_id) == (None, None, None)


async def test_the_second_of_two_officers_is_told_and_sees_what_the_first_decided(desk: Desk, officer: Client) -> None:
    person, second = await young_person(desk.store), await desk.signed_in(Role.PARTICIPATION_OFFICER)
    row_id = await person.misunderstood(THEIRS)
    await second.get(f"{LIST}/{row_id}")
    await officer.get(f"{LIST}/{row_id}")
    await officer.post(f"{LIST}/{row_id}/teach", goal="contact_request", example=FRESH)
    answer = await second.post(f"{LIST}/{row_id}/teach", goal="feedback", example="family never gets sorted out")
    page = await answer.text()
    assert answer.status == 409
    assert "Somebody else has decided this meanwhile" in page
    assert FRESH in page
    assert "family never gets sorted out" in page
    assert (await second.post(f"{LIST}/{row_id}/undo")).status == 404
    assert await decided(desk, row_id) == ("contact_request", None, FRESH)


async def test_an_officer_whom_the_young_person_ruled_out_finds_nothing_of_theirs_on_the_list(
    desk: Desk, officer: Client
) -> None:
    person = await young_person(desk.store)
    row_id = await person.misunderstood(THEIRS)
    assert "1 of 1 waits" in await officer.text(LIST)
    assert officer.account is not None
    request = await person.asks(kind=RequestKind.COMPLAINT)
    async with desk.store.begin() as work:
        await request_changes.hide(work, request.id, [officer.account.id])
    page = await officer.text(LIST)
    assert "0 of 0 wait" in page
    assert THEIRS not in page
    nothing = await officer.get(f"{LIST}/{'0' * 32}")
    hidden = await officer.get(f"{LIST}/{row_id}")
    assert (hidden.status, await hidden.text()) == (nothing.status, await nothing.text())
    assert (await officer.post(f"{LIST}/{row_id}/nothing")).status == 404


# --- What trains ---


async def test_only_what_the_officer_wrote_reaches_the_files_that_train(
    desk: Desk, officer: Client, library: Library, tmp_path: Path
) -> None:
    person = await young_person(desk.store)
    theirs = [THEIRS, "wheres the telly money they said id get", "not a clue mate"]
    rows = [await person.misunderstood(text) for text in theirs]
    await officer.get(LIST)
    sent = (
        {"goal": "contact_request", "example": "I want somebody to talk with me about family"},
        {"goal": "entitlement", "card": "setting_up_home", "example": "allowance for furnishing a first home"},
    )
    for row_id, fields in zip(rows, sent, strict=False):
        assert (await officer.post(f"{LIST}/{row_id}/teach", **fields)).status == 303
    await officer.post(f"{LIST}/{rows[2]}/nothing")
    async with desk.store.look() as work:
        learned = lessons(await misunderstood.taught(work), library)
    goals, cards = tmp_path / "nlu" / "generated_taught.yml", tmp_path / "taught_cards.json"
    write_lessons(learned, goals, cards)
    assert yaml.safe_load(goals.read_text())["nlu"] == [
        {"intent": "contact_request", "examples": "- I want somebody to talk with me about family\n"}
    ]
    assert json.loads(cards.read_text()) == {"setting_up_home": ["allowance for furnishing a first home"]}
    texts, names = with_lessons(library, learned).training_rows()
    assert ("allowance for furnishing a first home", "setting_up_home") in list(zip(texts, names, strict=True))
    everything = "\n".join([goals.read_text(), cards.read_text(), *texts])
    assert all(text not in everything for text in theirs)


@pytest.fixture
def settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    return temporary_settings(tmp_path)


def test_without_a_store_there_is_nothing_to_learn_and_no_file_of_it(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    assert read_taught(settings) == []
    assert not (tmp_path / "keys").exists()
    goals, cards = tmp_path / "a.yml", tmp_path / "b.json"
    goals.write_text("old")
    write_lessons(lessons([], library), goals, cards)
    assert not goals.exists()
    assert not cards.exists()


async def test_training_reads_the_examples_of_its_own_store_also_where_an_event_loop_runs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = Fernet.generate_key().decode()
    monkeypatch.setenv("OVOS_KEYS", key)
    store = Store(sqlite_url(settings.home / "ovos.db"), KeyRing([key]))
    await migrate(store)
    person = await young_person(store)
    row_id = await person.misunderstood(THEIRS)
    async with store.begin() as work:
        decision = Decision("entitlement", "family_time", FRESH)
        await misunderstood.decide(work, row_id, "0" * 32, decision, datetime.now(UTC))
    await store.close()
    assert read_taught(settings) == [Taught("entitlement", "family_time", FRESH)]


def test_a_database_that_does_not_answer_stops_training_with_one_clear_line(
    settings: Settings,
) -> None:
    there = replace(settings, database="postgresql+psycopg://ovos@127.0.0.1:1/ovos")
    with pytest.raises(StoreNotRead, match="cannot be read"):
        read_taught(there)


def test_a_new_example_changes_what_the_brain_and_the_card_search_are_made_from(
    settings: Settings, library: Library, tmp_path: Path
) -> None:
    there = replace(settings, card_search=tmp_path / "card_search.npz")
    _, before = parts(there)
    learned = lessons(
        [Taught("entitlement", "family_time", FRESH), Taught("feedback", None, "it is bad here")], library
    )
    goals = tmp_path / "generated_taught.yml"
    nothing = fingerprint([goals])
    write_lessons(learned, goals, taught_cards(there))
    _, after = parts(there)
    assert before.fingerprint != after.fingerprint
    assert fingerprint([goals]) != nothing
    again = goals.stat().st_mtime_ns
    write_lessons(learned, goals, taught_cards(there))
    assert goals.stat().st_mtime_ns == again
    assert ENTITLEMENT not in goals.read_text()


def test_of_the_same_question_taught_twice_the_newest_counts_and_known_questions_teach_nothing(
    library: Library,
) -> None:
    known = library.questions["family_time"][0]
    newest_first = [
        Taught("entitlement", "siblings", "when do i meet the others"),
        Taught("entitlement", "family_time", "When do I meet the others?"),
        Taught("feedback", None, known),
        Taught("feedback", None, "/inform"),
        Taught("entitlement", "no_such_card", "a question about nothing much"),
    ]
    learned = lessons(newest_first, library)
    assert learned.cards == {"siblings": ("when do i meet the others",)}
    assert learned.goals == {}
