"""What is said about who reads when is true at that moment, and a text with a blank nobody can fill stops the start."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.content import ContentError, content_folder
from bot.store.models import Severity
from connectors.intake.wording import load_wording

NEVER = (
    "why",
    "who did",
    "are you sure",
    "feedback",
    "calm",
    "anything else",
    "we will",
    "confidential",
    "promise you",
)

HOURS = """
reading_hours:
  timezone: Europe/London
  days: {monday: ["09:00", "17:30"], friday: ["09:30", "16:30"]}
  bank_holidays: closed
"""


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A copy of the content with reading hours, as a council would supply them."""
    copy = tmp_path / "content"
    shutil.copytree(content_folder(), copy)
    (copy / "entitlements" / "hours.yml").write_text(HOURS)
    return copy


def test_while_nobody_has_set_hours_it_says_so_and_gives_numbers() -> None:
    said = load_wording().reading(datetime.now(UTC))
    assert "Nobody has told me yet when people read messages" in said
    assert "999" in said
    assert "0121 605 6060" in said


def test_in_reading_hours_it_says_that_people_read_now(content: Path) -> None:
    monday_morning = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    wording = load_wording(content)
    assert wording.reading(monday_morning) == wording.notices.reading.open
    reply = wording.safety_reply(Severity.SAME_DAY, monday_morning)
    assert any("reading now" in bubble.text for bubble in reply)


def test_outside_reading_hours_it_says_when_somebody_reads_next_and_gives_numbers(content: Path) -> None:
    monday_night = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    wording = load_wording(content)
    assert "No one is reading messages until Friday 27 November at 9.30am." in wording.reading(monday_night)
    assert "0121 605 6060" in wording.reading(monday_night)
    reply = wording.safety_reply(Severity.IMMEDIATE, monday_night)
    assert any("until Friday 27 November at 9.30am" in bubble.text for bubble in reply)
    assert not any("reading now" in bubble.text for bubble in reply)


def test_on_a_bank_holiday_nobody_is_said_to_read(content: Path) -> None:
    christmas = datetime(2026, 12, 25, 11, 0, tzinfo=UTC)  # a Friday
    assert "No one is reading messages until" in load_wording(content).reading(christmas)


def test_summer_time_is_kept(content: Path) -> None:
    before_nine_in_london = datetime(2026, 7, 6, 7, 59, tzinfo=UTC)  # 8.59 in London
    assert "Monday 6 July at 9am" in load_wording(content).reading(before_nine_in_london)
    assert load_wording(content).reading(datetime(2026, 7, 6, 8, 0, tzinfo=UTC)).startswith("People from the")


@pytest.mark.parametrize("name", ["notices.yml", "safeguarding/replies.yml"])
def test_a_fixed_text_with_an_unknown_blank_stops_the_start_with_one_clear_line(content: Path, name: str) -> None:
    path = content / name
    path.write_text(path.read_text().replace("{contact:childline}", "{contact:nobody}"))
    with pytest.raises(ContentError, match=r"\{nobody\}"):
        load_wording(content)


def test_a_number_that_nobody_has_checked_is_never_shown(content: Path) -> None:
    path = content / "entitlements" / "contacts.yml"
    before, childline, after = path.read_text().partition("- id: childline")
    path.write_text(before + childline + after.replace("verified: true", "verified: false", 1))
    with pytest.raises(ContentError, match=r"\{childline\}"):
        load_wording(content)


def test_every_safety_reply_keeps_the_briefs_rules() -> None:
    wording = load_wording()
    at = datetime.now(UTC)
    for severity in (Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY):
        bubbles = wording.safety_reply(severity, at)
        assert len(bubbles) <= 4
        for version in (" ".join(b.text for b in bubbles), " ".join(b.easy or "" for b in bubbles)):
            assert "Thank you for telling me" in version
            assert "not in trouble" in version
            assert "secret" in version
            assert "999" in version
            for never in NEVER:
                assert never not in version.lower(), (severity, never)
        assert bubbles[-1].buttons
