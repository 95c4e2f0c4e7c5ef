"""The fixed texts: each says that there is something and where to sign in, and has no place for anything else."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest
import yaml

from bot.content import ContentError, content_folder
from bot.staff.notify import Sender, load_letters
from bot.store import notifications
from bot.store.notifications import Template

ADDRESS = "https://voices.council.example"
TEXTS = yaml.safe_load((content_folder() / "staff" / "notifications.yml").read_text())


@pytest.mark.parametrize("template", list(Template))
def test_each_says_only_that_there_is_something_and_where_to_sign_in(template: Template) -> None:
    letter = load_letters(f"{ADDRESS}/").letter(template)
    assert letter.body == f"There is something for you. Sign in: {ADDRESS}/console"
    assert letter.subject == "There is something for you"


def written(folder: Path, **changes: object) -> Path:
    (folder / "staff").mkdir()
    texts = {**TEXTS, "templates": {**TEXTS["templates"], **changes}}
    (folder / "staff" / "notifications.yml").write_text(yaml.safe_dump(texts))
    return folder


@pytest.mark.parametrize(
    "text",
    [
        {"subject": "Sign in", "text": "{name} wrote. Sign in: {address}"},
        {"subject": "Sign in", "text": "Sign in."},
        {"subject": "Sign in", "text": "Sign in: {address} {address}"},
        {"subject": "About {name}", "text": "Sign in: {address}"},
        {"subject": "Sign in\r\nBcc: other@example.org", "text": "Sign in: {address}"},
        {"subject": "Sign in", "text": "Sign in: {address}", "words": "more"},
        {"subject": "Sign in", "text": "Sign in: {address} " + "and on " * 50},
    ],
)
def test_a_text_with_a_place_for_more_is_refused(tmp_path: Path, text: dict[str, str]) -> None:
    with pytest.raises(ContentError, match="alert_waiting"):
        load_letters(ADDRESS, written(tmp_path, alert_waiting=text))


def test_every_text_must_be_written(tmp_path: Path) -> None:
    folder = written(tmp_path)
    path = folder / "staff" / "notifications.yml"
    texts = {name: text for name, text in TEXTS["templates"].items() if name != "request_late"}
    path.write_text(yaml.safe_dump({**TEXTS, "templates": texts}))
    with pytest.raises(ContentError, match="request_late"):
        load_letters(ADDRESS, folder)


def test_there_is_no_argument_that_could_carry_content() -> None:
    assert list(inspect.signature(notifications.queue).parameters) == [
        "work",
        "key",
        "staff_id",
        "template",
        "channels",
    ]
    assert list(inspect.signature(Sender.send).parameters) == ["self", "to", "template"]
