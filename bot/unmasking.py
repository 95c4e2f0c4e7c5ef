"""What a young person is told when staff have found out who they are."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field

from bot.content import Content, content_folder, read_content
from bot.screening.replies import SafetyBubble


class UnmaskingNotices(Content):
    """`content/unmasking.yml`. The texts have no placeholders, so the console can say them as they are."""

    version: str
    told: tuple[SafetyBubble, ...] = Field(min_length=1)


def load_unmasking_notices(folder: Path | None = None) -> UnmaskingNotices:
    """Raises ContentError when the file is missing or wrong."""
    return read_content((folder or content_folder()) / "unmasking.yml", UnmaskingNotices)
