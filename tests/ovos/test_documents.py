"""The documents in docs/ are true: each numbered line names a test that is there and runs, or says who decides."""

from __future__ import annotations

import re

import pytest

from ovos.settings import ROOT
from tests.bot.entitlements.reading_age import grade
from tests.promises.documents import DOCUMENTS, all_claims, claims, runs_in
from tests.promises.promises import load_promises

EASIEST = 5.0  # grade, of the child's own page


@pytest.mark.parametrize("document", DOCUMENTS)
def test_every_numbered_line_names_a_test_that_runs_or_says_who_decides(document: str) -> None:
    found = claims(document)
    assert [claim.number for claim in found] == list(range(1, len(found) + 1))
    assert len(found) > 15
    for claim in found:
        assert bool(claim.tests) is not bool(claim.decides), f"{claim}: one or the other"
        for file, name in claim.tests:
            assert runs_in(file).get(name), f"{claim}: {file}::{name} is gone or is skipped"


def test_a_promise_is_broken_in_one_place_and_by_the_test_that_its_line_names() -> None:
    lines = {str(claim): claim for claim in all_claims()}
    promises = load_promises()
    assert len(promises) >= 20
    for promise in promises:
        assert promise.fault(ROOT) is None, f"{promise.claim}: {promise.fault(ROOT)}"
        assert promise.claim in lines, promise.claim
        assert tuple(promise.test.split("::")) in lines[promise.claim].tests, promise.claim
        assert promise.instead != promise.replace


def test_the_childs_page_is_read_in_the_fifth_year_of_school_and_its_sentences_are_short() -> None:
    said = [claim.text for claim in claims("privacy_notice_child")]
    assert grade("\n".join(said)) <= EASIEST
    sentences = [sentence for line in said for sentence in re.split(r"(?<=[.?!])\s+", line)]
    assert max(len(sentence.split()) for sentence in sentences) <= 18


def test_nothing_is_signed_and_nothing_is_filled_in_by_us() -> None:
    for document in ("dpia", "hazard_log", "safety_case"):
        signed = (ROOT / "docs" / f"{document}.md").read_text(encoding="utf-8").split("## Signed")[1]
        rows = [row for row in signed.splitlines() if row.startswith("| ")][1:]
        assert rows, document
        assert all(not any(cell.strip() for cell in row.split("|")[2:-1]) for row in rows), document
