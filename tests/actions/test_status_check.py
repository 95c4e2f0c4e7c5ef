"""The status check in the chat: what it asks, what it makes of answers, what it says at the end, and what it keeps."""

from __future__ import annotations

import json
from datetime import date
from functools import cache

import pytest
from sqlalchemy import select

from actions.service import service
from actions.status_check import FAULT
from actions.status_note import ANSWERS, KNOWN
from actions.status_talk import Group, Known, for_status, status_talk
from bot.entitlements.status.lives import Outcome, outcome_of
from bot.entitlements.status.questions import ANSWERS as POSSIBLE
from bot.entitlements.status.questions import DONT_KNOW, Answers, NoAnswer, Question, next_question, read, write
from bot.entitlements.status.result import Duty, Status
from bot.entitlements.status.typed import Fault, hear
from bot.entitlements.status.why import words
from bot.store import attachments
from bot.store.attachment_models import RequestAttachment
from tests.actions.conftest import Chat, Ran
from tests.actions.test_answers import misunderstood
from tests.bot.entitlements.reading_age import grade, longest_sentence

TODAY = date(2026, 11, 27)
EIGHTEEN_IN_CARE = "age:18/at18:yes/len:long/eng:yes"


async def pressed(chat: Chat, answer: str) -> Ran:
    await chat.pressed("a button", "status_answer", answer=answer)
    return await chat.run("action_status_heard")


async def ask(chat: Chat) -> list[str]:
    return (await chat.run("action_ask_status_done")).keys


async def begun(chat: Chat, coded: str | None = None) -> None:
    await chat.pressed("Check what I am", "status_check")
    await chat.run("action_status_begin")
    chat.opens("status_form")
    chat.asks("status_done")
    chat.fills(status_answers=coded)


# --- The way through ---


async def test_it_says_what_it_keeps_and_asks_for_an_age_and_no_name(chat: Chat) -> None:
    await chat.pressed("Check what I am", "status_check")
    ran = await chat.run("action_status_begin")
    assert ran.keys == ["utter_status_intro", "utter_status_private", "utter_can_stop"]
    assert "send the result to no one, unless you ask" in ran.replies[1].text
    chat.opens("status_form")
    assert await ask(chat) == ["utter_status_age", "utter_status_age_other"]


async def test_a_care_leaver_of_nineteen_gets_what_why_what_next_and_one_tap_to_ask(chat: Chat) -> None:
    await begun(chat)
    for answer, asked in (
        ("age:19", "utter_status_until_adult"),
        ("at18:yes", "utter_status_length"),
        ("len:long", "utter_status_england"),
    ):
        await pressed(chat, answer)
        assert await ask(chat) == [asked]
    done = await pressed(chat, "eng:yes")
    assert done.slots["status_done"] == "yes"
    ran = await chat.run("action_status_check")
    said = " ".join(reply.text for reply in ran.replies)
    assert "care leaver with full help" in said
    assert "because you are 19 and were in care until 18" in said
    assert "I could be wrong" in said
    assert "When you turn 21" in said
    assert ran.slots[KNOWN] == "former_relevant_18:19"
    assert ran.slots["status_done"] is None
    asks = [json.loads(one.partition("contact_request")[2]) for one in ran.payloads if "contact_request" in one]
    assert asks[0] == {"card": "personal_adviser", "who": "personal_adviser"}
    assert asks[1] == {**asks[0], "attach": "status"}


async def test_an_earlier_question_can_be_answered_anew_and_one_that_was_not_asked_cannot(chat: Chat) -> None:
    await begun(chat, "age:17/now:yes")
    assert (await pressed(chat, "age:16")).slots[ANSWERS] == "age:16"
    assert (await pressed(chat, "eng:yes")).events == []
    assert (await pressed(chat, "len:a sentence of words")).events == []


async def test_one_step_back_by_button_and_by_word(chat: Chat) -> None:
    await begun(chat, "age:17/now:yes/len:long")
    await chat.pressed("Go back", "status_back")
    assert (await chat.run("action_status_heard")).slots[ANSWERS] == "age:17/now:yes"
    await chat.typed("go back", "restart_or_stop")
    assert (await chat.run("action_status_heard")).slots[ANSWERS] == "age:17"
    for _ in range(2):
        await chat.pressed("Go back", "status_back")
        ran = await chat.run("action_status_heard")
    assert ran.slots[FAULT] == "first"
    assert (await ask(chat))[:2] == ["utter_status_fault_first", "utter_status_age"]


async def test_it_goes_on_after_a_stop_and_begins_anew_after_a_result(chat: Chat) -> None:
    await begun(chat, "age:17/now:yes")
    chat.lays_down()
    await chat.pressed("Carry on with the check", "status_check")
    assert (await chat.run("action_status_begin")).keys == ["utter_status_resumed"]
    assert chat.slots[ANSWERS] == "age:17/now:yes"
    chat.fills(status_known="eligible:17")
    await chat.pressed("Do the check again", "status_check")
    await chat.run("action_status_begin")
    assert (chat.slots[ANSWERS], chat.slots[KNOWN]) == (None, None)


async def test_what_it_found_outlives_another_form_and_is_no_part_of_it(chat: Chat) -> None:
    chat.fills(status_known="eligible:17", status_answers=EIGHTEEN_IN_CARE, how="phone")
    await chat.typed("i want my social worker", "contact_request", who="social_worker")
    ran = await chat.run("action_begin")
    assert ran.slots["how"] is None
    assert chat.slots[KNOWN] == "eligible:17"


@pytest.mark.parametrize("intent", ["safeguarding", "restart_or_stop", "goodbye"])
async def test_what_is_no_answer_is_left_to_the_rules(chat: Chat, intent: str) -> None:
    await begun(chat)
    await chat.typed("17 and i want to stop", intent)
    assert (await chat.run("action_status_heard")).events == []


# --- Typed answers ---


@pytest.mark.parametrize(
    ("coded", "text", "answer"),
    [
        ("", "17", "17"),
        ("", "im 17", "17"),
        ("", "I'm nineteen", "19"),
        ("", "12", "15"),
        ("", "23 yrs", "22"),
        ("", "31", "26"),
        ("", "10/05/2009", "17"),
        ("", "idk", DONT_KNOW),
        ("age:17", "yeah", "yes"),
        ("age:17", "nah left last year", "no"),
        ("age:17", "dont know tbh", DONT_KNOW),
        ("age:17/now:yes", "2 years", "long"),
        ("age:17/now:yes", "12 weeks", "near"),
        ("age:17/now:yes", "about three months", "near"),
        ("age:17/now:yes", "like 3 weeks", "short"),
        ("age:17/now:yes", "since i was 12", "long"),
        ("age:17/now:yes", "since 2019", "long"),
        ("age:17/now:yes", "all my life", "long"),
        ("age:17/now:no/at16:yes/len:long", "no", "no"),
        ("age:17/now:no/at16:no/held:no", "none", "none"),
    ],
)
def test_a_typed_answer_is_read(coded: str, text: str, answer: str) -> None:
    answers = read(coded)
    question = next_question(answers)
    assert question is not None
    assert hear(text, question, answers, TODAY).answer == answer


@pytest.mark.parametrize(
    ("coded", "text", "fault"),
    [
        ("", "107", Fault.AGE),
        ("", "im 3", Fault.AGE),
        ("", "30/02/2009", Fault.DATE),
        ("", "10/05/2031", Fault.FUTURE),
        ("", "943 476 5919", Fault.NUMBER),
        ("", "9434765919", Fault.NUMBER),
        ("", "jo@example.org", Fault.NUMBER),
        ("", "my name is jaden", Fault.NAME),
        ("age:17/now:yes", "since 2031", Fault.FUTURE),
        ("age:17/now:yes", "since 1999", Fault.BEFORE_BIRTH),
        ("age:17/now:yes", "from 2025 to 2021", Fault.TURNED_ROUND),
        ("age:17/now:yes", "since i was 19", Fault.FUTURE),
    ],
)
async def test_what_cannot_be_gets_its_own_question_and_is_not_kept(
    chat: Chat, coded: str, text: str, fault: Fault
) -> None:
    await begun(chat, coded or None)
    await chat.typed(text, "nlu_fallback")
    ran = await chat.run("action_status_heard")
    assert ran.slots == {FAULT: fault, "status_done": None}
    keys = await ask(chat)
    assert keys[0] == f"utter_status_fault_{fault}"
    assert len(keys) > 1
    assert chat.slots[FAULT] is None
    assert (chat.slots[ANSWERS] or "") == coded


@pytest.mark.parametrize("text", ["what is an iro", "a unicorn", "why did the chicken cross the road", ""])
async def test_what_says_nothing_of_the_question_is_left_to_the_rules(chat: Chat, text: str) -> None:
    await begun(chat)
    await chat.typed(text, "smalltalk")
    assert (await chat.run("action_status_heard")).events == []


# --- Every way through ---


def _ways(answers: Answers) -> list[Answers]:
    question = next_question(answers)
    if question is None:
        return [answers]
    return [way for answer in (*POSSIBLE[question], DONT_KNOW) for way in _ways({**answers, question: answer})]


@cache
def outcomes() -> dict[str, Outcome]:
    """Every way through with its result. Each answer that is not known doubles the work, so at most two of them."""
    ways = [way for way in _ways({}) if list(way.values()).count(DONT_KNOW) <= 2]
    return {write(way): outcome_of(way, TODAY) for way in ways}


def test_every_way_ends_with_a_result_that_has_words_and_fits_in_its_slot() -> None:
    talk = status_talk()
    for coded, outcome in outcomes().items():
        assert len(coded) <= 100
        assert read(coded)
        assert outcome.reason is None or outcome.reason in talk.because
        assert set(outcome.open_points) <= set(talk.open_points)
        assert set(outcome.possible) <= set(talk.possible)


def test_each_question_that_is_asked_can_change_what_is_said() -> None:
    said: dict[str, set[tuple[object, ...]]] = {}
    for coded, outcome in outcomes().items():
        parts = coded.split("/")
        for n in range(len(parts)):
            here = "/".join([*parts[:n], parts[n].partition(":")[0]])
            said.setdefault(here, set()).add((outcome.possible, outcome.duties, outcome.open_points))
    assert {asked for asked, outcomes in said.items() if len(outcomes) < 2} == set()


def test_whoever_does_not_know_is_never_told_no() -> None:
    for coded, outcome in outcomes().items():
        if "len:dk" in coded or "now:dk" in coded or "at18:dk" in coded:
            assert outcome.status is not Status.NONE or "not_all_known" in outcome.open_points
    assert outcome_of(read("age:17/now:yes/len:near/eng:yes"), TODAY).possible == (
        Status.ELIGIBLE,
        Status.CHILD_LOOKED_AFTER,
    )
    assert outcome_of(read("age:dk"), TODAY).status is Status.UNSURE


@pytest.mark.parametrize(
    ("coded", "status"),
    [
        ("age:17/now:yes/len:long/eng:yes", Status.ELIGIBLE),
        ("age:17/now:yes/len:short/eng:yes", Status.CHILD_LOOKED_AFTER),
        ("age:17/now:breaks", Status.CHILD_LOOKED_AFTER),
        ("age:15/now:yes", Status.CHILD_LOOKED_AFTER),
        ("age:15/now:no", Status.NONE),
        ("age:16/now:no/at16:yes/len:long/home:short/eng:yes", Status.RELEVANT),
        ("age:16/now:no/at16:yes/len:long/home:long/eng:yes", Status.QUALIFYING),
        ("age:17/now:no/at16:no/held:yes/len:long/home:no/eng:yes", Status.RELEVANT),
        ("age:17/now:no/at16:no/held:no/other:charity", Status.QUALIFYING),
        (EIGHTEEN_IN_CARE, Status.FORMER_RELEVANT),
        ("age:22/at18:yes/len:long/eng:yes/study:yes", Status.FORMER_RELEVANT),
        ("age:26/course:no", Status.NONE),
        ("age:26/course:yes/at18:yes/len:long/eng:yes", Status.FORMER_RELEVANT),
    ],
)
def test_rough_answers_come_to_the_status_of_the_engine(coded: str, status: Status) -> None:
    assert next_question(read(coded)) is None
    for day in (TODAY, date(2028, 2, 29), date(2026, 1, 1), date(2027, 8, 31)):
        assert outcome_of(read(coded), day).status is status


def test_a_course_from_21_changes_what_the_council_must_do() -> None:
    study = outcome_of(read("age:22/at18:yes/len:long/eng:yes/study:yes"), TODAY)
    assert Duty.EDUCATION in study.duties


@pytest.mark.parametrize("coded", ["age", "age:1", "shoe:9", "age:17/x:y"])
def test_a_code_that_nobody_wrote_is_refused(coded: str) -> None:
    with pytest.raises(NoAnswer):
        read(coded)


# --- Words ---


def test_results_are_plain_and_promise_nothing() -> None:
    talk = status_talk()
    said = [
        *(text for group in talk.groups.values() for text in (group.result, group.means, group.next, group.ask)),
        *(text.format(age="17") for text in talk.because.values()),
        *talk.open_points.values(),
        *talk.course.values(),
        *(line.format(age="17") for lines in for_status().cards.values() for line in lines.values()),
    ]
    for text in said:
        assert longest_sentence(text) <= 18, text
        assert "you will" not in text.lower(), text
        assert "placement" not in text.lower(), text
    assert sum(map(grade, said)) / len(said) <= 4.0
    assert set(talk.because) <= set(words().reasons)


async def test_a_note_to_show_has_the_rule_and_no_name(chat: Chat) -> None:
    chat.fills(status_known="former_relevant_18:18", status_answers=EIGHTEEN_IN_CARE)
    await chat.pressed("A note to show someone", "status_note")
    ran = await chat.run("action_status_note")
    assert ran.keys == ["utter_status_note_first", "utter_status_note"]
    assert "Children Act 1989 s23C(1)(b)" in ran.replies[1].text
    assert "My age: 18." in ran.replies[1].text
    assert ran.payloads[0] == "intake:clip"
    assert json.loads(ran.payloads[1].partition("contact_request")[2])["attach"] == "status"
    chat.fills(status_known=None)
    assert (await chat.run("action_status_note")).keys == ["utter_status_no_note"]


# --- The note goes with a request, when they press the button that says so ---


async def up_to_sending(chat: Chat, **given: str) -> Ran:
    """The request that a button of the check opens, as the form fills it, up to "Shall I send it?"."""
    asked = {"card": "personal_adviser", "who": "personal_adviser", **given}
    await chat.pressed("a button of the result", "contact_request", **asked)
    chat.fills(**asked)
    await chat.run("action_begin")
    chat.opens("contact_form")
    chat.fills(about_words="skip", how="chat", name_words="skip")
    chat.asks("confirm")
    return await chat.run("action_ask_confirm")


async def sent(chat: Chat) -> Ran:
    await chat.pressed("Send it", "choose", confirm="yes")
    chat.fills(confirm="yes")
    chat.closes()
    await chat.run("action_contact_request", keep=False)
    return await chat.run("action_contact_request")


async def attached(chat: Chat) -> list[str]:
    async with chat.store.look() as work:
        return list((await attachments.of_conversation(work, chat.id)).values())


async def test_the_note_is_shown_goes_with_the_request_once_and_is_sealed(chat: Chat) -> None:
    chat.fills(status_known="former_relevant_18:18", status_answers=EIGHTEEN_IN_CARE)
    await chat.pressed("A note to show someone", "status_note")
    note = (await chat.run("action_status_note")).replies[1].text
    checked = await up_to_sending(chat, attach="status")
    assert note in next(one.text for one in checked.replies if one.key == "utter_check_note")
    assert await attached(chat) == [], "nothing is stored before it is sent"
    ran = await sent(chat)
    assert ran.keys[:2] == ["utter_contact_done", "utter_contact_note_sent"]
    assert await attached(chat) == [note]
    async with chat.store.look() as work:
        (row,) = await work.session.scalars(select(RequestAttachment))
    assert "former relevant" not in row.text_sealed
    # What is asked for next has no note, unless they say so again.
    assert "utter_check_note" not in (await up_to_sending(chat)).keys
    await sent(chat)
    assert await attached(chat) == [note]


async def test_without_the_tap_or_when_it_is_taken_back_or_gone_nothing_is_attached(chat: Chat) -> None:
    chat.fills(status_known="former_relevant_18:18", status_answers=EIGHTEEN_IN_CARE)
    assert "utter_check_note" not in (await up_to_sending(chat)).keys
    assert "utter_contact_note_sent" not in (await sent(chat)).keys
    assert '/change{"change": "note"}' in (await up_to_sending(chat, attach="status")).payloads
    await chat.pressed("Leave the note out", "change", change="note")
    assert (await chat.run("action_change")).slots == {"attach": None}
    assert "utter_check_note" not in (await chat.run("action_ask_confirm")).keys
    await sent(chat)
    chat.fills(status_known=None, status_answers=None)
    assert "utter_check_note_gone" in (await up_to_sending(chat, attach="status")).keys
    assert "utter_contact_note_sent" not in (await sent(chat)).keys
    assert await attached(chat) == []


async def test_whoever_is_not_sure_of_their_age_can_send_the_note_too(chat: Chat) -> None:
    chat.fills(status_known="unsure:dk", status_answers="age:dk")
    await up_to_sending(chat, attach="status")
    await sent(chat)
    (note,) = await attached(chat)
    assert "My age: not sure of my age." in note
    assert "Please check my dates." in note


# --- Cards when the status is known, and "did this answer it?" ---


async def test_a_card_answers_for_the_status_that_is_known(chat: Chat) -> None:
    await chat.pressed("a card", "show_card", card="personal_adviser")
    without = await chat.run("action_answer_card", keep=False)
    assert without.keys == ["utter_card"]
    assert "/status_check" in without.payloads
    chat.fills(status_known="former_relevant_18:19")
    ran = await chat.run("action_answer_card")
    assert ran.keys == ["utter_card", "utter_card_for_status"]
    assert "Because you are 19" in ran.replies[1].text
    assert "/status_check" not in ran.payloads


def test_what_is_known_travels_as_one_code() -> None:
    for group in Group:
        assert Known.read(Known(group, "22").coded()) == Known(group, "22")
    assert Known.read(None) is None


async def test_a_question_that_was_not_answered_goes_on_the_list_with_its_card(chat: Chat) -> None:
    chat.cards.sure["what is an iro"] = "iro"
    asked = await chat.typed("what is an iro", "entitlement")
    shown = await chat.run("action_answer_card")
    assert shown.keys == ["utter_card", "utter_card_helped"]
    yes, no = (json.loads(one.partition("card_helped")[2]) for one in shown.payloads if "card_helped" in one)
    assert (no["helped"], no["card"], no["asked"]) == ("no", "iro", asked)
    await chat.pressed("Yes, it did", "card_helped", **yes)
    assert (await chat.run("action_card_helped")).keys == ["utter_card_did_help"]
    for _ in range(2):
        await chat.pressed("No, it did not", "card_helped", **no)
        ran = await chat.run("action_card_helped")
    assert ran.keys == ["utter_card_did_not_help"]
    assert ran.payloads[-1] == "/ask_person"
    assert not any('"card": "iro"' in one for one in ran.payloads)
    (listed,) = await misunderstood(chat)
    assert listed.message_id == asked
    assert listed.offered == ['/show_card{"card": "iro"}']


async def test_two_questions_get_two_answers_each_for_the_status_and_each_may_be_a_no(chat: Chat) -> None:
    question = "when do i get a pa and whats a pathway plan"
    chat.cards.two[question] = ("personal_adviser", "pathway_plan")
    chat.fills(status_known="former_relevant_18:19")
    asked = await chat.typed(question, "entitlement")
    shown = await chat.run("action_answer_card")
    assert shown.keys == ["utter_card", "utter_card_for_status", "utter_card_helped"] * 2
    for bubble, card in zip(shown.replies[::3], ("personal_adviser", "pathway_plan"), strict=True):
        assert bubble.text == service().card(card).text
    assert all("Because you are 19" in bubble.text for bubble in shown.replies[1::3])
    helped = [json.loads(one.partition("card_helped")[2]) for one in shown.payloads if "card_helped" in one]
    for no in (one for one in helped if one["helped"] == "no"):
        assert no["asked"] == asked
        await chat.pressed("No, it did not", "card_helped", **no)
        await chat.run("action_card_helped", keep=False)
        await chat.run("action_card_helped")
    (listed,) = await misunderstood(chat)
    assert listed.offered == ['/show_card{"card": "personal_adviser"}', '/show_card{"card": "pathway_plan"}']


async def test_a_card_picked_from_three_is_asked_about_too_and_one_in_a_form_is_not(chat: Chat) -> None:
    await chat.typed("that thing", "entitlement")
    picked = json.loads((await chat.run("action_answer_card")).payloads[0].partition("show_card")[2])
    await chat.pressed("a card", "show_card", **picked)
    assert (await chat.run("action_answer_card")).keys == ["utter_card", "utter_card_helped"]
    chat.cards.sure["what is an iro"] = "iro"
    chat.opens("feedback_form")
    await chat.typed("what is an iro", "entitlement")
    assert (await chat.run("action_answer_card")).keys == ["utter_card"]


def test_every_line_for_a_status_belongs_to_a_card_that_is_written() -> None:
    for card in for_status().cards:
        assert service().library.cards[card].written, card


def test_the_age_question_comes_first_for_everybody() -> None:
    assert next_question({}) is Question.AGE
