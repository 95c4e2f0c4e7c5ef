"""Actions that answer: cards, requests and their state, privacy, language, chat, fallback, carrying on."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select, update

import actions.service
from actions.service import Service, service
from bot.content import PROJECT_ROOT, read_yaml
from bot.encoder import Encoder, load_encoder
from bot.encoder.weights import Array
from bot.entitlements import live
from bot.requests.clocks import local_day
from bot.requests.words import day_in_words
from bot.store import card_changes, conversations, records, staff
from bot.store.card_changes import NewChange
from bot.store.card_models import ChangeWhat, ItemKind
from bot.store.database import sqlite_url
from bot.store.models import Misunderstood, Request, RequestKind, RequestState
from bot.store.staff_models import Role
from tests.actions.conftest import Chat, executor
from tests.actions.test_requests import on_the_list


async def misunderstood(chat: Chat) -> list[Misunderstood]:
    async with chat.store.look() as work:
        return list(await work.session.scalars(select(Misunderstood)))


# --- Cards ---


async def test_a_sure_question_is_answered_with_the_card_and_what_to_do_next(chat: Chat) -> None:
    chat.cards.sure["what is an iro"] = "iro"
    await chat.typed("what is an iro", "entitlement")
    ran = await chat.run("action_answer_card")
    card = service().card("iro")
    assert ran.keys == ["utter_card", "utter_card_helped"]
    assert ran.replies[0].text == card.text
    assert ran.replies[0].easy == card.easy
    assert '/card_more{"card": "iro"}' in ran.payloads
    assert any(payload.startswith('/contact_request{"card": "iro", "who": "') for payload in ran.payloads)
    assert ran.events == []


async def test_an_unsure_question_offers_three_cards_and_a_person(chat: Chat) -> None:
    await chat.typed("what about that thing", "entitlement")
    ran = await chat.run("action_answer_card")
    assert ran.keys == ["utter_card_unsure"]
    assert [payload.partition("{")[0] for payload in ran.payloads] == ["/show_card"] * 3 + ["/ask_person"]


def test_a_text_that_the_brain_has_encoded_is_not_encoded_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = "what is an iro"
    vector = load_encoder().encode_one(asked)
    alone = Service().find_cards(asked)
    made = Service()
    monkeypatch.setattr(Encoder, "_encode_batch", None)
    made.knows(asked, vector)
    assert made.find_cards(asked) == alone == made.find_cards(asked)
    with pytest.raises(TypeError):
        made.find_cards("what is a pathway plan")


def test_feedback_is_encoded_once_for_its_themes_its_card_and_its_keeping(monkeypatch: pytest.MonkeyPatch) -> None:
    made, said, counted = Service(), "my social worker never rings me back", []
    encoded = Encoder._encode_batch
    monkeypatch.setattr(actions.service, "VECTORS_KEPT", 3)

    def counts(self: Encoder, token_ids: list[list[int]]) -> Array:
        counted.append(len(token_ids))
        return encoded(self, token_ids)

    monkeypatch.setattr(Encoder, "_encode_batch", counts)
    readings = [made.themes.model().read(said) for _ in range(3)]
    made.find_cards(said)
    assert readings[0] == readings[2]
    assert counted == [1]
    for other in ("one", "two", "three", said):
        made.find_cards(other)
    assert sum(counted) == 5, "what is old is forgotten"


async def test_a_picked_card_is_shown(chat: Chat) -> None:
    await chat.pressed("Review meetings", "show_card", card="reviews")
    ran = await chat.run("action_answer_card")
    assert ran.replies[0].text == service().card("reviews").text


async def test_every_card_can_be_said_and_its_more_too(chat: Chat) -> None:
    for card_id in service().library.cards:
        await chat.pressed("a card", "show_card", card=card_id)
        assert (await chat.run("action_answer_card")).keys[-1] in ("utter_card", "utter_card_not_written")
        await chat.pressed("How do I get it?", "card_more", card=card_id)
        more = await chat.run("action_card_more")
        assert more.keys[-1] in ("utter_card_source", "utter_card_more_not_written")
        assert more.payloads  # a way on from every card


async def test_more_of_a_card_says_who_it_is_for_and_how_much_since_when(chat: Chat) -> None:
    await chat.pressed("How do I get it?", "card_more", card="setting_up_home")
    more = await chat.run("action_card_more")
    assert more.keys[0] == "utter_card_about"
    assert more.replies[0].text.startswith("Who it is for: Care leavers with full leaving-care help")
    assert "How much: £3,000, since 1 April 2023." in more.replies[0].text
    assert "I do not know yet how Solihull pays this." in more.replies[0].text


async def test_what_staff_filled_in_is_said_without_a_new_start(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "LOOK_AGAIN_AFTER", 0.0)
    await chat.pressed("Travel", "show_card", card="travel_costs")
    assert "I do not know yet" in (await chat.run("action_answer_card", keep=False)).replies[0].text
    days = {
        "checked_on": datetime.now(UTC).date().isoformat(),
        "review_by": (datetime.now(UTC).date() + timedelta(days=30)).isoformat(),
    }
    fields = {"answer": "Ask your PA for a bus pass.", "source": "Travel team", **days}
    async with chat.store.begin() as work:
        officer = await staff.add(work, "o@council.example", "O", Role.PARTICIPATION_OFFICER)
        change = NewChange(ItemKind.LOCAL_FACT, "travel", ChangeWhat.FILLED, fields, officer.id, 0)
        await card_changes.make(work, change, datetime.now(UTC))
    await chat.pressed("Travel", "show_card", card="travel_costs")
    assert "Ask your PA for a bus pass." in (await chat.run("action_answer_card", keep=False)).replies[0].text


async def test_a_figure_past_its_review_date_is_not_said(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    await chat.pressed("Money for my first home", "show_card", card="setting_up_home")
    assert "£" in (await chat.run("action_answer_card", keep=False)).replies[0].text
    monkeypatch.setattr(actions.service, "today", lambda: date(2031, 1, 1))
    assert "£" not in (await chat.run("action_answer_card")).replies[0].text


# --- What happened to my request ---


async def test_no_request_is_said_plainly(chat: Chat) -> None:
    await chat.typed("any news", "request_status")
    assert (await chat.run("action_request_status")).keys == ["utter_words_kept", "utter_no_requests"]


@pytest.mark.parametrize("state", list(RequestState))
async def test_each_state_has_its_true_words(chat: Chat, state: RequestState) -> None:
    message_id = await chat.typed("ring me", "contact_request")
    async with chat.store.begin() as work:
        new = records.NewRequest(message_id, chat.id, RequestKind.CONTACT, "iro")
        await records.add_request(work, new)
        await work.session.execute(update(Request).values(state=state))
    await chat.typed("any news", "request_status")
    ran = await chat.run("action_request_status")
    assert ran.keys == ["utter_request_line", "utter_requests_end"]
    assert "your IRO" in ran.replies[0].text
    assert day_in_words(local_day(datetime.now(UTC))) in ran.replies[0].text


async def test_only_the_latest_requests_are_listed(chat: Chat) -> None:
    for kind in RequestKind:
        message_id = await chat.typed("please", "contact_request")
        async with chat.store.begin() as work:
            await records.add_request(work, records.NewRequest(message_id, chat.id, kind, "unsure"))
    await chat.typed("any news", "request_status")
    ran = await chat.run("action_request_status")
    assert [reply.text.partition(":")[0] for reply in ran.replies[:3]] == ["Number 4", "Number 5", "Number 6"]


def test_the_day_is_the_day_on_the_wall() -> None:
    assert day_in_words(local_day(datetime(2026, 7, 1, 23, 30, tzinfo=UTC))) == "2 July"


# --- Privacy and language ---


@pytest.mark.parametrize("about", ["copy", "delete", "how_long"])
async def test_a_privacy_request_goes_to_a_person_once(chat: Chat, about: str) -> None:
    pressed = await chat.pressed("Delete my words", "privacy_ask", about=about)
    await chat.run("action_privacy", keep=False)
    ran = await chat.run("action_privacy")
    (request,) = await on_the_list(chat)
    assert (request.kind, request.words) == (RequestKind.PRIVACY, [pressed])
    assert ran.keys[-1] == "utter_privacy_asked"


async def test_a_language_is_remembered_and_a_person_knows(chat: Chat) -> None:
    await chat.pressed("ትግርኛ", "choose_language", language="ti")
    await chat.run("action_language", keep=False)
    ran = await chat.run("action_language")
    async with chat.store.look() as work:
        assert (await conversations.by_id(work, chat.id)).language == "ti"
    (request,) = await on_the_list(chat)
    assert request.kind == RequestKind.LANGUAGE
    assert "ትግርኛ" in ran.replies[0].text
    assert "English" in ran.replies[1].text


# --- Chat ---


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        ("F*** off you stupid bot, shut up", "utter_smalltalk_swearing"),
        ("this is shit", "utter_smalltalk_swearing"),
        ("are you a robot", "utter_smalltalk_robot"),
        ("tell me a joke", "utter_smalltalk_joke"),
        ("will you be my friend", "utter_smalltalk_friend"),
        ("do you like football", "utter_smalltalk"),
        ("villa are class", "utter_smalltalk"),
    ],
)
async def test_chat_is_answered_honestly_and_kindly(chat: Chat, text: str, reply: str) -> None:
    await chat.typed(text, "smalltalk")
    assert (await chat.run("action_smalltalk")).keys == [reply, "utter_what_now"]
    chat.opens("contact_form")
    assert (await chat.run("action_smalltalk")).keys == [reply]


# --- Not understood ---


async def test_fallback_offers_three_likely_choices_and_a_person_and_is_recorded(chat: Chat) -> None:
    ranking = ["nlu_fallback", "complaint", "entitlement", "greet"]
    message = await chat.typed("um the thing with the place", "nlu_fallback", ranking=ranking)
    first = await chat.run("action_fallback", keep=False)
    again = await chat.run("action_fallback")
    assert first == again
    assert again.keys == ["utter_fallback"]
    assert again.payloads == [
        f'/complaint{{"words": "{message}"}}',
        '/show_card{"card": "personal_adviser"}',
        '/show_card{"card": "iro"}',
        "/ask_person",
    ]
    (recorded,) = await misunderstood(chat)
    assert (recorded.message_id, recorded.offered) == (message, again.payloads[:3])


async def test_fallback_always_has_three_choices(chat: Chat) -> None:
    await chat.typed("hm", "nlu_fallback", ranking=["nlu_fallback", "greet", "affirm"])
    assert len((await chat.run("action_fallback")).payloads) == 4


async def test_swearing_that_was_not_understood_is_met_kindly(chat: Chat) -> None:
    await chat.typed("fucking whatever", "nlu_fallback")
    assert (await chat.run("action_fallback")).keys == ["utter_fallback_swearing"]


async def test_at_a_step_with_buttons_the_second_miss_gets_a_way_out(chat: Chat) -> None:
    await chat.pressed("Ask for a person", "ask_person")
    chat.opens("contact_form")
    chat.asks("who")
    await chat.typed("blah", "nlu_fallback")
    assert (await chat.run("action_fallback")).keys == ["utter_please_choose"]
    await chat.typed("blah blah", "nlu_fallback")
    ran = await chat.run("action_fallback")
    assert ran.keys == ["utter_way_out"]
    assert ran.payloads == ["/carry_on", "/restart_or_stop", "/ask_person"]
    assert len(await misunderstood(chat)) == 2


async def test_a_bare_no_at_a_step_is_not_put_on_the_list_of_misunderstood_messages(chat: Chat) -> None:
    chat.opens("contact_form")
    await chat.typed("no", "deny")
    await chat.run("action_fallback")
    assert await misunderstood(chat) == []


# --- Carrying on ---

DRAFT = {"name": "complaint_form", "asking": "how", "slots": {"wants_advocate": "no", "happened_words": "m1"}}


async def test_a_draft_from_the_metadata_is_opened_as_it_was(chat: Chat) -> None:
    chat.fills(share="yes")
    await chat.pressed("Carry on with it", "resume_draft", metadata={"draft": DRAFT})
    ran = await chat.run("action_resume")
    assert ran.form == "complaint_form"
    assert ran.slots == {"share": None, "wants_advocate": "no", "happened_words": "m1"}
    assert ran.keys == ["utter_resumed"]


async def test_without_metadata_what_this_session_laid_down_is_opened(chat: Chat) -> None:
    first = await chat.typed("i want to complain", "complaint")
    chat.fills(first_words=first)
    chat.opens("complaint_form")
    chat.fills(wants_advocate="no")
    chat.asks("happened_words")
    await chat.typed("stop", "restart_or_stop")
    chat.lays_down()
    await chat.typed("hello", "greet")
    await chat.pressed("Carry on with it", "resume_draft")
    ran = await chat.run("action_resume")
    assert ran.form == "complaint_form"
    assert ran.slots == {"first_words": first, "wants_advocate": "no"}


async def test_without_metadata_the_stored_draft_is_opened(chat: Chat) -> None:
    async with chat.store.begin() as work:
        await conversations.keep_draft(work, chat.id, DRAFT)
    await chat.pressed("Carry on with it", "resume_draft")
    assert (await chat.run("action_resume")).form == "complaint_form"


@pytest.mark.parametrize("draft", [None, {}, {"name": "no_such_form", "slots": {}}])
async def test_with_nothing_to_carry_on_it_says_so(chat: Chat, draft: dict[str, object] | None) -> None:
    await chat.pressed("Carry on with it", "resume_draft", metadata={"draft": draft})
    ran = await chat.run("action_resume")
    assert ran.keys == ["utter_nothing_to_resume"]
    assert ran.events == []


# --- The service ---


async def test_a_turn_without_a_message_id_fails_loudly(chat: Chat) -> None:
    await chat.typed("hello", "smalltalk")
    del chat.latest["metadata"]["message_id"]
    with pytest.raises(KeyError):
        await chat.run("action_smalltalk")


async def test_a_store_that_fails_fails_the_turn(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(records, "add_request", broken)
    await chat.pressed("Get a copy", "privacy_ask", about="copy")
    with pytest.raises(OSError, match="disk full"):
        await chat.run("action_privacy")


async def test_the_store_is_the_one_that_the_environment_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    monkeypatch.setenv("OVOS_DB", sqlite_url(tmp_path / "there.db"))
    monkeypatch.setenv("OVOS_KEY_FILE", str(tmp_path / "keys"))
    opened = Service()
    assert await opened.store.answers()
    assert (tmp_path / "there.db").exists()
    assert opened.store is opened.store
    await opened.store.close()


def test_every_action_of_the_domain_is_there_and_no_other() -> None:
    domain = read_yaml(PROJECT_ROOT / "domain.yml")
    assert set(executor().actions) == set(domain["actions"])
