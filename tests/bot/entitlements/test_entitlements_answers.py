"""An answer is true on the day that it is given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from bot.entitlements.library import Library
from bot.entitlements.models import Figure
from tests.bot.entitlements.spoiling import Copy

CHECKED = date(2026, 11, 22)
NEXT_DAY = date(2026, 11, 23)


def figure(unit: str, *values: tuple[date, str], review_by: date = date(2027, 4, 6)) -> Figure:
    source = {"name": "An Act", "section_or_url_name": "s1", "read": "yes"}
    return Figure.model_validate(
        {
            "id": "amount",
            "name": "An amount",
            "unit": unit,
            "values": [{"effective_from": day, "value": value, "source": source} for day, value in values],
            "checked_on": date(2026, 1, 1),
            "review_by": review_by,
            "confidence": "high",
            "owner": "somebody",
        }
    )


def test_a_figure_is_the_one_in_force_on_the_day() -> None:
    amount = figure("GBP", (date(2023, 4, 1), "3000"), (date(2020, 1, 1), "2000"))
    assert amount.said_on(date(2023, 3, 31)) == "£2,000"
    assert amount.said_on(date(2023, 4, 1)) == "£3,000"


def test_a_figure_is_not_said_before_it_began() -> None:
    assert figure("GBP", (date(2023, 4, 1), "3000")).said_on(date(2023, 3, 31)) is None


def test_a_figure_is_said_on_its_review_date_and_not_on_the_day_after() -> None:
    amount = figure("GBP", (date(2023, 4, 1), "3000"), review_by=date(2027, 4, 6))
    assert amount.said_on(date(2027, 4, 6)) == "£3,000"
    assert amount.said_on(date(2027, 4, 7)) is None


@pytest.mark.parametrize(
    ("unit", "value", "words"),
    [
        ("GBP", "1200", "£1,200"),
        ("GBP", "338.5", "£338.50"),
        ("days", "28", "28 days"),
        ("weeks", "1", "1 week"),
        ("working_days", "1", "1 working day"),
        ("working_days", "20", "20 working days"),
        ("percent", "25", "25%"),
        ("percent", "12.50", "12.5%"),
    ],
)
def test_a_figure_is_written_as_people_write_it(unit: str, value: str, words: str) -> None:
    assert figure(unit, (date(2020, 1, 1), value)).said_on(date(2026, 1, 1)) == words


def test_the_setting_up_home_answer_states_the_amount_while_it_is_in_date(library: Library) -> None:
    answer = library.answer("setting_up_home", NEXT_DAY)
    assert "£3,000" in answer.text
    assert "£3,000" in (answer.easy or "")
    assert not answer.figures_withheld


def test_past_the_figures_review_date_the_amount_is_withheld(library: Library) -> None:
    after = library.figures["setting_up_home_min"].review_by.replace(year=2028)
    answer = library.answer("setting_up_home", after)
    assert answer.figures_withheld
    assert "£" not in answer.text + (answer.easy or "")
    assert answer.text == library.cards["setting_up_home"].answer_without_figures


def test_past_the_cards_own_review_date_the_amount_is_withheld_too(copy: Copy) -> None:
    copy.change("money.yml", "setting_up_home", review_by=CHECKED)
    answer = copy.load().answer("setting_up_home", NEXT_DAY)
    assert answer.figures_withheld
    assert "£" not in answer.text


def test_before_the_rule_began_the_amount_is_withheld(copy: Copy) -> None:
    copy.change("money.yml", "setting_up_home", effective_from=date(2027, 1, 1))
    library = copy.load()
    assert library.answer("setting_up_home", NEXT_DAY).figures_withheld
    assert not library.answer("setting_up_home", date(2027, 1, 1)).figures_withheld


def test_a_card_without_figures_says_so_when_it_is_past_its_review_date(copy: Copy) -> None:
    copy.change("voice.yml", "corporate_parenting", review_by=CHECKED, answer_without_figures=None)
    library = copy.load()
    assert library.answer("corporate_parenting", CHECKED).warning is None
    late = library.answer("corporate_parenting", NEXT_DAY)
    assert late.warning is not None
    assert "22 November 2026" in late.warning
    assert not late.figures_withheld


def test_a_card_may_have_words_of_its_own_for_when_it_is_past_its_review_date(copy: Copy) -> None:
    copy.change("voice.yml", "complaints_process", review_by=CHECKED, answer_without_figures="You can complain.")
    late = copy.load().answer("complaints_process", NEXT_DAY)
    assert late.text == "You can complain."
    assert late.figures_withheld
    assert late.warning is None


def test_a_figure_only_in_the_easy_words_is_withheld_as_well(copy: Copy) -> None:
    fields: dict[str, Any] = {
        "answer": "There is money for this.",
        "answer_without_figures": None,
        "how_much": "council",
        "easy": "It is {he_bursary}.",
        "easy_without_figures": "There is money.",
        "review_by": CHECKED,
    }
    copy.change("health_and_learning.yml", "he_bursary", **fields)
    late = copy.load().answer("he_bursary", NEXT_DAY)
    assert (late.text, late.easy, late.figures_withheld) == ("There is money for this.", "There is money.", True)


def test_a_number_is_printed_where_the_card_names_its_contact(library: Library) -> None:
    assert "0121 605 6060" in library.answer("contact_numbers", NEXT_DAY).text


@pytest.mark.parametrize("fields", [{"number": None, "text_number": None, "verified": False}, {"verified": False}])
def test_a_missing_number_gives_way_to_a_whole_sentence_that_says_so(copy: Copy, fields: dict[str, Any]) -> None:
    copy.change("contacts.yml", "childline", **fields)
    library = copy.load()
    answer = library.answer("contact_numbers", NEXT_DAY)
    assert "0800 1111" not in answer.text
    assert "None" not in answer.text
    assert "I do not have this number yet: Childline." in answer.text
    assert "0121 605 6060" in answer.text
    assert "childline" not in [contact.id for contact in answer.contacts]


def test_a_card_that_nobody_has_written_says_so(copy: Copy) -> None:
    copy.change("money.yml", "travel_costs", written=False, answer=None)
    library = copy.load()
    answer = library.answer("travel_costs", NEXT_DAY)
    assert not answer.written
    assert answer.text == library.phrases.not_written
    assert answer.easy is None
    assert answer.sources_line is None


def test_the_sources_line_names_each_law_once_and_the_day_it_was_checked(copy: Copy) -> None:
    sources = [
        {"name": "Children Act 1989", "section": "s23C", "read": "yes"},
        {"name": "Local policy", "section": "none", "read": "yes"},
        {"name": "Children Act 1989", "section": "s24", "read": "yes"},
    ]
    copy.change("voice.yml", "local_offer", sources=sources, checked_on=CHECKED, confidence="high")
    line = copy.load().answer("local_offer", NEXT_DAY).sources_line
    assert line == "Last checked on 22 November 2026. From: Children Act 1989 (s23C; s24); Local policy."


def test_the_sources_line_says_when_a_source_was_not_read_and_when_it_is_not_sure(copy: Copy) -> None:
    sources = [{"name": "Children Act 1989", "section": "s23C", "read": "no"}]
    copy.change("voice.yml", "local_offer", sources=sources, checked_on=CHECKED, confidence="medium")
    library = copy.load()
    line = library.answer("local_offer", NEXT_DAY).sources_line or ""
    assert line.endswith(f"{library.phrases.sources_unread} {library.phrases.less_sure}")


def test_how_much_is_said_with_its_beginning_and_withheld_when_the_figure_is(library: Library) -> None:
    said = library.answer("setting_up_home", NEXT_DAY).how_much
    assert said == "How much: £3,000, since 1 April 2023."
    earliest = library.answer("bursary_16_19", NEXT_DAY).how_much
    assert earliest == "How much: £1,200. It was that on 2 April 2025, or before."
    late = library.answer("setting_up_home", date(2028, 1, 1)).how_much or ""
    assert late == library.phrases.how_much_withheld
    assert library.answer("council_tax", NEXT_DAY).how_much == library.phrases.how_much_council
    assert library.answer("universal_credit", NEXT_DAY).how_much == library.phrases.how_much_unchecked
    assert library.answer("iro", NEXT_DAY).how_much is None


def test_what_the_council_has_not_told_is_said_to_be_unknown_and_what_it_has_told_is_said(copy: Copy) -> None:
    unknown = copy.load().answer("council_tax", NEXT_DAY)
    assert "I do not know Solihull's rule yet." in unknown.text
    told = {"answer": "Ask us by the end of May.", "source": "Council, 1 May", "checked_on": CHECKED}
    copy.change("local_offer.yml", "council_tax_terms", **told, review_by=NEXT_DAY)
    copy.change("local_offer.yml", "immigration_advice", **told, review_by=NEXT_DAY)
    library = copy.load()
    known = library.answer("council_tax", NEXT_DAY)
    assert "Ask us by the end of May. Ask the council where you live" in known.text
    assert "I do not know" not in known.text
    assert library.answer("immigration_help", NEXT_DAY).local == ("In Solihull: Ask us by the end of May.",)
    late = library.answer("immigration_help", date(2026, 11, 24))
    assert late.local == ("I do not know yet which advisers Solihull uses.",)


def test_an_answer_says_whom_to_ask_and_what_to_say_when_told_no(library: Library) -> None:
    answer = library.answer("personal_adviser", NEXT_DAY)
    assert answer.ask
    assert answer.how
    assert answer.if_told_no


def test_an_unknown_card_is_an_error(library: Library) -> None:
    with pytest.raises(KeyError):
        library.answer("free_money", NEXT_DAY)


def test_what_is_overdue_is_listed(copy: Copy) -> None:
    copy.change("figures.yml", "he_bursary", review_by=CHECKED)
    copy.change("housing.yml", "priority_need", review_by=CHECKED)
    library = copy.load()
    assert library.overdue(CHECKED) == ()
    assert set(library.overdue(NEXT_DAY)) == {"figure he_bursary: 2026-11-22", "card priority_need: 2026-11-22"}


def test_amounts_are_exact_numbers() -> None:
    assert figure("GBP", (date(2020, 1, 1), "0.1")).values[0].value == Decimal("0.1")
