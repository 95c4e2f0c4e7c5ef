"""What a young person said is in no log and no file of the brain, when all goes well and when it does not."""

from __future__ import annotations

import contextlib
import io
import logging
import sqlite3
import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from brain.blank import BLANK, without_words
from brain.quiet import handling_words, keep_words_out_of_logs, where

if TYPE_CHECKING:
    from brain_harness import Brain

MARK = "zanzibar marmalade"


@pytest.fixture(scope="module")
def marked(brain: Brain) -> Brain:
    """Every kind of request with the mark in it, whole turns and failed ones."""
    question = {"name": "question", "entities": {}}
    brain.turn("marked", f"what is a pathway plan {MARK}")
    brain.turn("marked", f"{MARK} hello")
    brain.turn("marked", f'/greet{{"who": "{MARK}"}}')
    brain.turn("marked", f"/ {MARK}")
    brain.turn("marked", MARK, intent=question, metadata={"words": True, "note": f"{MARK} again", "text": MARK})
    brain.turn("marked", MARK, intent={"name": "question", "entities": {"topic": f"{MARK} in an entity"}})
    brain.turn("marked", f"tell my social worker {MARK}", intent={"name": "contact", "entities": {}})
    brain.turn("marked", f"my social worker {MARK}")
    brain.turn("marked", f"it is about {MARK} my bedroom")
    brain.call("POST", "parse", {"texts": [MARK, f"/{MARK}"]})
    brain.call("POST", "parse", {"texts": [MARK, 1]})
    brain.call("POST", "turn", f'{{"text": "{MARK}"'.encode())
    brain.call("POST", "turn", {"conversation_id": "marked", "text": MARK})
    brain.call("POST", "turn", {"conversation_id": "marked", "message_id": "m", "text": MARK, "intent": {"name": MARK}})
    with brain.breaking():
        for intent in ("break_action", "break_slots"):
            assert brain.try_turn("marked", MARK, intent={"name": intent, "entities": {}})[0] == 500
    for intent in ("break_reply", "break_circle"):
        assert brain.try_turn("marked", MARK, intent={"name": intent, "entities": {}})[0] == 500
    for behaviour in ("down", "error", "nonsense", "wrong shape"):
        with brain.gate.behaving(behaviour):
            assert brain.try_turn("marked", MARK, intent=question)[0] == 500
    with database_away(brain):
        assert brain.try_turn("marked", MARK, intent=question)[0] == 500
    brain.turn("marked-2", f"hello {MARK}")
    brain.call("POST", "forget", {"conversation_id": "marked-2"})
    return brain


@contextlib.contextmanager
def database_away(brain: Brain) -> Iterator[None]:
    """Rasa's table under another name: each read and write of the brain fails."""
    with contextlib.closing(sqlite3.connect(brain.database)) as connection:
        connection.execute("ALTER TABLE events RENAME TO away")
    try:
        yield
    finally:
        with contextlib.closing(sqlite3.connect(brain.database)) as connection:
            connection.execute("ALTER TABLE away RENAME TO events")


def test_nothing_that_was_said_is_in_the_log_even_at_debug_level(marked: Brain) -> None:
    log = marked.log.lower()
    assert "turn failed: turnfailed" in log, "the failures are in the log"
    assert "(withheld while handling a message)" in log, "debug lines were written"
    for word in MARK.split():
        assert word not in log


def test_nothing_that_was_said_is_in_the_database_or_its_write_ahead_log(marked: Brain) -> None:
    files = sorted(marked.database.parent.glob("brain.db*"))
    assert {file.name for file in files} >= {"brain.db", "brain.db-wal"}
    for file in files:
        content = file.read_bytes().lower()
        for word in MARK.split():
            assert word.encode() not in content


def test_what_rasa_needs_to_go_on_is_in_the_database(marked: Brain) -> None:
    user = [data for kind, data in marked.rows("marked") if kind == "user"]
    assert {data["text"] for data in user} == {data["parse_data"]["text"] for data in user} == {""}
    assert not any("vector" in data["parse_data"] for data in user)
    assert user[0]["parse_data"]["intent"]["name"] == "question"
    assert user[0]["parse_data"]["entities"][0]["value"] == user[0]["message_id"]


def test_a_database_that_fails_is_a_failed_turn_and_nothing_goes_on_in_memory(brain: Brain, conversation: str) -> None:
    brain.press(conversation, "contact")
    with database_away(brain):
        assert brain.try_turn(conversation, "my social worker", message_id="m-1")[0] == 500
    assert brain.turn(conversation, "my social worker", message_id="m-1")["form"]["slots"] == {"who": "social_worker"}


# What the two rules do, without Rasa.


def test_a_stored_message_keeps_ids_and_names_and_no_sentence() -> None:
    event = {
        "event": "user",
        "timestamp": 1.5,
        "text": "my name is Darren",
        "input_channel": "ovos",
        "message_id": "m-1",
        "metadata": {"message_id": "m-1", "note": "Darren said", "inner": {"text": "Darren", "n": 3}},
        "parse_data": {
            "text": "my name is Darren",
            "intent": {"name": "contact", "confidence": 0.9},
            "intent_ranking": [{"name": "contact", "confidence": 0.9}],
            "text_tokens": [[0, 2], [3, 7]],
            "vector": "AACAPwAAAEA=",
            "response_selector": {"all": "Darren and others"},
            "metadata": {"message_id": "m-1"},
            "entities": [
                {"entity": "words", "value": "m-1"},
                {"entity": "who", "start": 0, "end": 2, "value": "social_worker", "extractor": "RegexEntityExtractor"},
                {"entity": "who", "start": 0, "end": 2, "value": "social worker", "extractor": "RegexEntityExtractor"},
                {"entity": "name", "start": 11, "end": 17, "value": "Darren", "extractor": "CRFEntityExtractor"},
                {"entity": "topic", "value": "pathway_plan"},
            ],
        },
    }
    stored = without_words(event)
    assert "Darren" not in repr(stored)
    assert "text_tokens" not in stored["parse_data"]
    assert "vector" not in stored["parse_data"], "words can be guessed from a sentence vector"
    assert stored["parse_data"]["intent"] == {"name": "contact", "confidence": 0.9}
    values = [entity["value"] for entity in stored["parse_data"]["entities"]]
    assert values == ["m-1", "social_worker", BLANK, BLANK, "pathway_plan"]
    assert stored["message_id"] == stored["metadata"]["message_id"] == "m-1"
    assert event["text"] == "my name is Darren", "the event that Rasa goes on with is not changed"


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        ("m-1", "m-1"),
        (True, True),
        (None, None),
        (["pathway_plan", "my own words"], ["pathway_plan", BLANK]),
        ({"a": "two words", "text": "x"}, {"a": BLANK}),
        ("i am sad", BLANK),
        ("قلق", BLANK),
    ],
)
def test_a_slot_keeps_ids_and_no_sentence(value: object, kept: object) -> None:
    assert without_words({"event": "slot", "name": "about", "value": value})["value"] == kept


def test_a_slot_filled_from_text_keeps_nothing_but_stays_filled() -> None:
    assert without_words({"event": "slot", "name": "about", "value": "sad"}, {"about"})["value"] == BLANK
    assert without_words({"event": "slot", "name": "about", "value": None}, {"about"})["value"] is None


def test_our_own_sentences_are_stored_whole() -> None:
    event = {"event": "bot", "text": "Hello. This is OVOS.", "data": {"buttons": [{"title": "Ask something"}]}}
    assert without_words(event) == event


@pytest.fixture
def heard() -> Iterator[io.StringIO]:
    """Everything that is logged, at every level; the process is left as it was."""
    stream, root, factory = io.StringIO(), logging.getLogger(), logging.getLogRecordFactory()
    handler, level = logging.StreamHandler(stream), root.level
    handler.setFormatter(logging.Formatter("%(name)s %(message)s"))
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    keep_words_out_of_logs()
    yield stream
    logging.captureWarnings(False)
    logging.setLogRecordFactory(factory)
    root.setLevel(level)
    root.removeHandler(handler)


def test_a_library_that_logs_while_words_are_handled_says_only_where(heard: io.StringIO) -> None:
    with handling_words():
        logging.getLogger("rasa.core").debug("they said %s", MARK)
        warnings.warn(f"could not parse {MARK}", stacklevel=1)
        try:
            raise ValueError(MARK)
        except ValueError:
            logging.getLogger("another").exception("failed on %s", MARK, stack_info=True)
        logging.getLogger("brain.channel").error("our own line")
    logging.getLogger("asyncio").warning("Executing <Handle %s>", MARK)
    logging.getLogger("rasa.core").info("a model was loaded")

    said = heard.getvalue()
    assert MARK not in said
    assert "ValueError (withheld" in said
    assert "brain.channel our own line" in said
    assert "rasa.core a model was loaded" in said


def test_an_error_is_described_by_kind_and_place_without_its_text() -> None:
    try:
        try:
            raise KeyError(MARK)
        except KeyError as cause:
            raise RuntimeError(MARK) from cause
    except RuntimeError as error:
        described = where(error)
    assert described.startswith("RuntimeError at ")
    assert ", after KeyError at " in described
    assert MARK not in described
