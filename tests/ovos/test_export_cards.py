"""The page for a lawyer: everything that young people are told, with every source, readable by everybody."""

from __future__ import annotations

import html
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from playwright.async_api import Browser

from bot.content import content_folder
from bot.entitlements.library import Library, load_library
from bot.store import Store, card_changes, staff
from bot.store.card_changes import NewChange
from bot.store.card_models import ChangeWhat, ItemKind
from bot.store.migrate import migrate
from bot.store.staff_models import Role
from ovos.export.cards import export_cards, render_cards
from ovos.main import main
from ovos.settings import SettingsError, temporary_settings
from tests.connectors.webchat.conftest import browser as browser
from tests.console.conftest import axe_violations, too_wide

ON = date(2026, 11, 27)


@pytest.fixture(scope="module")
def library() -> Library:
    return load_library(content_folder() / "entitlements")


@pytest.fixture(scope="module")
def page(library: Library) -> str:
    return render_cards(library, [], ON)


def test_it_holds_every_card_with_its_words_and_every_source(library: Library, page: str) -> None:
    for card in library.cards.values():
        answer = library.answer(card.id, ON)
        assert f'id="card-{card.id}"' in page
        for text in (answer.text, answer.easy, answer.who_for, answer.how, answer.if_told_no):
            assert text is not None
            assert str(html.escape(text).replace("&#x27;", "&#39;").replace("&quot;", "&#34;")) in page
        for source in card.sources:
            assert html.escape(source.name).replace("&#x27;", "&#39;") in page
    for figure in library.figures.values():
        assert f'id="figure-{figure.id}"' in page
    assert "passed, and not confirmed to have started" in page
    assert "none of its sources was read itself" in page


async def test_what_staff_changed_is_in_it_and_bad_places_give_one_clear_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = temporary_settings(tmp_path)
    monkeypatch.delenv("OVOS_KEYS", raising=False)
    from bot.store.keys import load_keys

    store = Store(settings.database, load_keys(settings.key_file))
    await migrate(store)
    async with store.begin() as work:
        officer = await staff.add(work, "o@council.example", "O", Role.PARTICIPATION_OFFICER)
        fields = {"answer": "Ask your PA.", "source": "x", "checked_on": "2026-11-27", "review_by": "2027-04-06"}
        change = NewChange(ItemKind.LOCAL_FACT, "travel", ChangeWhat.FILLED, fields, officer.id, 0)
        await card_changes.make(work, change, datetime.now(UTC))
    await store.close()
    file = tmp_path / "cards.html"
    assert await export_cards(settings, file) == 0
    text = file.read_text(encoding="utf-8")
    assert "Ask your PA. (x; checked 27 November 2026; again by 6 April 2027)" in text
    assert "local fact travel: filled" in text
    assert "Wrote 59 cards" in capsys.readouterr().out
    with pytest.raises(SettingsError, match="There is no folder"):
        await export_cards(settings, tmp_path / "nowhere" / "cards.html")
    assert sorted(one.name for one in tmp_path.glob("cards*")) == ["cards.html"]


def test_the_command_says_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["export", "cards"])
    assert stopped.value.code == 2
    assert "FILE" in capsys.readouterr().err


async def test_it_can_be_read_by_everybody_and_on_a_phone(page: str, browser: Browser, tmp_path: Path) -> None:
    file = tmp_path / "cards.html"
    file.write_text(page, encoding="utf-8")
    tab = await (await browser.new_context(viewport={"width": 1280, "height": 900})).new_page()
    asked: list[str] = []
    tab.on("request", lambda request: asked.append(request.url))
    await tab.goto(file.as_uri())
    assert await axe_violations(tab) == []
    await tab.set_viewport_size({"width": 320, "height": 640})
    assert await too_wide(tab) == []
    assert asked == [file.as_uri()]
