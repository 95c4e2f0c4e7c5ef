"""The fixed safety replies, as reviewed in `content/safeguarding/replies.yml`."""

from __future__ import annotations

from pathlib import Path

from pydantic import model_validator

from bot.content import Content, content_folder, read_content
from bot.store.models import Severity

MOST_BUBBLES = 4


class SafetyButton(Content):
    title: str
    payload: str
    icon: str


class SafetyBubble(Content):
    """One bubble. {reader} and {contact:...} are filled in when it is said."""

    key: str
    text: str
    easy: str
    buttons: tuple[SafetyButton, ...] = ()


class WhoReads(Content):
    """The sentence on who reads and when, for each thing that can be true."""

    not_set: str
    open: str
    closed: str


class SafetyReplies(Content):
    """`content/safeguarding/replies.yml`."""

    version: str
    who_reads: WhoReads
    replies: dict[Severity, tuple[SafetyBubble, ...]]
    again: tuple[SafetyBubble, ...]
    unread: tuple[SafetyBubble, ...]
    answers: dict[str, tuple[SafetyBubble, ...]]

    @model_validator(mode="after")
    def _complete(self) -> SafetyReplies:
        for severity in (Severity.IMMEDIATE, Severity.SAME_DAY, Severity.ONE_WORKING_DAY):
            bubbles = self.replies.get(severity, ())
            if not 1 <= len(bubbles) <= MOST_BUBBLES:
                raise ValueError(f"{severity}: a reply has one to {MOST_BUBBLES} bubbles")
        for answer in ("safe_yes", "safe_no", "safe_not_sure"):
            if not self.answers.get(answer):
                raise ValueError(f"{answer}: the answer is missing")
        return self


def load_safety_replies(folder: Path | None = None) -> SafetyReplies:
    """The replies, checked. Raises ContentError when the file is missing or wrong."""
    home = folder or content_folder()
    return read_content(home / "safeguarding" / "replies.yml", SafetyReplies)
