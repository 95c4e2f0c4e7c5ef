"""`content/requests/words.yml`: what is said to a young person about a request, besides what staff wrote."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cache
from pathlib import Path

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.store.models import Conversation
from bot.store.outbox import Bubble, Button

_SAMPLE = {"number": "1", "n": "1", "day": "7 December"}


class WordsButton(Content):
    title: str
    payload: str
    icon: str


class WordsBubble(Content):
    """One bubble. Blanks in its text, its easy text and its payloads are filled when it is said."""

    key: str
    text: str
    easy: str
    buttons: tuple[WordsButton, ...] = ()

    def filled(self, values: Mapping[str, str]) -> Bubble:
        """Raises KeyError for a blank without a value."""
        return Bubble(
            text=self.text.format_map(values),
            easy=self.easy.format_map(values),
            buttons=tuple(Button(one.title, one.payload.format_map(values), one.icon) for one in self.buttons),
            key=self.key,
        )


Said = tuple[WordsBubble, ...]


class RequestWords(Content):
    """The whole file."""

    version: str
    question: Said
    advocate_offer: Said
    reminder: Said
    last_reminder: Said
    closed_no_reply: Said
    extended: Said
    offer_investigation: Said
    offer_panel: Said
    ask_by: Said
    offer_ombudsman: Said
    next_step_asked: Said
    next_step_not_now: Said
    began_investigation: Said
    began_panel: Said
    began_panel_report: Said
    began_panel_answer: Said
    stage_by: Said

    @model_validator(mode="after")
    def _every_blank_has_a_value(self) -> RequestWords:
        for name in (one for one in type(self).model_fields if one != "version"):
            for bubble in getattr(self, name):
                try:
                    bubble.filled(_SAMPLE)
                except (KeyError, ValueError, IndexError):
                    raise ValueError(f"{name}: a blank that nobody can fill") from None
        return self


def fill(said: Said, conversation: Conversation, **values: str | int) -> tuple[Bubble, ...]:
    """The bubbles with their blanks filled, in easier words for whoever has asked for those."""
    texts = {name: str(value) for name, value in values.items()}
    bubbles = tuple(bubble.filled(texts) for bubble in said)
    if not conversation.easy_words:
        return bubbles
    return tuple(Bubble(bubble.easy or bubble.text, None, bubble.buttons, bubble.key) for bubble in bubbles)


def day_in_words(day: date) -> str:
    """7 December, as the calendar on the wall says it."""
    return f"{day.day} {day:%B}"


def read_words(folder: Path | None = None) -> RequestWords:
    """Raises ContentError that names every fault."""
    return read_content((folder or content_folder()) / "requests" / "words.yml", RequestWords)


@cache
def words() -> RequestWords:
    """Read once per process."""
    return read_words()
