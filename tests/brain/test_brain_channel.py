"""What the brain promises to intake, tried against a running Rasa."""

from __future__ import annotations

import http.client
import json
import socket
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import psutil
import pytest

if TYPE_CHECKING:
    from brain_harness import Brain

LOOPBACK = ("127.0.0.1", "::1", "::ffff:127.0.0.1")


@pytest.mark.parametrize("token", [None, "", "wrong", "a-token-for-the-brain-test", "ünïcode"])
@pytest.mark.parametrize(
    ("method", "path"), [("POST", "turn"), ("POST", "parse"), ("POST", "forget"), ("GET", "health")]
)
def test_nothing_is_done_without_the_token(brain: Brain, method: str, path: str, token: str | None) -> None:
    encoded = token.encode().decode("latin-1") if token else token
    assert brain.call(method, path, {"texts": []} if method == "POST" else None, encoded)[0] == 401


def test_rasas_own_ways_in_are_closed(brain: Brain) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", brain.port)
    for path in ("/webhooks/rest/webhook", "/model/parse", "/conversations/x/messages"):
        connection.request("POST", path, b"{}")
        answer = connection.getresponse()
        answer.read()
        assert answer.status in (404, 405)


def test_health_names_the_model_that_is_loaded(brain: Brain) -> None:
    assert brain.call("GET", "health") == (200, {"status": "ok", "model": "small.tar.gz"})


def test_a_turn_is_answered_with_intent_ranking_and_replies(brain: Brain, conversation: str) -> None:
    answer = brain.turn(conversation, "hello", message_id="m-1")

    assert answer["message_id"] == "m-1"
    assert answer["seen"] is False
    assert answer["intent"]["name"] == "greet"
    assert 0.5 < answer["intent"]["confidence"] <= 1.0
    assert answer["ranking"][0]["name"] == "greet"
    assert len(answer["ranking"]) == 5
    assert answer["form"] is None
    assert set(answer) == {"message_id", "seen", "intent", "ranking", "replies", "form", "new_session"}


def test_a_reply_carries_its_name_its_shorter_words_and_its_buttons_with_icons(brain: Brain, conversation: str) -> None:
    assert brain.turn(conversation, "hello")["replies"] == [
        {
            "key": "utter_greet",
            "text": "Hello. This is OVOS.",
            "easy": "Hi.",
            "buttons": [
                {"title": "Ask something", "payload": "/question", "icon": "question"},
                {"title": "Talk to someone", "payload": '/contact{"who": "advocate"}', "icon": None},
            ],
        }
    ]


def test_an_action_is_given_the_real_words_and_the_id_of_the_message(brain: Brain, conversation: str) -> None:
    text = "what is a pathway plan"
    (reply,) = brain.turn(conversation, text, message_id="m-7")["replies"]
    assert reply == {
        "key": "card.example",
        "text": f"heard {len(text)} characters as m-7 with words=m-7",
        "easy": "Short.",
        "buttons": [],
    }


def test_an_intent_that_intake_decided_is_taken_as_it_is_with_the_real_words(brain: Brain, conversation: str) -> None:
    answer = brain.press(conversation, "question", "stop", message_id="m-2", entities={"topic": "iro"})
    assert answer["intent"] == {"name": "question", "confidence": 1.0}
    assert answer["replies"][0]["text"] == "heard 4 characters as m-2 with topic=iro"


def test_a_decided_intent_stands_for_its_words_only_when_intake_says_so(brain: Brain, conversation: str) -> None:
    answer = brain.press(conversation, "question", "hello", message_id="m-3", metadata={"words": True})
    assert answer["replies"][0]["text"] == "heard 5 characters as m-3 with words=m-3"


def test_words_that_are_tried_again_stand_under_the_id_that_they_first_had(brain: Brain, conversation: str) -> None:
    again = {"metadata": {"words": True, "words_of": "m-old"}}
    typed = brain.turn(conversation, "what is a pathway plan", message_id="m-4", **again)
    pressed = brain.press(conversation, "question", "hello", message_id="m-5", **again)
    assert typed["replies"][0]["text"].endswith("as m-4 with words=m-old")
    assert pressed["replies"][0]["text"].endswith("as m-5 with words=m-old")


def test_a_message_seen_before_is_not_run_again_and_gets_the_same_replies(brain: Brain, conversation: str) -> None:
    first = brain.turn(conversation, "what is a pathway plan", message_id="m-1")
    later = brain.turn(conversation, "hello", message_id="m-2")
    calls = len(brain.gate.calls)

    again = brain.turn(conversation, "what is a pathway plan", message_id="m-1")

    assert again == {**first, "seen": True}
    assert brain.turn(conversation, "hello", message_id="m-2") == {**later, "seen": True}
    assert len(brain.gate.calls) == calls
    assert [data["message_id"] for kind, data in brain.rows(conversation) if kind == "user"] == ["m-1", "m-2"]


@pytest.mark.parametrize("intent", ["break_action", "break_slots"])
def test_a_turn_whose_action_fails_says_so_and_the_same_message_can_be_tried_again(
    brain: Brain, conversation: str, intent: str
) -> None:
    brain.turn(conversation, "hello")
    before = brain.rows(conversation)
    message = {"message_id": "m-9", "intent": {"name": intent, "entities": {}}}

    with brain.breaking():
        assert brain.try_turn(conversation, "some words", **message) == (500, {"error": "turn_failed"})
        assert brain.try_turn(conversation, "some words", **message) == (500, {"error": "turn_failed"})
    assert brain.rows(conversation) == before

    answer = brain.turn(conversation, "some words", **message)
    assert answer["seen"] is False
    expected = ["utter_greet", "utter_safe"] if intent == "break_action" else []
    assert [reply["key"] for reply in answer["replies"]] == expected


@pytest.mark.parametrize("behaviour", ["down", "error", "nonsense", "wrong shape"])
def test_a_turn_fails_when_the_action_server_does_not_answer_as_it_should(
    brain: Brain, conversation: str, behaviour: str
) -> None:
    with brain.gate.behaving(behaviour):
        assert brain.try_turn(conversation, "what is a pathway plan") == (500, {"error": "turn_failed"})
    assert brain.rows(conversation) == []


@pytest.mark.parametrize("intent", ["break_reply", "break_circle"])
def test_a_missing_response_or_a_circle_of_actions_is_a_failed_turn_and_not_a_silence(
    brain: Brain, conversation: str, intent: str
) -> None:
    decided = {"name": intent, "entities": {}}
    assert brain.try_turn(conversation, "some words", intent=decided) == (500, {"error": "turn_failed"})
    assert brain.rows(conversation) == []


def test_a_caller_who_goes_away_leaves_nothing_behind_and_holds_nobody_up(brain: Brain, conversation: str) -> None:
    decided = {"name": "wait", "entities": {}}
    body = json.dumps({"conversation_id": conversation, "message_id": "m-1", "text": "x", "intent": decided}).encode()
    head = (
        "POST /webhooks/ovos/turn HTTP/1.1",
        "Host: x",
        f"X-Ovos-Token: {brain.token}",
        f"Content-Length: {len(body)}",
    )
    with socket.create_connection(("127.0.0.1", brain.port)) as caller:
        caller.sendall("\r\n".join([*head, "", ""]).encode() + body)
        time.sleep(0.15)

    assert brain.turn(conversation, "hello", message_id="m-2")["seen"] is False
    assert [data["message_id"] for kind, data in brain.rows(conversation) if kind == "user"] == ["m-2"]


@pytest.mark.parametrize(
    "typed",
    [
        "/safeguarding",
        " /safeguarding",
        "//safeguarding",
        '/safeguarding{"who": "advocate"}',
        '// /safeguarding{"a": 1}',
        "\u00a0/safeguarding",
        "\n\t/ /safeguarding",
        "\u2003\x1f/safeguarding",
    ],
)
def test_what_a_person_types_never_becomes_a_payload(brain: Brain, conversation: str, typed: str) -> None:
    answer = brain.turn(conversation, typed)
    (result,) = brain.call("POST", "parse", {"texts": [typed]})[1]["results"]
    for intent in (answer["intent"], result["intent"]):
        assert intent["name"] != "safeguarding"
        assert intent["confidence"] < 1.0
    assert "safeguarding" not in [intent["name"] for intent in answer["ranking"]]


@pytest.mark.parametrize("typed", ["", "   ", "/", " // "])
def test_a_message_without_words_is_not_guessed_at(brain: Brain, conversation: str, typed: str) -> None:
    assert brain.turn(conversation, typed)["intent"] == {"name": "nlu_fallback", "confidence": 1.0}
    (result,) = brain.call("POST", "parse", {"texts": [typed]})[1]["results"]
    assert result["intent"]["name"] == "nlu_fallback"


def test_parse_reads_many_texts_without_any_conversation(brain: Brain) -> None:
    texts = ["hello", "tell my pa to text me", "", "never mind"] * 20
    expected = ["greet", "contact", "nlu_fallback", "stop"] * 20
    status, answer = brain.call("POST", "parse", {"texts": texts})
    assert status == 200
    assert [result["intent"]["name"] for result in answer["results"]] == expected
    assert answer["results"][1]["entities"] == [{"entity": "who", "value": "personal_adviser"}]
    assert answer["results"][0]["entities"] == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("turn", b"not json"),
        ("turn", []),
        ("turn", {"conversation_id": "c", "message_id": "m"}),
        ("turn", {"conversation_id": "", "message_id": "m", "text": "t"}),
        ("turn", {"conversation_id": "c" * 256, "message_id": "m", "text": "t"}),
        ("turn", {"conversation_id": 7, "message_id": "m", "text": "t"}),
        ("turn", {"conversation_id": "c", "message_id": "m", "text": None}),
        ("turn", {"conversation_id": "c", "message_id": "m", "text": "t", "intent": "greet"}),
        ("turn", {"conversation_id": "c", "message_id": "m", "text": "t", "intent": {"name": "unheard_of"}}),
        ("turn", {"conversation_id": "c", "message_id": "m", "text": "t", "metadata": [1]}),
        ("parse", {"texts": "hello"}),
        ("parse", {"texts": [1]}),
        ("forget", {}),
    ],
)
def test_a_body_of_the_wrong_form_gets_one_clear_line(brain: Brain, path: str, body: object) -> None:
    status, answer = brain.call("POST", path, body)
    assert status == 400
    assert answer["error"].endswith(".")
    assert "\n" not in answer["error"]


def test_a_conversation_can_be_forgotten_and_only_that_one(brain: Brain, conversation: str) -> None:
    brain.turn(conversation, "hello")
    brain.turn(other := f"{conversation}-2", "hello")
    rows = len(brain.rows(conversation))

    assert brain.call("POST", "forget", {"conversation_id": conversation}) == (200, {"forgotten": rows})
    assert brain.call("POST", "forget", {"conversation_id": conversation}) == (200, {"forgotten": 0})
    assert brain.rows(conversation) == []
    assert brain.rows(other) != []


@pytest.mark.alone
def test_turns_of_one_conversation_keep_their_order_and_others_do_not_wait(brain: Brain, conversation: str) -> None:
    sent = [(name, f"{name}-{number}") for number in range(3) for name in (conversation, f"{conversation}-2")]

    def send(name: str, message_id: str) -> str:
        return brain.press(name, "wait", message_id=message_id)["replies"][0]["text"]

    began = time.monotonic()
    with ThreadPoolExecutor(len(sent)) as pool:
        running = []
        for name, message_id in sent:
            running.append(pool.submit(send, name, message_id))
            time.sleep(0.03)
        answers = [each.result() for each in running]
    took = time.monotonic() - began

    assert answers == [f"waited for {message_id}" for _, message_id in sent]
    for name in (conversation, f"{conversation}-2"):
        stored = [data["message_id"] for kind, data in brain.rows(name) if kind == "user"]
        assert stored == [f"{name}-{number}" for number in range(3)]
    assert took < 6 * 0.4, "two conversations were handled one after the other"


def test_the_brain_listens_and_talks_on_this_machine_only(brain: Brain) -> None:
    brain.turn(str(uuid.uuid4()), "hello")
    connections = psutil.Process(brain.pid).net_connections(kind="inet")
    assert any(each.status == psutil.CONN_LISTEN and each.laddr.port == brain.port for each in connections)
    for each in connections:
        assert each.laddr.ip in LOOPBACK
        assert not each.raddr or each.raddr.ip in LOOPBACK
