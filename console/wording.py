"""What the console says from code: `content/console/*.yml`. A text's key is the file's name, a dot, and its own key."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bot.content import Content, content_folder, read_content


class WordsFile(Content):
    """One file of `content/console/`. {curly} names are filled in by the page."""

    version: int
    messages: dict[str, str]


@dataclass(frozen=True)
class Words:
    """All texts by key."""

    messages: dict[str, str]

    def say(self, key: str, **values: object) -> str:
        """Raises KeyError when there is no such text or it lacks a value: a fault of ours that a test must find."""
        return self.messages[key].format(**values)

    def first(self, *keys: str) -> str:
        """The first of these that has been written."""
        return next(self.messages[key] for key in keys if key in self.messages)

    def knows(self, key: str) -> bool:
        return key in self.messages


def load_words(folder: Path | None = None) -> Words:
    """Raises ContentError when a file is wrong."""
    home = (folder or content_folder()) / "console"
    messages = {
        f"{path.stem}.{key}": text
        for path in sorted(home.glob("*.yml"))
        for key, text in read_content(path, WordsFile).messages.items()
    }
    return Words(messages)
