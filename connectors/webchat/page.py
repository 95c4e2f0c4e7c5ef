"""What the chat page itself shows: `content/webchat.yml`, and the numbers to ring."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from bot.content import Content, ContentError, content_folder, read_content
from bot.entitlements.ids import CHAT_PAGE_NUMBERS
from bot.store.staff_models import Role
from connectors.intake.wording import Wording

HERE = ZoneInfo("Europe/London")
# Each part of a day and the hour at which it ends.
PARTS_OF_DAY = (
    ("part_night", 5),
    ("part_morning", 12),
    ("part_afternoon", 17),
    ("part_evening", 22),
    ("part_late", 24),
)
DEMONSTRATION = ("demonstration", "demonstration_note")
ALERTS = ("reading_on_call", "no_typing", "no_typing_title")
# What is shown when nothing else works, most urgent first. Ids of content/entitlements/contacts.yml.
NUMBERS = CHAT_PAGE_NUMBERS


class PageText(Content):
    text: str
    easy: str | None = None


class PageFile(Content):
    """`content/webchat.yml`."""

    version: int | str
    words: dict[str, PageText]


@dataclass(frozen=True)
class PageWords:
    """The page's words and numbers, ready for its template."""

    words: dict[str, PageText]
    numbers: list[dict[str, str | None]]

    def values(self, leave_to: str) -> dict[str, Any]:
        words = {key: entry.model_dump(exclude_none=True) for key, entry in self.words.items()}
        return {"words": words, "numbers": self.numbers, "base": "/chat", "leave_url": leave_to, "neutral_path": "/"}

    def reader(self, role: Role, up_to: int, at: datetime) -> dict[str, Any]:
        """Who has read how far, in plain words: the day and the part of it, never the minute."""
        local = at.astimezone(HERE)
        part = next(name for name, until in PARTS_OF_DAY if local.hour < until)
        said = self.words["read_by"].text
        for blank, words in (
            ("{who}", self.words[f"role_{role}"].text),
            ("{day}", f"{local:%A} {local.day} {local:%B}"),
            ("{part}", self.words[part].text),
        ):
            said = said.replace(blank, words)
        return {"position": up_to, "text": said}

    def press_labels(self) -> dict[str, str]:
        """What the transcript shows for the page's own buttons."""
        return {
            "not_safe": self.words["safe_button"].text,
            "who_can_see": self.words["who_button"].text,
            "say_another_way": self.words["again"].text,
        }


def role_names(page: PageWords) -> dict[Role, str]:
    """What each role is called to young people, on every channel."""
    return {role: page.words[f"role_{role}"].text for role in Role}


def load_page_words(wording: Wording, folder: Path | None = None) -> PageWords:
    """Raises ContentError when the file is wrong or a number on the list is not known."""
    home = folder or content_folder()
    file = read_content(home / "webchat.yml", PageFile)
    missing = [contact for contact in NUMBERS if contact not in wording.contacts]
    if missing:
        raise ContentError(f"contacts.yml: the chat page needs a number for {', '.join(missing)}.")
    # Words that are looked up by a made-up key: a missing one must stop the start, not a chat.
    needed = [
        *(f"role_{role}" for role in Role),
        *(part for part, _ in PARTS_OF_DAY),
        "read_by",
        *DEMONSTRATION,
        *ALERTS,
    ]
    if absent := [key for key in needed if key not in file.words]:
        raise ContentError(f"webchat.yml: words are missing: {', '.join(absent)}.")
    numbers = [wording.contacts[contact] for contact in NUMBERS]
    return PageWords(
        file.words, [{"name": entry.name, "number": entry.number, "note": entry.hours} for entry in numbers]
    )
