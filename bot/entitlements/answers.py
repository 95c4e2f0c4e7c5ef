"""A card as it may be said on one day: every blank filled, and no figure that is past its review date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from bot.entitlements.models import Card, Contact, Figure, HowMuch, LocalFact, Phrases, Unit
from bot.entitlements.placeholders import Blanks, figures_in, fill, local_in


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
    how_much: str | None  # a sentence: the amount and since when, or that nobody can say it
    local: tuple[str, ...]  # what the council says about its own help, or that nobody has told the service
    about: str | None  # the three before, as they are said together
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
    local_facts: Mapping[str, LocalFact]
    phrases: Phrases

    def write(self, card: Card, on: date) -> Answer:
        words = self._words(card, on)
        written = words is not None
        who_for = self._fill(card.who_for, on) if written and card.who_for else None
        how_much = self._how_much(card, on) if written else None
        local = self._local(card, on) if written else ()
        return Answer(
            card_id=card.id,
            title=card.title,
            text=self._fill(words.text, on, words.figures) if words else self.phrases.not_written,
            easy=self._fill(words.easy, on, words.figures) if words and words.easy else None,
            figures_withheld=words.withheld if words else False,
            written=written,
            ask=card.ask,
            who_for=who_for,
            how_much=how_much,
            local=local,
            about=self._about(who_for, how_much, local),
            how=self._fill(card.how, on) if written and card.how else None,
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

    def _how_much(self, card: Card, on: date) -> str | None:
        """The amount and since when. An amount that may not be said on that day is not hinted at either."""
        match card.how_much:
            case HowMuch.NOTHING:
                return None
            case HowMuch.COUNCIL:
                return self.phrases.how_much_council
            case HowMuch.UNCHECKED:
                return self.phrases.how_much_unchecked
            case HowMuch.FIGURE:
                names = dict.fromkeys(figures_in(card.answer))
                amounts = [self.figures[name] for name in names if self.figures[name].unit is Unit.GBP]
                said = [self._amount(figure, on) if card.is_current(on) else None for figure in amounts]
                return self.phrases.how_much_withheld if None in said else " ".join(filter(None, said))

    def _amount(self, figure: Figure, on: date) -> str | None:
        value, amount = figure.value_on(on), figure.said_on(on)
        if value is None:
            return None
        phrase = self.phrases.how_much if value.start_found else self.phrases.how_much_at_least_since
        return phrase.format(amount=amount, date=in_words(value.effective_from))

    def _about(self, who_for: str | None, how_much: str | None, local: tuple[str, ...]) -> str | None:
        who = None if who_for is None else self.phrases.who_for.format(who=who_for)
        return " ".join(filter(None, (who, how_much, *local))) or None

    def _local(self, card: Card, on: date) -> tuple[str, ...]:
        """What is known and not known of the council's own help, less what the card says itself."""
        said_already = {*local_in(card.answer), *local_in(card.answer_without_figures)}
        facts = [fact for fact in self.local_facts.values() if card.id in fact.cards and fact.id not in said_already]
        lines = [
            fact.unknown if (said := fact.said_on(on)) is None else self.phrases.more_local.format(fact=said)
            for fact in facts
        ]
        return tuple(dict.fromkeys(line for line in lines if line is not None))

    def _fill(self, text: str, on: date, figures: Mapping[str, str] | None = None) -> str:
        return fill(
            text,
            Blanks(
                figures=figures or {},
                numbers={contact.id: contact.said for contact in self.contacts.values()},
                missing={one.id: self.phrases.no_number.format(name=one.name) for one in self.contacts.values()},
                local={fact.id: fact.said_on(on) or fact.unknown or "" for fact in self.local_facts.values()},
            ),
        )

    def _sources_line(self, card: Card) -> str:
        sections: dict[str, list[str]] = {}
        for source in card.sources:
            sections.setdefault(source.name, []).extend(source.printed_sections)
        sources = [f"{name} ({'; '.join(parts)})" if parts else name for name, parts in sections.items()]
        line = self.phrases.sources.format(date=in_words(card.checked_on), sources="; ".join(sources))
        unread = any(source.read != "yes" for source in card.sources)
        more = [self.phrases.sources_unread] * unread + [self.phrases.less_sure] * (card.confidence != "high")
        return " ".join([line, *more])


def in_words(day: date) -> str:
    """22 November 2026."""
    return f"{day.day} {day:%B %Y}"
