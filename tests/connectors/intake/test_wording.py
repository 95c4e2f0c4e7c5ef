"""What is said about who reads when is true at that moment, and a text with a blank nobody can fill stops the start."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.alerts.cover import CoveredBy, CoverNow
from bot.content import ContentError, content_folder
from bot.screening.cards import LANGUAGES
from bot.screening.replies import Situation, When
from bot.store.models import Severity
from bot.store.staff_models import Role
from connectors.intake.wording import Wording, load_wording

NIGHT = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
NEW_CONTACT = """
  - id: {id}
    name: A line that a test makes up
    number: "0800 000 0000"
    text_number: null
    hours: null
    open_24_hours: false
    what_for: "A test."
    verified: true
    checked_on: 2026-11-22
    review_by: 2027-05-22
    owner: participation manager
    source: "A test"
    confidence: high
"""
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
    reply = wording.safety_reply(Situation(Severity.SAME_DAY, "neglect"), monday_morning)
    assert any("reading now" in bubble.text for bubble in reply)


def test_outside_reading_hours_it_says_when_somebody_reads_next_and_gives_numbers(content: Path) -> None:
    monday_night = datetime(2026, 11, 23, 22, 0, tzinfo=UTC)
    wording = load_wording(content)
    assert "No one is reading messages until Friday 27 November at 9.30am." in wording.reading(monday_night)
    assert "0121 605 6060" in wording.reading(monday_night)
    reply = wording.safety_reply(Situation(Severity.IMMEDIATE, "neglect"), monday_night)
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


def said(wording: Wording, situation: Situation, at: datetime = NIGHT, cover: CoverNow | None = None) -> str:
    return " ".join(bubble.text for bubble in wording.safety_reply(situation, at, cover))


def test_with_somebody_on_call_it_says_which_role_is_told_and_by_when_it_should_be_read() -> None:
    wording = load_wording()
    on_call = CoverNow(CoveredBy.ON_CALL, Role.SAFEGUARDING_LEAD, NIGHT)
    immediate = said(wording, Situation(Severity.IMMEDIATE, "neglect"), NIGHT, on_call)
    assert "is on call and is being told now. They should read your words by 10.15pm." in immediate
    same_day = said(wording, Situation(Severity.SAME_DAY, "neglect"), NIGHT, on_call)
    assert "They should read your words by 11pm." in same_day
    later = said(wording, Situation(Severity.ONE_WORKING_DAY, "neglect"), NIGHT, on_call)
    assert "this working day or the next" in later
    assert "by 1" not in later


@pytest.mark.parametrize(
    ("at", "number"),
    [(NIGHT, "0121 605 6060"), (datetime(2026, 11, 23, 10, 0, tzinfo=UTC), "0121 788 4300")],
    ids=["at night", "in the day"],
)
def test_with_nobody_on_duty_it_pretends_nothing_and_gives_the_number_that_is_answered_now(
    at: datetime, number: str
) -> None:
    words = said(load_wording(), Situation(Severity.SAME_DAY, "neglect"), at, CoverNow(CoveredBy.NOBODY))
    assert "I do not know when someone will read them" in words
    assert f"To talk to a person now, ring the council on {number}." in words
    assert "reading now" not in words
    assert "told now" not in words


ROUTES = [
    ("missing", "i ran away last night", "the police that you are missing"),
    ("homeless_tonight", "got nowhere to sleep", "Ring the council now on 0121 605 6060"),
    (
        "forced_marriage_honour",
        "my dad says i have to marry him",
        "I never message your family.",
    ),
    ("carer_or_staff_conduct", "my carer locks the fridge", "looking into worries about workers and carers"),
    ("medical_emergency", "i took loads of pills", "Please ring 999 now and ask for an ambulance"),
    ("suicide", "i cant do this any more", "HOPELINE247"),
    ("opener", "can i tell u something", "Yes, you can tell me."),
]


@pytest.mark.parametrize(("category", "written", "part"), ROUTES, ids=[category for category, _, _ in ROUTES])
def test_what_a_message_is_about_changes_the_reply(category: str, written: str, part: str) -> None:
    assert part in said(load_wording(), Situation(Severity.IMMEDIATE, category, frozenset(), written))


@pytest.mark.parametrize(
    "category", ["missing", "homeless_tonight", "forced_marriage_honour", "carer_or_staff_conduct"]
)
def test_what_the_young_person_has_not_named_is_not_named_to_them(category: str) -> None:
    wording = load_wording()
    plain = said(wording, Situation(Severity.SAME_DAY, "none"))
    assert said(wording, Situation(Severity.SAME_DAY, category, frozenset(), "its happening again")) == plain


def test_in_a_medical_emergency_999_is_the_first_thing_that_is_said() -> None:
    first = load_wording().safety_reply(Situation(Severity.IMMEDIATE, "medical_emergency"), NIGHT)[0]
    assert first.text.startswith("Please ring 999 now")
    assert (first.easy or "").startswith("Ring 999 now")


def test_an_adult_is_not_sent_to_childline_and_a_child_is() -> None:
    wording = load_wording()
    adult = said(wording, Situation(Severity.SAME_DAY, "neglect", frozenset({When.ADULT})))
    assert "Samaritans on 116 123" in adult
    assert "Childline" not in adult
    homeless = said(wording, Situation(Severity.SAME_DAY, "homeless_tonight", frozenset({When.ADULT}), "no bed"))
    assert "if you were in care" in homeless
    assert "Childline" in said(wording, Situation(Severity.SAME_DAY, "neglect"))


def test_somebody_who_lives_elsewhere_hears_that_999_works_there_too() -> None:
    words = said(load_wording(), Situation(Severity.SAME_DAY, "neglect", frozenset({When.ELSEWHERE})))
    assert "999 works wherever you are" in words


def test_about_pictures_it_asks_for_none_and_names_a_number_only_once_somebody_has_checked_it(content: Path) -> None:
    pictures = Situation(Severity.SAME_DAY, "online_harm", frozenset({When.PICTURES}))
    assert "Please do not send them here" in said(load_wording(content), pictures)
    path = content / "entitlements" / "contacts.yml"
    path.write_text(path.read_text() + NEW_CONTACT.format(id="report_remove"))
    assert "0800 000 0000" in said(load_wording(content), pictures)


def test_the_forced_marriage_unit_is_named_only_with_a_number_that_somebody_has_checked(content: Path) -> None:
    forced = Situation(Severity.SAME_DAY, "forced_marriage_honour", frozenset(), "they want me to marry")
    assert "Forced Marriage Unit" not in said(load_wording(content), forced)
    path = content / "entitlements" / "contacts.yml"
    path.write_text(path.read_text() + NEW_CONTACT.format(id="forced_marriage_unit"))
    assert "Forced Marriage Unit" in said(load_wording(content), forced)


def test_a_card_in_another_language_is_never_shown_outside_the_demonstration_until_a_translator_signs_it(
    content: Path,
) -> None:
    wording = load_wording(content)
    for code in LANGUAGES:
        unsigned = [bubble.key for bubble in wording.unread(code, NIGHT, None, demonstration=False)]
        assert unsigned == ["safety_unread", "safety_unread_numbers"]
        shown = wording.unread(code, NIGHT, None, demonstration=True)
        assert [bubble.key for bubble in shown] == [
            "safety_unread",
            "safety_unchecked_card",
            f"safety_card_{code}",
            "safety_unread_numbers",
        ]
        assert "999" in shown[2].text
        assert "0800 1111" in shown[2].text
    cards = content / "safeguarding" / "cards_in_languages.yml"
    signed = cards.read_text().replace(
        "checked_by: null\n    checked_on: null", "checked_by: A. Translator\n    checked_on: 2026-12-01", 1
    )
    cards.write_text(signed)
    said_to_all = [bubble.key for bubble in load_wording(content).unread("ar", NIGHT, None, demonstration=False)]
    assert said_to_all == ["safety_unread", "safety_card_ar", "safety_unread_numbers"]
