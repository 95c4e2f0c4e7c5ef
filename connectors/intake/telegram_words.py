"""What the Telegram channel says by itself: `content/telegram.yml`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field, StringConstraints, model_validator

from bot.content import Content, read_content
from bot.screening.replies import SafetyBubble

LONGEST_TITLE = 64  # characters on a button that a phone still shows
MEDIA = (
    "photo", "video", "voice", "audio", "file", "sticker", "contact", "location", "poll", "other",
)  # fmt: skip
NOTICES = (
    "first", "ask_age", "passed", "under_16", "nobody", "edited", "back", "help", "web_here",
    "who_can_see", "copy", "delete_check", "delete_check_record",
    "linked", "link_old", "link_wait", "link_own", *MEDIA,
)  # fmt: skip
COMMANDS = ("start", "help", "safe", "stop", "delete", "mydata")

Title = Annotated[str, StringConstraints(min_length=1, max_length=LONGEST_TITLE)]


class Command(Content):
    """`title` is what the transcript shows, `menu` what Telegram shows beside it, `payload` what it does."""

    title: Title
    menu: Annotated[str, Field(max_length=256)]
    payload: str


class ChannelLines(Content):
    """Short lines that are no message of the conversation."""

    web_button: Title
    pressed: str
    old_button: Annotated[str, Field(max_length=200)]
    not_saved: Annotated[str, Field(max_length=200)]
    nudge: str
    age_answered: Title
    carried: Title


class LinkPage(Content):
    """The page that a link opens, before the chat is there."""

    title: str
    opening: str
    old: str
    failed: str
    new_chat: str
    numbers: str
    no_script: str


class TelegramWords(Content):
    """`content/telegram.yml`. Every notice, command and kind of media that the code knows must be there."""

    version: str
    notices: dict[str, tuple[SafetyBubble, ...]]
    media: dict[str, Title]
    commands: dict[str, Command]
    lines: ChannelLines
    link_page: LinkPage
    private: tuple[str, ...]

    @model_validator(mode="after")
    def _complete(self) -> TelegramWords:
        for name, wanted, there in (
            ("notices", NOTICES, self.notices),
            ("media", MEDIA, self.media),
            ("commands", COMMANDS, self.commands),
        ):
            if set(wanted) != set(there):
                raise ValueError(f"{name}: these are missing or not known: {sorted(set(wanted) ^ set(there))}")
        return self


def load_telegram_words(home: Path) -> TelegramWords:
    """Raises ContentError."""
    return read_content(home / "telegram.yml", TelegramWords)
