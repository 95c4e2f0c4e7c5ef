"""What is said about a request without being asked: short, true, filled, and with a way to answer."""

from __future__ import annotations

import re
import shutil
from datetime import date
from pathlib import Path

import pytest

from bot.content import ContentError, content_folder
from bot.requests.happened import Happened
from bot.requests.states import Event
from bot.requests.words import RequestWords, WordsBubble, day_in_words, read_words
from bot.staff.audit import SCHEMAS, Action
from bot.store.models import ComplaintStage, RequestState

WORDS = read_words()
BUBBLES = [bubble for name in RequestWords.model_fields if name != "version" for bubble in getattr(WORDS, name)]
FILLED = {"number": "2", "n": "1", "day": "7 December"}
MOST_WORDS = 12


@pytest.mark.parametrize("bubble", BUBBLES, ids=[bubble.key for bubble in BUBBLES])
def test_a_bubble_is_short_and_plain_and_its_buttons_are_filled(bubble: WordsBubble) -> None:
    said = bubble.filled(FILLED)
    for text in (said.text, said.easy or ""):
        for sentence in re.split(r"(?<=[.?!:])\s+", text):
            assert 0 < len(sentence.split()) <= MOST_WORDS
    assert len(said.easy or "") <= len(said.text)
    for button in said.buttons:
        assert re.search(r"\{\w*\}|\{\{|\}\}", button.payload + button.title) is None


def test_whoever_is_asked_can_say_yes_half_or_no() -> None:
    for said in (WORDS.question, WORDS.reminder, WORDS.last_reminder, WORDS.closed_no_reply):
        payloads = [button.payload for button in said[-1].filled(FILLED).buttons]
        assert payloads == ["intake:outcome_yes:2:1", "intake:outcome_half:2:1", "intake:outcome_no:2:1"]


def test_a_blank_that_nobody_can_fill_stops_the_start(tmp_path: Path) -> None:
    home = tmp_path / "content"
    shutil.copytree(content_folder(), home)
    path = home / "requests" / "words.yml"
    path.write_text(path.read_text().replace("{day}", "{when}"))
    with pytest.raises(ContentError, match="extended"):
        read_words(home)


def test_a_day_is_said_as_the_calendar_on_the_wall_says_it() -> None:
    assert day_in_words(date(2026, 12, 7)) == "7 December"


@pytest.mark.parametrize("event", Event)
@pytest.mark.parametrize("by", ["a" * 32, "young_person", "clock"])
def test_every_event_makes_a_line_that_the_log_takes(event: Event, by: str) -> None:
    happened = Happened(
        "b" * 32, "c" * 32, event, by, RequestState.SENT, RequestState.SEEN, 1, "d" * 32, ComplaintStage.PANEL
    )
    line = happened.line()
    SCHEMAS[Action(line.action)].model_validate(line.details)
    assert line.actor == ("service" if by == "clock" else by)
