"""The safety card in other languages and who may see one: `content/safeguarding/cards_in_languages.yml`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Literal

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.screening.replies import SafetyBubble

KEY = "safety_card_"
LANGUAGES = ("ar", "ti", "ps", "prs", "fa", "ckb", "vi", "sq", "am", "uk")


class Card(Content):
    name: str
    lang: str
    direction: Literal["ltr", "rtl"]
    text: str
    checked_by: str | None
    checked_on: date | None

    @model_validator(mode="after")
    def _signed_whole(self) -> Card:
        if (self.checked_by is None) != (self.checked_on is None):
            raise ValueError("a card is signed with checked_by and checked_on, or with neither")
        return self


class LanguageCards(Content):
    """`content/safeguarding/cards_in_languages.yml`."""

    version: str
    english: str
    cards: dict[str, Card]

    @model_validator(mode="after")
    def _all_languages(self) -> LanguageCards:
        if missing := [code for code in LANGUAGES if code not in self.cards]:
            raise ValueError(f"a card is missing: {', '.join(missing)}")
        return self

    def bubble(self, code: str, *, demonstration: bool) -> SafetyBubble | None:
        """The card in this language, where one may be shown: a translator has signed it, or this is no real service."""
        card = self.cards.get(code)
        if card is None or (card.checked_by is None and not demonstration):
            return None
        return SafetyBubble(key=f"{KEY}{code}", text=card.text, easy=card.text)

    def is_signed(self, code: str) -> bool:
        return code in self.cards and self.cards[code].checked_by is not None

    def of_key(self, key: str | None) -> Card | None:
        """The card that a bubble with this key shows, for its direction and language on the page."""
        return self.cards.get(key.removeprefix(KEY)) if key is not None and key.startswith(KEY) else None


def load_cards(folder: Path | None = None) -> LanguageCards:
    """Raises ContentError when the file is missing or wrong."""
    home = folder or content_folder()
    return read_content(home / "safeguarding" / "cards_in_languages.yml", LanguageCards)
