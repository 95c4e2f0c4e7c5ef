"""What the chat page itself shows: `content/webchat.yml`, and the numbers to ring."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.content import Content, ContentError, content_folder, read_content
from connectors.intake.wording import Wording

# What is shown when nothing else works, most urgent first. Ids of content/entitlements/contacts.yml.
NUMBERS = ("police_999", "childline", "solihull_children", "solihull_out_of_hours")


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

    def press_labels(self) -> dict[str, str]:
        """What the transcript shows for the page's own buttons."""
        return {
            "not_safe": self.words["safe_button"].text,
            "who_can_see": self.words["who_button"].text,
            "say_another_way": self.words["again"].text,
        }


def load_page_words(wording: Wording, folder: Path | None = None) -> PageWords:
    """Raises ContentError when the file is wrong or a number on the list is not known."""
    home = folder or content_folder()
    file = read_content(home / "webchat.yml", PageFile)
    missing = [contact for contact in NUMBERS if contact not in wording.contacts]
    if missing:
        raise ContentError(f"contacts.yml: the chat page needs a number for {', '.join(missing)}.")
    numbers = [wording.contacts[contact] for contact in NUMBERS]
    return PageWords(
        file.words, [{"name": entry.name, "number": entry.number, "note": entry.hours} for entry in numbers]
    )
