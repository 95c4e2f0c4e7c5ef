"""Changes of staff lie over the files: dated, checked as the files are, the newer check winning."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import pytest

from bot.content import content_folder
from bot.entitlements.changes import changed_by, numbers_of_fixed_texts, overlaid
from bot.entitlements.ids import CHAT_PAGE_NUMBERS
from bot.entitlements.library import Library
from bot.store.card_models import ChangeWhat, ItemKind
from tests.bot.entitlements.spoiling import Copy

ON = date(2026, 12, 1)


@dataclass(frozen=True)
class Made:
    kind: ItemKind
    item: str
    what: ChangeWhat
    fields: dict[str, Any]


def bursary(value: str, start: str = "2026-12-01", checked_on: str = "2026-12-01", **fields: Any) -> Made:
    source = {"name": "Regulations", "section_or_url_name": "reg 1", "read": "yes"}
    new = {"effective_from": start, "value": value, "source": source}
    dates = {"checked_on": checked_on, "review_by": "2027-04-06"}
    return Made(ItemKind.FIGURE, "he_bursary", ChangeWhat.CORRECTED, {"new_value": new, **dates, **fields})


def test_a_new_value_is_said_from_its_day_and_the_old_one_until_then(library: Library) -> None:
    said = overlaid(library, [bursary("2500", start="2027-01-01")]).library
    assert "£2,000" in said.answer("he_bursary", date(2026, 12, 31)).text
    assert "£2,500" in said.answer("he_bursary", date(2027, 1, 1)).text
    assert "£2,000" in library.answer("he_bursary", date(2027, 1, 1)).text


def test_a_value_of_the_same_day_takes_the_place_of_the_one_before(library: Library) -> None:
    said = overlaid(library, [bursary("2500"), bursary("2600")]).library
    assert "£2,600" in said.answer("he_bursary", ON).text
    assert len(said.figures["he_bursary"].values) == 2


def test_when_the_file_has_been_checked_since_the_file_is_right(copy: Copy) -> None:
    copy.change("figures.yml", "he_bursary", checked_on=date(2027, 1, 5))
    found = overlaid(copy.load(), [bursary("2500")])
    assert "£2,000" in found.library.answer("he_bursary", date(2027, 1, 6)).text
    assert [left.faults for left in found.left_out] == [()]


def test_a_change_that_does_not_fit_the_files_any_more_is_left_out_and_named(library: Library) -> None:
    gone = Made(ItemKind.FIGURE, "gone", ChangeWhat.RENEWED, {"checked_on": "2026-12-01", "review_by": "2027-04-06"})
    wrong = bursary("-1")
    found = overlaid(library, [gone, wrong, bursary("2500")])
    assert "£2,500" in found.library.answer("he_bursary", ON).text
    assert [left.change for left in found.left_out] == [gone, wrong]
    assert found.left_out[0].faults == ("figure: gone: the files have no such thing",)
    assert all(left.faults for left in found.left_out)


@pytest.mark.parametrize("field", ["id", "unit", "owner", "name"])
def test_a_change_sets_only_what_its_sort_may_set(library: Library, field: str) -> None:
    changed, faults = changed_by(library, bursary("2500", **{field: "x"}))
    assert changed is None
    assert faults == [f"figure: he_bursary: {field}: cannot be changed in this way"]


def test_a_local_answer_that_makes_a_card_too_long_is_refused(library: Library) -> None:
    fields = {
        "answer": "Ask us. " * 15,
        "source": "The council",
        "checked_on": "2026-12-01",
        "review_by": "2027-04-06",
    }
    made = Made(ItemKind.LOCAL_FACT, "local_offer_document", ChangeWhat.FILLED, fields)
    changed, faults = changed_by(library, made)
    assert changed is None
    assert any("words with what the council says, 60 at most" in fault for fault in faults)


def test_numbers_of_safety_messages_and_of_the_chat_page_are_changed_in_their_file_only() -> None:
    fixed = numbers_of_fixed_texts(content_folder())
    assert {"childline", "solihull_out_of_hours", *CHAT_PAGE_NUMBERS} <= fixed
    assert "leaving_care_team" not in fixed
