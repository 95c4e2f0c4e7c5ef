"""A card as it may be said on one day: every blank filled, and no figure that is past its review date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.entitlements.models import Card, Contact, Figure, Phrases
from bot.entitlements.placeholders import figures_in, fill


@dataclass(frozen=True)
class Answer:
    card_id: str
    title: str
    text: str
    easy: str | None
    figures_withheld: bool
    written: bool
    ask: tuple[str, ...]
    who_for: str | None
    how: str | None
    if_told_no: str | None
    contacts: tuple[Contact, ...]  # those whose number may be shown
    sources_line: str | None
    checked_on: date
    warning: str | None  # to be said as well: the card is past its review date and has no other words for that


@dataclass(frozen=True)
class _Words:
    """Which of a card's texts are true on the day."""

    text: str
    easy: str | None
    figures: Mapping[str, str]
    withheld: bool


@dataclass(frozen=True)
class AnswerWriter:
    """Fills a card's blanks from the figures, the contacts and the service's own phrases."""

    figures: Mapping[str, Figure]
    contacts: Mapping[str, Contact]
    phrases: Phrases

    def write(self, card: Card, on: date) -> Answer:
        words = self._words(card, on)
        written = words is not None
        return Answer(
            card_id=card.id,
            title=card.title,
            text=self._fill(words.text, words.figures) if words else self.phrases.not_written,
            easy=self._fill(words.easy, words.figures) if words and words.easy else None,
            figures_withheld=words.withheld if words else False,
            written=written,
            ask=card.ask,
            who_for=self._fill(card.who_for) if written and card.who_for else None,
            how=self._fill(card.how) if written and card.how else None,
            if_told_no=card.if_told_no if written else None,
            contacts=tuple(contact for contact in map(self.contacts.__getitem__, card.contacts) if contact.said),
            sources_line=self._sources_line(card) if written else None,
            checked_on=card.checked_on,
            warning=self._warning(card, on, words),
        )

    def _words(self, card: Card, on: date) -> _Words | None:
        if not card.written or card.answer is None:
            return None
        names = {*figures_in(card.answer), *figures_in(card.easy)}
        said = {name: self.figures[name].said_on(on) for name in names}
        figures = {name: words for name, words in said.items() if words is not None}
        if card.is_current(on) and len(figures) == len(names):
            return _Words(card.answer, card.easy, figures, withheld=False)
        text = card.answer_without_figures or card.answer  # an answer with a figure always has the other text
        easy = card.easy_without_figures or (None if figures_in(card.easy) else card.easy)
        return _Words(text, easy, {}, withheld=(text, easy) != (card.answer, card.easy))

    def _warning(self, card: Card, on: date, words: _Words | None) -> str | None:
        if words is None or words.withheld or card.is_current(on):
            return None
        return self.phrases.past_review.format(date=in_words(card.checked_on))

    def _fill(self, text: str, figures: Mapping[str, str] | None = None) -> str:
        numbers = {contact.id: contact.said for contact in self.contacts.values()}
        missing = {contact.id: self.phrases.no_number.format(name=contact.name) for contact in self.contacts.values()}
        return fill(text, figures or {}, numbers, missing)

    def _sources_line(self, card: Card) -> str:
        sections: dict[str, list[str]] = {}
        for source in card.sources:
            sections.setdefault(source.name, []).extend(source.printed_sections)
        sources = [f"{name} ({'; '.join(parts)})" if parts else name for name, parts in sections.items()]
        return self.phrases.sources.format(date=in_words(card.checked_on), sources="; ".join(sources))


def in_words(day: date) -> str:
    """22 November 2026."""
    return f"{day.day} {day:%B %Y}"
