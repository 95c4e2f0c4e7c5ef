"""`content/privacy/chat.yml`: what the chat says about keeping, copying, deleting and reading."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.store.seen import How
from bot.store.staff_models import Role


class PrivacyButton(Content):
    title: str
    payload: str
    icon: str | None = None


class Said(Content):
    """A sentence, and the same in easier words."""

    text: str
    easy: str


class PrivacyBubble(Said):
    key: str
    buttons: tuple[PrivacyButton, ...] = ()


Bubbles = tuple[PrivacyBubble, ...]


class CopyWords(Content):
    """Headings of the copy."""

    title: str
    made: str
    what: str
    chat: str
    me: str
    service: str
    safety: str
    staff: str
    requests: str
    attached: str
    nothing: str
    readers: str
    kept: str
    other: str
    other_what: str


class ChatWords(Content):
    """The whole file."""

    version: int
    copy_words: tuple[str, ...]
    delete_words: tuple[str, ...]
    how_long: Bubbles
    how_long_goes: Bubbles
    privacy_buttons: tuple[PrivacyButton, ...]
    copy_elsewhere: Bubbles
    delete_check: Bubbles
    delete_check_requests: Bubbles
    delete_check_record: Bubbles
    delete_check_sure: Bubbles
    delete_waits: Bubbles
    delete_undone: Bubbles
    delete_kept: Bubbles
    delete_not_there: Bubbles
    delete_held: Bubbles
    erased: str
    can_read: dict[Role, Said]
    can_see_requests: Said
    cannot_read: dict[Role, Said]
    never: Said
    who_buttons: tuple[PrivacyButton, ...]
    nobody_read: Said
    has_read: Said
    has_read_some: Said
    seen: dict[How, Said]
    lent_often: Said
    who: dict[Role, str]
    who_by_command: str
    copy_page: CopyWords

    @model_validator(mode="after")
    def _complete(self) -> ChatWords:
        for name, wanted, there in (("who", set(Role), set(self.who)), ("seen", set(How), set(self.seen))):
            if wanted != there:
                raise ValueError(f"{name}: these are missing or not known: {sorted(wanted ^ there)}")
        return self


@cache
def chat_words(folder: Path | None = None) -> ChatWords:
    """Read once per process. Raises ContentError that names every fault."""
    return read_content((folder or content_folder()) / "privacy" / "chat.yml", ChatWords)
