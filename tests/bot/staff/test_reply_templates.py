"""Replies that an officer can start from promise nothing and leave no blank to be forgotten."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bot.content import ContentError
from bot.staff.reply_templates import load_reply_templates

PROMISE = re.compile(
    r"\b(promise|secret|definitely|always|never|guarantee|nobody else|i will|we will)\b", re.IGNORECASE
)


def test_no_template_promises_anything() -> None:
    templates = load_reply_templates()
    assert len(templates) >= 8
    assert [one.id for one in templates if PROMISE.search(one.text)] == []


@pytest.mark.parametrize(
    ("file", "fault"),
    [
        ('version: 1\ntemplates: [{id: hello, title: Hello, text: "Hello {name}"}]', "no {blanks}"),
        ("version: 1\ntemplates: [{id: a, title: A, text: A}, {id: a, title: B, text: B}]", "the same id"),
        ("version: 1\ntemplates: [{id: a, title: A, text: ''}]", "at least 1 character"),
        ("version: 1\ntemplates: [{id: 'A b', title: A, text: A}]", "match pattern"),
    ],
)
def test_a_template_that_could_go_wrong_stops_the_start(tmp_path: Path, file: str, fault: str) -> None:
    (tmp_path / "staff").mkdir()
    (tmp_path / "staff" / "reply_templates.yml").write_text(file)
    with pytest.raises(ContentError, match=fault):
        load_reply_templates(tmp_path)
