"""Asking for a person, complaining, asking for an advocate, OVOS: what goes on the list, once, and nothing else."""

from __future__ import annotations

from actions.service import service
from bot.store import records
from bot.store.models import Request, RequestKind
from tests.actions.conftest import Chat


async def on_the_list(chat: Chat) -> list[Request]:
    async with chat.store.look() as work:
        return await records.requests_of(work, chat.id)


async def contact_request_up_to_confirm(chat: Chat, about: str = "its about my review") -> list[str]:
    first = await chat.typed("can my social worker ring me", "contact_request", who="social_worker")
    chat.fills(first_words=first, who="social_worker")
    await chat.run("action_begin")
    chat.opens("contact_form")
    chat.asks("about_words")
    second = await chat.typed(about, "feedback")
    chat.fills(about_words=second)
    chat.asks("how")
    await chat.pressed("By phone", "choose", how="phone")
    chat.fills(how="phone")
    chat.asks("name_words")
    name = await chat.typed("im jaden", "smalltalk")
    chat.fills(name_words=name)
    chat.asks("confirm")
    return [first, second, name]


async def send(chat: Chat) -> str:
    last = await chat.pressed("Send it", "choose", confirm="yes")
    chat.fills(confirm="yes")
    chat.closes()
    return last


async def test_what_will_be_sent_is_said_first(chat: Chat) -> None:
    await contact_request_up_to_confirm(chat)
    ran = await chat.run("action_ask_confirm")
    assert ran.keys == [
        "utter_check_contact",
        "utter_check_words",
        "utter_check_how",
        "utter_check_not_hidden",
        "utter_check_send_contact",
    ]
    said = " ".join(reply.text for reply in ran.replies)
    assert "your social worker" in said
    assert "by phone" in said
    assert "The participation team sees it first" in said
    assert await on_the_list(chat) == []


async def test_a_request_goes_on_the_list_with_who_how_and_words(chat: Chat) -> None:
    said = await contact_request_up_to_confirm(chat)
    last = await send(chat)
    ran = await chat.run("action_contact_request")
    (request,) = await on_the_list(chat)
    assert (request.message_id, request.kind, request.who) == (last, RequestKind.CONTACT, "social_worker")
    assert (request.words, request.how_to_reach, request.number) == (said, "phone", 1)
    assert ran.keys == ["utter_contact_done", "utter_request_no_time"]
    assert "number 1" in ran.replies[0].text
    assert all(value is None for value in ran.slots.values())


async def test_the_same_turn_twice_is_one_request(chat: Chat) -> None:
    await contact_request_up_to_confirm(chat)
    await send(chat)
    first = await chat.run("action_contact_request", keep=False)
    again = await chat.run("action_contact_request")
    assert len(await on_the_list(chat)) == 1
    assert again == first


async def test_words_that_were_changed_are_not_sent(chat: Chat) -> None:
    _, _, name = await contact_request_up_to_confirm(chat)
    await chat.pressed("Change my words", "change", change="words")
    ran = await chat.run("action_change")
    assert ran.slots == {"first_words": None, "about_words": None}
    chat.asks("about_words")
    instead = await chat.typed("its about school", "feedback")
    chat.fills(about_words=instead)
    chat.asks("confirm")
    await send(chat)
    await chat.run("action_contact_request")
    assert (await on_the_list(chat))[0].words == [instead, name]


async def test_changing_how_asks_for_the_name_again(chat: Chat) -> None:
    await contact_request_up_to_confirm(chat)
    await chat.pressed("Change how they answer", "change", change="how")
    assert (await chat.run("action_change")).slots == {"how": None, "name_words": None}


async def test_change_without_a_form_is_an_old_button(chat: Chat) -> None:
    await chat.pressed("Change who", "change", change="who")
    assert (await chat.run("action_change")).keys == ["utter_old_button"]


async def test_a_request_without_words_says_so(chat: Chat) -> None:
    await chat.pressed("Ask for a person", "ask_person")
    chat.opens("contact_form")
    chat.fills(who="unsure", about_words="skip", how="chat", name_words="skip")
    chat.asks("confirm")
    keys = (await chat.run("action_ask_confirm")).keys
    assert "utter_check_no_words" in keys
    await send(chat)
    await chat.run("action_contact_request")
    (request,) = await on_the_list(chat)
    assert (request.who, request.words, request.how_to_reach) == ("unsure", [], "chat")


async def test_words_of_a_form_go_along_when_somebody_asks_for_a_person_instead(chat: Chat) -> None:
    first = await chat.typed("they moved me", "feedback")
    chat.fills(first_words=first)
    chat.opens("feedback_form")
    chat.asks("more_words")
    await chat.pressed("Ask for a person", "ask_person")
    ran = await chat.run("action_begin")
    assert ran.slots == {"first_words": None, "hide_from": "no_one"}
    chat.opens("contact_form")
    chat.fills(who="iro", about_words="skip", how="chat", name_words="skip")
    await send(chat)
    await chat.run("action_contact_request")
    assert (await on_the_list(chat))[0].words == [first]


async def test_words_of_a_form_that_was_stopped_do_not_go_along(chat: Chat) -> None:
    first = await chat.typed("they moved me", "feedback")
    chat.fills(first_words=first)
    chat.opens("feedback_form")
    chat.asks("more_words")
    await chat.typed("stop", "restart_or_stop")
    chat.lays_down()
    await chat.pressed("Ask for a person", "ask_person")
    await chat.run("action_begin")
    chat.opens("contact_form")
    chat.fills(who="iro", about_words="skip", how="chat", name_words="skip")
    await send(chat)
    await chat.run("action_contact_request")
    assert (await on_the_list(chat))[0].words == []


async def test_the_card_that_a_request_came_from_goes_with_it(chat: Chat) -> None:
    await chat.pressed("Ask someone about this", "contact_request", card="sw_visits", who="iro")
    chat.fills(card="sw_visits", who="iro")
    assert (await chat.run("action_begin")).slots == {"hide_from": "no_one"}
    chat.opens("contact_form")
    no_name = await chat.typed("no", "deny")
    chat.fills(about_words="skip", how="chat", name_words=no_name)
    checked = await chat.run("action_ask_confirm")
    assert service().title("sw_visits") in checked.replies[1].text
    await send(chat)
    await chat.run("action_contact_request")
    (request,) = await on_the_list(chat)
    assert (request.card, request.words) == ("sw_visits", [])


async def test_asking_to_talk_to_an_advocate_is_a_request_for_an_advocate(chat: Chat) -> None:
    await chat.pressed("Ask for a person", "ask_person")
    chat.opens("contact_form")
    chat.fills(who="advocate", about_words="skip", how="chat", name_words="skip")
    await send(chat)
    await chat.run("action_contact_request")
    assert (await on_the_list(chat))[0].kind == RequestKind.ADVOCATE


async def complaint(chat: Chat, wants_advocate: str) -> list[str]:
    first = await chat.typed("i want to complain about my home", "complaint")
    chat.fills(first_words=first)
    chat.opens("complaint_form")
    chat.asks("wants_advocate")
    await chat.pressed("Yes, please", "choose", wants_advocate=wants_advocate)
    chat.fills(wants_advocate=wants_advocate)
    chat.asks("happened_words")
    happened = await chat.typed("they read my letters", "complaint")
    chat.fills(happened_words=happened)
    chat.asks("wish_words")
    await chat.pressed("Skip", "skip")
    chat.fills(wish_words="skip", how="chat", name_words="skip")
    chat.asks("confirm")
    return [first, happened]


async def test_a_complaint_without_an_advocate_is_one_request(chat: Chat) -> None:
    said = await complaint(chat, "no")
    last = await send(chat)
    ran = await chat.run("action_complaint")
    (request,) = await on_the_list(chat)
    assert (request.kind, request.message_id, request.words) == (RequestKind.COMPLAINT, last, said)
    assert "utter_complaint_advocate_done" not in ran.keys


async def test_a_complaint_with_an_advocate_is_two_requests_also_when_the_turn_runs_twice(chat: Chat) -> None:
    said = await complaint(chat, "yes")
    assert "advocate" in (await chat.run("action_ask_confirm")).replies[0].text
    await send(chat)
    first = await chat.run("action_complaint", keep=False)
    again = await chat.run("action_complaint")
    advocate, complained = await on_the_list(chat)
    assert (advocate.kind, complained.kind) == (RequestKind.ADVOCATE, RequestKind.COMPLAINT)
    assert advocate.words == complained.words == said
    assert (complained.who, complained.number) == ("advocate", 2)
    assert "utter_complaint_advocate_done" in first.keys
    assert first == again


async def test_how_complaints_work_is_not_offered_twice(chat: Chat) -> None:
    question = "how long do they have to answer me?"
    chat.cards.sure[question] = "complaints_process"
    happened = await chat.typed(question, "entitlement")
    chat.opens("complaint_form")
    chat.fills(happened_words=happened, wants_advocate="no", wish_words="skip", how="chat", name_words="skip")
    await send(chat)
    keys = (await chat.run("action_complaint")).keys
    assert keys == [
        "utter_complaint_done",
        "utter_complaint_due",
        "utter_complaint_advocate_offer",
        "utter_complaint_next",
    ]


async def test_a_complaint_taken_up_again_still_says_that_an_advocate_is_wanted(chat: Chat) -> None:
    happened = await chat.typed("they read my letters", "complaint")
    chat.events.clear()
    chat.fills(wants_advocate="yes", happened_words=happened)
    chat.opens("complaint_form")
    chat.fills(wish_words="skip", how="chat", name_words="skip")
    await send(chat)
    await chat.run("action_complaint")
    (request,) = await on_the_list(chat)
    assert (request.kind, request.who) == (RequestKind.COMPLAINT, "advocate")


async def test_an_advocate_is_asked_for_once(chat: Chat) -> None:
    first = await chat.typed("i need an advocate at my meeting", "advocate")
    chat.fills(first_words=first)
    chat.opens("advocate_form")
    chat.fills(how="in_person", name_words="skip")
    chat.asks("confirm")
    assert (await chat.run("action_ask_confirm")).keys[0] == "utter_check_advocate"
    await send(chat)
    await chat.run("action_advocate", keep=False)
    ran = await chat.run("action_advocate")
    (request,) = await on_the_list(chat)
    assert (request.kind, request.who, request.words) == (RequestKind.ADVOCATE, "advocate", [first])
    assert ran.keys == ["utter_advocate_done", "utter_request_no_time"]


async def test_wanting_to_join_ovos_goes_on_the_list_once(chat: Chat) -> None:
    await chat.typed("how do i join ovos", "ovos_join")
    chat.opens("ovos_form")
    chat.fills(how="chat", name_words="skip")
    chat.closes()
    await chat.run("action_ovos_join", keep=False)
    await chat.run("action_ovos_join")
    (request,) = await on_the_list(chat)
    assert request.kind == RequestKind.OVOS_JOIN
