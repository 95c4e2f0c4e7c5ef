"""Wherever a stranger could look, nothing says what this is: the tab, the history, link previews, e-mails."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import jinja2
import pytest

from bot.staff.notify import load_letters
from bot.store.notifications import Template
from connectors.intake.wording import load_wording
from connectors.webchat.app import HERE
from connectors.webchat.page import load_page_words

# Whole words or beginnings of words that would tell somebody who looks over a shoulder what a young person is doing.
TELLING = re.compile(
    r"\b(care|social|safe|abus|harm|child|council|solihull|ovos|young|worker|advoca|alert|complain|disclos|help|report"
    r"|foster|leaver|participat|police|childline|secret|private)",
    re.IGNORECASE,
)
WIDGET = (HERE / "static" / "widget.js").read_text(encoding="utf-8")


class Head(HTMLParser):
    """What a browser, a history or a preview takes from a page: its title, its meta texts and its icon."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.shown: dict[str, str] = {}
        self._in_title = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("property", given.get("name", ""))
        self._in_title = tag == "title"
        if tag == "meta" and name:
            self.shown[name] = given["content"]
        if tag == "link" and given.get("rel") in ("icon", "manifest", "apple-touch-icon"):
            self.shown[given["rel"]] = given["href"]

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.shown["title"] = data
            self._in_title = False


def head() -> dict[str, str]:
    templates = jinja2.Environment(loader=jinja2.FileSystemLoader(HERE / "templates"), autoescape=True)
    values = load_page_words(load_wording()).values("https://www.bbc.co.uk/weather")
    return Head(templates.get_template("chat.html").render(values, demonstration=False)).shown


def test_the_tab_the_history_and_a_preview_of_the_link_say_only_messages() -> None:
    shown = head()
    for name in ("title", "description", "og:title", "og:site_name", "og:description"):
        assert shown[name] == "Messages", name
    assert "og:image" not in shown
    assert "manifest" not in shown
    assert shown["icon"] == "data:,"
    assert shown["robots"] == "noindex, nofollow"
    assert shown["referrer"] == "no-referrer"


def test_no_script_puts_anything_else_in_the_tab_or_asks_to_send_notifications() -> None:
    scripts = "".join(path.read_text(encoding="utf-8") for path in (HERE / "static").glob("*.js"))
    for never in ("document.title", "Notification", "serviceWorker", "pushState", "localStorage", "document.cookie"):
        assert never not in scripts, never
    assert scripts.count("replaceState") == 1  # leaving quickly: the neutral address


def test_the_button_on_another_page_says_nothing_telling() -> None:
    labels = re.findall(r'script\.dataset\.\w+ \|\| "([^"]+)"', WIDGET)
    assert "Talk to us" in labels
    assert not [label for label in labels if TELLING.search(label.removeprefix("https://"))]


@pytest.mark.parametrize("template", list(Template))
def test_e_mails_and_text_messages_say_that_there_is_something_and_no_more(template: Template) -> None:
    letter = load_letters("https://v.example").letter(template)
    assert not TELLING.search(letter.subject)
    assert not TELLING.search(letter.body)


def test_the_rule_itself_finds_what_it_should() -> None:
    for told in ("Children's services", "Your advocate wrote", "Safeguarding alert", "OVOS", "Helpline"):
        assert TELLING.search(told), told
