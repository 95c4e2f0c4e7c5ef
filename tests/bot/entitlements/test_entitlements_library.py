"""Content that would mislead does not load, and the person who wrote it is told everything that is wrong at once."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import yaml

from bot.content import ContentError
from bot.entitlements.library import load_library
from tests.bot.entitlements.spoiling import Copy

SIXTY_ONE = "word " * 60 + "end."


@pytest.mark.parametrize(
    ("fields", "fault"),
    [
        ({"anwser": "x"}, "money.yml: setting_up_home: anwser: Extra inputs are not permitted"),
        ({"answer": "It is {unknown}."}, "money.yml: setting_up_home: answer: there is no figure 'unknown'"),
        ({"how": "Ring {contact:nobody}."}, "money.yml: setting_up_home: how: there is no contact 'nobody'"),
        ({"how": "{he_bursary}"}, "money.yml: setting_up_home: how: the figure 'he_bursary' cannot be withheld here"),
        ({"title": "{contact:childline}"}, "money.yml: setting_up_home: title: a number cannot be left out here"),
        (
            {"answer_without_figures": "It is {he_bursary}."},
            "money.yml: setting_up_home: answer_without_figures: the figure 'he_bursary' cannot be withheld here",
        ),
        (
            {"answer_without_figures": None},
            "money.yml: setting_up_home: answer_without_figures: is missing, and answer uses a figure",
        ),
        (
            {"easy_without_figures": None},
            "money.yml: setting_up_home: easy_without_figures: is missing, and easy uses a figure",
        ),
        (
            {"easy": "It takes six months.", "easy_without_figures": None},
            "money.yml: setting_up_home: easy: 'six months' belongs in figures.yml",
        ),
        (
            {"answer_without_figures": "It takes 20 working days."},
            "money.yml: setting_up_home: answer_without_figures: '20 working days' belongs in figures.yml",
        ),
        ({"answer": "It is £50."}, "money.yml: setting_up_home: answer: '£5' belongs in figures.yml"),
        ({"how": "Ask for 50 pounds."}, "money.yml: setting_up_home: how: '50 pounds' belongs in figures.yml"),
        ({"how": "Ask each month. Wait 2 weeks."}, "money.yml: setting_up_home: how: '2 weeks' belongs in figures.yml"),
        (
            {"answer": "It is yours."},
            "money.yml: setting_up_home: how_much: is 'figure' when the answer names an amount of money, and only then",
        ),
        ({"easy": "You will get it."}, "money.yml: setting_up_home: easy: 'You will get' is a promise"),
        (
            {"who_for": "A new placement."},
            "money.yml: setting_up_home: who_for: 'placement' is a word of the office: home",
        ),
        ({"how": "go " * 19}, "money.yml: setting_up_home: how: a sentence of 19 words, 18 at most"),
        (
            {"how": "{local:travel}"},
            "money.yml: setting_up_home: how: the local fact 'travel' is not for this card, or has no 'unknown'",
        ),
        (
            {"review_by": date(2028, 1, 1)},
            "money.yml: setting_up_home: review_by 2028-01-01 is more than a year after checked_on 2026-11-22",
        ),
        ({"answer": SIXTY_ONE}, "money.yml: setting_up_home: answer: 61 words, 60 at most"),
        ({"title": "x" * 41}, "money.yml: setting_up_home: title: 41 characters, 40 at most"),
        ({"ask": ["the_queen"]}, "money.yml: setting_up_home: ask: there is no 'the_queen' to ask"),
        ({"ask": []}, "money.yml: setting_up_home: ask: a written card needs at least one"),
        ({"sources": []}, "money.yml: setting_up_home: sources: a written card needs at least one"),
        ({"easy": None}, "money.yml: setting_up_home: easy: a written card needs this"),
        ({"contacts": ["nobody"]}, "money.yml: setting_up_home: contacts: there is no contact 'nobody'"),
        (
            {"review_by": date(2020, 1, 1), "checked_on": date(2026, 1, 1)},
            "money.yml: setting_up_home: review_by 2020-01-01 is before checked_on 2026-01-01",
        ),
        (
            {"how": "Ring {contact:childline."},
            "money.yml: setting_up_home: how: a curly bracket that is not part of a {placeholder}",
        ),
        ({"id": "free_money"}, "money.yml: free_money: not one of the card ids"),
        ({"jurisdiction": "Wales"}, "money.yml: setting_up_home: jurisdiction: Input should be 'England'"),
    ],
)
def test_a_faulty_card_is_refused_with_a_line_that_says_where(copy: Copy, fields: dict[str, Any], fault: str) -> None:
    copy.change("money.yml", "setting_up_home", **fields)
    assert fault in copy.faults()


def test_every_fault_is_listed_and_not_just_the_first(copy: Copy) -> None:
    copy.change("money.yml", "council_tax", title="x" * 50)
    copy.change("voice.yml", "local_offer", ask=["the_queen"])
    assert len(copy.faults()) == 2


def test_a_missing_card_is_refused(copy: Copy) -> None:
    copy.rewrite("housing.yml", lambda data: data["cards"].pop(0))
    assert any(fault.startswith("cards: ") and fault.endswith("no file has this card") for fault in copy.faults())


def test_a_card_that_is_there_twice_is_refused(copy: Copy) -> None:
    copy.rewrite("housing.yml", lambda data: data["cards"].append(data["cards"][0]))
    assert any(fault.endswith("is there 2 times") for fault in copy.faults())


def test_a_missing_file_is_refused(copy: Copy) -> None:
    (copy.folder / "phrases.yml").unlink()
    assert "phrases.yml: the file is missing" in copy.faults()


def test_a_file_that_is_not_yaml_is_refused(copy: Copy) -> None:
    (copy.folder / "money.yml").write_text("cards: [", encoding="utf-8")
    assert any(fault.startswith("money.yml: not readable as YAML") for fault in copy.faults())


def test_a_key_written_twice_is_refused(copy: Copy) -> None:
    with (copy.folder / "hours.yml").open("a", encoding="utf-8") as file:
        file.write("\nreading_hours: null\n")
    assert any("'reading_hours' is there twice" in fault for fault in copy.faults())


def test_a_verified_contact_needs_a_number_and_a_day(copy: Copy) -> None:
    copy.change("contacts.yml", "childline", number=None, checked_on=None)
    faults = copy.faults()
    assert "contacts.yml: childline: verified, but there is no number" in faults
    assert "contacts.yml: childline: verified, but checked_on is blank" in faults


@pytest.mark.parametrize("missing", ["source", "effective_from"])
def test_a_figure_without_a_source_or_a_beginning_is_refused(copy: Copy, missing: str) -> None:
    value = {"effective_from": date(2023, 4, 1), "value": 3000, "source": {"name": "n", "section_or_url_name": "s"}}
    value["source"] |= {"read": "yes"}  # type: ignore[operator]
    value.pop(missing)
    copy.change("figures.yml", "he_bursary", values=[value])
    assert f"figures.yml: he_bursary: values.0.{missing}: Field required" in copy.faults()


def test_a_figure_without_a_review_date_is_refused(copy: Copy) -> None:
    copy.change("figures.yml", "he_bursary", review_by=None)
    assert "figures.yml: he_bursary: review_by: Input should be a valid date" in copy.faults()


def test_a_local_answer_is_short_and_in_plain_words(copy: Copy) -> None:
    about = {"source": "The council", "checked_on": date(2026, 11, 22), "review_by": date(2027, 4, 6)}
    copy.change("local_offer.yml", "travel", answer="You will get a pass. " + "It is so. " * 10, **about)
    faults = copy.faults()
    assert "local_offer.yml: travel: answer: 'You will get' is a promise" in faults
    assert "local_offer.yml: travel: answer: 35 words, 30 at most" in faults


def test_a_number_must_be_in_quotation_marks_so_that_no_zero_is_lost(copy: Copy) -> None:
    copy.change("contacts.yml", "childline", number=8001111)
    assert "contacts.yml: childline: number: Input should be a valid string" in copy.faults()


def test_a_local_answer_needs_its_source_and_dates(copy: Copy) -> None:
    copy.change("local_offer.yml", "travel", answer="A free bus pass.")
    assert "local_offer.yml: travel: an answer needs source, checked_on and review_by" in copy.faults()


def test_a_phrase_with_the_wrong_blanks_is_refused(copy: Copy) -> None:
    copy.rewrite("phrases.yml", lambda data: data.update(no_number="There is no number."))
    assert "phrases.yml: no_number: expected these blanks and no others: name" in copy.faults()


def test_a_question_asked_of_two_cards_is_refused(copy: Copy) -> None:
    def ask_twice(data: dict[str, list[str]]) -> None:
        data["council_tax"].append(data["travel_costs"][0].upper() + "?")

    copy.rewrite("questions/money.yml", ask_twice)
    (fault,) = copy.faults()
    assert fault.startswith("questions/money.yml: ")
    assert "also a question of council_tax" in fault or "also a question of travel_costs" in fault


def test_a_card_with_fewer_than_fifteen_questions_is_refused(copy: Copy) -> None:
    copy.rewrite("questions/money.yml", lambda data: data.update(council_tax=data["council_tax"][:14]))
    assert "questions/money.yml: council_tax: 14 questions, at least 15 are needed" in copy.faults()


@pytest.mark.parametrize("question", ["two\nlines", "an [entity](name)", " blank first", "???"])
def test_a_question_that_is_not_one_plain_line_is_refused(copy: Copy, question: str) -> None:
    copy.rewrite("questions/money.yml", lambda data: data["council_tax"].append(question))
    assert any("not one plain line of words" in fault for fault in copy.faults())


def test_a_card_without_questions_is_refused(copy: Copy) -> None:
    copy.rewrite("questions/money.yml", lambda data: data.pop("council_tax"))
    assert "questions: council_tax: no file has questions for this card" in copy.faults()


def test_an_empty_folder_is_refused_without_a_crash(copy: Copy) -> None:
    with pytest.raises(ContentError):
        load_library(copy.folder / "questions" / "nothing")


def test_hours_must_be_in_quotation_marks(copy: Copy) -> None:
    hours = {"timezone": "Europe/London", "days": {"monday": [600, 1020]}, "bank_holidays": "closed"}
    (copy.folder / "hours.yml").write_text(yaml.safe_dump({"reading_hours": hours}), encoding="utf-8")
    assert any('write the time in quotation marks, like "17:00"' in fault for fault in copy.faults())


def test_the_local_pack_names_everything_that_the_council_has_to_supply_once(copy: Copy) -> None:
    def spoil(data: dict[str, Any]) -> None:
        data["parts"][0]["facts"] = ["travel", "no_such_fact"]
        data["parts"][1]["numbers"].remove("iro_service")

    copy.rewrite("local_pack.yml", spoil)
    assert copy.faults() == [
        "local_pack.yml: iro_service: this number is not in the list",
        "local_pack.yml: travel: this fact is there more than once",
        "local_pack.yml: no_such_fact: there is no such fact",
        "local_pack.yml: ovos_contact: this fact is not in the list",
    ]


def test_what_the_council_has_not_supplied_or_not_checked_again_is_missing(copy: Copy) -> None:
    day = date(2026, 11, 22)
    told = {"answer": "Ask us.", "source": "Council", "checked_on": day, "review_by": date(2027, 4, 6)}
    copy.change("local_offer.yml", "travel", **told)
    library = copy.load()
    before, late = library.missing_locally(day), library.missing_locally(date(2027, 4, 7))
    travel = "local_offer.yml: travel"
    assert travel not in [one.where for one in before]
    assert [one.lack for one in late if one.where == travel] == ["overdue"]
    assert ("hours.yml", "blank") in [(one.where, one.lack) for one in before]
    numbers = [one for one in before if one.where.startswith("contacts.yml")]
    assert len(numbers) == sum(one.source.endswith("to supply") for one in library.contacts.values())
