"""What the young person is told when a person takes the chat over, hands it back, or does not answer."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from bot.content import Content, content_folder, read_content
from bot.screening.replies import SafetyBubble
from bot.store.outbox import Bubble, Button


class HandoverNotices(Content):
    """`content/handover.yml`. The texts have no placeholders, so the console can say them as they are."""

    version: str
    nobody_after_hours: float = Field(gt=0)
    taken_over: tuple[SafetyBubble, ...] = Field(min_length=1)
    handed_back: tuple[SafetyBubble, ...] = Field(min_length=1)


def load_handover_notices(folder: Path | None = None) -> HandoverNotices:
    """Raises ContentError when the file is missing or wrong."""
    return read_content((folder or content_folder()) / "handover.yml", HandoverNotices)


def as_said(notice: tuple[SafetyBubble, ...]) -> tuple[Bubble, ...]:
    """A notice as the outbox takes it."""
    return tuple(
        Bubble(
            text=bubble.text,
            easy=bubble.easy,
            buttons=tuple(Button(button.title, button.payload, button.icon) for button in bubble.buttons),
            key=bubble.key,
        )
        for bubble in notice
    )
