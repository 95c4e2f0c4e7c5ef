"""What redaction finds in a labelled set, what it leaves alone, and what a council's own lists add."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.content import ContentError, content_folder, read_yaml
from bot.privacy.redaction import Kind, find, redact
from bot.privacy.redaction.lists import read_lists
from bot.privacy.redaction.measuring import measure, read_labelled

CASES = read_yaml(Path(__file__).with_name("redaction_cases.yml"))
GAZETTEERS = content_folder() / "privacy" / "gazetteers.yml"


@pytest.mark.parametrize("part", ["first", "second"])
def test_numbers_and_contacts_are_found_at_95_in_100_and_names_and_places_at_90(part: str) -> None:
    measured = measure(map(read_labelled, CASES[part]))
    assert measured.is_enough(), "\n".join([str(measured.groups()), *measured.misses])
    assert measured.precision() >= 0.9, "\n".join(measured.too_much)


def test_the_labelled_set_is_as_large_as_it_says_and_marks_every_kind() -> None:
    cases = [read_labelled(text) for part in ("first", "second") for text in CASES[part]]
    assert len(cases) >= 300
    assert {span.kind for case in cases for span in case.spans} == set(Kind)
    assert sum(not case.spans for case in cases) >= 100, "messages with nothing in them show what is hidden needlessly"


def test_what_was_found_is_gone_and_the_rest_is_as_it_was_written() -> None:
    said = redact("my sw kelly said ring 07700 900123, she is at Lode Heath School")
    assert said == "my sw ▒▒▒ said ring ▒▒▒, she is at ▒▒▒"


@pytest.mark.parametrize(
    "text", ["i miss my mum", "will i get a passport in may", "WHERE IS MY SOCIAL WORKER", "Childline is 0800 1111", ""]
)
def test_ordinary_words_stay(text: str) -> None:
    assert redact(text) == text


def test_a_council_adds_its_own_staff_homes_and_schools(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("# the roster\nZorblax Quillfeather\n")
    (tmp_path / "places.txt").write_text("Number Nine Annexe\n")
    own = read_lists(GAZETTEERS, tmp_path)
    text = "zorblax and quillfeather took me to number nine annexe"
    assert redact(text) == text, "the project's lists know none of them"
    assert redact(text, own) == "▒▒▒ and ▒▒▒ took me to ▒▒▒"


def test_a_list_that_cannot_be_one_is_an_error_of_one_line(tmp_path: Path) -> None:
    (tmp_path / "names.txt").write_text("x" * 200)
    with pytest.raises(ContentError, match=r"names\.txt: line 1"):
        read_lists(GAZETTEERS, tmp_path)
    with pytest.raises(ContentError, match="no such folder"):
        read_lists(GAZETTEERS, tmp_path / "nowhere")


@given(st.text(max_size=200))
def test_any_text_at_all_can_be_read_and_spans_lie_inside_it_apart(text: str) -> None:
    spans = find(text)
    assert all(0 <= span.start < span.end <= len(text) for span in spans)
    assert all(one.end <= other.start for one, other in zip(spans, spans[1:], strict=False))
